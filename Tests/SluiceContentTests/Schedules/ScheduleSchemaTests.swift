import Foundation
import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// `--xsd`: libxml2's own check against a schema.
@Suite struct ScheduleSchemaTests {
    static let schema = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a"><xs:complexType><xs:sequence>
        <xs:element name="b" type="xs:int" maxOccurs="2"/></xs:sequence></xs:complexType></xs:element></xs:schema>
        """

    private func schema(_ text: String, _ folder: TemporaryFolder) throws -> (ScheduleSchema?, [Diagnostic]) {
        let read = ScheduleSchema.read(path: try folder.write(text, to: "s.xsd"))
        return (read.schema, read.diagnostics)
    }

    @Test(arguments: [
        ("<a>\n<b>1</b></a>", []), ("<a>\n<b>x</b></a>", ["xsd"]), ("<a>\n<c/></a>", ["xsd"]),
        ("<a>\n<b>", ["xml-not"]),
        ("<!DOCTYPE a [<!ENTITY x \"y\">]>\n<a><b>1</b></a>", ["xml-doctype"]),
    ])
    func findsFaults(text: String, codes: [String]) throws {
        let folder = try TemporaryFolder()
        let (schema, diagnostics) = try schema(Self.schema, folder)
        #expect(diagnostics.isEmpty)
        let faults = try #require(schema).faults(bytes: Array(text.utf8), file: "a.xml")
        #expect(faults.isEmpty == codes.isEmpty, "\(faults)")
        for (fault, code) in zip(faults, codes) {
            #expect(fault.code.hasPrefix(code) && fault.file == "a.xml" && fault.severity == .error)
            if code == "xsd" { #expect(fault.line == 2) }
        }
    }

    @Test(arguments: [
        ("", "xml-empty"), ("<a/>", "xsd-schema"), ("<xs:schema", "xml-"),
        ("<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/x.dtd\"><a/>", "xml-doctype"),
        (
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">"
                + "<xs:element name=\"a\" type=\"none\"/></xs:schema>",
            "xsd"
        ),
        (
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">"
                + "<xs:include schemaLocation=\"http://127.0.0.1:1/x.xsd\"/></xs:schema>", "xsd"
        ),
    ])
    func refusesWhatIsNoSchema(text: String, code: String) throws {
        let (schema, diagnostics) = try schema(text, TemporaryFolder())
        #expect(schema == nil)
        #expect(diagnostics.first?.code.hasPrefix(code) == true, "\(diagnostics)")
    }

    @Test func saysOnceWhatBothFindWrong() throws {
        let folder = try TemporaryFolder()
        let schema = try #require(try schema(Self.schema, folder).0)
        let path = try folder.write("<a>\n<b>", to: "a.xml")
        let schedule = ScheduleReader().read(path: path, now: .zero, defaultZone: .utc, against: schema)
        #expect(schedule.diagnostics.count { $0.code.hasPrefix("xml-not") } == 1, "\(schedule.diagnostics)")
        let other = try folder.write("0 3 * * * run\n", to: "tab")
        let tab = ScheduleReader().read(path: other, now: .zero, defaultZone: .utc, against: schema)
        #expect(tab.triggers.count == 1 && tab.hasErrors)
        let none = ScheduleReader().read(path: "/no/such.xml", now: .zero, defaultZone: .utc, against: schema)
        #expect(none.diagnostics.map(\.code) == ["file-not-found"])
    }

    @Test func saysThatAFileIsNotThere() {
        #expect(ScheduleSchema.read(path: "/no/such.xsd").diagnostics.map(\.code) == ["file-not-found"])
    }

    /// Values may be secrets: a complaint names the element, the attribute and the facet, and never the value.
    @Test(arguments: [
        ("<r><v>hunter2-secret</v></r>", "[facet 'pattern'] The value *** is not accepted by the pattern '[0-9]+'"),
        ("<r><v>x' is not hunter2</v></r>", "The value *** is not accepted by the pattern"),
        ("<r><n>hunter2</n></r>", "*** is not a valid value of the atomic type 'xs:int'"),
        ("<r><n a='hunter2'>1</n></r>", "attribute 'a': *** is not a valid value"),
        ("<r><e>hunter2</e></r>", "[facet 'enumeration'] The value *** is not an element of the set"),
        ("<r><f>hunter2</f></r>", "The actual value *** does not match the fixed value constraint 'one'"),
        ("<r><k>hunter2</k><k>hunter2</k></r>", "Duplicate key-sequence *** in unique identity-constraint"),
        ("<r><w xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='hunter2'/></r>", "***"),
        ("<r><long>hunter2hunter2</long></r>", "[facet 'maxLength'] The value has a length of"),
        ("<r><o/></r>", "This element is not expected. Expected is one of"),
        ("<r><d>hunter2</d></r>", "*** is not a valid value of the atomic type 'xs:dateTime'"),
    ])
    func showsNoValue(text: String, complaint: String) throws {
        let (schema, diagnostics) = try schema(Self.facets, TemporaryFolder())
        #expect(diagnostics.isEmpty)
        let faults = try #require(schema).faults(bytes: Array(text.utf8), file: "a.xml")
        #expect(!faults.isEmpty && !faults.description.contains("hunter2"), "\(faults)")
        #expect(faults.contains { $0.message.contains(complaint) }, "\(faults)")
    }

    /// XML Schema takes white space around a time for nothing (part 2, 4.3.6), and libxml2 does not.
    @Test(arguments: [
        (" 2024-06-01T12:00:00Z ", true), ("\n\t2024-06-01T12:00:00+02:00\n", true), ("2024-06-01T12:00:00Z", true),
        (" 2024-06-31T12:00:00Z ", false), (" today ", false), ("2024-06-01 12:00:00", false),
    ])
    func takesBlanksAroundATime(time: String, isValid: Bool) throws {
        let schema = try #require(try schema(Self.facets, TemporaryFolder()).0)
        let faults = schema.faults(bytes: Array("<r><d>\(time)</d></r>".utf8), file: "a.xml")
        #expect(faults.isEmpty == isValid, "\(faults)")
        let other = schema.faults(bytes: Array("<r><d>\(time)</d><n>x</n></r>".utf8), file: "a.xml")
        #expect(other.count == (isValid ? 1 : 2), "\(other)")
    }

    private static let facets = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="r"><xs:complexType>
        <xs:choice maxOccurs="9">
        <xs:element name="v"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[0-9]+"/>
        </xs:restriction></xs:simpleType></xs:element>
        <xs:element name="n"><xs:complexType><xs:simpleContent><xs:extension base="xs:int">
        <xs:attribute name="a" type="xs:int"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>
        <xs:element name="e"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="one"/>
        <xs:enumeration value="two"/></xs:restriction></xs:simpleType></xs:element>
        <xs:element name="f" type="xs:string" fixed="one"/><xs:element name="k" type="xs:string"/>
        <xs:element name="w" type="xs:anyType"/><xs:element name="d" type="xs:dateTime"/>
        <xs:element name="long"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="3"/>
        </xs:restriction></xs:simpleType></xs:element>
        </xs:choice></xs:complexType>
        <xs:unique name="u"><xs:selector xpath="k"/><xs:field xpath="."/></xs:unique></xs:element></xs:schema>
        """

    struct Oracle: Sendable, CustomTestStringConvertible {
        /// The oracle's member, and the schema that it is the verdict of.
        var member: String
        var schema: String

        var testDescription: String { member }
    }

    /// Xerces' verdict of three schemas over each of the 51 files. One differs by design: what has a DOCTYPE is not
    /// read here.
    @Test(
        .enabled(if: SharedFiles.hasSchedules, QuartzOracleTests.hint),
        arguments: [
            Oracle(member: "xsd20", schema: "job_scheduling_data_2_0.xsd"),
            Oracle(member: "xsd18", schema: "job_scheduling_data_1_8.xsd"),
            Oracle(member: "xsdNet20", schema: "quartznet_job_scheduling_data_2_0.xsd"),
        ])
    func agreesWithTheSchemasOfQuartz(oracle: Oracle) throws {
        let folder = SharedFiles.samples + "/scheduler/"
        let schema = try #require(ScheduleSchema.read(path: folder + "xsd/" + oracle.schema).schema)
        #expect(QuartzOracleTests.verdicts.count == 51)
        for verdict in QuartzOracleTests.verdicts {
            let object = try #require(
                JSONSerialization.jsonObject(with: Data(verdict.json.utf8)) as? [String: Any])
            let isValid = try #require(object[oracle.member] as? String) == "valid"
            let faults = schema.faults(path: folder + verdict.file)
            if verdict.file == "own/25-doctype.xml" {
                #expect(faults.map(\.code) == ["xml-doctype"])
            } else {
                #expect(faults.isEmpty == isValid, "\(verdict.file): \(object[oracle.member] ?? ""), \(faults)")
            }
        }
    }
}

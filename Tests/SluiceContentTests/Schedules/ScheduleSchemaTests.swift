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

    /// As Quartz's own validator: the oracle's verdict of the 2.0 schema over the 51 files.
    @Test(.enabled(if: SharedFiles.hasSchedules, QuartzOracleTests.hint))
    func agreesWithTheSchemasOfQuartz() throws {
        let folder = SharedFiles.samples + "/scheduler/"
        let schema = try #require(
            ScheduleSchema.read(path: folder + "xsd/job_scheduling_data_2_0.xsd").schema)
        let isClean = { (name: String) in schema.faults(path: folder + "own/" + name).isEmpty }
        for name in ["01-minimal", "02-every-element", "04-time-zones", "17-directives-one-zero", "49-utf16"] {
            #expect(isClean(name + ".xml"), "\(name)")
        }
        for name in [
            "03-version-1.8-volatility-date-interval", "12-end-without-start", "21-no-namespace", "25-doctype",
            "28-wrong-order", "30-cron-xsd-rejects-quartz-accepts", "43-not-well-formed", "46-negative-priority",
        ] {
            #expect(!isClean(name + ".xml"), "\(name)")
        }
    }
}

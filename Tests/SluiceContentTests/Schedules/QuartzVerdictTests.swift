import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// Verdicts on what the schema allows beside elements: attributes, text, encodings; each as Quartz 2.3.2 gave it.
@Suite struct QuartzVerdictTests {
    private static let namespace = "http://www.quartz-scheduler.org/xml/JobSchedulingData"
    private static let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
    private static let body = """
        <pre-processing-commands><delete-job><name>x</name></delete-job></pre-processing-commands>\
        <processing-directives><ignore-duplicates>true</ignore-duplicates></processing-directives>\
        <schedule><job><name>a</name><job-class>x.Y</job-class><job-data-map><entry><key>k</key><value>v</value>\
        </entry></job-data-map></job><trigger><cron><name>t</name><job-name>a</job-name>\
        <cron-expression>0 0 3 * * ?</cron-expression></cron></trigger></schedule>
        """

    private static func document(
        _ body: String = body, root attributes: String = "version=\"2.0\"", head: String = "<?xml version=\"1.0\"?>"
    ) -> String {
        "\(head)<job-scheduling-data xmlns=\"\(namespace)\" \(attributes)>\(body)</job-scheduling-data>"
    }

    private func read(_ bytes: [UInt8]) -> ScheduleFile {
        ScheduleReader().read(
            bytes: bytes, file: "s.xml", now: Timestamp(milliseconds: 1_715_774_430_250), defaultZone: .utc)
    }

    private func read(_ text: String) -> ScheduleFile { read(Array(text.utf8)) }

    private static func replacing(_ text: String, _ new: String) -> String {
        document(body.replacing(text, with: new, maxReplacements: 1))
    }

    private static let elements = [
        "schedule", "job", "name", "job-class", "job-data-map", "entry", "key", "trigger", "cron", "cron-expression",
        "pre-processing-commands", "delete-job", "processing-directives", "ignore-duplicates",
    ]

    @Test(arguments: elements)
    func refusesAttributesThatAreNotDeclared(element: String) {
        let refused = [
            "foo='1'", "xml:space='preserve'", "xml:lang='en'", "version='2.0'", "\(Self.xsi) xsi:nil='true'",
            "\(Self.xsi) xsi:nil='false'", "\(Self.xsi) xsi:type='x'", "\(Self.xsi) xsi:foo='1'",
            "xmlns:z='urn:z' z:q='1'", "\(Self.xsi) xsi:schemaLocation='one'",
        ]
        for attribute in refused {
            let schedule = read(Self.replacing("<\(element)>", "<\(element) \(attribute)>"))
            #expect(schedule.quartz.isAccepted == false, "\(element) \(attribute)")
            #expect(schedule.quartz.reason?.contains("attribute") == true, "\(schedule.quartz)")
            #expect(schedule.diagnostics.map(\.code) == ["quartz-schema"] && schedule.triggers.count == 1)
        }
        let taken = [
            "\(Self.xsi) xsi:schemaLocation='a b'", "\(Self.xsi) xsi:noNamespaceSchemaLocation='x'", "xmlns:z='urn:z'",
            "\(Self.xsi) xsi:schemaLocation=''",
        ]
        for attribute in taken {
            let schedule = read(Self.replacing("<\(element)>", "<\(element) \(attribute)>"))
            #expect(schedule.quartz == .accepts && schedule.diagnostics.isEmpty, "\(element) \(attribute)")
        }
        let typed = "\(Self.xsi) xmlns:s='http://www.w3.org/2001/XMLSchema' xsi:type='s:string'"
        #expect(read(Self.replacing("<\(element)>", "<\(element) \(typed)>")).quartz.isAccepted == nil)
    }

    @Test(arguments: [
        ("version='2.0' foo='1'", false), ("version='2.0' xml:lang='x'", false), ("\(xsi) xsi:nil='true'", false),
        ("\(xsi) xsi:schemaLocation='one'", false), ("\(xsi) xsi:schemaLocation='a b c'", false),
        ("\(xsi) xsi:schemaLocation='a b'", true), ("version='' ", true), ("", true),
    ])
    func judgesTheRoot(attributes: String, isAccepted: Bool) {
        let schedule = read(Self.document(root: attributes))
        #expect(schedule.quartz.isAccepted == isAccepted && schedule.hasErrors != isAccepted, "\(schedule.quartz)")
        #expect(schedule.triggers.count == 1)
    }

    @Test(arguments: [
        "schedule", "job", "job-data-map", "entry", "trigger", "cron", "pre-processing-commands", "delete-job",
        "processing-directives", "job-scheduling-data",
    ])
    func refusesTextBetweenElements(element: String) {
        let end = "</\(element)>"
        for text in ["junk", "&#160;", "<![CDATA[x]]>"] {
            let schedule = read(Self.document().replacing(end, with: text + end, maxReplacements: 1))
            #expect(schedule.quartz.isAccepted == false, "\(text) in \(element)")
            #expect(schedule.diagnostics.map(\.code) == ["quartz-schema"], "\(schedule.diagnostics)")
        }
        for text in [" \t\r\n", "<![CDATA[ ]]>", "&#32;&#10;", "<!-- x -->", "<?x y?>"] {
            let schedule = read(Self.document().replacing(end, with: text + end, maxReplacements: 1))
            #expect(schedule.quartz == .accepts, "\(text) in \(element): \(schedule.quartz)")
        }
    }

    @Test func takesTheDefaultsOfEmptyDirectives() {
        func directives(_ inside: String) -> ScheduleFile {
            read(Self.document("<processing-directives>\(inside)</processing-directives><schedule/>"))
        }
        let empty = directives("<overwrite-existing-data/><ignore-duplicates></ignore-duplicates>")
        #expect(empty.quartz == .accepts && empty.diagnostics.isEmpty)
        #expect(empty.directives.overwritesExistingData && !empty.directives.ignoresDuplicates)
        #expect(directives("<overwrite-existing-data> </overwrite-existing-data>").quartz.isAccepted == false)
        #expect(directives("<ignore-duplicates>\n</ignore-duplicates>").quartz.isAccepted == false)
    }

    private static func trigger(_ inside: String) -> String {
        document(Self.body.replacing("<cron-expression>", with: inside + "<cron-expression>"))
    }

    @Test func startsFarInTheFuture() {
        let seconds = "start-time-seconds-in-future"
        let schedule = read(Self.trigger("<\(seconds)>2147483648</\(seconds)>"))
        #expect(schedule.quartz == .accepts && schedule.triggers.first?.start.milliseconds == 3_863_258_078_000)
    }

    @Test(
        arguments: [
            ("<start-time>10000-01-01T00:00:00Z</start-time>", nil),
            ("<start-time>-0001-01-01T00:00:00Z</start-time>", nil),
            ("<start-time>2024-01-01T00:00:00Z</start-time><end-time>99999999-02-01T00:00:00Z</end-time>", nil),
            ("<start-time>2024-01-01T00:00:00Z</start-time><end-time>-2026-01-01T00:00:00Z</end-time>", false),
            ("<start-time-seconds-in-future>9223372036854</start-time-seconds-in-future>", nil),
            ("<start-time-seconds-in-future>9223372036854775808</start-time-seconds-in-future>", false),
            ("<start-time>0000-01-01T00:00:00Z</start-time>", false),
            ("<start-time>02026-01-01T00:00:00Z</start-time>", false),
            ("<start-time>10000-02-30T00:00:00Z</start-time>", false),
            ("<start-time>10001-02-29T00:00:00Z</start-time>", false),
        ] as [(String, Bool?)])
    func knowsNoYearsBeyondItsOwn(inside: String, isAccepted: Bool?) {
        let schedule = read(Self.trigger(inside))
        #expect(schedule.quartz.isAccepted == isAccepted, "\(schedule.quartz)")
        #expect(schedule.hasErrors && schedule.triggers.isEmpty)
    }

    private static func utf16(_ text: String, mark: Bool, isBig: Bool = false) -> [UInt8] {
        ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit -> [UInt8] in
            let bytes = [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)]
            return isBig ? bytes.reversed() : bytes
        }
    }

    private static func declared(_ encoding: String, version: String = "1.0") -> String {
        document(head: "<?xml version=\"\(version)\" encoding=\"\(encoding)\"?>")
    }

    static let encodings: [(name: String, bytes: [UInt8], isAccepted: Bool?)] = [
        ("UTF-16 with a mark", utf16(declared("UTF-16"), mark: true), true),
        ("big-endian", utf16(declared("UTF-16"), mark: true, isBig: true), true),
        ("UTF-16 declared UTF-8", utf16(declared("UTF-8"), mark: false), false),
        ("big-endian declared UTF-8", utf16(declared("UTF-8"), mark: false, isBig: true), false),
        ("odd", utf16(declared("UTF-16"), mark: true) + [0], false),
        ("UTF-7", Array(declared("UTF-7").replacing("<", with: "<").utf8), false),
        ("version 1.2", Array(declared("UTF-8", version: "1.2").utf8), false),
        ("version 1.1", Array(declared("UTF-8", version: "1.1").utf8), true),
        ("1.1 with a control", Array(declared("UTF-8", version: "1.1").replacing("x.Y", with: "x&#1;Y").utf8), nil),
        ("1.0 with a control", Array(declared("UTF-8").replacing("x.Y", with: "x&#1;Y").utf8), false),
        ("Latin-1", Array(declared("ISO-8859-1").utf8), true), ("unheard of", Array(declared("x-none").utf8), false),
        ("EBCDIC", [0x4C, 0x6F, 0xA7, 0x94, 0x93, 0x40, 0x6F, 0x6E], nil),
    ]

    @Test(arguments: encodings)
    func judgesEncodings(name: String, bytes: [UInt8], isAccepted: Bool?) {
        let schedule = read(bytes)
        #expect(schedule.quartz.isAccepted == isAccepted, "\(name): \(schedule.quartz)")
        #expect(schedule.hasErrors != (isAccepted == true), "\(name): \(schedule.diagnostics)")
        #expect(schedule.dialect != .crontab && schedule.dialect != .systemCrontab)
    }

    @Test(arguments: [[0x7F, 0x45, 0x4C, 0x46, 0x02], [0x1F, 0x8B, 0x08, 0x00, 0x41, 0x42], [0x41, 0x20, 0x01]])
    func takesNoBinaryForACrontab(bytes: [Int]) {
        let schedule = read(bytes.map(UInt8.init))
        #expect(schedule.dialect == nil && schedule.quartz.isAccepted == false && schedule.hasErrors)
        #expect(!"\(schedule.quartz)".contains("crontab"))
    }

    @Test func saysThatAnEntryHasNoKey() {
        let schedule = read(Self.replacing("<key>k</key>", "<key> </key>"))
        #expect(schedule.quartz == .accepts && schedule.diagnostics.map(\.code) == ["schedule-data-key"])
    }

    @Test(
        "the verdict of several files is the first refusal, else the first that is unknown",
        arguments: [
            ("ax", "true", nil, nil), ("aur", "false", "r1", "2"), ("rau", "false", "r1", "0"),
            ("uau", "null", "u1", "0"),
            ("urur", "false", "r1", "1"), ("", "true", nil, nil),
        ] as [(String, String, String?, String?)])
    func judgesSeveralFiles(kinds: String, accepts: String, reason: String?, file: String?) {
        var count = ["r": 0, "u": 0] as [Character: Int]
        let files = kinds.enumerated().map { index, kind in
            var file = ScheduleFile(file: "\(index)")
            count[kind, default: 0] += 1
            file.quartz =
                switch kind {
                case "r": .refuses("r\(count[kind] ?? 0)")
                case "u": .unknown("u\(count[kind] ?? 0)")
                default: .accepts
                }
            return file
        }
        let quoted = reason.map { "\"\($0)\"" } ?? "null"
        let json = ScheduleInspection(files).json
        #expect(json.contains("\"quartz\":{\"accepts\":\(accepts),\"reason\":\(quoted)},\"zoneData\""), "\(json)")
        #expect(ScheduleFile.notTaken(of: files)?.file == file)
    }

    @Test func computesANextTimeOnce() {
        let schedule = read(Documents.schedule(Documents.cron("a") + Documents.cron("b")))
        var count = 0
        let inspection = ScheduleInspection([schedule]) { _ in
            count += 1
            return .zero
        }
        #expect(inspection.json.contains("\"next\":\"1970-01-01T00:00:00Z\"") && count == 2)
    }
}

import Foundation
import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

@Suite struct QuartzReaderTests {
    static let now = Timestamp(milliseconds: 1_715_774_430_250)

    private func read(_ text: String, limits: ContentLimits = ContentLimits()) -> ScheduleFile {
        ScheduleReader(limits: limits).read(bytes: Array(text.utf8), file: "s.xml", now: Self.now, defaultZone: .utc)
    }

    @Test func startsAtNowAndCutsMillisecondsOfCronOnly() {
        let simple = "<trigger><simple><name>s</name><job-name>a</job-name></simple></trigger>"
        let schedule = read(Documents.schedule(Documents.cron() + simple))
        #expect(schedule.diagnostics.isEmpty)
        #expect(schedule.triggers.map(\.start.milliseconds) == [1_715_774_430_000, 1_715_774_430_250])
        #expect(schedule.triggers.map(\.misfire) == [.smartPolicy, .smartPolicy])
    }

    /// Each inside of a cron trigger, the code of its diagnostic, and how many triggers remain of it.
    static let refusals: [(inside: String, code: String, triggers: Int)] = {
        let cron = "<cron-expression>0 0 3 * * ?</cron-expression>"
        let fireNow = "<misfire-instruction>MISFIRE_INSTRUCTION_FIRE_NOW</misfire-instruction>"
        return [
            ("<cron-expression>0 3 * * ?</cron-expression>", "quartz-refused", 0),
            ("<cron-expression>0 0 3 * * *</cron-expression>", "quartz-refused", 0),
            ("<cron-expression>0 0 3 ? * ?</cron-expression>", "quartz-refused", 0),
            ("<cron-expression>0 0 3 L-09 * ?</cron-expression>", "quartz-schema", 1),
            ("<cron-expression>0 0  3 * * ?</cron-expression>", "quartz-schema", 1),
            ("<cron-expression>0 0 3 ? * mon</cron-expression>", "quartz-schema", 1),
            ("<cron-expression>0 0 8-17/2 * * ?</cron-expression>", "quartz-schema", 1),
            ("", "quartz-refused", 0), ("<priority>high</priority>\(cron)", "quartz-refused", 0),
            ("<priority>99999999999</priority>\(cron)", "quartz-refused", 0),
            ("<start-time>soon</start-time>\(cron)", "quartz-refused", 0),
            ("<end-time>2030-01-01T00:00:00Z</end-time>\(cron)", "quartz-schema", 1),
            ("\(cron)<nice/>", "quartz-schema", 1),
            ("<cron-expression>0 0 3 * * ?<b/></cron-expression>", "quartz-schema", 1),
            ("\(fireNow)\(cron)", "quartz-refused", 0),
        ]
    }()

    @Test(arguments: refusals)
    func reportsWhatQuartzRefuses(inside: String, code: String, triggers: Int) {
        let schedule = read(Documents.schedule(Documents.cron("t", inside) + Documents.cron("good")))
        #expect(schedule.triggers.count == triggers + 1)
        #expect(schedule.triggers.last?.key == ScheduleKey(name: "good"))
        #expect(schedule.jobs.count == 1)
        #expect(schedule.diagnostics.contains { $0.code == code }, "\(schedule.diagnostics)")
        #expect(schedule.diagnostics.allSatisfy { $0.severity == .error && $0.line == 3 && $0.column != nil })
    }

    /// Quartz's schema takes these, its cron parser does not.
    @Test(arguments: [
        "? 0 3 * * ?", "0 ? 3 * * ?", "0 0 ? * * ?", "0 0 3 * ? ?", "0 0 3 ? ? *", "0 0 3 L-31 * ?", "0 0 3 32W * ?",
        "0 0 3 1/5C * ?", "0 0 3 ? * 6#", "0 0 3 ? * MON#6", "0 0 3 ? * 6#7", "0 0 3 ? *  2030", "0 0 3 ? *  2024/2026",
        "0 0 3 * * ? 2030-2024", "0 0 3 * * ? 2024,2031-2030",
    ])
    func refusesWhatOnlyTheSchemaTakes(expression: String) {
        let schedule = read(Documents.schedule(Documents.cron("t", "<cron-expression>\(expression)</cron-expression>")))
        #expect(schedule.triggers.isEmpty)
        #expect(schedule.diagnostics.map(\.code) == ["quartz-refused"], "\(schedule.diagnostics)")
    }

    @Test(arguments: [
        "0 0 3 * * ?", "* * * ? * *", "0 0/5 8-17 ? * MON-FRI", "0 15 10 L-3 * ?", "0 15 10 LW * ?", "0 0 12 15W * ?",
        "0 15 10 ? * 6L", "0 15 10 ? * SATL", "0 15 10 ? * 6#3", "0 15 10 ? * L 2024-2030", "0 0 0 1 1 ? *",
        "0 0 0 1,15 JAN,MAR ? 2024/2026", "5/10 0,30 0-6,22 1-5 * ?",
        "0 0 3 L-30 * ?", "0 0 3 31W * ?", "0 0 3 15C * ?", "0 0 3 ? * MON#5", "0 0 3 ? * MON/FRIC", "0 0 3 ? *  *",
        "0 0 3 * * ? 2024-2030,2040-2040",
    ])
    func takesWhatTheSchemaTakes(expression: String) {
        let schedule = read(Documents.schedule(Documents.cron("t", "<cron-expression>\(expression)</cron-expression>")))
        #expect(schedule.triggers.count == 1)
        #expect(!schedule.hasErrors, "\(schedule.diagnostics)")
    }

    /// Each thing that Quartz silently misreads has a warning with its place, and the trigger stays.
    @Test(
        arguments: [
            ("0 0 3 ? * MON-FRI", nil), ("0 0 3 ? * MON/2", "cron-name-step-ignored"),
            ("0 0 3 ? * MONDAY-FRIDAY", "cron-name-range-ignored"), ("0 0 3 ? * L", "cron-weekday-l-is-saturday"),
            ("0 0 3 30 2 ?", "cron-never-fires"), ("0 0 3 15C * ?", "cron-junk-ignored"), ("0 0 3 * * ? 2030", nil),
        ] as [(String, String?)])
    func warnsOfWhatQuartzMisreads(expression: String, code: String?) {
        let schedule = read(Documents.schedule(Documents.cron("t", "<cron-expression>\(expression)</cron-expression>")))
        #expect(schedule.triggers.count == 1)
        let warnings = schedule.diagnostics.filter { $0.severity == .warning }
        #expect(warnings.contains { $0.code == code } == (code != nil), "\(schedule.diagnostics)")
        #expect(warnings.isEmpty == (code == nil) && warnings.allSatisfy { $0.line == 3 && $0.column != nil })
    }

    @Test func keepsTheLastValueOfAKeyAndSortsThem() throws {
        let job = """
            <name>a</name><job-class>x.Y</job-class><job-data-map><entry><key>b</key><value>1</value></entry>\
            <entry><key>a</key><value></value></entry><entry><key>b</key><value> 2 </value></entry></job-data-map>
            """
        let schedule = read(Documents.schedule(Documents.cron(), job: job))
        #expect(schedule.diagnostics.isEmpty)
        #expect(
            schedule.jobs.first?.data == [
                ScheduleDataEntry(key: "a", value: nil), ScheduleDataEntry(key: "b", value: "2"),
            ])
    }

    @Test(arguments: [
        ("password", "swordfish"), ("dbPassword", "swordfish"), ("api.token", "swordfish"), ("PGPASS", "swordfish"),
        ("awsSecretAccessKey", "swordfish"), ("url", "https://u:swordfish@h/"),
        ("jdbc", "db;user=a;password=swordfish"),
        ("header", "Authorization: Bearer swordfish"),
    ])
    func showsNoSecretOfADataMap(key: String, value: String) {
        let map = "<job-data-map><entry><key>\(key)</key><value>\(value)</value></entry></job-data-map>"
        let plain = "<job-data-map><entry><key>flow</key><value>a.b</value></entry></job-data-map>"
        let job = "<name>a</name><job-class>x.Y</job-class>" + map
        let json = ScheduleInspection([read(Documents.schedule(Documents.cron(), job: job))]).json
        #expect(!json.contains("swordfish") && json.contains("\"\(key)\":\"***\""), "\(json)")
        #expect(json.contains("\"masked\":[\"\(key)\"]"))
        let other = ScheduleInspection([
            read(Documents.schedule(Documents.cron(), job: "<name>a</name><job-class>x.Y</job-class>" + plain))
        ]).json
        #expect(other.contains(#""data":{"flow":"a.b"},"masked":[]"#), "\(other)")
    }

    @Test func runsCommandsKindByKind() {
        let text = Documents.schedule().replacingOccurrences(
            of: "<schedule>",
            with: """
                <pre-processing-commands><delete-trigger><name>t</name></delete-trigger>
                <delete-job><name>j</name><group>g</group></delete-job><delete-jobs-in-group>*</delete-jobs-in-group>
                </pre-processing-commands><schedule>
                """)
        #expect(
            read(text).preProcessing == [
                .deleteJobsInGroup("*"), .deleteJob(ScheduleKey(group: "g", name: "j")),
                .deleteTrigger(ScheduleKey(name: "t")),
            ])
    }

    @Test func holdsItsLimits() {
        var limits = ContentLimits()
        limits.schedulePartCountMax = 2
        let text = Documents.schedule(Documents.cron("a") + Documents.cron("b"))
        #expect(read(text, limits: limits).diagnostics.map(\.code) == ["schedule-size"])
        #expect(read(text, limits: limits).triggers.count == 1)
        limits = ContentLimits()
        limits.scheduleElementCountMax = 3
        #expect(read(text, limits: limits).diagnostics.map(\.code) == ["schedule-size"])
        limits = ContentLimits()
        limits.keptTextBytesMax = 10
        #expect(read(text, limits: limits).diagnostics.map(\.code) == ["schedule-size"])
    }

    @Test func reportsAFileThatIsNotThere() {
        let schedule = ScheduleReader().read(path: "/no/such.xml", now: .zero, defaultZone: .utc)
        #expect(schedule.diagnostics.map(\.code) == ["file-not-found"])
    }
}

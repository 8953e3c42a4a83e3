import Glibc
import SluiceForecast
import SluiceModel
import Testing

@testable import SluiceContent

/// The XML dialects beside Quartz 2.0, each in a small file of our own.
@Suite struct ScheduleDialectTests {
    @Test func readsAGivenStream() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let text = Array("0 3 * * * run\n".utf8)
        try #require(write(ends[1], text, text.count) == text.count)
        close(ends[1])
        let schedule = ScheduleReader().read(path: "/dev/fd/\(ends[0])", now: .zero, defaultZone: .utc)
        #expect(schedule.triggers.count == 1 && schedule.dialect == .crontab, "\(schedule.diagnostics)")
    }

    @Test func boundsAGivenStream() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let text = Array("0 3 * * * run\n".utf8)
        try #require(write(ends[1], text, text.count) == text.count)
        close(ends[1])
        var limits = ContentLimits()
        limits.documentBytesMax = 5
        let reader = ScheduleReader(limits: limits)
        let schedule = reader.read(path: "/dev/fd/\(ends[0])", now: .zero, defaultZone: .utc)
        #expect(schedule.diagnostics.map(\.code) == ["file-size"] && schedule.quartz.isAccepted == nil)
    }

    @Test func saysOnceThatAFileIsMissing() {
        let schedule = ScheduleReader().read(path: "/no/such.xml", now: .zero, defaultZone: .utc)
        let text = ScheduleInspection([schedule]).text
        #expect(text == "/no/such.xml: not read\n", "\(text)")
    }

    @Test func showsNoTimeThatCannotBeWritten() {
        let schedule = ScheduleReader().read(
            bytes: Array("0 3 * * * run\n".utf8), file: "tab", now: .zero, defaultZone: .utc)
        for (milliseconds, json, text) in [
            (253_402_300_799_999, "\"next\":\"9999-12-31T23:59:59.999Z\"", ", next 9999"),
            (253_402_300_800_000, "\"next\":null", "next after the year 9999"),
        ] as [(Int64, String, String)] {
            let shown = ScheduleInspection([schedule]) { _ in Timestamp(milliseconds: milliseconds) }
            #expect(shown.json.contains(json) && shown.text.contains(text), "\(shown.text)")
        }
    }

    static let now = Timestamp(milliseconds: 1_715_774_430_250)
    static let dotNET = "http://quartznet.sourceforge.net/JobSchedulingData"

    private func read(_ text: String, as dialect: ScheduleDialect? = nil) -> ScheduleFile {
        ScheduleReader().read(
            bytes: Array(text.utf8), file: "s.xml", now: Self.now, defaultZone: .utc, as: dialect)
    }

    @Test func readsVersion18() {
        let schedule = read(
            """
            <job-scheduling-data xmlns="http://www.quartz-scheduler.org/xml/JobSchedulingData" version="1.8"><schedule>
            <job><name>a</name><job-class>x.Y</job-class><job-listener-ref>l</job-listener-ref>\
            <volatility>true</volatility>
            <durability>true</durability><recover>false</recover></job>
            <trigger><date-interval><name>d</name><job-name>a</job-name><volatility>false</volatility>
            <start-time>2024-01-31T12:30:00Z</start-time><repeat-interval>2</repeat-interval>
            <repeat-interval-unit>MONTH</repeat-interval-unit></date-interval></trigger>
            </schedule></job-scheduling-data>
            """)
        #expect(schedule.dialect == .quartz18 && !schedule.hasErrors)
        #expect(schedule.quartz.isAccepted == false)
        #expect(schedule.jobs.map(\.isDurable) == [true])
        #expect(schedule.triggers.map(\.timing) == [.calendarInterval(interval: 2, unit: .month)])
        #expect(schedule.triggers.map(\.start.rfc3339) == ["2024-01-31T12:30:00Z"])
        let codes = Set(schedule.diagnostics.map(\.code))
        #expect(codes == ["quartz-schema", "quartz-1.8-time"])
    }

    @Test func takesVersion18WithoutItsOwnElements() {
        let schedule = read(Documents.schedule(Documents.cron()).replacing("2.0", with: "1.8"))
        #expect(schedule.dialect == .quartz18 && schedule.quartz == .accepts && schedule.diagnostics.isEmpty)
    }

    @Test func readsQuartzNET() {
        let schedule = read(
            """
            <job-scheduling-data xmlns="\(Self.dotNET)" version="2.0"><processing-directives>
            <overwrite-existing-data>1</overwrite-existing-data>
            <schedule-trigger-relative-to-replaced-trigger>true</schedule-trigger-relative-to-replaced-trigger>
            </processing-directives><schedule>
            <job><name>a</name><job-type>X.Y, X</job-type><durable>1</durable></job>
            <trigger><simple><name>s</name><job-name>a</job-name><misfire-instruction>IgnoreMisfirePolicy\
            </misfire-instruction><repeat-count>1</repeat-count><repeat-interval>5</repeat-interval></simple></trigger>
            <trigger><calendar-interval><name>c</name><job-name>a</job-name><misfire-instruction>DoNothing\
            </misfire-instruction><repeat-interval>3</repeat-interval><repeat-interval-unit>Day</repeat-interval-unit>\
            </calendar-interval></trigger>
            <trigger><cron><name>z</name><job-name>a</job-name><cron-expression>0 0 3 * * ?</cron-expression>
            <time-zone>Middle Earth Standard Time</time-zone></cron></trigger>
            </schedule></job-scheduling-data>
            """)
        #expect(schedule.dialect == .quartzNET)
        #expect(schedule.jobs.first?.jobClass == "X.Y, X" && schedule.jobs.first?.isDurable == true)
        #expect(schedule.directives.overwritesExistingData && schedule.directives.schedulesRelativeToReplaced)
        #expect(schedule.triggers.map(\.misfire.code) == [-1, 2])
        #expect(schedule.triggers.last?.timing == .calendarInterval(interval: 3, unit: .day))
        // A zone that we do not know is no guess.
        #expect(schedule.diagnostics.map(\.code) == ["schedule-refused"])
        #expect(schedule.diagnostics.first?.line == 9)
    }

    @Test(arguments: [
        ("W. Europe Standard Time", "Europe/Berlin"), ("tokyo standard time", "Asia/Tokyo"),
        ("UTC", "UTC"), ("Eastern Standard Time", "America/New_York"), ("Europe/Paris", "Europe/Paris"),
        ("India Standard Time", "Asia/Calcutta"), ("UTC-11", "Etc/GMT+11"), ("Samoa Standard Time", "Pacific/Apia"),
    ])
    func takesZonesOfWindowsInFilesOfQuartzNETAlone(name: String, region: String) {
        let cron = "<cron-expression>0 0 3 * * ?</cron-expression><time-zone>\(name)</time-zone>"
        let dotNET = read(
            Documents.schedule(Documents.cron("t", cron)).replacing(
                "http://www.quartz-scheduler.org/xml/JobSchedulingData", with: Self.dotNET
            )
            .replacing("job-class", with: "job-type"))
        #expect(dotNET.dialect == .quartzNET && dotNET.diagnostics.isEmpty, "\(dotNET.diagnostics)")
        #expect(dotNET.triggers.map(\.timing) == [.cron(expression: "0 0 3 * * ?", timeZone: region)])
        let java = read(Documents.schedule(Documents.cron("t", cron)))
        #expect(java.diagnostics.map(\.code) == (name.contains(" ") || name == "UTC-11" ? ["quartz-time-zone"] : []))
    }

    /// The system has the rules of each region of the table.
    @Test func knowsTheRegionOfEachZoneOfWindows() {
        for (name, region) in WindowsZones.names {
            #expect(SystemTimeZones.shared.zone(region) != nil, "\(name): \(region)")
        }
        #expect(Set(WindowsZones.names.map(\.name)).count == 142 && WindowsZones.names.count == 142)
    }

    @Test(arguments: [
        ("http://www.opensymphony.com/quartz/JobSchedulingData", ScheduleDialect.quartzLegacy, "job-class"),
        ("", .quartzLegacy, "job-class"), (dotNET, .quartzNETLegacy, "job-type"),
    ])
    func readsLegacyFiles(namespace: String, dialect: ScheduleDialect, element: String) {
        let schedule = read(
            """
            <quartz \(namespace.isEmpty ? "" : "xmlns=\"\(namespace)\"") overwrite-existing-jobs="false">
            <calendar class-name="x.C"><name>c</name></calendar><job-listener class-name="x.L" name="l"/>
            <job><job-detail><name>a</name><group>g</group><\(element)>x.Y</\(element)>
            <job-data-map allows-transient-data="true"><entry><key>k</key><value>v</value></entry></job-data-map>
            </job-detail><trigger><cron><name>t</name><group>g</group><cron-expression>0 0 3 * * ?</cron-expression>\
            </cron></trigger><trigger><simple><name>s</name><job-name>other</job-name><repeat-count>-1</repeat-count>
            <repeat-interval>10</repeat-interval></simple></trigger></job></quartz>
            """)
        #expect(schedule.dialect == dialect && !schedule.hasErrors && schedule.quartz.isAccepted == false)
        #expect(!schedule.directives.overwritesExistingData)
        #expect(schedule.jobs.first?.data == [ScheduleDataEntry(key: "k", value: "v")])
        #expect(schedule.triggers.map(\.job) == [ScheduleKey(group: "g", name: "a"), ScheduleKey(name: "other")])
        #expect(schedule.diagnostics.map(\.code) == ["schedule-element", "schedule-job-elsewhere"])
    }

    @Test func readsSundial() {
        let schedule = read(
            """
            <job-scheduling-data><schedule><job><name>a</name><job-class>x.Y</job-class>
            <concurrency-allowed>true</concurrency-allowed></job>
            <trigger><cron><name>t</name><job-name>a</job-name><end-time>2030-01-01T00:00:00Z</end-time>
            <cron-expresion>?</cron-expresion><cron-expression>0 0 3 * * ?</cron-expression></cron></trigger>
            </schedule></job-scheduling-data>
            """)
        #expect(schedule.dialect == .sundial && schedule.triggers.count == 1)
        #expect(schedule.diagnostics.map(\.code) == ["schedule-element"])
        #expect(schedule.diagnostics.first?.message.contains("cron-expresion") == true)
        #expect(schedule.quartz.reason?.contains("no namespace") == true)
    }

    @Test func believesTheUser() {
        let text = "<job-scheduling-data xmlns=\"urn:x\"><schedule/></job-scheduling-data>"
        #expect(read(text).diagnostics.map(\.code) == ["quartz-root"])
        #expect(read(text).dialect == nil)
        #expect(read(text, as: .quartzNET).dialect == .quartzNET && read(text, as: .quartzNET).diagnostics.isEmpty)
        #expect(read(text, as: .quartzNET).quartz.isAccepted == false)
        #expect(read(text, as: .quartzLegacy).diagnostics.map(\.code) == ["quartz-root"])
        #expect(read("[]").dialect == .central && read("[]", as: .crontab).dialect == .crontab)
    }

    /// What Quartz takes for false though it is valid XML: seen with the real one (fixture 17).
    @Test func warnsOfBooleansThatQuartzMisreads() {
        let job = "<name>a</name><job-class>x.Y</job-class><durability>1</durability><recover>0</recover>"
        let schedule = read(
            Documents.schedule(Documents.cron(), job: job).replacing(
                "<schedule>",
                with: "<processing-directives><overwrite-existing-data>1</overwrite-existing-data>"
                    + "</processing-directives>\n<schedule>"))
        #expect(
            schedule.quartz == .accepts && !schedule.jobs[0].isDurable && !schedule.directives.overwritesExistingData)
        #expect(schedule.diagnostics.map(\.code) == ["quartz-boolean", "quartz-boolean"])
        #expect(schedule.diagnostics.map(\.line) == [3, 4])
    }

    @Test func remarksOnPartsThatDoNotFit() {
        let extra =
            "<job><name>a</name><job-class>x.Y</job-class></job><job><name>b</name><job-class>x.Y</job-class></job>"
        let calendar = "<calendar-name>c</calendar-name><cron-expression>0 0 3 * * ?</cron-expression>"
        let schedule = read(
            Documents.schedule(
                Documents.cron("t", calendar) + Documents.cron() + extra
                    + "<trigger><simple><name>o</name><job-name>z</job-name></simple></trigger>"))
        #expect(schedule.quartz == .accepts && schedule.jobs.count == 3 && schedule.triggers.count == 3)
        #expect(
            schedule.diagnostics.map(\.code) == [
                "schedule-duplicate", "schedule-duplicate", "schedule-job-elsewhere", "quartz-job-without-trigger",
                "schedule-calendar",
            ])
    }

    @Test func boundsItsRemarks() {
        let triggers = (0..<3000).map { "<trigger><simple><name>\($0)</name><job-name>z</job-name></simple></trigger>" }
        let schedule = read(Documents.schedule(triggers.joined()))
        #expect(schedule.triggers.count == 3000 && !schedule.hasErrors)
        #expect(schedule.diagnostics.count == 22)
        #expect(schedule.diagnostics.contains { $0.message.contains("3000 remarks") })
    }
}

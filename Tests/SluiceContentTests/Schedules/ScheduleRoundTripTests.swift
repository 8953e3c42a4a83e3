import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// A file that is written from a model reads back as that model, whatever the seed.
@Suite struct ScheduleRoundTripTests {
    static let now = Timestamp(milliseconds: 1_715_774_430_000)

    @Test(arguments: 1...40)
    func readsBackWhatWasWritten(seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        let model = Self.model(&random)
        let bytes = Array(Self.xml(model).utf8)
        let read = ScheduleReader().read(bytes: bytes, file: "s.xml", now: Self.now, defaultZone: .utc)
        #expect(read == ScheduleReader().read(bytes: bytes, file: "s.xml", now: Self.now, defaultZone: .utc))
        #expect(read.quartz == .accepts && !read.hasErrors, "\(read.diagnostics)")
        #expect(read.jobs.map { Self.without(line: $0) } == model.jobs)
        #expect(read.triggers.map { Self.without(line: $0) } == model.triggers)
    }

    private static func without(line job: ScheduleJob) -> ScheduleJob {
        var job = job
        job.line = 0
        return job
    }

    private static func without(line trigger: ScheduleTrigger) -> ScheduleTrigger {
        var trigger = trigger
        trigger.line = 0
        return trigger
    }

    // MARK: A model

    private static func model(_ random: inout SplitMix) -> ScheduleFile {
        func pick<Element>(_ values: [Element]) -> Element { values[Int(random.next() % UInt64(values.count))] }
        let texts = ["a", "b c", "ü<&>", "\"q\"", "日本", "x]]>y"]
        func data() -> [ScheduleDataEntry] {
            pick([[], ["k"], ["k", "l&m"]]).map { ScheduleDataEntry(key: $0, value: pick(texts + [nil])) }
        }
        var file = ScheduleFile(file: "s.xml")
        for index in 0..<Int(1 + random.next() % 5) {
            let key = ScheduleKey(group: pick(["DEFAULT", "g"]), name: "job \(index) " + pick(texts))
            file.jobs.append(
                ScheduleJob(
                    key: key, jobClass: "x.Y\(index)", description: pick(texts + [nil]),
                    isDurable: pick([true, false]),
                    requestsRecovery: pick([true, false]), data: data()))
        }
        for index in 0..<Int(random.next() % 8) {
            let timing: ScheduleTrigger.Timing = pick([
                .cron(expression: "0 0/5 8-17 ? * MON-FRI", timeZone: "Europe/Berlin"),
                .cron(expression: "0 15 10 L-3 * ?", timeZone: "UTC"),
                .simple(repeatCount: -1, repeatIntervalMilliseconds: Int64(1 + random.next() % 1_000_000)),
                .simple(repeatCount: 7, repeatIntervalMilliseconds: 1),
                .calendarInterval(interval: 3, unit: pick([.second, .minute, .hour, .day, .week, .month, .year])),
            ])
            let start = Timestamp(milliseconds: Int64(random.next() % 2_000_000_000) * 1000)
            let end = Timestamp(milliseconds: start.milliseconds + Int64(random.next() % 1_000_000) * 1000)
            file.triggers.append(
                ScheduleTrigger(
                    key: ScheduleKey(name: "t\(index)"), job: pick(file.jobs).key, timing: timing,
                    description: pick(texts + [nil]), priority: Int(random.next() % 10),
                    calendarName: pick(["c", nil]), start: start, end: pick([end, nil]), data: data()))
        }
        return file
    }

    // MARK: Its writer

    private static func xml(_ file: ScheduleFile) -> String {
        var parts = file.jobs.map { job in
            "<job>" + leaf("name", job.key.name) + leaf("group", job.key.group) + leaf("description", job.description)
                + leaf("job-class", job.jobClass) + leaf("durability", "\(job.isDurable)")
                + leaf("recover", "\(job.requestsRecovery)") + map(job.data) + "</job>"
        }
        parts += file.triggers.map { trigger in
            let (kind, tail) = words(trigger.timing)
            return "<trigger><\(kind)>" + leaf("name", trigger.key.name) + leaf("group", trigger.key.group)
                + leaf("description", trigger.description) + leaf("job-name", trigger.job.name)
                + leaf("job-group", trigger.job.group) + leaf("priority", "\(trigger.priority)")
                + leaf("calendar-name", trigger.calendarName) + map(trigger.data)
                + leaf("start-time", trigger.start.rfc3339) + leaf("end-time", trigger.end?.rfc3339)
                + tail + "</\(kind)></trigger>"
        }
        return "<job-scheduling-data xmlns=\"http://www.quartz-scheduler.org/xml/JobSchedulingData\" version=\"2.0\">"
            + "<schedule>" + parts.joined(separator: "\n") + "</schedule></job-scheduling-data>"
    }

    private static func words(_ timing: ScheduleTrigger.Timing) -> (kind: String, tail: String) {
        switch timing {
        case .cron(let text, let zone), .cronOnBothDays(let text, let zone):
            ("cron", leaf("cron-expression", text) + leaf("time-zone", zone))
        case .simple(let count, let beat):
            ("simple", leaf("repeat-count", "\(count)") + leaf("repeat-interval", "\(beat)"))
        case .calendarInterval(let interval, let unit):
            (
                "calendar-interval",
                leaf("repeat-interval", "\(interval)") + leaf("repeat-interval-unit", unit.rawValue)
            )
        }
    }

    private static func map(_ data: [ScheduleDataEntry]) -> String {
        guard !data.isEmpty else { return "" }
        let entries = data.map { "<entry>" + leaf("key", $0.key) + leaf("value", $0.value ?? "") + "</entry>" }
        return "<job-data-map>" + entries.joined() + "</job-data-map>"
    }

    private static func leaf(_ name: String, _ text: String?) -> String {
        guard let text else { return "" }
        let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        return "<\(name)>\(escaped)</\(name)>"
    }
}

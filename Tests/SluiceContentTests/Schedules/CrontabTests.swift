import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

@Suite struct CrontabTests {
    static let now = Timestamp(milliseconds: 1_715_774_430_250)

    private func read(_ text: String, as dialect: ScheduleDialect? = nil) -> ScheduleFile {
        ScheduleReader().read(bytes: Array(text.utf8), file: "tab", now: Self.now, defaultZone: .utc, as: dialect)
    }

    @Test func readsATable() {
        let schedule = read(
            """
            # m h dom mon dow command
            SHELL=/bin/sh
            MAILTO = "ops@example.com"
            TZ=Asia/Tokyo

            */15 8-17 * * mon-fri /opt/run a b
            CRON_TZ=Europe/Berlin
            \t@daily /opt/run a b
            0 3 1,15 * 5 /opt/both
            @reboot /opt/start
            @every 5 /opt/run
            0 3 */2 * 1 /opt/run
            0 3 * *
            0 3 * * *
            """)
        #expect(schedule.dialect == .crontab && schedule.quartz.isAccepted == false)
        #expect(
            schedule.triggers.map(\.timing) == [
                .cron(expression: "0 0,15,30,45 8-17 ? * 2-6", timeZone: "UTC"),
                .cron(expression: "0 0 0 * * ?", timeZone: "Europe/Berlin"),
                .cron(expression: "0 0 3 1,15 * ?", timeZone: "Europe/Berlin"),
                .cron(expression: "0 0 3 ? * 6", timeZone: "Europe/Berlin"),
                .cronOnBothDays(
                    expression: "0 0 3 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 2", timeZone: "Europe/Berlin"),
            ])
        #expect(
            schedule.triggers.map(\.key.name) == [
                "/opt/run a b", "/opt/run a b (2)", "/opt/both", "/opt/both", "/opt/run",
            ])
        #expect(
            schedule.diagnostics.map { "\($0.line ?? 0) \($0.code)" } == [
                "4 crontab-tz", "7 crontab-cron-tz", "10 crontab-reboot", "11 crontab-time", "13 crontab-time",
                "14 crontab-command",
            ])
    }

    @Test("R33 a line with both days is one schedule, with one launch on a day that is both")
    func plansOneScheduleOfBothDays() throws {
        let file = read("0 3 13 * 5 /opt/both\n0 4 * * * /opt/other\n")
        let planned = file.plannedSchedules(by: [], defaultZone: .utc, policy: .all, namesUnmapped: true) {
            $0 == "UTC" ? .utc : nil
        }
        #expect(planned.map(\.id.text) == ["crontab./opt/both", "crontab./opt/other"])
        // September 2024: the 13th is a Friday, and there are three others.
        let month = Timestamp(rfc3339: "2024-09-01T00:00:00Z")!..<Timestamp(rfc3339: "2024-10-01T00:00:00Z")!
        let outlook = GateOutlook(inWindow: { _ in .hold(.maintenance) }, outside: { _ in .proceed(.open) })
        var history = DurationHistory()
        let forecast = Forecast(
            Array(planned.prefix(1)), query: .init(window: month, now: month.lowerBound), outlook: outlook,
            history: &history)
        #expect(forecast.countsInWindow.held == 4 && forecast.launches.count == 4 && forecast.backlog.count == 4)
        #expect((0..<forecast.load.count).map { forecast.load.total($0) }.max() == 1)
        #expect(planned[0].trigger.count(in: month) == 4)
        #expect(planned[0].trigger.finalFireTime == planned[0].trigger.previous(before: Timestamp(milliseconds: .max)))
        let thirteenth = Timestamp(rfc3339: "2024-09-13T03:00:00Z")!
        #expect(planned[0].trigger.previous(before: thirteenth.advanced(by: .seconds(1))) == thirteenth)
        // The drain that starts right after it: one is running, not two.
        let after = thirteenth.advanced(by: .seconds(1))
        let drain = Forecast(
            Array(planned.prefix(1)), query: .init(window: after..<month.upperBound, now: month.lowerBound),
            outlook: outlook, history: &history
        ).drain
        #expect(drain.expectedRunningCount > 0.9 && drain.expectedRunningCount < 1.1)
        var query = QuietSearch.Query(
            horizon: thirteenth.advanced(by: .seconds(-3600))..<thirteenth.advanced(by: .seconds(3600)),
            lengthMilliseconds: 7_200_000, now: month.lowerBound)
        query.countMax = 1
        let quiet = QuietSearch(Array(planned.prefix(1)), query: query, outlook: outlook, history: &history)
        #expect(quiet.windows.first?.heldCount == 1)
    }

    @Test func readsTheUsersColumn() {
        let schedule = read("17 * * * * root cd / && run\n1 2 3 4 5 only\n", as: .systemCrontab)
        #expect(schedule.jobs.map(\.key) == [ScheduleKey(group: "root", name: "cd / && run")])
        #expect(schedule.diagnostics.map(\.code) == ["crontab-command"])
    }

    @Test(arguments: [
        ("60 * * * *", "minute"), ("* 24 * * *", "hour"), ("* * 0 * *", "day of month"), ("* * 32 * *", "day of month"),
        ("* * * 13 *", "month"), ("* * * * 8", "day of week"), ("*/0 * * * *", "minute"), ("5/10 * * * *", "minute"),
        ("9-5 * * * *", "minute"), ("1-2-3 * * * *", "minute"), ("1,,2 * * * *", "minute"), ("* * * * sat-sun", "week"),
        ("* * * foo *", "month"), ("0~30 * * * *", "minute"), ("* * L * *", "day of month"), ("* * ? * *", "day of"),
        ("*/1/2 * * * *", "minute"), ("+5 * * * *", "minute"), ("99999999999999999999 * * * *", "minute"),
    ])
    func namesWhatIsWrong(fields: String, name: String) {
        let schedule = read("0 0 * * * good\n\(fields) bad\n")
        #expect(schedule.triggers.count == 1)
        #expect(schedule.diagnostics.count == 1 && schedule.diagnostics[0].line == 2)
        #expect(schedule.diagnostics[0].message.contains(name), "\(schedule.diagnostics)")
    }

    /// The times of the expressions are cron's, for every day of four years and every minute of a day.
    ///
    /// On both sides the minute and the day are asked apart, so this is each of the two million minutes.
    @Test(
        "R33: what a forecast makes of a line are the times of cron",
        arguments: [
            "0 3 * * *", "*/7 */5 * * *", "0 0 31 * *", "30 6 29 2 *", "0 3 1,15 * 5", "15 4 10-20/3 */2 mon,wed",
            "0 12 * 1-3 0", "0 12 * * 7", "5 5 1-31 * 2", "5 5 13 * 0-7", "* * 1 jan *", "59 23 * * 1-5", "0 0 */5 * *",
            "1 1 * * */2", "3 3 30 2 1", "0 3 */2 * 1", "0 3 1,15 * */2", "*/5 4 */3 2 mon", "0 3 */9 * */3",
            "1 1 */31 2 0",
            "0 3 *,1 * 1",
        ])
    func firesWhenCronFires(line: String) throws {
        let schedule = try CrontabSchedule(fields: line.split(separator: " ").map(String.init))
        let expressions = try schedule.timings(timeZone: "UTC").map { timing in
            switch timing {
            case .cron(let expression, _):
                _ = try CronExpression(expression)
                return QuartzDays(expression)
            case .cronOnBothDays(let expression, _):
                _ = try CronExpression(onBothDays: expression)
                #expect(throws: CronError.self, "Quartz takes it") { try CronExpression(expression) }
                return QuartzDays(expression)
            default: return try #require(nil, "no cron expression: \(timing)")
            }
        }
        let cron = VixieLine(line)
        for minute in 0..<1440 {
            let isCron = cron.has(0, minute % 60) && cron.has(1, minute / 60)
            for expression in expressions where expression.hasTime(hour: minute / 60, minute: minute % 60) != isCron {
                Issue.record("\(line) at \(minute / 60):\(minute % 60): cron \(isCron)")
            }
        }
        var weekday = 1  // 2024-01-01 was a Monday.
        for (year, month) in (2024...2027).flatMap({ year in (1...12).map { (year, $0) } }) {
            let length = [31, year % 4 == 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            for day in 1...length {
                let isCron = cron.hasDay(month: month, day: day, weekday: weekday)
                let isQuartz = expressions.contains { $0.hasDay(month: month, day: day, weekday: weekday) }
                #expect(isCron == isQuartz, "\(line) on \(year)-\(month)-\(day)")
                weekday = (weekday + 1) % 7
            }
        }
    }

    /// Next times by the reader and the trigger, against cron's own test of each minute: days, wall time, zone.
    @Test(
        "R33: a line with both days restricted is in a forecast, at the times of cron",
        arguments: [
            "0 3 */2 * 1", "30 4 1,15 * */2", "15 12 */10 2-11 mon-fri", "45 23 */7 * 0", "0 3 13 * 5", "0 0 */2 2 1",
        ])
    func firesOnBothDays(line: String) throws {
        for zone in ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"] {
            let rules = try #require(SystemTimeZones.shared.zone(zone))
            let file = read("CRON_TZ=\(zone)\n\(line) run\n")
            let planned = file.plannedSchedules(by: [], defaultZone: .utc) { _ in rules }
            let first = CivilDate.daysSinceEpoch(year: 2024, month: 5, day: 16)
            let days = first..<CivilDate.daysSinceEpoch(year: 2028, month: 5, day: 16)
            let cron = VixieLine(line)
            let (minute, hour) = (try #require(cron.only(0)), try #require(cron.only(1)))
            var expected: Set<String> = []
            for day in days {
                let (_, month, dayOfMonth) = CivilDate.civil(daysSinceEpoch: day)
                // The first of January 1970 was a Thursday.
                guard cron.hasDay(month: month, day: dayOfMonth, weekday: Int(day + 4) % 7) else { continue }
                expected.insert(Self.day(day).rfc3339.prefix(11) + Self.clock(hour, minute))
            }
            let span = Self.day(days.lowerBound)..<Self.day(days.upperBound)
            var found: Set<String> = []
            for schedule in planned {
                let times = schedule.trigger.fires(in: span, limit: 10_000).times
                found.formUnion(times.map { String(rules.rfc3339($0).prefix(16)) })
                #expect(schedule.trigger.count(in: span) == times.count)
                var back: [Timestamp] = []
                var instant = span.upperBound
                while let time = schedule.trigger.previous(before: instant), time >= span.lowerBound {
                    back.append(time)
                    instant = time
                }
                #expect(back.reversed() == times, "\(line) in \(zone)")
            }
            // The days at the span's ends are cut in zones beside UTC.
            let inner = { (times: Set<String>) in times.filter { $0 > "2024-05-18" && $0 < "2028-05-14" } }
            #expect(inner(found) == inner(expected), "\(line) in \(zone)")
            #expect(inner(found).count > 3)
        }
    }

    /// cron(8) of Debian: what follows the clock runs in both passes, the rest once, right after a gap.
    @Test(
        "R33: a line that cron runs otherwise around a change of the clock has a remark",
        arguments: [
            ("30 2 * * *", "Europe/Berlin", "skipped"), ("30 1 * * *", "America/New_York", "twice"),
            ("*/10 * * * *", "Europe/Berlin", "both passes"), ("15 * * * *", "Europe/Berlin", "both passes"),
            ("30 2 * * 0", "Europe/Berlin", "skipped"), ("*/10 5 * * *", "Europe/Berlin", nil),
            ("30 2 * * 1-5", "Europe/Berlin", nil), ("30 3 * * *", "Europe/Berlin", nil),
            ("30 2 * * *", "Asia/Tokyo", nil),
            ("30 2 * 12 *", "Europe/Berlin", nil), ("*/10 * * * *", "UTC", nil),
        ] as [(String, String, String?)])
    func saysWhatCronDoesAroundChanges(line: String, zone: String, word: String?) {
        let schedule = read("CRON_TZ=\(zone)\n\(line) run\n")
        #expect(schedule.diagnostics.map(\.code) == ["crontab-cron-tz"] + (word == nil ? [] : ["crontab-clock-change"]))
        #expect(schedule.diagnostics.last?.message.contains(word ?? "") ?? false, "\(schedule.diagnostics)")
        #expect(schedule.triggers.count == 1 && !schedule.hasErrors)
    }

    @Test func saysThatNotEveryCronKnowsTheZone() throws {
        let schedule = read("CRON_TZ=Asia/Tokyo\n0 3 * * * run\n")
        let note = try #require(schedule.diagnostics.first)
        #expect(note.severity == .note && note.line == 1 && schedule.diagnostics.count == 1)
        #expect(note.message.contains("Asia/Tokyo") && note.message.contains("Debian"))
    }

    @Test("a table read before 1970 begins at a whole second")
    func beginsAtAWholeSecond() {
        let schedule = ScheduleReader().read(
            bytes: Array("0 3 * * * run\n".utf8), file: "tab", now: Timestamp(milliseconds: -1500), defaultZone: .utc)
        #expect(schedule.triggers.map(\.start.milliseconds) == [-2000])
    }

    private static func day(_ day: Int64) -> Timestamp { Timestamp(milliseconds: day * 86_400_000) }

    private static func clock(_ hour: Int, _ minute: Int) -> String {
        [hour, minute].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    @Test func readsJunkWithoutHarm() {
        #expect(read("\u{1}\u{2}garbage").diagnostics.map(\.code) == ["schedule-unknown"])
        let wrong = ScheduleReader().read(
            bytes: [0x30, 0x20, 0xFF, 0xFE], file: "tab", now: .zero, defaultZone: .utc)
        #expect(wrong.diagnostics.map(\.code) == ["schedule-unknown"])
        let long = "0 0 * * * " + String(repeating: "x", count: 20_000) + "\n0 0 * * * good\n"
        #expect(read(long).triggers.map(\.key.name) == ["good"])
        #expect(read(long).diagnostics.map(\.code) == ["crontab-line"])
        #expect(read("hello world").diagnostics.map(\.code) == ["crontab-time"])
        var limits = ContentLimits()
        limits.schedulePartCountMax = 2
        let many = ScheduleReader(limits: limits).read(
            bytes: Array("0 0 * * * a\n0 0 * * * b\n0 0 * * * c\n".utf8), file: "t", now: .zero, defaultZone: .utc)
        #expect(many.triggers.count == 2 && many.diagnostics.map(\.code) == ["schedule-size"])
    }
}

/// Vixie cron's test of a minute (cron.c, find_jobs), from the text and without our reader.
private struct VixieLine {
    private let fields: [String]
    private let values: [Set<Int>]

    init(_ line: String) {
        fields = line.split(separator: " ").map(String.init)
        let ranges = [0...59, 0...23, 1...31, 1...12, 0...7]
        values = zip(fields, ranges).map { field, range in Set(range.filter { Self.holds(field, $0, range.lowerBound) })
        }
    }

    /// The value of a field that has one.
    func only(_ field: Int) -> Int? { values[field].count == 1 ? values[field].first : nil }

    func has(_ field: Int, _ value: Int) -> Bool { values[field].contains(value) }

    func hasDay(month: Int, day: Int, weekday: Int) -> Bool {
        guard has(3, month) else { return false }
        let isWeekday = has(4, weekday) || (weekday == 0 && has(4, 7))
        let hasStar = fields[2].hasPrefix("*") || fields[4].hasPrefix("*")
        return hasStar ? has(2, day) && isWeekday : has(2, day) || isWeekday
    }

    private static func holds(_ field: String, _ value: Int, _ low: Int) -> Bool {
        let names = ["jan": 1, "sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6]
        return field.split(separator: ",").contains { item in
            let parts = item.split(separator: "/")
            let step = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
            if parts[0] == "*" { return (value - low) % step == 0 }
            let ends = parts[0].split(separator: "-").map { names[String($0)] ?? Int($0) ?? -1 }
            return value >= ends[0] && value <= ends[ends.count - 1] && (value - ends[0]) % step == 0
        }
    }
}

/// A Quartz expression of plain lists, as `CrontabSchedule` writes them, read by itself.
private struct QuartzDays {
    private let fields: [Set<Int>?]

    init(_ text: String) {
        fields = text.split(separator: " ").map { field in
            if field == "*" || field == "?" { return nil }
            return Set(
                field.split(separator: ",").flatMap { item -> [Int] in
                    let ends = item.split(separator: "-").compactMap { Int($0) }
                    return Array(ends[0]...ends[ends.count - 1])
                })
        }
    }

    func hasTime(hour: Int, minute: Int) -> Bool { has([0: 0, 1: minute, 2: hour]) }

    func hasDay(month: Int, day: Int, weekday: Int) -> Bool { has([3: day, 4: month, 5: weekday + 1]) }

    private func has(_ values: [Int: Int]) -> Bool {
        values.allSatisfy { index, value in fields[index]?.contains(value) ?? true }
    }
}

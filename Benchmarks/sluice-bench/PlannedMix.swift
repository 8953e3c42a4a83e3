import SluiceContent
import SluiceForecast
import SluiceModel

/// What a large installation may have: of 100 schedules 70 crons, 20 simple triggers and 10 calendar intervals, mostly
/// nightly, some hourly and every few minutes, ten of each 10,000 every second; half of the wall times in zones whose
/// clocks change within the month. Hardly two are alike, so hardly any is gone through for another.
struct PlannedMix {
    /// A Monday. Within 30 days New York's clock goes forward (14 March), then London's (28 March), and Lord Howe's
    /// goes back by half an hour (4 April).
    static let start = Timestamp(milliseconds: 1_804_464_000_000)

    private static let zoneNames = [
        "UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC",
    ]
    private static let policies: [MisfirePolicy] = [.latest, .skip, .all, .notOlderThan(seconds: 7200)]

    private let zones: [TimeZoneRules]

    /// - Throws: `BenchError` when the system has no zone data.
    init() throws {
        zones = try Self.zoneNames.map { name in
            guard let zone = TimeZoneRules(javaIdentifier: name) else {
                throw BenchError("the zone \(name) is missing; install tzdata")
            }
            return zone
        }
    }

    func schedules(_ count: Int) throws -> [PlannedSchedule] {
        try (0..<count).map { number in
            let trigger =
                switch number % 100 {
                case ..<70: Trigger(timing: .cron(try CronExpression(cron(number)), zone(number)), start: .zero)
                case ..<90: simple(number)
                default: interval(number)
                }
            return PlannedSchedule(
                id: ScheduleID("s\(number)"), origin: .file("bench"), name: "s\(number)",
                flow: FlowID("f\(number % 2000)"), trigger: trigger, policy: Self.policies[number / 3 % 4],
                isUnsafeToMiss: number % 500 == 0)
        }
    }

    private func zone(_ number: Int) -> TimeZoneRules { zones[number / 7 % zones.count] }

    /// Of 70: 42 daily, 14 hourly, 6 each quarter of an hour, 2 every five minutes, 4 weekly, 2 monthly.
    private func cron(_ number: Int) -> String {
        let (second, minute, hour) = (number / 100 * 7 % 60, number * 7 % 60, (20 + number * 5 % 11) % 24)
        switch number % 100 {
        case ..<42: return "\(second) \(minute) \(number % 10 < 7 ? hour : number % 24) * * ?"
        case ..<56: return "\(second) \(minute) * * * ?"
        case ..<62: return "\(second) \(minute % 15)/15 * * * ?"
        case ..<64: return "\(second) \(minute % 5)/5 * * * ?"
        case ..<68: return "\(second) \(minute) \(hour) ? * \(number % 7 + 1)"
        default: return "\(second) \(minute) \(hour) \(number % 28 + 1) * ?"
        }
    }

    /// Of 20: one every minute, but for one in ten of these every second; 4 every five minutes or so, 8 hourly, 7
    /// daily, from some second of the year before on.
    private func simple(_ number: Int) -> Trigger {
        let interval: Int64 =
            switch number % 100 {
            case 70: number / 100 % 10 == 0 ? 1000 : 60_000
            case ..<75: [300_000, 420_000, 600_000, 900_000][number % 4]
            case ..<83: 3_600_000
            default: 86_400_000
            }
        let begin = Self.start.advanced(by: .seconds(-(number * 7919 % 31_536_000)))
        return Trigger(timing: .simple(repeatCount: -1, intervalMilliseconds: interval), start: begin)
    }

    /// Of 10: 4 daily, two of them keep their hour when the clock changes, 2 weekly, 2 monthly, 2 every other hour.
    private func interval(_ number: Int) -> Trigger {
        let (unit, count): (Trigger.IntervalUnit, Int) =
            switch number % 10 {
            case ..<4: (.day, 1)
            case ..<6: (.week, 1)
            case ..<8: (.month, 1)
            default: (.hour, 2)
            }
        var interval = Trigger.CalendarInterval(interval: count, unit: unit, zone: zone(number))
        interval.preservesHourOfDayAcrossDaylightSavings = number % 10 < 2
        let begin = Self.start.advanced(by: .seconds(-(number * 7919 % 31_536_000)))
        return Trigger(timing: .calendarInterval(interval), start: begin)
    }

    /// 200 past durations of each flow.
    static func history(_ count: Int) -> DurationHistory {
        var history = DurationHistory()
        for flow in 0..<min(count, 2000) {
            for number in 0..<200 {
                history.add(
                    FlowID("f\(flow)"), milliseconds: Int64(10_000 + flow * 37 % 400 * 1000 + number * 919 % 60_000))
            }
        }
        return history
    }
}

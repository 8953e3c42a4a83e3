import Glibc
import SluiceContent
import SluiceForecast
import SluiceModel

/// Answers a question as `QuartzPeer.java` answers it.
enum Answers {
    static func answer(_ line: String) -> String {
        let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3 else { return "" }
        let id = parts[0]
        switch parts[1] {
        case "cron": return "\(id)\t" + cron(Array(parts.dropFirst(2)))
        case "simple", "interval": return "\(id)\t" + trigger(parts[1], Array(parts.dropFirst(2)))
        default: return "\(id)\tmisfire\t" + misfire(Array(parts.dropFirst(2)))
        }
    }

    static func zone(_ id: String) -> TimeZoneRules { TimeZoneRules(javaIdentifier: id) ?? .gmt }

    /// expression, zone, after, count
    private static func cron(_ parts: [String]) -> String {
        guard let expression = try? CronExpression(parts[0], yearMax: yearMax) else { return "rejected" }
        let trigger = Trigger(
            timing: .cron(expression, zone(parts[1])), start: Timestamp(milliseconds: -1 << 50))
        return "ok" + times(trigger, after: number(parts[2]), count: Int(number(parts[3])))
    }

    /// What Quartz, started now, takes: the script asks it.
    static let yearMax = getenv("SLUICE_YEAR_MAX").flatMap { Int(String(cString: $0)) } ?? CronExpression.defaultYearMax

    private static func times(_ trigger: Trigger, after: Int64, count: Int) -> String {
        var text = ""
        var instant = Timestamp(milliseconds: after)
        // Where Quartz's search never ends, what comes later is no time of a trigger that started earlier.
        var fromHere = trigger
        fromHere.start = max(instant, trigger.start)
        for _ in 0..<count {
            guard let next = trigger.next(after: instant) else { return text + " end" }
            text += " \(next.milliseconds)"
            if !isInverse(trigger.kind == .cron ? fromHere : trigger, next) { text += " previous-fails" }
            instant = next
        }
        return text
    }

    /// Our inverse has no peer in Quartz; it is checked against ourselves on the way.
    private static func isInverse(_ trigger: Trigger, _ time: Timestamp) -> Bool {
        trigger.previous(before: Timestamp(milliseconds: time.milliseconds + 1)) == time
    }

    /// start, end, interval, count or unit, zone, flags, after
    private static func make(_ kind: String, _ parts: [String]) -> Trigger {
        let start = Timestamp(milliseconds: number(parts[0]))
        let end = parts[1].isEmpty ? nil : Timestamp(milliseconds: number(parts[1]))
        if kind == "simple" {
            let timing = Trigger.Timing.simple(
                repeatCount: Int(number(parts[3])), intervalMilliseconds: number(parts[2]))
            return Trigger(timing: timing, start: start, end: end)
        }
        if kind == "cron", let expression = try? CronExpression(parts[2], yearMax: yearMax) {
            return Trigger(timing: .cron(expression, zone(parts[4])), start: start, end: end)
        }
        var interval = Trigger.CalendarInterval(
            interval: Int(number(parts[2])), unit: Trigger.IntervalUnit(rawValue: parts[3]) ?? .day,
            zone: zone(parts[4]))
        interval.preservesHourOfDayAcrossDaylightSavings = parts[5].contains("p")
        interval.skipsDayIfHourDoesNotExist = parts[5].contains("s")
        return Trigger(timing: .calendarInterval(interval), start: start, end: end)
    }

    private static func trigger(_ kind: String, _ parts: [String]) -> String {
        let trigger = make(kind, parts)
        let final = trigger.quartzFinalFireTime.map { "\($0.milliseconds)" } ?? "none"
        return "ok" + times(trigger, after: number(parts[6]), count: 12) + " final \(final)"
    }

    /// kind, then as above; now, missed, fired, code
    private static func misfire(_ parts: [String]) -> String {
        let trigger = make(parts[0], Array(parts.dropFirst()))
        guard let instruction = MisfireInstruction(code: Int(number(parts[11])), of: trigger.kind) else {
            return "none"
        }
        let after = trigger.afterMisfire(
            instruction, now: Timestamp(milliseconds: number(parts[8])),
            missed: Timestamp(milliseconds: number(parts[9])), timesTriggered: Int(number(parts[10])))
        let next = after.next.map { "\($0.milliseconds)" } ?? "none"
        guard case .simple(let count, _) = after.trigger.timing else { return next }
        return "\(next) \(after.trigger.start.milliseconds) \(count) \(after.timesTriggered)"
    }

    static func number(_ text: String) -> Int64 { Int64(text) ?? 0 }
}

/// One sum for each year of a zone: its offsets at instants and at wall times, some hours apart.
enum ZoneSums {
    static func print(of id: String) {
        guard let zone = TimeZoneRules(javaIdentifier: id) else { return Swift.print("\(id) unknown") }
        for year in 1970...2199 {
            let start = CivilDate.daysSinceEpoch(year: year, month: 1, day: 1) * 86_400
            let end = CivilDate.daysSinceEpoch(year: year + 1, month: 1, day: 1) * 86_400
            var sum: UInt64 = 0
            for second in stride(from: start, to: end, by: 13_020) {
                let instant = Timestamp(milliseconds: second * 1000)
                let wall = (instant.milliseconds - zone.instant(ofWallTime: instant).milliseconds) / 1000
                sum = sum &* 31 &+ UInt64(bitPattern: Int64(zone.offsetSeconds(at: instant)))
                sum = sum &* 31 &+ UInt64(bitPattern: wall)
            }
            Swift.print("\(id) \(year) \(Int64(bitPattern: sum))")
        }
    }
}

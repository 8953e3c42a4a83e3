import SluiceForecast
import SluiceModel

/// What cron does around a change of the clock otherwise than the triggers that stand for its lines, which keep
/// Quartz's rules (cron(8) of Debian, "Daylight Saving Time and other time changes").
///
/// A line whose minute or hour begins with `*` follows the clock: it runs through both passes of a doubled hour. Others
/// run once: right after the change when their time is skipped, and at the first pass when it is doubled.
enum CrontabClock {
    /// So far ahead of the reading changes are looked for: whole years have each kind.
    private static let ahead: Int64 = 400 * 86_400_000
    private static let changesMax = 12
    /// Larger steps are no summer time; cron then follows the clock at once.
    private static let shiftMax: Int64 = 3 * 3_600_000

    /// What is said of a line in a zone; nil when no change of the clock in the year to come meets its times.
    static func remark(_ schedule: CrontabSchedule, _ zone: TimeZoneRules, now: Timestamp) -> String? {
        let followsClock = schedule.minutes.beginsWithStar || schedule.hours.beginsWithStar
        var change = now
        var (gap, overlap): (String?, String?)
        for _ in 0..<changesMax {
            guard let next = zone.nextChange(after: change), next.milliseconds - now.milliseconds < ahead else { break }
            change = next
            let before = Int64(zone.offsetSeconds(at: Timestamp(milliseconds: next.milliseconds - 1))) * 1000
            let after = Int64(zone.offsetSeconds(at: next)) * 1000
            let isGap = after > before
            guard before != after, abs(after - before) <= shiftMax, !(isGap && followsClock) else { continue }
            let walls = next.milliseconds + min(before, after)..<next.milliseconds + max(before, after)
            guard fires(schedule, walls) else { continue }
            let day = zone.rfc3339(next).prefix(10)
            if isGap {
                gap = gap ?? "its time is skipped on \(day): cron runs it right after the change, shown is no run"
                continue
            }
            overlap =
                overlap
                ?? (followsClock
                    ? "cron runs it through both passes of the doubled hour on \(day), shown is the second alone"
                    : "its time comes twice on \(day): cron runs it at the first pass, shown is the second")
        }
        let remarks = [gap, overlap].compactMap { $0 }
        return remarks.isEmpty ? nil : remarks.joined(separator: "; ")
    }

    private static func fires(_ schedule: CrontabSchedule, _ walls: Range<Int64>) -> Bool {
        stride(from: walls.lowerBound / 60_000, to: walls.upperBound / 60_000, by: 1).contains { minute in
            let day = (minute - (minute % 1440 + 1440) % 1440) / 1440
            let (_, month, dayOfMonth) = CivilDate.civil(daysSinceEpoch: day)
            // The first of January 1970 was a Thursday.
            let weekday = Int(((day + 4) % 7 + 7) % 7)
            let minuteOfDay = Int(minute - day * 1440)
            return schedule.fires(
                month: month, day: dayOfMonth, weekday: weekday, hour: minuteOfDay / 60, minute: minuteOfDay % 60)
        }
    }
}

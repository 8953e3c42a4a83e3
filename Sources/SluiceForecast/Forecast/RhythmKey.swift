import SluiceModel

/// What tells apart triggers that fire at different times within a span, or within the week before it, when launches
/// may have started that still run in it. Those with equal keys fire at the same times.
struct RhythmKey: Hashable {
    private enum Timing: Hashable {
        /// Expressions, with a line break between two: no expression has one in it.
        case cron(String, zone: String)
        /// For ever, on multiples of the interval that are moved by the phase.
        case beat(interval: Int64, phase: Int64)
        case simple(repeatCount: Int, interval: Int64)
        case calendarInterval(Trigger.CalendarInterval)
    }

    private let timing: Timing
    /// Nil where it changes nothing.
    private var start: Timestamp?
    private let end: Timestamp?

    init(_ trigger: Trigger, in span: Range<Timestamp>) {
        let begin = span.lowerBound.advanced(by: .seconds(-ForecastLimits.runningSecondsMax))
        start = trigger.start > begin ? trigger.start : nil
        end = trigger.end.flatMap { $0 < span.upperBound ? $0 : nil }
        switch trigger.timing {
        case .cron(let cron, let zone): timing = .cron(cron.text, zone: zone.identifier)
        case .cronEither(let one, let other, let zone):
            timing = .cron("\(one.text)\n\(other.text)", zone: zone.identifier)
        case .simple(let repeatCount, let interval):
            if repeatCount < 0, interval > 0, start == nil {
                let rest = trigger.start.milliseconds % interval
                timing = .beat(interval: interval, phase: rest < 0 ? rest + interval : rest)
            } else {
                timing = .simple(repeatCount: repeatCount, interval: interval)
                start = trigger.start
            }
        case .calendarInterval(let interval):
            timing = .calendarInterval(interval)
            start = trigger.start
        }
    }
}

public import SluiceModel

extension Trigger {
    /// Why it is not to be had from a schedule of Central.
    public enum CentralFault: Error, Hashable, Sendable, CustomStringConvertible {
        /// `*/` with anything but a number above 0 after it.
        case interval
        case cron(CronError)
        case endsBeforeStart
        /// An interval without any time that it counts from.
        case unanchored

        public var description: String {
            switch self {
            case .interval: "*/N needs a number of milliseconds above 0"
            case .cron(let error): error.description
            case .endsBeforeStart: "it ends before it starts"
            case .unanchored: "its interval counts from a startDate, and there is neither one nor a nextFireTime"
            }
        }
    }

    /// When a schedule of Central fires (oo-central-api.md section 5.1), for lists of files and of a running Central.
    ///
    /// `*/N` is a beat of N milliseconds from its start: once where the start is the end, else as often as it has
    /// occurrences. Other expressions are cron's; occurrences are not counted for them. A zone that nobody knows is
    /// Greenwich's, as in Java (scheduler-xml.md section 5).
    ///
    /// - Parameters:
    ///   - defaultZone: Of schedules without a zone: that of Central's own machine.
    ///   - silentStart: The start of one that names none. Nil: a cron expression counts since ever, and an interval
    ///     from its next fire time.
    ///   - since: From when on times are wanted of an interval that names no start: it is counted back from its next
    ///     fire time in whole steps to there, for Central gives the next time after a gap and none within it.
    ///   - occurrencesAreRepeats: Whether N occurrences are N repeats after the first fire; what OO means is not known
    ///     (scheduler-xml.md section 8).
    ///   - zones: Finds a zone by its Java id.
    public init(
        _ schedule: CentralSchedule, defaultZone: TimeZoneRules, silentStart: Timestamp? = nil,
        since: Timestamp? = nil, occurrencesAreRepeats: Bool = false, zones: (String) -> TimeZoneRules?
    ) throws(CentralFault) {
        let start: Timestamp
        var end = schedule.endDate
        let timing: Timing
        if let interval = schedule.intervalMilliseconds {
            guard let anchor = schedule.startDate ?? schedule.nextFireTime ?? silentStart else {
                throw .unanchored
            }
            let steps = schedule.startDate == nil ? Self.steps(back: since, from: anchor, interval) : 0
            start = Timestamp(milliseconds: anchor.milliseconds - steps * interval)
            var repeatCount = -1
            if schedule.isOneShot {
                (repeatCount, end) = (0, nil)
            } else if schedule.occurrenceCount > 0 {
                let repeats = schedule.occurrenceCount - (occurrencesAreRepeats ? 0 : 1)
                let (count, isTooMany) = repeats.addingReportingOverflow(steps)
                repeatCount = Int(clamping: isTooMany ? .max : count)
            }
            timing = .simple(repeatCount: repeatCount, intervalMilliseconds: interval)
        } else {
            guard !schedule.triggerExpression.hasPrefix("*/") || schedule.triggerExpression.contains(" ") else {
                throw .interval
            }
            let expression: CronExpression
            do throws(CronError) {
                expression = try CronExpression(schedule.triggerExpression)
            } catch {
                throw .cron(error)
            }
            // Cron starts at whole seconds (`CronTriggerImpl.setStartTime`).
            start = (schedule.startDate ?? silentStart ?? .zero).cutToSecond
            let zone = schedule.timeZone.map { zones($0) ?? .gmt } ?? defaultZone
            timing = .cron(expression, zone)
        }
        if let end, end < start { throw .endsBeforeStart }
        self.init(timing: timing, start: start, end: end)
    }

    /// How many whole intervals lead from an anchor back to an instant or before it, as far as times go.
    private static func steps(back instant: Timestamp?, from anchor: Timestamp, _ interval: Int64) -> Int64 {
        guard let instant, instant < anchor else { return 0 }
        let (span, isTooLong) = anchor.milliseconds.subtractingReportingOverflow(instant.milliseconds)
        guard !isTooLong else { return 0 }
        let steps = span / interval + (span % interval > 0 ? 1 : 0)
        let (move, isFar) = steps.multipliedReportingOverflow(by: interval)
        return isFar || anchor.milliseconds.subtractingReportingOverflow(move).overflow ? span / interval : steps
    }
}

extension TimeZoneRules {
    /// What Java takes for every id that it does not know.
    public static let gmt = TimeZoneRules(identifier: "GMT", fixedOffsetSeconds: 0)
}

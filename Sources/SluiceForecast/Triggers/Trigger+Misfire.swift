public import SluiceModel

extension Trigger {
    /// The kinds, as misfire instructions tell them apart.
    public enum Kind: Hashable, Sendable {
        case cron, simple, calendarInterval
    }

    /// Which of the three it is.
    public var kind: Kind {
        switch timing {
        case .cron, .cronEither: .cron
        case .simple: .simple
        case .calendarInterval: .calendarInterval
        }
    }

    /// A trigger after Quartz has dealt with its missed time.
    public struct AfterMisfire: Hashable, Sendable {
        /// When it fires next; nil for never again. May be a time that is over: then it fires at once.
        public var next: Timestamp?
        /// With the start and count that it now has.
        public var trigger: Trigger
        /// How many times it counts as fired.
        public var timesTriggered: Int
    }

    /// What Quartz 2.3.2 makes of a trigger that missed a time (`updateAfterMisfire`).
    ///
    /// - Parameters:
    ///   - instruction: Of the trigger's kind; one of another kind changes nothing.
    ///   - missed: The time that it missed; nil when it had none.
    ///   - timesTriggered: How many times it has fired; only simple triggers count.
    public func afterMisfire(
        _ instruction: MisfireInstruction, now: Timestamp, missed: Timestamp?, timesTriggered: Int = 0
    ) -> AfterMisfire {
        var after = AfterMisfire(next: missed, trigger: self, timesTriggered: timesTriggered)
        switch instruction.resolved(for: self) {
        case .fireNow, .fireOnceNow: after.next = now
        case .doNothing: after.next = next(after: now)
        case .rescheduleNextWithExistingCount:
            after.next = next(after: now, timesTriggered: timesTriggered)
        case .rescheduleNextWithRemainingCount:
            after.next = next(after: now, timesTriggered: timesTriggered)
            if let next = after.next { after.timesTriggered += beats(from: missed, to: next) }
        case .rescheduleNowWithExistingRepeatCount:
            startAnew(&after, at: now, done: timesTriggered)
        case .rescheduleNowWithRemainingRepeatCount:
            startAnew(&after, at: now, done: timesTriggered + beats(from: missed, to: now), isClamped: true)
        case .ignoreMisfirePolicy, .smartPolicy: break
        }
        return after
    }

    /// A simple trigger that has used its count up fires no more.
    private func next(after instant: Timestamp, timesTriggered: Int) -> Timestamp? {
        if case .simple(let count, _) = timing, count >= 0, timesTriggered > count { return nil }
        return next(after: instant)
    }

    private func startAnew(_ after: inout AfterMisfire, at now: Timestamp, done: Int, isClamped: Bool = false) {
        if case .simple(let count, let interval) = timing, count > 0 {
            // One more than fired before makes -1, which Quartz then takes for endless; at less it fails, and we stop.
            let rest = isClamped || count - done < -1 ? max(0, count - done) : count - done
            after.trigger.timing = .simple(repeatCount: rest, intervalMilliseconds: interval)
            after.timesTriggered = 0
        }
        if let end, end < now {
            after.next = nil
        } else {
            after.trigger.start = now
            after.next = now
        }
    }

    /// How many beats of a simple trigger lie between two times (`computeNumTimesFiredBetween`).
    private func beats(from begin: Timestamp?, to end: Timestamp) -> Int {
        guard case .simple(_, let interval) = timing, interval >= 1, let begin else { return 0 }
        let (span, isTooLong) = end.milliseconds.subtractingReportingOverflow(begin.milliseconds)
        return isTooLong ? 0 : Int(clamping: span / interval)
    }
}

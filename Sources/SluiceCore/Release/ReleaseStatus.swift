public import SluiceModel

/// Where the release is, for a person who looks.
public struct ReleaseStatus: Hashable, Sendable {
    public var record: ReleaseRecord
    public var course: ReleaseCourse
    /// Launches by Sluice under way, and canaries among them.
    public var flightCount: Int
    public var canaryCount: Int
    public var load: ReleaseState.LoadState
    /// How the last launches that the breaker looks at ended: all, and those that did not end well.
    public var recentCount: Int
    public var recentFailedCount: Int
    /// Why nothing, or nothing more, starts now; nil: what may start does.
    public var stop: String?
    /// What keeps the release from going faster just now, though nothing is wrong.
    public var limit: String?
    /// Why Central does not take launches now.
    public var trouble: String?
    /// Who drives the release, where it is not this process: then what is not on record is not known here.
    public var note: String?
}

extension ReleaseStatus {
    /// What a process that does not drive the release can say of it.
    /// - Parameter obstacle: Why nobody drives it just now.
    public init(elsewhere record: ReleaseRecord, isAnyOpen: Bool, obstacle: String?, note: String) {
        self.init(
            record: record, course: ReleaseCourse(), flightCount: 0, canaryCount: 0, load: .unknown, recentCount: 0,
            recentFailedCount: 0, stop: record.orderedStop ?? (isAnyOpen ? obstacle : Self.closed), note: note)
    }

    fileprivate static let closed = "the gate is closed"
}

extension ReleaseRecord {
    /// What a person or the breaker stopped; nil: nothing.
    public var orderedStop: String? { stage.letsStart ? nil : stopWords ?? stage.stopWords(by: by, reason: reason) }
}

/// When the last of what waits will have been started, and how that was computed.
public struct ReleaseEstimate: Hashable, Sendable {
    /// nil: it cannot be said.
    public var remaining: Duration?
    public var explanation: String

    /// - Parameters:
    ///   - mean: How long one launch takes; nil: not known.
    ///   - waitingCount: Holds that wait.
    public init(waitingCount: Int, ratePerMinute: Int, ceiling: Int, mean: Duration?, isRising: Bool, stop: String?) {
        guard waitingCount > 0 else {
            remaining = .zero
            explanation = "nothing waits"
            return
        }
        let byRate = Duration.seconds(60) * max(0, waitingCount - 1) / max(1, ratePerMinute)
        var words = "\(waitingCount) wait; at \(ratePerMinute) a minute the last starts after \(byRate.words)"
        var longest = byRate
        if let mean {
            let byCeiling = mean * waitingCount / max(1, ceiling)
            longest = max(byRate, byCeiling)
            words +=
                ", with \(ceiling) at once and \(mean.words) each (the mean of what ended in this release) after "
                + "\(byCeiling.words); the longer counts"
        } else {
            words += "; how long a launch takes is not known before one has ended"
        }
        if isRising { words += ". Rate and ceiling are what the ramp gives now; as it rises it goes faster" }
        if let stop {
            remaining = nil
            explanation = "nothing starts now: \(stop). When it goes on: \(words)"
        } else {
            remaining = longest
            explanation = words
        }
    }
}

extension Duration {
    /// `1 h 5 min`, `12 min`, `3.5 s`: two units at most.
    var words: String {
        let milliseconds = wholeMilliseconds
        let seconds = milliseconds / 1000
        if seconds >= 3600 { return "\(seconds / 3600) h \(seconds % 3600 / 60) min" }
        if seconds >= 60 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds).\(milliseconds % 1000 / 100) s"
    }
}

extension ReleaseState {
    public func status(at now: Moment) -> ReleaseStatus {
        ReleaseStatus(
            record: record, course: course, flightCount: flights.ceilingCount, canaryCount: flights.canaryCount,
            load: loadState, recentCount: recent.count, recentFailedCount: recent.count { !$0 },
            stop: stopCause(at: now), limit: limitCause, trouble: trouble?.cause)
    }

    private func stopCause(at now: Moment) -> String? {
        if isPaused { return "Sluice is being stopped" }
        if let ordered = record.orderedStop { return ordered }
        if !isAnyOpen { return ReleaseStatus.closed }
        if let trouble, now.monotonic < trouble.retryAt { return "Central takes no launches: \(trouble.cause)" }
        if !isBeginOnRecord { return "its begin is being written to the store" }
        guard record.stage == .canary, canarySlots <= 0 else { return nil }
        return "\(record.earned.canaryCount) of \(record.settings.canary?.count ?? 0) canaries ended well, "
            + "\(flights.canaryCount) run; nothing else starts before all have ended well"
    }

    private var limitCause: String? {
        guard isAnyOpen, record.stage.isActive, record.stage != .canary, ceilingSlots <= 0 else { return nil }
        return switch loadState {
        case .known(let directCount):
            "the ceiling of \(record.ceiling) is full: \(flights.ceilingCount) launched by Sluice, "
                + "\(directCount) direct"
        case .unknown: "what runs in Central is being read"
        case .unreadable: "the ceiling of \(record.ceiling) is full: \(flights.ceilingCount) run"
        }
    }
}

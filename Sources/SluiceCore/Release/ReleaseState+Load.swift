import SluiceModel

// What others run in Central: it takes places under the ceiling too.
extension ReleaseState {
    /// Places under the ceiling as it stands, canaries aside.
    ///
    /// One launch at a time goes whatever others run: what is parked at its gate step runs for Central, and may wait
    /// for this very launch, by its ordering key.
    var ceilingSlots: Int {
        let own = record.ceiling - flights.ceilingCount
        guard record.stage.isActive else { return own }
        return switch loadState {
        case .unknown: 0
        case .known(let directCount): max(own - directCount, flights.ceilingCount == 0 ? min(own, 1) : 0)
        case .unreadable: own
        }
    }

    mutating func readLoadIfDue(at now: Moment) -> [ReleaseEffect] {
        guard record.stage.isActive, !isReadingLoad else { return [] }
        if let loadDueAt, now.monotonic < loadDueAt { return [] }
        let isFirst = loadDueAt == nil
        isReadingLoad = true
        loadDueAt = nextPoll(at: now)
        return (isFirst && record.settings.breaker?.historyMarginPercent != nil ? [.readPasts] : []) + [.readLoad]
    }

    mutating func loadRead(_ running: [ExecutionID], _ inFlightCount: Int, at now: Moment) -> [ReleaseEffect] {
        isReadingLoad = false
        // Those that callers were let through for are followed here, and count as others' all the same.
        let others = running.prefix(ReleaseLimits.loadCountMax).count { id in
            flights.ticket(runningAs: id).flatMap { flights[$0] }.map { !$0.countsToCeiling } ?? true
        }
        // A launch of ours whose answer has not come yet may be listed already.
        let direct = Mutant.isActive(.directUncounted) ? 0 : max(0, others - flights.sentCount)
        loadState = .known(directCount: direct + max(0, inFlightCount))
        isStirred = true
        return fetchIfPossible(at: now)
    }

    mutating func loadFailed(_ cause: String, at now: Moment) -> [ReleaseEffect] {
        isReadingLoad = false
        loadState = .unreadable(cause: cause)
        isStirred = true
        return fetchIfPossible(at: now)
    }
}

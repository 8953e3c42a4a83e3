import SluiceModel

/// Settling what is in doubt: looking for launches whose fate is not known.
extension ReleaseState {
    mutating func settleDoubts(at now: Moment) -> [ReleaseEffect] {
        guard !isScanning else { return [] }
        var isDue = false
        var since = now.wall
        for ticket in flights.doubted {
            guard let flight = flights[ticket], case .doubted(let doubt) = flight.phase else { continue }
            if doubt.nextScanAt <= now.monotonic { isDue = true }
            since = min(since, doubt.intendedAt)
        }
        guard isDue else { return [] }
        isScanning = true
        scanSince = since
        return [.scan(since: since)]
    }

    mutating func scanned(
        _ hits: [ScanHit], begunAt: MonotonicTime, isFull: Bool, at now: Moment
    ) -> [ReleaseEffect] {
        isScanning = false
        let since = scanSince
        return stepDoubts(at: now) { [flights] doubt in
            let flow = flights[doubt.ticket]?.hold.request.flow
            let hit = hits.last { hit in
                hit.ticket == doubt.ticket && hit.attempt == doubt.attempt
                    && (hit.summary.flow == nil || hit.summary.flow == flow)
            }
            return .scanned(
                hit: hit?.summary, begunAt: begunAt, isFull: isFull && since <= doubt.intendedAt)
        }
    }

    mutating func scanFailed(at now: Moment) -> [ReleaseEffect] {
        isScanning = false
        return stepDoubts(at: now) { _ in .scanFailed }
    }

    private mutating func stepDoubts(
        at now: Moment, _ event: (ReconciliationState) -> ReconciliationState.Event
    ) -> [ReleaseEffect] {
        var effects: [ReleaseEffect] = []
        for ticket in flights.doubted {
            guard var flight = flights[ticket], case .doubted(var doubt) = flight.phase else { continue }
            let verdict = doubt.step(event(doubt), policy: policy, at: now.monotonic)
            flight.phase = .doubted(doubt)
            flights.set(flight)
            effects += carryOut(verdict, flight, at: now)
        }
        return effects
    }

    private mutating func carryOut(
        _ verdict: ReconciliationState.Verdict, _ flight: Flight, at now: Moment
    ) -> [ReleaseEffect] {
        var flight = flight
        switch verdict {
        case .undecided: return []
        case .found(let summary):
            flight.phase = .running(summary.id, nextPollAt: now.monotonic, missCount: 0)
            flights.set(flight)
            return [
                recordFound(
                    flight, summary.id, cause: "found in Central as execution \(summary.id), by its run name", at: now)
            ] + pollIfDue(at: now)
        case .relaunch(let cause):
            land(&flight)
            return returnToHeld(
                flight, from: Mutant.isActive(.redemptionOverridden) ? [.launching, .running] : [.launching],
                cause: cause, at: now)
        case .awaitOperator(let cause):
            land(&flight)
            return strand(
                flight, from: flight.isRedeemed ? [.launching, .running] : [.launching], cause: cause, at: now)
        case .gone(let cause):
            land(&flight)
            if flight.hold.request.orderingKey != nil { return strand(flight, cause: cause, at: now) }
            var update = HoldUpdate()
            update.result = .unknown
            let move = HoldMove(
                ticket: flight.hold.ticket, from: [.launching, .running], attempt: flight.hold.attempt, to: .ended,
                at: now.wall, by: .sluice, cause: cause, update: update)
            return land(flight, by: move, with: HoldLife.changes(move, of: flight.hold), at: now)
        }
    }

    /// Its verdict is being committed: no further scan concerns it.
    private mutating func land(_ flight: inout Flight) {
        flight.phase = .launching
        flights.set(flight)
    }
}

import SluiceModel
import SluicePorts

extension StoreConformance {
    /// Applies one seeded sequence of changes to a fresh store and to the model, and compares after each step.
    /// - Throws: `ConformanceFailure` that names the seed, the step and the last changes; the same seed fails again.
    public func runSequence(seed: UInt64, stepCount: Int) async throws {
        var run = SequenceRun(store: try await makeStore(), seed: seed)
        for step in 0..<stepCount {
            do {
                try await run.step(step, readsAll: step % 4 == 3 || step == stepCount - 1)
            } catch {
                let changes = run.history.suffix(20).map(\.description).joined(separator: "\n  ")
                throw ConformanceFailure("seed \(seed), step \(step): \(error)\nlast changes:\n  \(changes)")
            }
        }
    }
}

/// A store and the model side by side.
private struct SequenceRun {
    let store: any Store
    var model = InMemoryStore()
    var generator: StoreChangeGenerator
    var history: [HistoryEntry] = []
    /// Sequence number of the last event that was compared.
    var lastEvent: Int64 = 0
    var lastModelEvent: Int64 = 0
    /// The store's arrival numbers in the order of the model's, which count from 1 without gaps.
    var arrivals: [Int64] = []

    /// A commit that was tried; turned into text only when it must be shown.
    struct HistoryEntry: CustomStringConvertible {
        let commit: StoreChangeGenerator.Commit
        let isConcurrent: Bool

        var description: String { isConcurrent ? "concurrently \(commit)" : "\(commit)" }
    }

    init(store: any Store, seed: UInt64) {
        self.store = store
        generator = StoreChangeGenerator(seed: seed)
    }

    mutating func step(_ step: Int, readsAll: Bool) async throws {
        if generator.chance(of: 10, in: 100) {
            try await group(step)
        } else {
            let commit = try await nextCommit()
            history.append(HistoryEntry(commit: commit, isConcurrent: false))
            let expected = await outcome(of: commit, on: model)
            let found = await outcome(of: commit, on: store)
            try requireEqual(found, expected, "outcome")
        }
        try await compareEvents()
        try await learnArrivals()
        try await compareFrequentReads()
        if readsAll { try await compareOtherReads() }
    }

    /// Several commits at once. Each success leaves a mark, so the event table tells their order; in that order the
    /// model must accept them too, and must refuse each refused one at some place in between.
    private mutating func group(_ step: Int) async throws {
        var commits: [StoreChangeGenerator.Commit] = []
        for index in 0..<generator.number(2...6) {
            var commit = try await nextCommit()
            commit.changes.append(
                .note(AuditNote(kind: "mark", at: commit.at, by: .sluice, text: "\(step).\(index)")))
            commits.append(commit)
        }
        history += commits.map { HistoryEntry(commit: $0, isConcurrent: true) }
        let (store, concurrent) = (store, commits)
        let outcomes = await withTaskGroup(of: (Int, StoreError.Code?).self) { group in
            for (index, commit) in concurrent.enumerated() {
                group.addTask { (index, await Self.outcome(of: commit, on: store)) }
            }
            return await group.reduce(into: [Int: StoreError.Code?]()) { $0[$1.0] = .some($1.1) }
        }
        let marks = try await store.events(of: nil, after: lastEvent, limit: 10_000).filter { $0.kind == "mark" }
        let order = marks.compactMap { mark in commits.indices.first { "\(step).\($0)" == mark.cause } }
        var states = [model.copy()]
        for index in order {
            try requireEqual(
                outcomes[index], .some(nil), "outcome of concurrent commit \(index), which is in the store")
            let code = await Self.outcome(of: commits[index], on: model)
            try requireEqual(code, nil, "outcome of concurrent commit \(index) in the model, in the order \(order)")
            states.append(model.copy())
        }
        for index in commits.indices where !order.contains(index) {
            guard let code = outcomes[index] ?? nil else {
                throw ConformanceFailure("concurrent commit \(index) was acknowledged and is not in the store")
            }
            var isExplained = false
            for state in states where !isExplained {
                isExplained = await Self.outcome(of: commits[index], on: state.copy()) == code
            }
            try require(isExplained, "concurrent commit \(index) was refused with \(code); no order explains that")
        }
    }

    private mutating func nextCommit() async throws -> StoreChangeGenerator.Commit {
        generator.commit(
            knowing: try await model.holds(HoldQuery(limit: 100)).holds, gate: try await model.gate(),
            replicas: try await model.replicas(), leader: try await model.leader(),
            release: try await model.release())
    }

    private func outcome(of commit: StoreChangeGenerator.Commit, on store: any Store) async -> StoreError.Code? {
        await Self.outcome(of: commit, on: store)
    }

    private static func outcome(of commit: StoreChangeGenerator.Commit, on store: any Store) async -> StoreError.Code? {
        do {
            try await store.commit(commit.changes, fence: commit.fence)
            return nil
        } catch {
            return (error as? StoreError)?.code ?? .unavailable
        }
    }

    /// New events, without their sequence numbers: those may have gaps.
    private mutating func compareEvents() async throws {
        let found = try await store.events(of: nil, after: lastEvent, limit: 10_000)
        let expected = try await model.events(of: nil, after: lastModelEvent, limit: 10_000)
        try require(
            zip([lastEvent] + found.map(\.sequence), found.map(\.sequence)).allSatisfy { $0 < $1 },
            "sequence numbers grow: \(found.map(\.sequence)) after \(lastEvent)")
        try requireEqual(found.map(\.unnumbered), expected.map(\.unnumbered), "new events")
        lastEvent = found.last?.sequence ?? lastEvent
        lastModelEvent = expected.last?.sequence ?? lastModelEvent
    }

    /// What the store calls the arrivals that the model has had since the last step. They grow as the model's do.
    private mutating func learnArrivals() async throws {
        for hold in try await model.holds(HoldQuery(after: Int64(arrivals.count), limit: HoldQuery.limitMax)).holds {
            guard let found = try await store.hold(hold.ticket) else {
                throw ConformanceFailure("hold \(hold.ticket) is missing")
            }
            try require(found.arrival > arrivals.last ?? 0, "arrival numbers grow: \(found.arrival) after \(arrivals)")
            arrivals.append(found.arrival)
        }
    }

    /// The store's number for one of the model's, whether or not there is such a hold.
    private func storeArrival(_ arrival: Int64) -> Int64 {
        guard arrival >= 1 else { return arrival }
        return Int(arrival) <= arrivals.count ? arrivals[Int(arrival) - 1] : .max
    }

    /// A query of the model as one of the store.
    private func translated(_ query: HoldQuery) -> HoldQuery {
        var query = query
        query.after = storeArrival(query.after)
        return query
    }

    private func translated(_ query: CandidateQuery) -> CandidateQuery {
        var query = query
        query.after = query.after.map { .init(priority: $0.priority, arrival: storeArrival($0.arrival)) }
        return query
    }

    /// A hold of the model as the store has it.
    private func translated(_ hold: Hold) -> Hold {
        var hold = hold
        hold.arrival = storeArrival(hold.arrival)
        return hold
    }

    private func translated(_ page: HoldPage) -> HoldPage {
        HoldPage(holds: page.holds.map(translated), next: page.next.map(storeArrival))
    }

    private func translated(_ facts: LookupFacts) -> LookupFacts {
        var facts = facts
        facts.ticketHold = facts.ticketHold.map(translated)
        facts.askHold = facts.askHold.map(translated)
        facts.idempotencyHold = facts.idempotencyHold.map(translated)
        facts.passHold = facts.passHold.map(translated)
        return facts
    }

    /// What depends most on the steps before: compared after each one.
    private mutating func compareFrequentReads() async throws {
        let candidates = generator.candidateQuery()
        try requireEqual(
            try await store.candidates(translated(candidates)), try await model.candidates(candidates).map(translated),
            "candidates \(candidates)")
        let keys = generator.lookupKeys()
        let now = generator.now
        try requireEqual(
            try await store.facts(for: keys, at: now), translated(try await model.facts(for: keys, at: now)),
            "facts for \(keys)")
        let counts = try await store.counts().numbers.filter { $0.value != 0 }
        try requireEqual(counts, try await model.counts().numbers, "counts")
    }

    private mutating func compareOtherReads() async throws {
        let now = generator.now
        try requireEqual(try await store.gate(), try await model.gate(), "gate")
        try requireEqual(try await store.replicas(), try await model.replicas(), "replicas")
        try requireEqual(try await store.leader(), try await model.leader(), "leader")
        try requireEqual(try await store.timeline(), try await model.timeline(), "timeline")
        let all = HoldQuery(limit: 1000)
        try requireEqual(try await store.holds(all), translated(try await model.holds(all)), "all holds")
        try requireEqual(try await store.oldestHeld(), try await model.oldestHeld(), "oldest held")
        try requireEqual(
            try await store.tallies(since: .zero, limit: 5), try await model.tallies(since: .zero, limit: 5), "tallies")
        for hold in try await model.holds(HoldQuery(limit: HoldQuery.limitMax)).holds {
            try requireEqual(
                try await store.position(of: hold), try await model.position(of: hold), "position of \(hold.ticket)")
        }
        let lanes = generator.laneQuery()
        try requireEqual(try await store.lanes(lanes), try await model.lanes(lanes), "lanes \(lanes)")
        try requireEqual(try await store.release(), try await model.release(), "release")
        try requireEqual(
            try await store.forgettableHolds(endedBefore: now, limit: 5),
            try await model.forgettableHolds(endedBefore: now, limit: 5), "forgettable before \(now)")
        try requireEqual(
            try await store.expired(at: now, limit: 5), try await model.expired(at: now, limit: 5).map(translated),
            "expired at \(now)")
        for _ in 0..<3 {
            let query = generator.holdQuery()
            try requireEqual(
                try await store.holds(translated(query)), translated(try await model.holds(query)), "holds \(query)")
        }
        let id = generator.executionID()
        try requireEqual(
            try await store.hold(runningAs: id), try await model.hold(runningAs: id).map(translated),
            "hold running as \(id)")
        for fingerprint in StoreChangeGenerator.fingerprints {
            try requireEqual(
                try await store.caller(fingerprint), try await model.caller(fingerprint), "caller \(fingerprint)")
        }
        let ticket = generator.ticket()
        try requireEqual(
            try await store.callbacks(of: ticket), try await model.callbacks(of: ticket), "callbacks of \(ticket)")
        try requireEqual(
            try await store.dueCallbacks(at: now, limit: 5), try await model.dueCallbacks(at: now, limit: 5),
            "due callbacks")
        let ofOne = try await store.events(of: ticket, after: 0, limit: 50).map(\.unnumbered)
        try requireEqual(
            ofOne, try await model.events(of: ticket, after: 0, limit: 50).map(\.unnumbered), "events of \(ticket)")
    }
}

extension HoldEvent {
    fileprivate var unnumbered: HoldEvent {
        var event = self
        event.sequence = 0
        return event
    }
}

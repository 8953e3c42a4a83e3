import SluiceModel
import SluicePorts

extension StoreConformance {
    /// Gate, fences, and all or nothing.
    static let gateChecks: [Check] = [
        Check("a fresh store is empty") { store in
            try requireEqual(try await store.gate(), nil, "gate")
            try requireEqual(try await store.counts(), HoldCounts(), "counts")
            try requireEqual(try await store.oldestHeld(), nil, "oldest held")
            try requireEqual(try await store.holds(HoldQuery()), HoldPage(holds: [], next: nil), "holds")
            try requireEqual(try await store.events(of: nil, after: 0, limit: 10), [], "events")
            try requireEqual(try await store.hold(.fixture(1)), nil, "hold")
            try await store.commit([], fence: fence)
        },
        Check("the gate's record is kept with all its scopes") { store in
            var record = GateRecord.fixture(.hold, epoch: Epoch(1))
            record.scopes = scopes.enumerated().map { index, scope in
                ScopeMode(
                    scope: scope, mode: GateMode.allCases[index % 3], since: .after(Int64(index)),
                    by: Principal("operator-\(index)"), reason: "reason \(index)")
            }
            try await store.commit(.setGate(record, replacing: Epoch(0)))
            try requireEqual(try await store.gate(), record, "gate")
            var next = record
            next.epoch = Epoch(2)
            next.scopes = Array(record.scopes.suffix(1))
            next.whole.mode = .open
            try await store.commit(.setGate(next, replacing: Epoch(1)))
            try requireEqual(try await store.gate(), next, "gate after a second change")
        },
        Check("the gate is replaced only from the epoch that the writer knew") { store in
            let first = GateRecord.fixture(.hold, epoch: Epoch(1))
            try await requireRefusal(.conflict, "no gate yet", store, [.setGate(first, replacing: Epoch(1))])
            try await store.commit(.setGate(first, replacing: Epoch(0)))
            let second = GateRecord.fixture(.open, epoch: Epoch(2))
            try await requireRefusal(.conflict, "old epoch", store, [.setGate(second, replacing: Epoch(0))])
            try await requireRefusal(.conflict, "future epoch", store, [.setGate(second, replacing: Epoch(2))])
            try requireEqual(try await store.gate(), first, "gate after refusals")
        },
        Check("a change of the gate and a note each append one event without ticket") { store in
            var record = GateRecord.fixture(.hold, epoch: Epoch(1))
            record.scopes = [
                ScopeMode(
                    scope: .source(.csa), mode: .refuse, since: .after(5), by: Principal("second"), reason: "upgrade")
            ]
            try await store.commit(.setGate(record, replacing: Epoch(0)))
            try await store.commit(
                .note(AuditNote(kind: "allowed-by-rule", at: .after(9), by: Principal("rule"), text: "why")))
            let events = try await store.events(of: nil, after: 0, limit: 10)
            try requireEqual(events.map(\.kind), ["gate-changed", "allowed-by-rule"], "kinds")
            try requireEqual(events.map(\.at), [.after(5), .after(9)], "times")
            try requireEqual(events.map(\.by), [Principal("second"), Principal("rule")], "actors")
            try requireEqual(events.last?.cause, "why", "a note's text")
            try require(
                events.allSatisfy { $0.ticket == nil && $0.from == nil && $0.to == nil }, "no ticket, no states")
        },
        Check("the newest notes of ended drains are found among all others, the oldest of them first") { store in
            for number in 1...5 {
                let note = AuditNote(
                    kind: AuditNote.drainEnded, at: .after(Int64(number)), by: .sluice, text: "drain \(number)")
                try await store.commit(.note(note))
                try await store.commit(
                    .note(AuditNote(kind: "drain-begun", at: .after(9), by: .sluice, text: "another \(number)")))
            }
            try requireEqual(try await store.endedDrains(limit: 0), [], "none")
            try requireEqual(try await store.endedDrains(limit: 2).map(\.cause), ["drain 4", "drain 5"], "newest")
            try requireEqual(try await store.endedDrains(limit: 99).map(\.at), (1...5).map { .after($0) }, "all")
        },
        Check("a commit is written whole or not at all") { store in
            try await store.commit(.add(1))
            let before = try await store.events(of: nil, after: 0, limit: 100)
            let record = GateRecord.fixture(.hold, epoch: Epoch(1))
            try await requireRefusal(
                .conflict, "the last change conflicts", store,
                [
                    .setGate(record, replacing: Epoch(0)), .add(2), .move(1, [.held], .released),
                    .note(AuditNote(kind: "note", at: start, by: .sluice, text: "x")),
                    .admit(Admission(executionID: ExecutionID("7"), flow: .fixture, reason: .open, at: start)),
                    .add(1),
                ])
            try requireEqual(try await store.gate(), nil, "gate")
            try requireEqual(try await store.hold(.fixture(2)), nil, "added hold")
            try requireEqual(try await store.existing(1).state, .held, "moved hold")
            try requireEqual(try await store.events(of: nil, after: 0, limit: 100), before, "events")
            try requireEqual(try await store.counts().total(.held), 1, "counts")
            var keys = LookupKeys(principal: .fixture)
            keys.parentRunID = ExecutionID("7")
            try requireEqual(try await store.facts(for: keys, at: start).parent, nil, "admission")
            try await store.commit(.add(3))
            let (first, third) = (try await store.existing(1), try await store.existing(3))
            try require(third.arrival > first.arrival, "arrival after a refused commit")
        },
        Check("a change sees what the changes before it in the same commit did") { store in
            try await store.commit(.add(1), .move(1, [.held], .released), .move(1, [.released], .launching))
            try requireEqual(try await store.existing(1).state, .launching, "state")
            try await requireRefusal(.conflict, "added twice", store, [.add(2), .add(2)])
            try requireEqual(try await store.hold(.fixture(2)), nil, "hold added twice")
        },
        Check("an older fence is refused, whatever the changes") { store in
            let older = Fence(timeline: 1, term: 9)
            let newer = Fence(timeline: 2, term: 1)
            try await store.commit([.add(1)], fence: older)
            try await store.commit([.add(2)], fence: newer)
            try await requireRefusal(.staleFence, "an older timeline", store, [.add(3)], fence: older)
            try await requireRefusal(.staleFence, "with a conflict too", store, [.add(1)], fence: older)
            try await requireRefusal(.staleFence, "with nothing to write", store, [], fence: older)
            try requireEqual(try await store.hold(.fixture(3)), nil, "hold of the older fence")
            try await store.commit([.add(4)], fence: newer)
            try await store.commit([], fence: Fence(timeline: 2, term: 2))
            try await requireRefusal(.staleFence, "an older term", store, [.add(5)], fence: newer)
        },
        Check("a refused commit does not raise the fence") { store in
            try await store.commit(.add(1))
            try await requireRefusal(.conflict, "a conflict", store, [.add(1)], fence: Fence(timeline: 5, term: 5))
            try await store.commit(.add(2))
        },
    ]

    /// One scope of each kind, with characters that need care.
    private static var scopes: [Scope] {
        let globs = ["Library/CSA/**", "a:b/?'\"*", "Ünïcode/**"].compactMap(PathGlob.init).map(Scope.path)
        return [
            .flow(.fixture), .flow(FlowID("io.cloudslang.base.print")), .contentPack("oo-base: 1.2"),
            .source(.futureOrder),
            .tenant(TenantID("ACME 'North'")),
        ] + globs
    }
}

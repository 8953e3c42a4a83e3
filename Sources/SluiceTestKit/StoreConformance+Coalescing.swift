import SluiceModel
import SluicePorts

extension StoreConformance {
    static let poolKey = CoalesceKey("pool-1")

    /// Holds that stand for older ones with their coalesce key.
    static let coalescingChecks: [Check] = [
        Check("R46 the newest hold of a coalesce key ends the older ones, which name it") { store in
            try await store.commit(.add(1) { $0.request.coalesceKey = poolKey })
            for number: UInt64 in 2...4 { try await store.arrive(number) }
            try await store.commit(.add(5))
            try requireEqual(
                try await store.states(1...5), [.coalesced, .coalesced, .coalesced, .held, .held], "states")
            try requireEqual(
                try await store.representatives(1...5), [2, 3, 4, nil, nil], "each names the one that replaced it")
            let event = try await store.events(of: .fixture(3), after: 0, limit: 9).last
            try requireEqual(event?.to, .coalesced, "event")
            try require(event?.cause.contains("\(Ticket.fixture(4))") == true, "the cause names the representative")
            try requireEqual(try await store.counts().total(.coalesced), 3, "counted")
            try requireEqual(try await store.candidateNumbers(), [4, 5], "candidates")
        },
        Check("a hold stands for none of another key, of another state, newer, or that could start earlier") { store in
            try await store.commit(
                .add(1) { $0.request.coalesceKey = CoalesceKey("pool-2") }, .add(2),
                .add(3) { $0.request.coalesceKey = poolKey }, .move(3, [.held], .released),
                .add(4) { $0.request.coalesceKey = poolKey },
                .add(5) {
                    $0.request.coalesceKey = poolKey
                    $0.request.notBefore = .after(100)
                },
                .add(6) {
                    $0.request.coalesceKey = poolKey
                    $0.request.notBefore = .after(200)
                })
            try await store.arrive(7) { $0.request.notBefore = .after(100) }
            try await store.commit(.add(8) { $0.request.coalesceKey = poolKey })
            try requireEqual(
                try await store.representatives(1...8), [nil, nil, nil, nil, 7, 7, nil, nil], "who stands")
            try requireEqual(
                try await store.states(1...8),
                [.held, .held, .released, .held, .coalesced, .coalesced, .held, .held], "states")
            try await store.commit(.coalesce(coalescing(8, at: .after(150))))
            try requireEqual(
                try await store.representatives(1...8), [nil, nil, nil, 8, 7, 7, 8, nil], "passed: may start")
        },
        Check("holds that somebody waits for are ended only when that is asked for, and a caller's stands for none") {
            store in
            try await store.commit(
                .add(1) {
                    $0.request.coalesceKey = poolKey
                    $0.request.launcher = .caller
                },
                .add(2) {
                    $0.request.coalesceKey = poolKey
                    $0.request.csaProcessID = CSAProcessID("p")
                })
            try await store.arrive(3)
            try requireEqual(try await store.states(1...3), [.held, .held, .held], "never")
            try await store.arrive(4) { $0.request.launcher = .caller }
            try requireEqual(try await store.states(1...4), [.held, .held, .held, .held], "a caller's")
            try await store.arrive(5, includesWaitedFor: true)
            try requireEqual(try await store.representatives(1...5), [5, 5, 5, 5, nil], "answered")
        },
        Check("at most countMax are ended at once, the rest by the next") { store in
            let surplus: UInt64 = 3
            let count = UInt64(Coalescing.countMax) + surplus
            let holds = (1...count).map { Change.add($0) { $0.request.coalesceKey = poolKey } }
            try await store.commit(holds, fence: fence)
            try await store.arrive(count + 1)
            try requireEqual(try await store.counts().total(.held), Int(surplus) + 1, "left")
            try await store.arrive(count + 2)
            try requireEqual(try await store.counts().total(.held), 1, "left by the next")
        },
        Check("coalescing needs its hold with its key, succession a final one") { store in
            try await store.commit(.add(1) { $0.request.coalesceKey = poolKey }, .add(2))
            try await requireRefusal(.conflict, "unknown", store, [.coalesce(coalescing(9))])
            try await requireRefusal(.conflict, "without key", store, [.coalesce(coalescing(2))])
            try await requireRefusal(.conflict, "open", store, [.succeed(succession(1))])
            try await requireRefusal(.conflict, "unknown", store, [.succeed(succession(9))])
            try await store.commit(.move(1, [.held], .discarded), .succeed(succession(1)))
            try requireEqual(try await store.states(1...2), [.discarded, .held], "it stood for none")
        },
        Check("when the one that stands fails, the next newest takes its place, then the one before it") { store in
            try await store.commit(.add(1) { $0.request.coalesceKey = poolKey })
            for number: UInt64 in 2...3 { try await store.arrive(number) }
            let last = try await store.events(of: nil, after: 0, limit: 100).last?.sequence ?? 0
            try await store.commit(.move(3, [.held], .expired), .succeed(succession(3, at: .after(9))))
            try requireEqual(try await store.states(1...3), [.coalesced, .held, .expired], "the next newest")
            try requireEqual(try await store.representatives(1...3), [2, nil, nil], "representatives")
            let back = try await store.existing(2)
            try requireEqual(back.stateSince, .after(9), "since")
            try require(back.cause?.contains("\(Ticket.fixture(3))") == true, "the cause names the one that failed")
            let events = try await store.events(of: nil, after: last, limit: 100)
            try requireEqual(events.map(\.to), [.expired, .held], "events")
            try requireEqual(try await store.candidateNumbers(), [2], "it is a candidate again")
            try await store.commit(.move(2, [.held], .discarded), .succeed(succession(2)))
            try requireEqual(try await store.states(1...3), [.held, .discarded, .expired], "the one before it")
        },
        Check("of several that one stood for, the newest comes back and stands for the others") { store in
            try await store.commit(
                (1...3).map { number in .add(number) { $0.request.coalesceKey = poolKey } }, fence: fence)
            try await store.arrive(4)
            try requireEqual(try await store.representatives(1...4), [4, 4, 4, nil], "before")
            try await store.commit(.move(4, [.held], .discarded), .succeed(succession(4)))
            try requireEqual(try await store.representatives(1...4), [3, 3, nil, nil], "after")
            try await store.commit(.move(3, [.held], .discarded), .succeed(succession(3)))
            try requireEqual(try await store.states(1...4), [.coalesced, .held, .discarded, .discarded], "and so on")
        },
        Check("what stands for a hold is at the end of a chain of any length, as far as it is kept and followed") {
            store in
            try await store.commit(.add(1) { $0.request.coalesceKey = poolKey })
            let count: UInt64 = 40
            for number in 2...count { try await store.arrive(number) }
            func standIn(of number: UInt64, limit: Int = Coalescing.chainCountMax) async throws -> UInt64 {
                try await store.standIn(for: store.existing(number), limit: limit).ticket.ulid.low
            }
            try requireEqual(try await standIn(of: 1), count, "the last")
            try requireEqual(try await standIn(of: count - 1), count, "the one before it")
            try requireEqual(try await standIn(of: count), count, "nothing stands for the last")
            try requireEqual(try await standIn(of: 1, limit: 5), 6, "as far as it is followed")
            try requireEqual(try await standIn(of: 1, limit: 0), 1, "not followed")
            var lost = try await store.existing(3)
            lost.representative = .fixture(99)
            try requireEqual(
                try await store.standIn(for: lost, limit: 10).ticket, .fixture(3), "what it names is not kept")
            try await store.commit(.move(count, [.held], .expired))
            try requireEqual(
                try await store.standIn(for: store.existing(1), limit: 100).state, .expired, "in its own state")
        },
        Check("a newer open hold stands for what would come back, unless it may start only later") { store in
            try await store.commit(.add(1) { $0.request.coalesceKey = poolKey })
            try await store.arrive(2)
            try await store.commit(.move(2, [.held], .released), .move(2, [.released], .running))
            try await store.commit(.add(3) { $0.request.coalesceKey = poolKey })
            try await store.commit(
                .add(4) {
                    $0.request.coalesceKey = poolKey
                    $0.request.notBefore = .after(500)
                })
            let count = try await store.events(of: .fixture(1), after: 0, limit: 10).count
            try await store.commit(.move(2, [.running], .ended), .succeed(succession(2)))
            try requireEqual(try await store.states(1...4), [.coalesced, .ended, .held, .held], "states")
            try requireEqual(try await store.representatives(1...1), [3], "the newer that may start now")
            let after = try await store.events(of: .fixture(1), after: 0, limit: 10).count
            try requireEqual(after, count, "no event: its state is the same")
            try await store.commit(.move(3, [.held], .discarded), .succeed(succession(3)))
            try requireEqual(try await store.states(1...1), [.held], "only a later one is left")
        },
        Check("R5 what comes back takes its old place in its ordering key") { store in
            let order = OrderingKey("order")
            try await store.commit(
                .add(1) {
                    $0.request.coalesceKey = poolKey
                    $0.request.orderingKey = order
                }, .add(2) { $0.request.orderingKey = order })
            try await store.arrive(3)
            try requireEqual(try await store.candidateNumbers(), [2, 3], "the next of its key is the head")
            try await store.commit(.move(3, [.held], .discarded), .succeed(succession(3)))
            try requireEqual(try await store.candidateNumbers(), [1], "it is the head again")
        },
        Check("missed times of a schedule that a policy ended do not come back; others behind them do") { store in
            func missed(_ hold: inout Hold) {
                hold.request.coalesceKey = poolKey
                hold.request.scheduleID = ScheduleID("s")
                hold.request.nominalTime = .after(1)
            }
            try await store.commit(.add(1) { $0.request.coalesceKey = poolKey })
            try await store.arrive(2, missed)
            try await store.arrive(3, missed)
            var succession = succession(3)
            succession.passesOverItsSchedule = true
            try await store.commit(.move(3, [.held], .discarded), .succeed(succession))
            try requireEqual(try await store.states(1...3), [.held, .coalesced, .discarded], "states")
        },
    ]

    static func coalescing(
        _ number: UInt64, includesWaitedFor: Bool = false, at: Timestamp = StoreConformance.start
    ) -> Coalescing {
        Coalescing(
            representative: .fixture(number), key: poolKey, includesWaitedFor: includesWaitedFor, at: at,
            by: Principal("asker"))
    }

    static func succession(_ number: UInt64, at: Timestamp = StoreConformance.start) -> Succession {
        Succession(of: .fixture(number), key: poolKey, at: at, by: .sluice)
    }
}

extension Store {
    /// A hold of the checks' coalesce key arrives, as the gate commits it.
    func arrive(
        _ number: UInt64, includesWaitedFor: Bool = false,
        _ vary: @escaping (inout Hold) -> Void = { _ in }
    ) async throws {
        let add = Change.add(number) { hold in
            hold.request.coalesceKey = StoreConformance.poolKey
            vary(&hold)
        }
        try await commit(add, .coalesce(StoreConformance.coalescing(number, includesWaitedFor: includesWaitedFor)))
    }

    func states(_ numbers: ClosedRange<UInt64>) async throws -> [HoldState] {
        var states: [HoldState] = []
        for number in numbers { states.append(try await existing(number).state) }
        return states
    }

    func representatives(_ numbers: ClosedRange<UInt64>) async throws -> [UInt64?] {
        var found: [UInt64?] = []
        for number in numbers { found.append(try await existing(number).representative?.ulid.low) }
        return found
    }
}

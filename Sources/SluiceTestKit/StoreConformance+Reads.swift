import SluiceModel
import SluicePorts

extension StoreConformance {
    /// Lists, pages and numbers.
    static let readChecks: [Check] = [
        Check("the hold that an execution runs is the open one, else the last") { store in
            let id = ExecutionID("42")
            for number: UInt64 in 1...3 {
                try await store.commit(.add(number), .move(number, [.held], .running) { $0.executionID = id })
            }
            try requireEqual(try await store.hold(runningAs: id)?.ticket, .fixture(3), "all open: the last")
            try await store.commit(.move(3, [.running], .ended))
            try requireEqual(try await store.hold(runningAs: id)?.ticket, .fixture(2), "an open one before a final one")
            try await store.commit(.move(1, [.running], .ended), .move(2, [.running], .ended))
            try requireEqual(try await store.hold(runningAs: id)?.ticket, .fixture(3), "all final: the last")
            try requireEqual(try await store.hold(runningAs: ExecutionID("43")), nil, "an unknown id")
        },
        Check("holds are listed page by page in arrival order") { store in
            for number: UInt64 in 1...7 { try await store.commit(.add(number)) }
            try await store.commit(.move(2, [.held], .released), .move(5, [.held], .ended))
            for states: Set<HoldState>? in [nil, [.held, .released], [.held], [.ended, .running], []] {
                var expected: [UInt64] = []
                for hold in try await store.holds(HoldQuery()).holds where states?.contains(hold.state) ?? true {
                    expected.append(hold.ticket.ulid.low)
                }
                var query = HoldQuery(states: states, limit: 2)
                var found: [UInt64] = []
                var isLast = false
                for _ in 0..<8 where !isLast {
                    let page = try await store.holds(query)
                    found += page.holds.map(\.ticket.ulid.low)
                    try require(page.holds.count <= 2, "a page is no longer than its limit")
                    isLast = page.next == nil
                    query.after = page.next ?? 0
                }
                try require(isLast, "the last page has no cursor")
                try requireEqual(found, expected, "pages of \(states.map { "\($0.map(\.rawValue))" } ?? "all")")
            }
            let exact = try await store.holds(HoldQuery(limit: 7))
            try requireEqual(exact.next, nil, "no cursor when the page is just full")
            try requireEqual(try await store.holds(HoldQuery(limit: 0)).holds.count, 1, "a limit below 1 is 1")
        },
        Check("missed times are found page by page among the holds") { store in
            for number: UInt64 in 1...8 {
                try await store.commit(
                    .add(number) {
                        $0.request.scheduleID = number % 2 == 0 ? ScheduleID("s") : nil
                        $0.request.nominalTime = number == 6 ? nil : .after(Int64(number))
                        if number == 4 { $0.reason = .notDue }
                    })
            }
            try await store.commit(
                .add(10) { missed in
                    missed.request.scheduleID = ScheduleID("s")
                    missed.request.nominalTime = .after(10)
                })
            var query = HoldQuery(states: [.held], limit: 2)
            query.isMissedTime = true
            let first = try await store.holds(query)
            try requireEqual(first.holds.map(\.ticket.ulid.low), [2, 8], "the first page")
            query.after = first.next ?? 0
            try requireEqual(try await store.holds(query).holds.map(\.ticket.ulid.low), [10], "the last page")
            query.after = 0
            try await store.commit(.move(2, [.held], .released))
            try requireEqual(try await store.holds(query).holds.map(\.ticket.ulid.low), [8, 10], "held ones")
            query.states = nil
            query.limit = 10
            try requireEqual(try await store.holds(query).holds.map(\.ticket.ulid.low), [2, 8, 10], "of any state")
            query.principal = Principal("nobody")
            try requireEqual(try await store.holds(query).holds.map(\.ticket.ulid.low), [], "of one asker")
        },
        Check("holds are listed by state, source, flow and keys together") { store in
            var number: UInt64 = 0
            for source in [LaunchSource.ui, .csa] {
                for flow in ["f", "g"] {
                    for key in [nil, "k"] {
                        number += 1
                        try await store.commit(
                            .add(number) {
                                $0.request.source = source
                                $0.principal = Principal("by-\(source.rawValue)")
                                $0.request.flow = FlowID(flow)
                                $0.request.orderingKey = key.map { OrderingKey($0) }
                                $0.request.coalesceKey = key.map { CoalesceKey($0 + $0) }
                            })
                    }
                }
            }
            try await store.commit(.move(8, [.held], .running))
            func numbers(_ vary: (inout HoldQuery) -> Void) async throws -> [UInt64] {
                var query = HoldQuery()
                vary(&query)
                return try await store.holds(query).holds.map(\.ticket.ulid.low)
            }
            try requireEqual(try await numbers { $0.source = .csa }, [5, 6, 7, 8], "source")
            try requireEqual(try await numbers { $0.flow = FlowID("f") }, [1, 2, 5, 6], "flow")
            try requireEqual(try await numbers { $0.orderingKey = OrderingKey("k") }, [2, 4, 6, 8], "ordering key")
            try requireEqual(try await numbers { $0.coalesceKey = CoalesceKey("kk") }, [2, 4, 6, 8], "coalesce key")
            try requireEqual(try await numbers { $0.principal = Principal("by-csa") }, [5, 6, 7, 8], "principal")
            try requireEqual(try await numbers { $0.principal = Principal("nobody") }, [], "no such principal")
            let all = try await numbers {
                $0.principal = Principal("by-csa")
                $0.source = .csa
                $0.flow = FlowID("g")
                $0.orderingKey = OrderingKey("k")
                $0.coalesceKey = CoalesceKey("kk")
                $0.states = [.held, .running]
            }
            try requireEqual(all, [8], "all together")
            let second = try await store.existing(2).arrival
            let held = try await numbers {
                $0.orderingKey = OrderingKey("k")
                $0.states = [.held]
                $0.after = second
            }
            try requireEqual(held, [4, 6], "key, state and cursor")
            try requireEqual(try await numbers { $0.coalesceKey = CoalesceKey("k") }, [], "no such key")
        },
        Check("events are read after a sequence number, of one hold or of all") { store in
            try await store.commit(.add(1), .add(2), .move(1, [.held], .released), .move(2, [.held], .released))
            let all = try await store.events(of: nil, after: 0, limit: 100)
            try requireEqual(all.count, 4, "all")
            let tail = try await store.events(of: nil, after: all[1].sequence, limit: 1)
            try requireEqual(tail, [all[2]], "after the second, one")
            try requireEqual(
                try await store.events(of: .fixture(2), after: 0, limit: 100), [all[1], all[3]], "of one hold")
            try requireEqual(
                try await store.events(of: .fixture(2), after: all[1].sequence, limit: 100), [all[3]],
                "of one hold, after")
            try requireEqual(try await store.events(of: .fixture(9), after: 0, limit: 100), [], "of none")
            try requireEqual(try await store.events(of: nil, after: all[3].sequence, limit: 100), [], "after the last")
            try requireEqual(try await store.events(of: nil, after: 0, limit: 0), [], "limit 0")
        },
        Check("counts follow every change") { store in
            try await store.commit(
                .add(1), .add(2) { $0.request.source = .csa },
                .add(3) { $0.request.priority = Priority(9) ?? .ordinary })
            try await store.commit(.move(1, [.held], .released), .move(2, [.held], .discarded))
            let counts = try await store.counts()
            let high = Priority(9) ?? .ordinary
            let expected: [HoldCounts.Key: Int] = [
                .init(state: .released, source: .api, priority: .ordinary): 1,
                .init(state: .discarded, source: .csa, priority: .ordinary): 1,
                .init(state: .held, source: .api, priority: high): 1,
            ]
            try requireEqual(counts.numbers.filter { $0.value != 0 }, expected, "numbers")
            try requireEqual(counts.waiting(atLeast: .ordinary), 2, "waiting")
        },
        Check("the oldest held hold is the one that arrived first") { store in
            try await store.commit(
                .add(1) { $0.arrivedAt = .after(5) }, .add(2) { $0.arrivedAt = .after(3) },
                .add(3) { $0.arrivedAt = .after(4) })
            try requireEqual(try await store.oldestHeld(), .after(3), "at first")
            try await store.commit(.move(2, [.held], .released))
            try requireEqual(try await store.oldestHeld(), .after(4), "then")
            try await store.commit(.move(1, [.held], .ended), .move(3, [.held], .ended))
            try requireEqual(try await store.oldestHeld(), nil, "none left")
        },
    ]
}

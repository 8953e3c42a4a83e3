import SluiceModel
import SluicePorts

extension StoreConformance {
    /// Deleting holds whose retention is over.
    static let retentionChecks: [Check] = [
        Check("R9 only holds whose life was over before the time are deleted, however old the others are") { store in
            for (number, state) in HoldState.allCases.enumerated() {
                let number = UInt64(number) + 1
                try await store.commit(.add(number))
                if state != .held { try await store.commit(.move(number, [.held], state, at: .after(Int64(number)))) }
            }
            try await store.commit(.add(99))
            let final = HoldState.allCases.enumerated().filter { $0.element.isFinal }.map { UInt64($0.offset) + 1 }
            let found = try await store.forgettableHolds(endedBefore: .after(1000), limit: 100)
            try requireEqual(found.map(\.ulid.low), final, "all that are over, by their end")
            let some = try await store.forgettableHolds(endedBefore: .after(Int64(final[1])), limit: 100)
            try requireEqual(some.map(\.ulid.low), [final[0]], "before, not at")
            let one = try await store.forgettableHolds(endedBefore: .after(1000), limit: 1)
            try requireEqual(one.map(\.ulid.low), [final[0]], "limit")
            try await store.commit(forgetting((1...99).map { $0 }))
            let left = try await store.holds(HoldQuery(limit: 100)).holds
            try requireEqual(
                left.map(\.state), HoldState.allCases.filter { !$0.isFinal } + [.held], "those that are not over stay")
            for state in HoldState.allCases where state.isFinal {
                try requireEqual(try await store.counts().total(state), 0, "counted \(state)")
            }
        },
        Check("a hold is deleted with its events and callbacks; one event says how many, none when none was") { store in
            try await store.commit(
                .add(1) { $0.request.callbackURL = CallbackURL("https://h.example/") }, .add(2), .add(3))
            try await store.commit(.move(1, [.held], .discarded), .move(2, [.held], .expired))
            try await store.commit(forgetting([1, 2]))
            try requireEqual(try await store.states(1...1), [.discarded], "its callback is pending")
            try requireEqual(try await store.events(of: .fixture(2), after: 0, limit: 9), [], "events")
            let note = try await store.events(of: nil, after: 0, limit: 99).last
            try requireEqual(note?.kind, "holds-forgotten", "kind")
            try require(note?.cause.hasPrefix("1 holds") == true, "its text says how many")
            try await store.commit(
                .settleCallback(
                    CallbackSettlement(
                        ticket: .fixture(1), number: 1, attempt: 0, outcome: .delivered, at: start, cause: "c")))
            try await store.commit(forgetting([1]))
            try requireEqual(try await store.hold(.fixture(1)), nil, "delivered: it goes")
            try requireEqual(try await store.callbacks(of: .fixture(1)), [], "callbacks")
            let last = try await store.newestEvent()
            try await store.commit(forgetting([1, 2, 3]))
            try requireEqual(try await store.newestEvent(), last, "nothing to delete: no event")
        },
        Check("the newest hold stays, and arrivals are counted on") { store in
            try await store.commit(.add(1), .add(2))
            try await store.commit(.move(1, [.held], .discarded), .move(2, [.held], .discarded))
            try await store.commit(forgetting([1, 2]))
            try requireEqual(try await store.hold(.fixture(1)), nil, "the older")
            try await store.commit(.add(3))
            let (second, third) = (try await store.existing(2), try await store.existing(3))
            try require(third.arrival > second.arrival, "arrival")
            try await store.commit(forgetting([2]))
            try requireEqual(try await store.hold(.fixture(2)), nil, "no longer the newest")
        },
        Check("one that may come back for the hold that stands for it stays as long as that is open") { store in
            try await store.commit(.add(1) { $0.request.coalesceKey = poolKey })
            try await store.arrive(2)
            try await store.commit(.add(3))
            try await store.commit(forgetting([1]))
            try requireEqual(try await store.states(1...1), [.coalesced], "open")
            try await store.commit(.move(2, [.held], .superseded), forgetting([1]))
            try requireEqual(try await store.hold(.fixture(1)), nil, "over")
        },
        Check("what is refused deletes nothing") { store in
            try await store.commit(.add(1), .add(2), .move(1, [.held], .discarded))
            let events = try await store.events(of: .fixture(1), after: 0, limit: 9)
            try await requireRefusal(
                .conflict, "with a conflict", store, [forgetting([1]), .move(2, [.released], .held)])
            try requireEqual(try await store.states(1...1), [.discarded], "hold")
            try requireEqual(try await store.events(of: .fixture(1), after: 0, limit: 9), events, "events")
        },
    ]

    static func forgetting(_ numbers: [UInt64]) -> Change {
        .forgetHolds(
            Forgetting(
                tickets: numbers.map { .fixture($0) }, endedBefore: .after(1000), at: .after(1000), by: .sluice))
    }
}

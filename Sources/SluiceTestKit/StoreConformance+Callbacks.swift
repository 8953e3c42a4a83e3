import SluiceModel
import SluicePorts

extension StoreConformance {
    /// The queue of callbacks.
    static let callbackChecks: [Check] = [
        Check("R50 a move that launches or ends a hold queues its callback, in the same commit") { store in
            try await store.commit(
                .add(1) { $0.request.callbackURL = CallbackURL("https://h.example/") }, .add(2))
            for number: UInt64 in 1...2 {
                try await store.commit(.move(number, [.held], .released))
                try await store.commit(.move(number, [.released], .launching, at: .after(1)))
                try await store.commit(.move(number, [.launching], .running, at: .after(2)))
                try await store.commit(.move(number, [.running], .running, at: .after(3)))
                try await store.commit(.move(number, [.running], .ended, at: .after(4)))
            }
            let found = try await store.callbacks(of: .fixture(1))
            try requireEqual(found.map(\.kind), [.launched, .ended], "kinds")
            try requireEqual(found.map(\.number), [1, 2], "numbers")
            try requireEqual(found.map(\.holdState), [.running, .ended], "states")
            try requireEqual(found.map(\.at), [.after(2), .after(4)], "times")
            try requireEqual(found.last?.cause, "to ended", "cause")
            try requireEqual(try await store.callbacks(of: .fixture(2)), [], "none was asked for")
            try await requireRefusal(
                .conflict, "together", store, [.move(1, [.ended], .ended), .move(2, [.held], .ended)])
            try requireEqual(try await store.callbacks(of: .fixture(1)).count, 2, "nothing of a refused commit stays")
        },
        Check("callbacks are due in order, until they are delivered or given up") { store in
            for number: UInt64 in 1...3 {
                try await store.commit(
                    .add(number) { $0.request.callbackURL = CallbackURL("https://h.example/") },
                    .move(number, [.held], .discarded, at: .after(Int64(number))))
            }
            func due(_ seconds: Int64, limit: Int = 9) async throws -> [UInt64] {
                try await store.dueCallbacks(at: .after(seconds), limit: limit).map(\.ticket.ulid.low)
            }
            func settle(_ number: UInt64, attempt: Int, _ outcome: CallbackSettlement.Outcome) -> Change {
                .settleCallback(
                    CallbackSettlement(
                        ticket: .fixture(number), number: 1, attempt: attempt, outcome: outcome, at: .after(9),
                        cause: "try \(attempt)"))
            }
            try requireEqual(try await due(0), [], "none yet")
            try requireEqual(try await due(2), [1, 2], "by time")
            try requireEqual(try await due(9, limit: 1), [1], "limit")
            try await store.commit(settle(1, attempt: 0, .delivered), settle(2, attempt: 0, .again(.after(20))))
            try requireEqual(try await due(9), [3], "delivered, later")
            try requireEqual(try await due(20), [3, 2], "again")
            try await requireRefusal(.conflict, "delivered", store, [settle(1, attempt: 1, .delivered)])
            try await requireRefusal(.conflict, "another try", store, [settle(2, attempt: 0, .delivered)])
            try await requireRefusal(.conflict, "unknown", store, [settle(7, attempt: 0, .delivered)])
            let last = try await store.newestEvent()
            try await store.commit(settle(2, attempt: 1, .failed))
            let event = try await store.events(of: .fixture(2), after: last, limit: 9).last
            try requireEqual(event?.kind, "callback-failed", "event")
            try requireEqual(event?.cause, "try 1", "its cause")
            let failed = try await store.callbacks(of: .fixture(2)).first
            try requireEqual(failed?.state, .failed, "state")
            try requireEqual(failed?.attempt, 2, "tries")
            try requireEqual(try await due(99), [3], "left")
        },
    ]
}

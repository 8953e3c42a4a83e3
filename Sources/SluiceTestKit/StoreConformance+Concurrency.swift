import SluiceModel
import SluicePorts

extension StoreConformance {
    /// Commits at the same time.
    static let concurrencyChecks: [Check] = [
        Check("of many concurrent commits each is carried out once, and a conflict touches no other") { store in
            try await store.commit(.add(1))
            let codes = await withTaskGroup(of: (UInt64, StoreError.Code?).self) { group in
                for number: UInt64 in 2...201 {
                    group.addTask {
                        // Every third one also does something that cannot be.
                        let doomed: [Change] = number.isMultiple(of: 3) ? [.move(1, [.running], .ended)] : []
                        do {
                            try await store.commit([.add(number)] + doomed, fence: fence)
                            return (number, nil)
                        } catch {
                            return (number, (error as? StoreError)?.code ?? .unavailable)
                        }
                    }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 as StoreError.Code?? }
            }
            for number: UInt64 in 2...201 {
                let code = codes[number] ?? nil
                try requireEqual(code, number.isMultiple(of: 3) ? .conflict : nil, "outcome of \(number)")
                let isThere = try await store.hold(.fixture(number)) != nil
                try requireEqual(isThere, code == nil, "hold \(number)")
            }
            let arrivals = try await store.holds(HoldQuery(limit: 1000)).holds.map(\.arrival)
            try requireEqual(Set(arrivals).count, arrivals.count, "arrival numbers are unique")
            try requireEqual(try await store.counts().total(.held), arrivals.count, "counts")
            let events = try await store.events(of: nil, after: 0, limit: 1000)
            try requireEqual(events.count, arrivals.count, "one event a hold")
        },
        Check("of concurrent commits that exclude each other exactly one succeeds") { store in
            try await store.commit(.add(1))
            let successes = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        (try? await store.commit(.move(1, [.held], .launching, attempt: 0) { $0.attempt = 1 })) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try requireEqual(successes, 1, "successes")
            try requireEqual(try await store.existing(1).attempt, 1, "attempt")
        },
        Check("reads see every commit that has returned") { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number: UInt64 in 1...50 {
                    group.addTask {
                        try await store.commit(.add(number))
                        try requireEqual(try await store.existing(number).state, .held, "hold \(number)")
                        try await store.commit(
                            .move(number, [.held], .running) { $0.executionID = ExecutionID("\(number)") })
                        let running = try await store.hold(runningAs: ExecutionID("\(number)"))
                        try requireEqual(running?.ticket, .fixture(number), "running hold")
                    }
                }
                try await group.waitForAll()
            }
            try requireEqual(try await store.counts().total(.running), 50, "counts")
        },
        Check("a commit is completed though its caller was cancelled") { store in
            // why: it has to be cancelled from outside while its commit is under way.
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                try await store.commit(.add(1))
            }
            task.cancel()
            try await task.value
            try requireEqual(try await store.existing(1).state, .held, "state")
        },
    ]
}

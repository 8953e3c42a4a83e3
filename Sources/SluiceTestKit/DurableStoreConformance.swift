import SluiceModel
public import SluicePorts

/// What every `DurableStore` must do besides being a `Store`: keep over a reopening, and forget what may be forgotten.
public struct DurableStoreConformance: Sendable {
    /// One guarantee.
    public struct Check: Sendable, CustomStringConvertible {
        /// What the store does, as a sentence.
        public let name: String
        let run: @Sendable (_ open: @Sendable () async throws -> any DurableStore) async throws -> Void

        public var description: String { name }
    }

    private let open: @Sendable () async throws -> any DurableStore

    /// - Parameter open: Opens one and the same database, empty at first; it was closed before it is opened again.
    public init(open: @escaping @Sendable () async throws -> any DurableStore) { self.open = open }

    /// Runs one check on a fresh database.
    public func run(_ check: Check) async throws { try await check.run(open) }

    /// All checks; each needs a database of its own.
    public static let checks: [Check] = [
        Check(name: "that Central knew a caller, or refused it, outlives the process") { open in
            let (one, other) = (caller(1, at: 10), caller(2, at: 20))
            let refused = StoreConformance.caller(other.fingerprint, at: 25, isRefused: true)
            var store = try await open()
            try await store.commit(.put(one), .put(other), .put(caller(3, at: 30)))
            try await store.commit(.put(refused))
            try await store.close()
            store = try await open()
            try requireEqual(try await store.caller(one.fingerprint), one, "known")
            try requireEqual(try await store.caller(other.fingerprint), refused, "refused")
            // A commit that was tried again, long after.
            try await store.commit(.put(caller(2, at: 24)))
            try requireEqual(try await store.caller(other.fingerprint), refused, "refused still")
            try await store.close()
        },
        Check(name: "pruning deletes callers at their time, so many at once") { open in
            let store = try await open()
            // Each may be forgotten 100 s after it was known.
            try await store.commit((0..<10).map { .put(caller($0, at: Int64($0))) }, fence: fence)
            let now = Timestamp.after(105)
            try requireEqual(try await store.prune(at: now, limit: 4), 4, "first")
            try requireEqual(try await store.prune(at: now, limit: 4), 2, "second")
            try requireEqual(try await store.prune(at: now, limit: 4), 0, "third")
            for number in 0..<10 {
                let isThere = try await store.caller(caller(number, at: 0).fingerprint) != nil
                try requireEqual(isThere, number > 5, "caller \(number)")
            }
            try await store.close()
        },
        Check(name: "pruning leaves the newest callers alone when there are too many") { open in
            let store = try await open()
            let count = KnownCaller.countMax + 3
            for first in stride(from: 0, to: count, by: 500) {
                let batch = (first..<min(first + 500, count)).map { Change.put(caller($0, at: Int64($0))) }
                try await store.commit(batch, fence: fence)
            }
            try requireEqual(try await store.prune(at: .after(0), limit: 2), 2, "first")
            try requireEqual(try await store.prune(at: .after(0), limit: 2), 1, "second")
            try requireEqual(try await store.prune(at: .after(0), limit: 2), 0, "third")
            for number in [0, 1, 2, 3, count - 1] {
                let isThere = try await store.caller(caller(number, at: 0).fingerprint) != nil
                try requireEqual(isThere, number > 2, "caller \(number)")
            }
            try await store.close()
        },
    ]

    private static let fence = StoreConformance.fence

    private static func caller(_ number: Int, at seconds: Int64) -> KnownCaller {
        StoreConformance.caller(Fingerprint([UInt8(number >> 8), UInt8(number & 255)]), at: seconds)
    }
}

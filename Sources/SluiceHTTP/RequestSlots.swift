import HTTPTypes
import Synchronization

/// Bounds how many requests of a costly kind are served at the same time.
final class RequestSlots: Sendable {
    private let takenCount = Mutex(0)
    private let countMax: Int
    private let title: String
    private let detail: String

    /// - Parameters:
    ///   - title: Of the problem that one more is answered with.
    ///   - detail: Why, in one sentence.
    init(countMax: Int, title: String, detail: String) {
        self.countMax = countMax
        self.title = title
        self.detail = detail
    }

    /// A place, given back when nobody refers to it any more.
    final class Slot: Sendable {
        private let slots: RequestSlots

        fileprivate init(of slots: RequestSlots) { self.slots = slots }

        deinit { slots.takenCount.withLock { $0 -= 1 } }
    }

    /// - Throws: A 503 problem when all are taken.
    func take() throws -> Slot {
        let isTaken = takenCount.withLock { count in
            guard count < countMax else { return false }
            count += 1
            return true
        }
        guard isTaken else {
            throw Problem(
                status: .serviceUnavailable, type: "busy", title: title, detail: detail, retryAfterSeconds: 5)
        }
        return Slot(of: self)
    }

    /// Runs something in a slot.
    /// - Throws: A 503 problem when all are taken; what it throws.
    func run<Value>(_ work: () async throws -> Value) async throws -> Value {
        let slot = try take()
        let value = try await work()
        return withExtendedLifetime(slot) { value }
    }
}

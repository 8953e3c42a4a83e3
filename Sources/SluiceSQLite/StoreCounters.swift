internal import SluiceModel
internal import SluicePorts
internal import Synchronization

/// The numbers behind `counts()`: counted once when the database is opened, then kept up by each commit.
final class StoreCounters: Sendable {
    private let numbers: Mutex<[HoldCounts.Key: Int]>

    init(_ numbers: [HoldCounts.Key: Int]) { self.numbers = Mutex(numbers) }

    /// The numbers as of the last commit that was acknowledged or is about to be.
    var counts: HoldCounts { HoldCounts(numbers.withLock { $0 }) }

    /// Takes over what a transaction has changed; called once it is on disk.
    func add(_ deltas: [CountDelta]) {
        guard !deltas.isEmpty else { return }
        numbers.withLock { numbers in
            for delta in deltas {
                let number = numbers[delta.key, default: 0] + delta.number
                numbers[delta.key] = number == 0 ? nil : number
            }
        }
    }
}

/// How one change moved one of the numbers.
struct CountDelta {
    let key: HoldCounts.Key
    let number: Int
}

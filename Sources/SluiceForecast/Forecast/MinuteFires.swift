import SluiceModel

/// Fire times of one trigger by minutes: what forecasts count in, whatever the number of launches.
struct MinuteFires {
    /// Minutes one after the other in each of which as many fire.
    struct Run: Equatable {
        /// Counted from the walk's start.
        var minute: Int32
        /// In minutes.
        var length: Int32
        /// How many fire in each.
        var count: Int32

        var end: Int32 { minute + length }
    }

    /// Rising; no two of them share a minute.
    private(set) var runs: [Run] = []
    /// The first fire time that was not gone through; nil: all were.
    var cutAt: Timestamp?

    var isCut: Bool { cutAt != nil }

    /// All of them.
    var total: Int { runs.reduce(0) { $0 + Int($1.length) * Int($1.count) } }

    /// Adds fires from the last minute on, or later.
    mutating func add(_ minute: Int32, length: Int32 = 1, _ count: Int32 = 1) {
        guard length > 0, count > 0 else { return }
        guard let last = runs.last, last.end > minute else {
            return append(Run(minute: minute, length: length, count: count))
        }
        // More of the last minute.
        runs[runs.count - 1].length -= 1
        if last.length == 1 { runs.removeLast() }
        append(Run(minute: minute, length: 1, count: last.count + count))
        if length > 1 { append(Run(minute: minute + 1, length: length - 1, count: count)) }
    }

    private mutating func append(_ run: Run) {
        if let last = runs.last, last.end == run.minute, last.count == run.count {
            runs[runs.count - 1].length += run.length
        } else {
            runs.append(run)
        }
    }

    mutating func removeAll() {
        runs.removeAll(keepingCapacity: true)
        cutAt = nil
    }

    /// Adds each minute's count so many times, as changes from minute to minute: a run costs as much as a minute.
    func add(to changes: inout [Int64], times: Int64) {
        guard times > 0 else { return }
        changes.withUnsafeMutableBufferPointer { changes in
            for run in runs {
                let count = Int64(run.count) &* times
                changes[Int(run.minute)] &+= count
                changes[Int(run.end)] &-= count
            }
        }
    }

    /// What changes from minute to minute add up to; the last of them is beyond the last minute.
    static func sums(of changes: [Int64]) -> [Int64] {
        var sum: Int64 = 0
        return changes.dropLast().map { change in
            sum &+= change
            return sum
        }
    }

    /// Those before a minute with so many of it, and the others.
    func split(at minute: Int32, before count: Int32) -> (before: MinuteFires, after: MinuteFires) {
        var (before, after) = (MinuteFires(), MinuteFires())
        for run in runs {
            let (low, high) = (min(run.end, minute), max(run.minute, minute + 1))
            before.add(run.minute, length: low - run.minute, run.count)
            if run.minute <= minute, run.end > minute {
                let count = min(count, run.count)
                before.add(minute, count)
                after.add(minute, run.count - count)
            }
            after.add(high, length: run.end - high, run.count)
        }
        return (before, after)
    }
}

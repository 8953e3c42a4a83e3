import Dispatch
import Glibc
import Synchronization

/// Work on many files by several threads, with results in the order of the files.
enum ParallelWork {
    /// Threads by default: the machine's processors, within reason.
    static let threadCountDefault = min(8, max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))

    /// Runs the work for each index and gives the results in order.
    ///
    /// - Parameters:
    ///   - threads: How many run at once; each has a number from 0, and calls the work with it.
    ///   - work: Called once for each index, from any thread.
    static func map<Result: Sendable>(
        _ count: Int, threads: Int, _ work: @Sendable (_ thread: Int, _ index: Int) -> Result
    ) -> [Result] {
        guard threads > 1, count > 1 else { return (0..<count).map { work(0, $0) } }
        let next = Atomic(0)
        let results = Mutex([Result?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: min(threads, count)) { thread in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                let result = work(thread, index)
                results.withLock { $0[index] = result }
            }
        }
        return results.withLock { $0.compactMap { $0 } }
    }

    /// Cuts items into runs that fit into memory at once.
    static func batches<Item>(_ items: [Item], countMax: Int, bytesMax: Int, bytes: (Item) -> Int) -> [ArraySlice<Item>]
    {
        var batches: [ArraySlice<Item>] = []
        var start = 0
        var total = 0
        for (index, item) in items.enumerated() {
            let size = bytes(item)
            if index > start, index - start >= countMax || total + size > bytesMax {
                batches.append(items[start..<index])
                start = index
                total = 0
            }
            total += size
        }
        if start < items.count { batches.append(items[start...]) }
        return batches
    }
}

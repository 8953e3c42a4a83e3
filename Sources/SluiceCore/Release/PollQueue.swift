import SluiceModel

/// Which executions are to be looked at next, the most overdue first.
///
/// An entry whose flight has gone on since is left in it and passed over when its turn comes.
struct PollQueue: Sendable {
    struct Entry: Hashable, Comparable {
        var at: MonotonicTime
        var id: ExecutionID
        var ticket: Ticket

        static func < (left: Self, right: Self) -> Bool { (left.at, left.id) < (right.at, right.id) }
    }

    private var heap = MinHeap<Entry>()

    mutating func insert(_ entry: Entry) { heap.insert(entry) }

    /// Takes out the first that is due; nil when none is.
    mutating func removeFirst(due now: MonotonicTime) -> Entry? {
        guard let first = heap.first, first.at <= now else { return nil }
        return heap.removeFirst()
    }
}

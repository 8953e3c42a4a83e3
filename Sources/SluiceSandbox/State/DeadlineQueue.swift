/// What is due when, earliest first; of two at the same time the one put in first.
///
/// An entry is a hint: whoever takes it out compares with the field of its own, so nothing is ever removed.
struct DeadlineQueue<Event: Sendable>: Sendable {
    struct Entry: Sendable {
        let at: EpochMilliseconds
        let order: UInt64
        let event: Event

        fileprivate func isBefore(_ other: Entry) -> Bool { at == other.at ? order < other.order : at < other.at }
    }

    /// A binary heap.
    private var heap: [Entry] = []
    private var nextOrder: UInt64 = 0

    var earliest: EpochMilliseconds? { heap.first?.at }

    mutating func insert(_ event: Event, at: EpochMilliseconds) {
        heap.append(Entry(at: at, order: nextOrder, event: event))
        nextOrder += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// The earliest entry if it is due.
    mutating func popDue(at now: EpochMilliseconds) -> Entry? {
        guard let first = heap.first, first.at <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [parent * 2 + 1, parent * 2 + 2] where child < heap.count && heap[child].isBefore(heap[least])
            {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

/// What may be due of Central's.
struct SandboxDeadline: Sendable {
    enum Kind: Sendable {
        case startTakesEffect
        case askGate
        case bodyEnds
        case callBack
        case statusSettles
        case purge
        /// The id is the schedule's.
        case scheduleFires
    }

    let executionID: Int64
    let kind: Kind
}

extension DeadlineQueue where Event == SandboxDeadline {
    mutating func insert(_ kind: SandboxDeadline.Kind, of executionID: Int64, at: EpochMilliseconds) {
        insert(SandboxDeadline(executionID: executionID, kind: kind), at: at)
    }
}

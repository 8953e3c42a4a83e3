/// What is to happen, by time; at one time in the order in which it was put in.
///
/// A binary heap of small entries. What they stand for lies in slots beside it, because moving it would cost more than
/// the comparison.
struct Agenda {
    private struct Entry {
        var at: Instant
        var number: UInt32
        var slot: Int32

        @inline(__always)
        static func < (left: Entry, right: Entry) -> Bool {
            left.at != right.at ? left.at < right.at : left.number < right.number
        }
    }

    private var heap: [Entry] = []
    private var slots: [Happening?] = []
    private var free: [Int32] = []
    private var lastNumber: UInt32 = 0

    init() {
        heap.reserveCapacity(256)
        slots.reserveCapacity(256)
    }

    var isEmpty: Bool { heap.isEmpty }

    mutating func put(_ happening: Happening, at time: Instant) {
        let slot: Int32
        if let last = free.popLast() {
            slot = last
            slots[Int(slot)] = happening
        } else {
            slot = Int32(slots.count)
            slots.append(happening)
        }
        lastNumber &+= 1
        heap.append(Entry(at: time, number: lastNumber, slot: slot))
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index] < heap[parent] else { break }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    mutating func next() -> (at: Instant, happening: Happening)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        let slot = Int(first.slot)
        guard let happening = slots[slot].take() else { return nil }
        free.append(first.slot)
        return (first.at, happening)
    }

    private mutating func sink() {
        var index = 0
        while true {
            let left = 2 * index + 1
            guard left < heap.count else { return }
            let right = left + 1
            let smaller = right < heap.count && heap[right] < heap[left] ? right : left
            guard heap[smaller] < heap[index] else { return }
            heap.swapAt(index, smaller)
            index = smaller
        }
    }
}

public import SluiceModel

/// Entries by schedule: searched by halves, walked in order.
struct EntryTable: Sendable {
    private(set) var list: [JournalEntry] = []

    init(_ entries: [JournalEntry] = []) { for entry in entries { set(entry) } }

    subscript(_ id: ScheduleID) -> JournalEntry? {
        let index = place(of: id.text)
        return index < list.count && list[index].object == id.text ? list[index] : nil
    }

    mutating func set(_ entry: JournalEntry) {
        let index = place(of: entry.object)
        if index < list.count, list[index].object == entry.object {
            list[index] = entry
        } else {
            list.insert(entry, at: index)
        }
    }

    mutating func remove(_ id: ScheduleID) {
        let index = place(of: id.text)
        if index < list.count, list[index].object == id.text { list.remove(at: index) }
    }

    private func place(of object: String) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].object < object { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// One listing: in Central's order, and by id.
public struct SightTable: Sendable {
    let list: [ScheduleSight]
    private var places: [ScheduleID: Int] = [:]

    public init(_ list: [ScheduleSight]) {
        self.list = list
        for (index, sight) in list.enumerated() { places[sight.id] = index }
    }

    public subscript(_ object: String) -> ScheduleSight? { places[ScheduleID(object)].map { list[$0] } }
}

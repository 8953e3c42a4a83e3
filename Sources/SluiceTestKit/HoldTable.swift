package import SluiceModel

/// The holds of the model store in arrival order, each found by its ticket.
///
/// Scans go by index, because a copy of a hold costs more than a look at one of its fields.
package struct HoldTable: Sendable {
    /// In arrival order, which counts from 1.
    package private(set) var rows: [Hold] = []
    private var places: [Ticket: Int] = [:]
    /// Holds that were ever put in, those that were removed among them.
    package private(set) var arrivalCount = 0

    package init() {}

    /// All holds, in arrival order.
    package var values: [Hold] { rows }

    package var count: Int { rows.count }

    package subscript(ticket: Ticket) -> Hold? { places[ticket].map { rows[$0] } }

    /// The index in `rows`.
    package func place(of ticket: Ticket) -> Int? { places[ticket] }

    /// Copies of those that a predicate finds, in arrival order.
    package func filter(_ isIncluded: (Hold) -> Bool) -> [Hold] {
        var found: [Hold] = []
        for index in rows.indices where isIncluded(rows[index]) { found.append(rows[index]) }
        return found
    }

    /// The last that a predicate finds.
    package func last(where isIncluded: (Hold) -> Bool) -> Hold? {
        rows.indices.last { isIncluded(rows[$0]) }.map { rows[$0] }
    }

    /// The first of an ordering key that is open.
    package func first(ofKey key: OrderingKey) -> Ticket? {
        rows.indices.first { rows[$0].request.orderingKey == key && !rows[$0].state.isFinal }.map { rows[$0].ticket }
    }

    package func contains(where isIncluded: (Hold) -> Bool) -> Bool {
        rows.indices.contains { isIncluded(rows[$0]) }
    }

    package func count(where isIncluded: (Hold) -> Bool) -> Int {
        rows.indices.count { isIncluded(rows[$0]) }
    }

    /// Keeps a hold as it is now, at the end if it is new; nil takes back the newest.
    /// - Returns: What was there before.
    mutating func put(_ ticket: Ticket, _ hold: Hold?) -> Hold? {
        guard let place = places[ticket] else {
            if let hold {
                places[ticket] = rows.count
                rows.append(hold)
                arrivalCount += 1
            }
            return nil
        }
        let old = rows[place]
        if let hold {
            rows[place] = hold
        } else {
            rows.removeLast()
            places[ticket] = nil
            arrivalCount -= 1
        }
        return old
    }

    /// Removes a hold for good: its retention is over.
    mutating func remove(_ ticket: Ticket) {
        guard let place = places.removeValue(forKey: ticket) else { return }
        rows.remove(at: place)
        for index in place..<rows.count { places[rows[index].ticket] = index }
    }

    /// Takes `remove` back.
    mutating func restore(_ hold: Hold) {
        let place = rows.firstIndex { $0.arrival > hold.arrival } ?? rows.count
        rows.insert(hold, at: place)
        for index in place..<rows.count { places[rows[index].ticket] = index }
    }
}

/// Something that CSA keeps under an id.
protocol CSARow: Codable, Hashable, Sendable {
    var id: String { get }
}

/// Rows by id, in the order they were made; coded as a plain list.
struct CSATable<Row: CSARow>: Sendable {
    private var order: [String] = []
    private var rows: [String: Row] = [:]

    var count: Int { order.count }
    var all: [Row] { order.compactMap { rows[$0] } }

    subscript(id: String) -> Row? { rows[id] }
    subscript(id: String?) -> Row? { id.flatMap { rows[$0] } }

    /// Adds a row, or replaces the one with its id in its place.
    mutating func put(_ row: Row) {
        if rows.updateValue(row, forKey: row.id) == nil { order.append(row.id) }
    }

    /// Changes one row in place; nothing when there is none.
    mutating func change(_ id: String, _ body: (inout Row) -> Void) {
        guard var row = rows[id] else { return }
        body(&row)
        rows[id] = row
    }

    /// Whether there was one.
    @discardableResult
    mutating func remove(_ id: String) -> Bool {
        guard rows.removeValue(forKey: id) != nil else { return false }
        order.removeAll { $0 == id }
        return true
    }

    func first(where matches: (Row) -> Bool) -> Row? {
        for id in order { if let row = rows[id], matches(row) { return row } }
        return nil
    }
}

extension CSATable: Codable {
    init(from decoder: any Decoder) throws { for row in try [Row](from: decoder) { put(row) } }
    func encode(to encoder: any Encoder) throws { try all.encode(to: encoder) }
}

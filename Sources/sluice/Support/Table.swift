/// Rows of text under headings, each column as wide as its widest cell so far.
struct Table: Sendable {
    private let headings: [String]
    private var widths: [Int]

    init(_ headings: [String]) {
        self.headings = headings
        widths = headings.map(\.count)
    }

    /// The line of headings, at the widths of the rows that follow at first.
    mutating func heading(for rows: [[String]]) -> String {
        grow(rows)
        return line(headings)
    }

    /// The rows as lines. Cells are escaped; an empty one is shown as `-`.
    mutating func lines(_ rows: [[String]]) -> [String] {
        grow(rows)
        return rows.map { line($0) }
    }

    private mutating func grow(_ rows: [[String]]) {
        for row in rows {
            precondition(row.count == headings.count, "a row has as many cells as there are headings")
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], shown(cell).count) }
        }
    }

    private func line(_ cells: [String]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let text = shown(cell)
            line += text
            guard column < cells.count - 1 else { break }
            line += String(repeating: " ", count: widths[column] - text.count + 2)
        }
        return line
    }

    private func shown(_ cell: String) -> String { cell.isEmpty ? "-" : cell.printable }
}

/// Names and values under one another, the values aligned.
struct Facts: Sendable {
    private var pairs: [(name: String, value: String)] = []

    /// Adds a line unless there is no value.
    mutating func add(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { pairs.append((name, value.printable)) }
    }

    /// `name:  value`, one a line.
    var lines: [String] {
        let width = pairs.map(\.name.count).max() ?? 0
        return pairs.map { name, value in
            "\(name):" + String(repeating: " ", count: width - name.count + 2) + value
        }
    }
}

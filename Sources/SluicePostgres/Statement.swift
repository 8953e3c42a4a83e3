/// One statement and its parameters, each as the text that libpq sends: `$1` is the first.
struct Statement {
    let sql: String
    /// Every parameter's text, each ended by a NUL.
    private(set) var bytes: [UInt8] = []
    /// Where each parameter starts in `bytes`; nil: SQL's NULL.
    private(set) var offsets: [Int?] = []

    init(_ sql: String) { self.sql = sql }

    mutating func add(_ text: String?) {
        guard let text else { return addNull() }
        offsets.append(bytes.count)
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
    }

    mutating func add(_ number: Int64?) { add(number.map(String.init)) }

    mutating func add(_ number: Int?) { add(number.map(String.init)) }

    /// Bytes as a `bytea`.
    mutating func add(_ value: [UInt8]?) {
        guard let value else { return addNull() }
        offsets.append(bytes.count)
        Self.hexadecimal(value, into: &bytes)
        bytes.append(0)
    }

    /// An array of texts, such as a `text[]`.
    mutating func add(texts: some Sequence<String?>) {
        addArray(texts) { text, bytes in RowArrays.quote(text, into: &bytes) }
    }

    /// An array of numbers, such as a `bigint[]`.
    mutating func add(numbers: some Sequence<Int64?>) {
        addArray(numbers) { number, bytes in bytes.append(contentsOf: String(number).utf8) }
    }

    /// An array of `bytea`.
    mutating func add(blobs: some Sequence<[UInt8]?>) {
        addArray(blobs) { value, bytes in
            // The backslash of `\x` stands within an array's quotes, so it is doubled.
            bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: "\\")])
            Self.hexadecimal(value, into: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
    }

    /// The columns of rows, each as an array.
    mutating func add(_ arrays: RowArrays) {
        for column in arrays.columns {
            offsets.append(bytes.count)
            bytes.append(contentsOf: column)
            bytes.append(contentsOf: [UInt8(ascii: "}"), 0])
        }
    }

    private mutating func addNull() { offsets.append(nil) }

    private mutating func addArray<Element>(
        _ elements: some Sequence<Element?>, _ write: (Element, inout [UInt8]) -> Void
    ) {
        offsets.append(bytes.count)
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            if let element { write(element, &bytes) } else { bytes.append(contentsOf: "NULL".utf8) }
        }
        bytes.append(UInt8(ascii: "}"))
        bytes.append(0)
    }

    private static func hexadecimal(_ value: [UInt8], into bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "x")])
        for byte in value {
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
}

/// Arrays that are filled row by row, one for each column, for `unnest`, which pads the shorter ones with NULL.
///
/// Holds have many fields: going through them once for all columns costs far less than once for each. Many are NULL
/// in every row; such a column is an empty array, which neither side has to go through.
struct RowArrays {
    /// Each without its closing brace.
    fileprivate private(set) var columns: [[UInt8]]
    /// How many elements each has.
    private var counts: [Int]
    private var place = 0
    private var rowCount = 0

    /// - Parameter columnCount: Values that each row adds; one of the columns must have no NULL.
    init(columnCount: Int) {
        columns = Array(repeating: [UInt8(ascii: "{")], count: columnCount)
        counts = Array(repeating: 0, count: columnCount)
    }

    /// The row's next value.
    mutating func add(_ text: String?) { add(text) { text, bytes in Self.quote(text, into: &bytes) } }

    mutating func add(_ number: Int64?) {
        add(number) { number, bytes in bytes.append(contentsOf: String(number).utf8) }
    }

    private mutating func add<Value>(_ value: Value?, _ write: (Value, inout [UInt8]) -> Void) {
        defer { place += 1 }
        guard let value else { return }
        while counts[place] < rowCount {
            columns[place].append(contentsOf: counts[place] == 0 ? "NULL".utf8 : ",NULL".utf8)
            counts[place] += 1
        }
        if rowCount > 0 { columns[place].append(UInt8(ascii: ",")) }
        write(value, &columns[place])
        counts[place] += 1
    }

    mutating func endRow() {
        precondition(place == columns.count, "a row of \(place) values for \(columns.count) columns")
        place = 0
        rowCount += 1
    }

    /// A text within an array.
    fileprivate static func quote(_ text: String, into bytes: inout [UInt8]) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { text in
            var start = 0
            var place = 0
            while place < text.count {
                if text[place] == UInt8(ascii: "\"") || text[place] == UInt8(ascii: "\\") {
                    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<place]))
                    bytes.append(UInt8(ascii: "\\"))
                    start = place
                }
                place += 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension Statement {
    /// A statement with texts and numbers in the order of `$1`, `$2` and so on.
    init(_ sql: String, _ parameters: any StatementParameter...) {
        self.init(sql)
        for parameter in parameters { parameter.add(to: &self) }
    }
}

/// What may stand in the place of `$1`.
protocol StatementParameter {
    func add(to statement: inout Statement)
}

extension String: StatementParameter {
    func add(to statement: inout Statement) { statement.add(self) }
}

extension Int64: StatementParameter {
    func add(to statement: inout Statement) { statement.add(self) }
}

extension Int: StatementParameter {
    func add(to statement: inout Statement) { statement.add(self) }
}

extension Optional: StatementParameter where Wrapped: StatementParameter {
    func add(to statement: inout Statement) {
        if let self { self.add(to: &statement) } else { statement.add(nil as String?) }
    }
}

/// An array as one parameter.
enum ArrayParameter: StatementParameter {
    case texts([String?])
    case numbers([Int64?])

    func add(to statement: inout Statement) {
        switch self {
        case .texts(let texts): statement.add(texts: texts)
        case .numbers(let numbers): statement.add(numbers: numbers)
        }
    }
}

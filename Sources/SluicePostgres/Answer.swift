internal import CLibPQ
internal import SluiceStoreRecords

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// What the server answered to one statement. Stays on its connection's queue.
final class Answer {
    private let result: OpaquePointer

    /// Takes the result over.
    init(_ result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    var rowCount: Int { Int(PQntuples(result)) }

    var rows: some RandomAccessCollection<Row> { (0..<rowCount).lazy.map { Row(answer: self, index: Int32($0)) } }

    var first: Row? { rowCount > 0 ? Row(answer: self, index: 0) : nil }

    /// `INSERT 0 1`, `COMMIT`.
    var tag: String { String(cString: PQcmdStatus(result)) }

    /// How many rows a statement wrote.
    var changedCount: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// One row; columns are read by position.
    struct Row {
        fileprivate let answer: Answer
        fileprivate let index: Int32

        func text(_ column: Int) -> String? {
            guard let bytes = bytes(column) else { return nil }
            return bytes.withMemoryRebound(to: UInt8.self) { String(decoding: $0, as: UTF8.self) }
        }

        func number(_ column: Int) -> Int64? {
            guard let bytes = bytes(column), let text = bytes.baseAddress else { return nil }
            // why: libpq ends every value with a NUL; this is the shortest way that makes no String.
            return Int64(strtoll(text, nil, 10))
        }

        /// A `bytea` in its hexadecimal form.
        func blob(_ column: Int) -> [UInt8]? {
            guard let bytes = bytes(column), bytes.count >= 2 else { return nil }
            var value: [UInt8] = []
            value.reserveCapacity(bytes.count / 2)
            var index = 2
            while index + 1 < bytes.count {
                value.append(Self.digit(bytes[index]) << 4 | Self.digit(bytes[index + 1]))
                index += 2
            }
            return value
        }

        /// Gives the bytes of a column that is never NULL; they are valid only within `read`.
        func withBytes(_ column: Int, _ read: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
            guard let bytes = bytes(column) else { throw StoredWord.unreadable("NULL in column \(column)") }
            try bytes.withMemoryRebound(to: UInt8.self, read)
        }

        /// A column that is never NULL.
        func require(_ column: Int) throws -> String {
            guard let text = text(column) else { throw StoredWord.unreadable("NULL in column \(column)") }
            return text
        }

        func requireNumber(_ column: Int) throws -> Int64 {
            guard let number = number(column) else { throw StoredWord.unreadable("NULL in column \(column)") }
            return number
        }

        private func bytes(_ column: Int) -> UnsafeBufferPointer<CChar>? {
            let column = Int32(column)
            guard PQgetisnull(answer.result, index, column) == 0, let start = PQgetvalue(answer.result, index, column)
            else { return nil }
            return UnsafeBufferPointer(start: start, count: Int(PQgetlength(answer.result, index, column)))
        }

        private static func digit(_ byte: CChar) -> UInt8 {
            let byte = UInt8(bitPattern: byte)
            return byte <= UInt8(ascii: "9") ? byte - UInt8(ascii: "0") : (byte | 0x20) - UInt8(ascii: "a") + 10
        }
    }
}

internal import FoundationEssentials
internal import GRDB
internal import GRDBSQLite
internal import SluiceStoreRecords

/// A prepared statement that one transaction runs for each of its holds: bound and stepped with SQLite's own calls,
/// which take a fraction of what a general layer does for any statement.
///
/// Each use binds every parameter in order, then calls `run` or `first`. It belongs to one transaction, on the
/// database's queue.
final class FastStatement {
    /// Keeps the handle valid.
    private let statement: Statement
    private let handle: SQLiteStatement
    private let db: Database
    private var boundCount: CInt = 0
    /// What the first binding that failed was answered.
    private var bindingCode = SQLITE_OK

    convenience init(_ db: Database, _ sql: String) throws { self.init(db, try db.cachedStatement(sql: sql)) }

    /// - Parameter statement: What it has bound may be used as it is.
    init(_ db: Database, _ statement: Statement) {
        self.db = db
        self.statement = statement
        handle = statement.sqliteStatement
        sqlite3_reset(handle)
    }

    // MARK: Binding

    func bind(_ number: Int64?) {
        boundCount += 1
        note(number.map { sqlite3_bind_int64(handle, boundCount, $0) } ?? sqlite3_bind_null(handle, boundCount))
    }

    func bind(_ isTrue: Bool) { bind(isTrue ? 1 : 0 as Int64) }

    func bind(_ text: String?) {
        boundCount += 1
        guard var text else { return note(sqlite3_bind_null(handle, boundCount)) }
        note(
            text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    // An empty string has no address, which would be NULL.
                    sqlite3_bind_text(handle, boundCount, $0.baseAddress ?? Self.empty, CInt($0.count), Self.copies)
                }
            })
    }

    func bind(_ data: Data) {
        boundCount += 1
        note(
            data.withUnsafeBytes {
                sqlite3_bind_blob(
                    handle, boundCount, $0.baseAddress ?? UnsafeRawPointer(Self.empty), CInt($0.count), Self.copies)
            })
    }

    private func note(_ code: CInt) { if bindingCode == SQLITE_OK { bindingCode = code } }

    /// SQLITE_TRANSIENT: SQLite copies what is bound.
    private static let copies = unsafeBitCast(OpaquePointer(bitPattern: -1), to: sqlite3_destructor_type.self)
    /// why: never written to, and there for as long as the process.
    nonisolated(unsafe) private static let empty = {
        let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
        pointer.initialize(to: 0)
        return UnsafePointer(pointer)
    }()

    // MARK: Running

    /// Runs a statement that gives no rows.
    func run() throws {
        let code = try step()
        sqlite3_reset(handle)
        guard code == SQLITE_DONE else { throw unexpectedRow() }
    }

    /// The first row; `read` may use it only while it runs.
    func first<Value>(_ read: (Columns) throws -> Value) throws -> Value? {
        let code = try step()
        defer { sqlite3_reset(handle) }
        return code == SQLITE_ROW ? try read(Columns(handle: handle)) : nil
    }

    /// Every row; `read` may use one only while it runs.
    func all<Value>(_ read: (Columns) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        while try step() == SQLITE_ROW {
            do {
                values.append(try read(Columns(handle: handle)))
            } catch {
                sqlite3_reset(handle)
                throw error
            }
        }
        sqlite3_reset(handle)
        return values
    }

    /// - Returns: SQLITE_ROW or SQLITE_DONE.
    private func step() throws -> CInt {
        defer {
            boundCount = 0
            bindingCode = SQLITE_OK
        }
        guard bindingCode == SQLITE_OK else { throw failure(bindingCode) }
        let code = sqlite3_step(handle)
        if code == SQLITE_DONE || code == SQLITE_ROW { return code }
        let error = failure(code)
        sqlite3_reset(handle)
        throw error
    }

    private func failure(_ code: CInt) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: db.sqliteConnection.map { String(cString: sqlite3_errmsg($0)) }, sql: statement.sql)
    }

    private func unexpectedRow() -> DatabaseError {
        DatabaseError(message: "a row was not expected", sql: statement.sql)
    }

    /// The columns of a row, by position.
    struct Columns {
        fileprivate let handle: SQLiteStatement

        /// 0 for NULL.
        func number(_ column: CInt) -> Int64 { sqlite3_column_int64(handle, column) }

        func optionalNumber(_ column: CInt) -> Int64? {
            sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : sqlite3_column_int64(handle, column)
        }

        func text(_ column: CInt) -> String? {
            guard let bytes = sqlite3_column_text(handle, column) else { return nil }
            let count = Int(sqlite3_column_bytes(handle, column))
            return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        }

        /// Gives a column's bytes; they are valid only within `read`.
        func withBytes(_ column: CInt, _ read: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
            guard let start = sqlite3_column_blob(handle, column) else {
                throw StoredWord.unreadable("nothing in column \(column)")
            }
            let bytes = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
            try bytes.withMemoryRebound(to: UInt8.self, read)
        }

        /// A column that is never NULL.
        func require(_ column: CInt) throws -> String {
            guard let text = text(column) else { throw StoredWord.unreadable("NULL in column \(column)") }
            return text
        }
    }
}

/// The fast statements of one transaction, each looked up once.
final class FastStatements {
    private let db: Database
    private var statements: [FastStatement?] = Array(repeating: nil, count: Name.allCases.count)
    /// Movements by the columns that they set.
    private var movements: [Int: FastStatement] = [:]

    /// What each is, but for movements.
    enum Name: Int, CaseIterable {
        case hold, addHold, event, admit, endAdmission
    }

    init(_ db: Database) { self.db = db }

    subscript(name: Name, sql: @autoclosure () -> String) -> FastStatement {
        get throws {
            if let statement = statements[name.rawValue] { return statement }
            let statement = try FastStatement(db, sql())
            statements[name.rawValue] = statement
            return statement
        }
    }

    /// - Parameter columns: Tells movements that set different columns apart.
    func movement(_ columns: Int, _ sql: () -> String) throws -> FastStatement {
        if let statement = movements[columns] { return statement }
        let statement = try FastStatement(db, sql())
        movements[columns] = statement
        return statement
    }
}

internal import CLibPQ
internal import Dispatch
internal import SluiceModel
internal import SluicePorts

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// One connection. libpq blocks, so all of it happens on a queue of its own, never on a thread of Swift's tasks.
///
/// `@unchecked Sendable` why: everything but `queue` is only touched on `queue`.
final class Connection: @unchecked Sendable {
    let queue: DispatchQueue
    let address: PostgresAddress
    private let settings: Settings
    var handle: OpaquePointer?
    private var names: [String: String] = [:]
    private var nameCount = 0

    /// What makes one kind of connection differ from another.
    struct Settings: Sendable {
        var connectTimeout: Duration
        var answerTimeout: Duration
        var networkTimeout: Duration
        /// The server's settings for the session.
        var parameters: [(String, String)]
        /// The oldest server that will do; 14 is the first with `client_connection_check_interval`.
        var serverVersionMin: Int32 = 140_000
    }

    init(_ address: PostgresAddress, _ settings: Settings, label: String) {
        self.address = address
        self.settings = settings
        queue = DispatchQueue(label: "sluice.postgres.\(label)")
    }

    deinit { PQfinish(handle) }

    var isOpen: Bool { handle != nil }

    /// Runs what uses the connection on its queue.
    func perform<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body(self) }) }
        }
    }

    // MARK: On the queue

    /// Connects if it is not connected.
    func open() throws {
        guard handle == nil else { return }
        let handle = connect()
        guard let handle, PQstatus(handle) == CONNECTION_OK else {
            let message = handle.map { Self.text(PQerrorMessage($0)) } ?? "out of memory"
            PQfinish(handle)
            throw PostgresFailure(kind: .lost, message: message)
        }
        guard PQserverVersion(handle) >= settings.serverVersionMin else {
            let version = PQserverVersion(handle) / 10_000
            PQfinish(handle)
            throw StoreError(
                .unavailable,
                "PostgreSQL \(version) at \(address) is too old: \(settings.serverVersionMin / 10_000) or later is "
                    + "needed")
        }
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
            PQfinish(handle)
            throw PostgresFailure(kind: .lost, message: "libpq refused its pipeline mode")
        }
        // A warning goes to nobody: what matters is in the answers.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        self.handle = handle
        names = [:]
    }

    /// Connects, trying again with growing waits until a time has passed.
    func open(within timeout: Duration) throws {
        let deadline = ContinuousClock.now.advanced(by: timeout)
        var wait = PostgresStoreOptions.backoffMin
        while true {
            do {
                return try open()
            } catch let failure as PostgresFailure {
                guard ContinuousClock.now.advanced(by: wait) < deadline else { throw failure }
                usleep(UInt32(wait.milliseconds * 1000))
                wait = min(wait * 2, PostgresStoreOptions.backoffMax)
            }
        }
    }

    func close() {
        PQfinish(handle)
        handle = nil
        names = [:]
    }

    /// Sends statements together and waits for all answers: one round trip.
    ///
    /// If one fails, those after it were not carried out.
    func exchange(_ statements: [Statement]) throws -> [Answer] {
        guard let handle else {
            throw PostgresFailure(kind: .lost, message: "the connection is closed", isBeforeLast: true)
        }
        do {
            return try PipelineExchange(handle: handle, timeout: settings.answerTimeout).run(
                statements, name: { sql in try self.name(sql) }, forget: { self.names[$0] = nil })
        } catch let failure as PostgresFailure {
            if failure.isEndOfConnection || failure.isCut { close() }
            throw failure
        } catch {
            // Some were handed over and are not answered.
            close()
            throw error
        }
    }

    func exchange(_ statement: Statement) throws -> Answer {
        guard let answer = try exchange([statement]).first else {
            throw PostgresFailure(kind: .lost, message: "an answer is missing")
        }
        return answer
    }

    /// The name under which a statement is prepared, and whether it is only now given.
    private func name(_ sql: String) throws -> (String, isNew: Bool) {
        if let name = names[sql] { return (name, false) }
        guard names.count < PostgresStoreOptions.statementCountMax else {
            throw StoreError(.unavailable, "more than \(PostgresStoreOptions.statementCountMax) kinds of statements")
        }
        nameCount += 1
        let name = "s\(nameCount)"
        names[sql] = name
        return (name, true)
    }

    private func connect() -> OpaquePointer? {
        let seconds = max(1, (settings.connectTimeout.milliseconds + 999) / 1000)
        let sets = settings.parameters.map { "-c \($0.0)=\($0.1)" }.joined(separator: " ")
        // The session's own settings last, so that a URL cannot take them back.
        var fields = [
            ("application_name", "sluice"), ("target_session_attrs", "primary"), ("keepalives", "1"),
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", String(settings.networkTimeout.milliseconds)), ("dbname", address.url),
            ("connect_timeout", String(seconds)), ("client_encoding", "UTF8"),
            ("options", address.options.isEmpty ? sets : "\(address.options) \(sets)"),
        ]
        if let password = address.password { fields.append(("password", password.exposed)) }
        let keywords = fields.map { strdup($0.0) }
        let values = fields.map { strdup($0.1) }
        defer {
            for text in keywords + values { free(text) }
        }
        var keywordPointers: [UnsafePointer<CChar>?] = keywords.map { UnsafePointer($0) } + [nil]
        var valuePointers: [UnsafePointer<CChar>?] = values.map { UnsafePointer($0) } + [nil]
        return PQconnectdbParams(&keywordPointers, &valuePointers, 1)
    }

    /// libpq's words on one line.
    static func text(_ message: UnsafeMutablePointer<CChar>?) -> String {
        guard let message else { return "no message" }
        return String(cString: message).split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}

internal import CLibPQ

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// One round trip on a connection in pipeline mode, with an end to its patience.
///
/// libpq by itself waits for ever for a server that keeps the connection and says nothing.
struct PipelineExchange {
    let handle: OpaquePointer
    private let deadline: ContinuousClock.Instant
    private let timeout: Duration

    init(handle: OpaquePointer, timeout: Duration) {
        self.handle = handle
        self.timeout = timeout
        deadline = ContinuousClock.now.advanced(by: timeout)
    }

    /// Sends all statements and reads all answers.
    ///
    /// When the connection fails, what the server said before is read first: it tells more than that it is gone.
    /// - Parameters:
    ///   - name: Under which name a statement is prepared, and whether that is yet to be done.
    ///   - forget: Told a statement whose preparation failed.
    func run(
        _ statements: [Statement], name: (String) throws -> (String, isNew: Bool), forget: (String) -> Void
    ) throws -> [Answer] {
        var isNew: [Bool] = []
        for (index, statement) in statements.enumerated() {
            let (name, isNewName) = try name(statement.sql)
            isNew.append(isNewName)
            if isNewName { try check(PQsendPrepare(handle, name, statement.sql, 0, nil) == 1, isLastUnsent: true) }
            try check(send(statement, name), isLastUnsent: index < statements.count - 1)
        }
        try check(PQpipelineSync(handle) == 1)
        try flush()
        var answers: [Answer] = []
        var failure: PostgresFailure?
        do {
            for (statement, isNew) in zip(statements, isNew) {
                if isNew {
                    let found = try next()
                    if found == nil || failure != nil { forget(statement.sql) }
                    if let problem = found?.problem {
                        forget(statement.sql)
                        failure = failure ?? before(problem, answers.count, of: statements)
                    }
                }
                guard let found = try next() else { throw lost("an answer is missing") }
                if let problem = found.problem { failure = failure ?? before(problem, answers.count, of: statements) }
                answers.append(found.answer)
            }
            try endOfPipeline()
        } catch var cut as PostgresFailure {
            if cut.code != nil { cut = before(cut, answers.count, of: statements) }
            cut = failure ?? cut
            cut.isCut = true
            throw cut
        }
        if let failure { throw failure }
        return answers
    }

    /// The server carries statements out in their order: what it says in the place of one, it says before the next.
    private func before(_ failure: PostgresFailure, _ index: Int, of statements: [Statement]) -> PostgresFailure {
        var failure = failure
        failure.isBeforeLast = index < statements.count - 1
        return failure
    }

    /// - Returns: Whether it will be sent; if not, a part of it may have been.
    private func send(_ statement: Statement, _ name: String) -> Bool {
        let sent = statement.bytes.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                let values: [UnsafePointer<CChar>?] = statement.offsets.map { offset in
                    offset.flatMap { characters.baseAddress?.advanced(by: $0) }
                }
                return PQsendQueryPrepared(handle, name, Int32(values.count), values, nil, nil, 0)
            }
        }
        return sent == 1
    }

    /// One statement's answer, and what is wrong with it.
    private struct Found {
        let answer: Answer
        let problem: PostgresFailure?
    }

    /// The next result and the end of its statement.
    private func next() throws -> Found? {
        guard let result = try nextResult() else { return nil }
        let status = PQresultStatus(result)
        let problem: PostgresFailure? =
            switch status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK: nil
            case PGRES_PIPELINE_ABORTED: PostgresFailure(kind: .lost, message: "not carried out")
            default: failure(of: result)
            }
        let found = Found(answer: Answer(result), problem: problem)
        while true {
            if isBroken { throw problem ?? lost() }
            guard let rest = try nextResult() else { return found }
            PQclear(rest)
        }
    }

    private func endOfPipeline() throws {
        guard let result = try nextResult() else { throw lost("the end of the answers is missing") }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw lost("the answers are out of step") }
    }

    /// Waits for libpq's next result, at most until the deadline; of a broken connection, what had come before.
    private func nextResult() throws -> OpaquePointer? {
        while PQisBusy(handle) == 1, !isBroken {
            try wait(for: Int16(POLLIN))
            try check(PQconsumeInput(handle) == 1 || isBroken)
        }
        return PQgetResult(handle)
    }

    /// - Throws: Not when the connection breaks: what the server said before that is read as an answer.
    private func flush() throws {
        while true {
            let left = PQflush(handle)
            if left == 0 || isBroken { return }
            try check(left == 1)
            let events = try wait(for: Int16(POLLIN | POLLOUT))
            if events & Int16(POLLIN) != 0 { try check(PQconsumeInput(handle) == 1 || isBroken) }
        }
    }

    /// Whether nothing more will come: then libpq waits for nothing.
    private var isBroken: Bool { PQstatus(handle) == CONNECTION_BAD }

    @discardableResult
    private func wait(for events: Int16) throws -> Int16 {
        while true {
            let left = ContinuousClock.now.duration(to: deadline).milliseconds
            guard left > 0 else {
                throw lost("no answer within \(timeout.milliseconds) ms")
            }
            var place = pollfd(fd: PQsocket(handle), events: events, revents: 0)
            let count = poll(&place, 1, Int32(clamping: left))
            if count > 0 { return place.revents }
            if count < 0, errno != EINTR { throw lost(String(cString: strerror(errno))) }
        }
    }

    /// - Parameter isLastUnsent: Whether the last statement has not been handed over yet, not even a part of it.
    private func check(_ isGood: Bool, isLastUnsent: Bool = false) throws {
        guard !isGood else { return }
        var failure = lost()
        failure.isBeforeLast = isLastUnsent
        throw failure
    }

    private func lost(_ message: String? = nil) -> PostgresFailure {
        PostgresFailure(kind: .lost, message: message ?? Connection.text(PQerrorMessage(handle)))
    }

    private func failure(of result: OpaquePointer) -> PostgresFailure {
        let message =
            PQresultErrorField(result, SLUICE_PG_MESSAGE).map { Connection.text($0) }
            ?? Connection.text(PQresultErrorMessage(result))
        guard let state = PQresultErrorField(result, SLUICE_PG_SQLSTATE) else {
            return PostgresFailure(kind: .lost, message: message)
        }
        return PostgresFailure(kind: .state(String(cString: state)), message: message)
    }
}

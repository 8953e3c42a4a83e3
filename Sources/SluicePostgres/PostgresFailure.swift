internal import SluicePorts

/// What went wrong at the server or on the way to it.
struct PostgresFailure: Error, CustomStringConvertible {
    enum Kind: Hashable {
        /// The connection is gone, or could not be made.
        case lost
        /// The server's SQLSTATE.
        case state(String)
    }

    let kind: Kind
    /// In the server's or libpq's words; never a parameter's value.
    let message: String
    /// Whether the last statement of the exchange was certainly not carried out: it was not sent, or one before it
    /// failed.
    var isBeforeLast = false
    /// Whether the exchange did not come to its end: the connection must not be used again.
    var isCut = false

    var description: String {
        switch kind {
        case .lost: message
        case .state(let code): "\(message) (SQLSTATE \(code))"
        }
    }

    var code: String? { if case .state(let code) = kind { code } else { nil } }

    /// Whether the same commit can succeed when it is tried again: it met others, or a server that went away.
    var isPassing: Bool {
        switch kind {
        case .lost: true
        case .state(let code): Self.passing.contains(code) || isEndOfConnection
        }
    }

    /// Whether the connection must not be used again though it may still stand: the server shuts down, or has become a
    /// standby, or ended the session.
    var isEndOfConnection: Bool {
        switch kind {
        case .lost: true
        case .state(let code): code.hasPrefix("57P") || code.hasPrefix("08") || Self.ends.contains(code)
        }
    }

    /// Whether the server took the transaction back because it was left alone too long: its COMMIT was not carried out.
    var isOfIdleTransaction: Bool { kind == .state("25P03") }

    /// Serialization failure, deadlock, a unique key that another has just taken, a lock that took too long.
    private static let passing: Set<String> = ["40001", "40P01", "23505", "55P03"]
    /// A server that only reads, a transaction that was left alone too long.
    private static let ends: Set<String> = ["25006", "25P03"]
}

extension StoreError {
    /// What a failure means for a caller; nothing was written. Not for failures of COMMIT: see `CommitWriter`.
    init(_ error: any Error, doing action: String, at place: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let failure = error as? PostgresFailure else {
            self.init(.unavailable, "\(action) failed at \(place): \(error)", cause: error)
            return
        }
        let what = "\(action) failed at \(place): \(failure)"
        switch failure.code {
        case "53100":
            self.init(
                .full, "\(what); nothing was written; free disk space at the server, it goes on by itself",
                cause: error)
        case "53300":
            self.init(
                .unavailable, "\(what); raise max_connections at the server, or lower store.writers and store.readers",
                cause: error)
        case "53200":
            self.init(
                .unavailable, "\(what); raise max_locks_per_transaction or the server's memory", cause: error)
        case "42501":
            self.init(
                .unavailable, "\(what); grant the user CREATE on the database, or ownership of schema sluice",
                cause: error)
        case "57014", "55P03":
            self.init(
                .unavailable, "\(what); look at pg_stat_activity for what blocks it, and try again", cause: error)
        case nil:
            self.init(.unavailable, "\(what); nothing was written; it is tried again by itself", cause: error)
        default:
            self.init(.unavailable, what, cause: error)
        }
    }
}

public import SluiceModel
public import SluicePorts

/// CSA's database where that is a PostgreSQL: a connection for each reading, in a session that only reads.
public final class PostgresCSADatabase: CSADatabase {
    /// Which transitions are read.
    public enum Transitions: Hashable, Sendable, CaseIterable {
        /// The three of an order, by the names of their callbacks (csa-api.md section 6, PROVEN for CSA 4.2 to 4.8).
        case orders
        /// Whatever waits for a callback: that changes and cancellations show too is INFERRED.
        case all
    }

    private let connection: Connection
    private let query: String

    /// Connects to nothing yet.
    /// - Parameter timeout: How long connecting may take, and how long the query.
    public init(_ address: PostgresAddress, transitions: Transitions = .orders, timeout: Duration) {
        // Older servers than a store's: CSA brought its own.
        let settings = Connection.Settings(
            // The server ends a query that takes too long, and says so.
            connectTimeout: timeout, answerTimeout: timeout + .seconds(5), networkTimeout: timeout,
            parameters: [
                ("default_transaction_read_only", "on"), ("statement_timeout", "\(timeout.milliseconds)"),
            ], serverVersionMin: 90_000)
        connection = Connection(address, settings, label: "csa")
        query = Self.query(transitions)
    }

    /// The query of csa-api.md section 6 without the instance's state, which the API tells by name.
    private static func query(_ transitions: Transitions) -> String {
        let orders = """
            AND le.callback_bean IN ('orderOfferingInitializationCallBack', 'orderOfferingReservationCallBack',
                'orderOfferingDeploymentCallBack')
            """
        return """
            SELECT inst.uuid, status.display_name
            FROM csa_service_instance inst
            JOIN csa_lifecycle_ex_record le ON inst.uuid = le.service_instance_id
                AND le.reverse = '0' AND le.callback_pending = '1'
                \(transitions == .orders ? orders : "")
            LEFT JOIN csa_category status ON le.execution_status_id = status.uuid
            LIMIT \(CSALimits.listCountMax + 1)
            """
    }

    public func pendingTransitions() async throws -> [LifecycleRecord] {
        let query = query
        do {
            return try await connection.perform { connection in
                defer { connection.close() }
                try connection.open()
                return try Self.records(in: try connection.exchange(Statement(query)))
            }
        } catch let failure as PostgresFailure {
            throw Self.error(failure, at: connection.address)
        } catch let error as StoreError {
            throw CSAError(.unreadable, error.message)
        }
    }

    private static func records(in answer: Answer) throws -> [LifecycleRecord] {
        guard answer.rowCount <= CSALimits.listCountMax else {
            throw CSAError(.unreadable, "more than \(CSALimits.listCountMax) transitions of CSA wait for a callback")
        }
        return try answer.rows.map { row in
            guard let id = row.text(0).flatMap({ CSAInstanceID(checking: $0) }) else {
                throw CSAError(.unreadable, "csa_service_instance has an id that is none")
            }
            var record = LifecycleRecord(instanceID: id, isCallbackPending: true)
            record.executionStatus = row.text(1)
            return record
        }
    }

    private static func error(_ failure: PostgresFailure, at address: PostgresAddress) -> CSAError {
        let what = "CSA's database at \(address): \(failure)"
        return switch failure.code {
        // A table or a column that is not there, or holds something else.
        case "42P01", "42703", "42883", "42804", "22P02":
            CSAError(
                .unreadable,
                "\(what); its tables are not those of CSA 4.2 to 4.8: set the account's search_path, or take "
                    + "csa.databaseUrl out")
        case "42501":
            CSAError(
                .unreadable,
                "\(what); grant SELECT on csa_service_instance, csa_lifecycle_ex_record and csa_category")
        case nil: CSAError(.unreachable, what)
        default: CSAError(.unreadable, what)
        }
    }
}

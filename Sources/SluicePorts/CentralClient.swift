public import SluiceModel

/// OO Central, as far as Sluice needs it.
///
/// Implemented by `RESTCentralClient` (SluiceCentral) and `FakeCentral` (SluiceTestKit).
public protocol CentralClient: Sendable {
    /// Asks Central to start one execution, once. Never retried here: whoever decides reads the outcome.
    /// - Parameter mayStart: Asked when the connection is there, right before what starts it is sent: a request may
    ///   wait for a connection, and this process may have stood still, while the gate was closed. `false`: nothing is
    ///   sent, and the outcome is `.notSent`.
    func start(_ order: LaunchOrder, ifStill mayStart: @escaping @Sendable () -> Bool) async -> LaunchOutcome

    /// What Central knows of some executions; those it does not know are missing from the answer.
    /// - Parameter ids: 1 to `CentralLimits.idsPerCallMax`.
    /// - Throws: `CentralError`.
    func summaries(of ids: [ExecutionID]) async throws -> [ExecutionSummary]

    /// One page of Central's executions, newest first; the list moves while it is read.
    /// - Parameter page: From 1.
    /// - Throws: `CentralError`.
    func executions(page: Int, pageSize: Int) async throws -> [ExecutionSummary]

    /// Variables of an execution, its inputs among them, as its log shows them; masked where they are secret.
    /// - Throws: `CentralError`; `.missing` when Central has none of that id.
    func variables(of id: ExecutionID) async throws -> [LaunchInput]

    /// How many steps an execution has logged so far (`steps/count`, oo-central-api.md section 2, PROVEN).
    /// - Throws: `CentralError`; `.missing` when Central has none of that id.
    func stepCount(of id: ExecutionID) async throws -> Int

    /// Central's version text, such as `10.60 - Enterprise Edition`.
    /// - Throws: `CentralError`.
    func version() async throws -> String

    /// How far its clock is ahead of ours, by the `Date` of its last answer, to a second; nil: not known.
    var clockDifference: Duration? { get }

    /// Every schedule that the account may see, in Central's order.
    /// - Throws: `CentralError`.
    func schedules() async throws -> [CentralSchedule]

    /// One schedule; nil when Central has none of that id.
    /// - Throws: `CentralError`.
    func schedule(_ id: ScheduleID) async throws -> CentralSchedule?

    /// Turns a schedule on or off, and touches nothing else of it. Sent once.
    ///
    /// Whatever it answers or throws, what became of it is known only by reading the schedule again.
    /// - Throws: `CentralError`; `.missing` when Central has none of that id.
    func setEnabled(_ id: ScheduleID, _ isEnabled: Bool) async throws
}

extension CentralClient {
    public var clockDifference: Duration? { nil }

    /// Starts one execution, whatever happens meanwhile.
    public func start(_ order: LaunchOrder) async -> LaunchOutcome { await start(order, ifStill: { true }) }

    /// Looks the schedule up in the list: that Central gives a single one is not known (oo-central-api.md section 2).
    public func schedule(_ id: ScheduleID) async throws -> CentralSchedule? {
        try await schedules().first { $0.id == id }
    }
}

/// What is asked of Central at most.
public enum CentralLimits {
    /// Execution ids in one summary call; keeps the URL short.
    public static let idsPerCallMax = 100
    /// Schedules in one listing; more are an error, for a part of them must not pass for all.
    public static let scheduleCountMax = 20_000
}

/// Why Central could not be asked.
public struct CentralError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        private init(_ name: String) { description = name }

        /// No connection, or no answer in time.
        public static let unreachable = Code("unreachable")
        /// It answered, but not as Central does: HTML, cut JSON, another shape.
        public static let unreadable = Code("unreadable")
        /// Wrong credentials or rights. Not to be tried again blindly: accounts lock out.
        public static let unauthorized = Code("unauthorized")
        /// It answered with an error status.
        public static let status = Code("status")
        /// What was named is not there.
        public static let missing = Code("missing")
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code): \(message)" }
}

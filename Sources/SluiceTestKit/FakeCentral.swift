public import SluiceModel
public import SluicePorts
import Synchronization

/// A Central in memory: keeps executions, answers starts as it was told to, and remembers every order.
///
/// Proved by `CentralConformance`, as `RESTCentralClient` is.
public final class FakeCentral: CentralClient {
    private let state: Mutex<State>
    let now: @Sendable () -> Timestamp

    /// What becomes of one start.
    public enum StartBehavior: Hashable, Sendable {
        case start
        case notSent
        case refuse
        case refuseForNow
        /// The execution starts, but its answer is lost.
        case startUnseen
        /// Nothing starts, and nobody can tell.
        case loseUnseen
    }

    /// How an execution went on, as `onStart` decides.
    public struct Ending: Hashable, Sendable {
        public var status: ExecutionStatus
        public var resultType: String?
        public var resultName: String?

        public init(_ status: ExecutionStatus, resultType: String? = nil, resultName: String? = nil) {
            self.status = status
            self.resultType = resultType
            self.resultName = resultName
        }

        public static let resolved = Ending(.completed, resultType: "RESOLVED", resultName: "success")
        public static let error = Ending(.completed, resultType: "ERROR", resultName: "failure")
    }

    /// Runs as the first steps of each started execution, such as its gate step, before `start` returns.
    ///
    /// nil: the execution goes on running.
    public typealias OnStart = @Sendable (LaunchOrder, ExecutionID) async -> Ending?

    fileprivate struct State {
        var orders: [LaunchOrder] = []
        var behaviors: [StartBehavior] = []
        var executions: [ExecutionSummary] = []
        /// Where each execution is in the list, if that is up to date.
        var places: [ExecutionID: Int] = [:]
        var isIndexed = false
        var stepCounts: [ExecutionID: Int] = [:]
        var onPage: (@Sendable (Int) throws -> Void)?
        var summaryCallCount = 0
        var variableCallCount = 0
        var lastNumber: Int64 = 112_600_000
        var readError: CentralError?
        var hasOpenVersion = false
        var clockDifference: Duration?
        var failedScheduleCallCount = 0
        var failedExecutionCallCount = 0
        var listedPageCount = 0
        var variables: [ExecutionID: [LaunchInput]] = [:]
        var versionText = "10.60 - Enterprise Edition"
        var onStart: OnStart?
        var onConnect: (@Sendable () async -> Void)?
        var schedules = Schedules()
    }

    /// - Parameter now: The time that executions are given.
    public init(now: @escaping @Sendable () -> Timestamp = { .zero }, onStart: OnStart? = nil) {
        self.now = now
        var state = State()
        state.onStart = onStart
        self.state = Mutex(state)
    }

    // MARK: Told by the test

    /// Sets what the next starts do, in order; after them every start starts.
    public func plan(_ behaviors: StartBehavior...) { state.withLock { $0.behaviors += behaviors } }

    /// Makes every read fail until it is set to nil.
    public func failReads(_ error: CentralError?) { state.withLock { $0.readError = error } }

    /// Whether it tells its version to everybody, also while reads fail (oo-central-api.md section 1).
    public func openVersion(_ isOpen: Bool) { state.withLock { $0.hasOpenVersion = isOpen } }

    public func setClockDifference(_ difference: Duration?) { state.withLock { $0.clockDifference = difference } }

    /// Runs while a start waits for its connection.
    public func setOnConnect(_ onConnect: (@Sendable () async -> Void)?) {
        state.withLock { $0.onConnect = onConnect }
    }

    public func setOnStart(_ onStart: OnStart?) { state.withLock { $0.onStart = onStart } }

    /// Ends an execution; unknown ids change nothing.
    public func end(_ id: ExecutionID, _ ending: Ending = .resolved) {
        let time = now()
        state.withLock { state in
            guard let index = state.place(of: id) else { return }
            state.executions[index].status = ending.status
            state.executions[index].pauseReason = nil
            state.executions[index].resultType = ending.resultType
            state.executions[index].resultName = ending.resultName
            state.executions[index].endedAt = ending.status.isTerminal ? time : nil
        }
    }

    /// Adds an execution that somebody else started, as the newest.
    /// - Parameter time: When it began; now unless told.
    @discardableResult
    public func addExecution(
        flow: FlowID, name: String? = nil, status: ExecutionStatus = .running, owner: String? = nil,
        variables: [LaunchInput]? = nil, at time: Timestamp? = nil
    ) -> ExecutionID {
        let time = time ?? now()
        return state.withLock { state in
            let id = state.add(flow: flow, name: name, status: status, at: time)
            state.executions[state.executions.count - 1].triggeredBy = owner
            state.variables[id] = variables
            return id
        }
    }

    /// Changes an execution as it likes, such as its pause; unknown ids change nothing.
    public func change(_ id: ExecutionID, _ change: (inout ExecutionSummary) -> Void) {
        state.withLock { state in
            guard let index = state.place(of: id) else { return }
            change(&state.executions[index])
        }
    }

    /// Has an execution log so many more steps.
    public func log(_ count: Int, stepsOf id: ExecutionID) { state.withLock { $0.stepCounts[id, default: 0] += count } }

    /// Runs before each page of executions is read, with its number: the place where something comes in between.
    public func onPage(_ action: (@Sendable (Int) throws -> Void)?) { state.withLock { $0.onPage = action } }

    /// Forgets an execution, as Central's purge does.
    public func forget(_ id: ExecutionID) {
        state.withLock { state in
            state.executions.removeAll { $0.id == id }
            state.isIndexed = false
        }
    }

    /// Takes an execution out of what is listed; nil when there is none of that id.
    public func hide(_ id: ExecutionID) -> ExecutionSummary? {
        state.withLock { state in
            state.isIndexed = false
            return state.executions.firstIndex { $0.id == id }.map { state.executions.remove(at: $0) }
        }
    }

    /// Lists what was hidden, as the newest.
    public func show(_ summary: ExecutionSummary) {
        state.withLock { state in
            state.executions.append(summary)
            state.isIndexed = false
        }
    }

    // MARK: Seen by the test

    /// Listings and switches of schedules that failed because of `failReads`.
    public var failedScheduleCallCount: Int { state.withLock { $0.failedScheduleCallCount } }

    /// Reads of executions that failed because of it.
    public var failedExecutionCallCount: Int { state.withLock { $0.failedExecutionCallCount } }

    /// How many calls asked for executions by their ids.
    public var summaryCallCount: Int { state.withLock { $0.summaryCallCount } }

    /// How many calls asked for an execution's variables.
    public var variableCallCount: Int { state.withLock { $0.variableCallCount } }

    /// How many pages of executions were given.
    public var listedPageCount: Int { state.withLock { $0.listedPageCount } }

    /// Every order that reached Central or was lost on the way, in order.
    public var orders: [LaunchOrder] { state.withLock { $0.orders } }

    /// Every execution, newest first.
    public var executions: [ExecutionSummary] { state.withLock { $0.executions.reversed() } }

    // MARK: CentralClient

    public func start(
        _ order: LaunchOrder, ifStill mayStart: @escaping @Sendable () -> Bool
    ) async -> LaunchOutcome {
        await state.withLock { $0.onConnect }?()
        guard mayStart() else { return .notSent(cause: "it may not be started any more") }
        let time = now()
        let (behavior, id, onStart) = state.withLock { state in
            let behavior = state.behaviors.isEmpty ? .start : state.behaviors.removeFirst()
            if behavior != .notSent { state.orders.append(order) }
            guard behavior == .start || behavior == .startUnseen else {
                return (behavior, nil as ExecutionID?, nil as OnStart?)
            }
            return (
                behavior, state.add(flow: order.flow, name: order.runName, status: .running, at: time), state.onStart
            )
        }
        if let id, let ending = await onStart?(order, id) { end(id, ending) }
        switch behavior {
        case .start: return id.map { LaunchOutcome.started($0) } ?? .unknown(cause: "no execution")
        case .notSent: return .notSent(cause: "the fake Central was told to refuse connections")
        case .refuse: return .refused(cause: "the fake Central was told to refuse")
        case .refuseForNow: return .refusedForNow(cause: "the fake Central was told to refuse for now")
        case .startUnseen, .loseUnseen: return .unknown(cause: "the fake Central was told to lose its answer")
        }
    }

    public func summaries(of ids: [ExecutionID]) async throws -> [ExecutionSummary] {
        precondition((1...CentralLimits.idsPerCallMax).contains(ids.count), "\(ids.count) ids in one call")
        return try state.withLock { state in
            try state.failExecutionsIfTold()
            state.summaryCallCount += 1
            return ids.compactMap { id in state.place(of: id).map { state.executions[$0] } }
        }
    }

    public func executions(page: Int, pageSize: Int) async throws -> [ExecutionSummary] {
        precondition(page >= 1 && pageSize >= 1, "page \(page) of size \(pageSize)")
        try state.withLock { $0.onPage }?(page)
        return try state.withLock { state in
            try state.failExecutionsIfTold()
            state.listedPageCount += 1
            return Array(state.executions.reversed().dropFirst((page - 1) * pageSize).prefix(pageSize))
        }
    }

    public func stepCount(of id: ExecutionID) async throws -> Int {
        try state.withLock { state in
            try state.failExecutionsIfTold()
            guard state.place(of: id) != nil else {
                throw CentralError(.missing, "the fake Central has no execution \(id)")
            }
            return state.stepCounts[id, default: 0]
        }
    }

    /// Those it was added with; none are unreadable.
    public func variables(of id: ExecutionID) async throws -> [LaunchInput] {
        try state.withLock { state in
            state.variableCallCount += 1
            if let error = state.readError { throw error }
            guard let variables = state.variables[id] else {
                throw CentralError(.unreadable, "the fake Central has no log of execution \(id)")
            }
            return variables
        }
    }

    func withSchedules<Value: Sendable, Failure>(
        _ body: (inout Schedules) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try state.withLock { state throws(Failure) in try body(&state.schedules) }
    }

    /// - Throws: What `failReads` was given.
    func failIfTold() throws {
        let error = state.withLock { state in
            if state.readError != nil { state.failedScheduleCallCount += 1 }
            return state.readError
        }
        if let error { throw error }
    }

    public var clockDifference: Duration? { state.withLock { $0.clockDifference } }

    public func version() async throws -> String {
        try state.withLock { state in
            if let error = state.readError, !state.hasOpenVersion { throw error }
            return state.versionText
        }
    }
}

extension FakeCentral.State {
    fileprivate mutating func failExecutionsIfTold() throws {
        guard let error = readError else { return }
        failedExecutionCallCount += 1
        throw error
    }

    fileprivate mutating func add(
        flow: FlowID, name: String?, status: ExecutionStatus, at time: Timestamp
    ) -> ExecutionID {
        lastNumber += 1
        var summary = ExecutionSummary(id: ExecutionID(String(lastNumber)), status: status)
        summary.flow = flow
        summary.name = name
        summary.startedAt = time
        summary.endedAt = status.isTerminal ? time : nil
        executions.append(summary)
        if isIndexed { places[summary.id] = executions.count - 1 }
        return summary.id
    }

    fileprivate mutating func place(of id: ExecutionID) -> Int? {
        if !isIndexed {
            places = [:]
            for (index, execution) in executions.enumerated() { places[execution.id] = index }
            isIndexed = true
        }
        return places[id]
    }
}

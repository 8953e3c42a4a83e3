/// All of the sandbox's memory, and every rule about it. Pure: time comes in as `now`, randomness from a seed.
///
/// Each entry point first lets the time pass (`advance`), so nothing needs a timer to be true. The files beside this
/// one hold one aspect each: starting, gate, actions, listing, login, the two HTTP faces, and the snapshot.
struct SandboxState: Sendable {
    /// What the state must know of the configuration.
    struct Account: Sendable {
        var user: String
        var password: String
        var others: [String: String]
        var controlNeedsLogin: Bool
    }

    let account: Account
    let gate: SandboxConfiguration.Gate?
    var csa: SandboxConfiguration.CSA?
    /// Counts the changes of what a snapshot has.
    private(set) var revision: UInt64 = 1
    var settings: SandboxSettings { didSet { revision += 1 } }
    /// In the order they were added.
    var flowOrder: [String] = []
    var flows: [String: SandboxFlow] = [:] { didSet { revision += 1 } }
    var executions: [Int64: SandboxExecution] = [:] { didSet { revision += 1 } }
    /// Ids by the time their start took effect; forgotten ones stay as gaps until the next compaction.
    var startOrder: [Int64] = []
    /// Where in `startOrder` the search for an execution to forget goes on.
    var oldestIndex = 0
    var bodies: [SandboxBody] = [] { didSet { revision += 1 } }
    var nextExecutionID: Int64 = 100_000_001 { didSet { revision += 1 } }
    /// In the order they were made, as Central lists them.
    var schedules: [SandboxSchedule] = [] { didSet { revision += 1 } }
    var nextScheduleID: Int64 = 1_347_298_851_037
    var deadlines = DeadlineQueue<SandboxDeadline>()
    /// Executions whose question may be sent.
    var dueQuestions: [Int64] = []
    var questionsOnTheWire = 0
    /// Executions whose report to CSA may be sent.
    var dueCallbacks: [Int64] = []
    var workers = [SandboxWorker(uuid: SandboxWorker.firstUUID)] { didSet { revision += 1 } }
    var faults = FaultTable()
    var sessions = SessionTable()
    var random: SeededGenerator
    var counts = Counts() { didSet { revision += 1 } }

    /// Running totals for the control endpoint.
    struct Counts: Codable, Hashable, Sendable {
        var starts = 0
        var refusedStarts = 0
        var questions = 0
        var lateAnswers = 0
        var gateTroubles = 0
        var droppedConnections = 0
        var callbacks = 0
        var lostCallbacks = 0
    }

    init(configuration: SandboxConfiguration, seed: UInt64) {
        account = Account(
            user: configuration.user, password: configuration.password, others: configuration.otherAccounts,
            controlNeedsLogin: configuration.controlNeedsLogin)
        gate = configuration.gate
        csa = configuration.csa
        settings = configuration.settings
        random = SeededGenerator(seed: seed)
        for flow in configuration.flows { add(flow) }
    }

    /// Adds a flow or replaces the one with its id; executions keep the definition they were started with.
    mutating func add(_ flow: SandboxFlow) {
        if flows.updateValue(flow, forKey: flow.id) == nil { flowOrder.append(flow.id) }
    }

    /// Forgets executions, body runs, schedules, faults, sessions and totals. Flows and settings stay, and so do the id
    /// counters: a client that remembers an id must never meet another execution under it.
    mutating func reset() {
        executions = [:]
        startOrder = []
        oldestIndex = 0
        bodies = []
        schedules = []
        deadlines = DeadlineQueue<SandboxDeadline>()
        dueQuestions = []
        questionsOnTheWire = 0
        dueCallbacks = []
        faults.removeAll()
        sessions = SessionTable()
        counts = Counts()
    }

    /// Lets everything happen that is due, each at its own time.
    mutating func advance(to now: EpochMilliseconds) {
        while let entry = deadlines.popDue(at: now) {
            let id = entry.event.executionID
            if entry.event.kind == .scheduleFires {
                fireSchedule(id, at: entry.at)
                continue
            }
            guard let execution = executions[id] else { continue }
            switch entry.event.kind {
            case .startTakesEffect: if execution.stage == .starting { takeEffect(id, at: entry.at) }
            case .askGate: if execution.asking?.nextAt == entry.at { questionIsDue(id) }
            case .bodyEnds: if execution.bodyEndsAt == entry.at { endBody(id, at: entry.at) }
            case .callBack: if execution.callback?.nextAt == entry.at { callbackIsDue(id) }
            case .statusSettles: if execution.settlesAt == entry.at { settle(id, at: entry.at) }
            case .purge: if execution.purgeAt == entry.at { executions[id] = nil }
            case .scheduleFires: break
            }
        }
    }

    /// When the driver must look again; nil when nothing is pending.
    var nextDeadline: EpochMilliseconds? { deadlines.earliest }

    /// Changes one execution in place.
    mutating func change(_ id: Int64, _ body: (inout SandboxExecution) -> Void) {
        guard var execution = executions[id] else { return }
        body(&execution)
        executions[id] = execution
    }
}

/// All of the CSA stand-in's memory, and every rule about it. Pure: time comes in as `now`, randomness from a seed.
///
/// It is to `CSAServer` what `SandboxState` is to `SandboxServer`: each entry point first lets the time pass, so
/// nothing needs a timer to be true. Times inside are CSA's own clock, the machine's plus the setting's offset.
struct CSAState: Sendable {
    /// What may be due.
    enum Deadline: Sendable {
        case processor(request: String)
        case automatic(approval: String)
        case nextStage(record: String)
        case start(instance: String)
        case end(subscription: String)
        case timeout(process: String)
        case sync(pool: String)
    }

    var data: CSAData { didSet { revision += 1 } }
    /// Counts the changes of `data`.
    private(set) var revision: UInt64 = 1
    let controlNeedsLogin: Bool
    var deadlines = DeadlineQueue<Deadline>()
    /// Processes whose flow is to be started.
    var dueLaunches: [String] = []
    var launchesOnTheWire = 0
    var faults = FaultTable(page: CSAState.loginPage)
    var tokens = TokenTable()

    init(configuration: CSAConfiguration, idSeed: UInt64, at now: EpochMilliseconds) throws(CSARefusal) {
        controlNeedsLogin = configuration.controlNeedsLogin
        data = CSAData(
            settings: configuration.settings, accounts: configuration.accounts, random: SeededGenerator(seed: idSeed))
        let provider = CSAOrganization(id: nextID(), name: CSAOrganization.providerName)
        data.organizations.put(provider)
        for account in configuration.accounts {
            data.persons.put(
                CSAPerson(
                    id: nextID(), userName: account.user, organizationID: provider.id, password: account.password,
                    hasLoggedIn: true))
        }
        try seed(configuration.seed, at: local(now))
    }

    var settings: CSASettings { data.settings }

    /// CSA's time at that instant of the machine's.
    func local(_ now: EpochMilliseconds) -> EpochMilliseconds { now + settings.clockOffsetMilliseconds }

    /// An id as CSA's look: 32 hexadecimal digits.
    mutating func nextID() -> String { data.random.nextUUID().replacing("-", with: "") }

    /// Lets everything happen that is due, each at its own time. `now` is CSA's time.
    mutating func advance(to now: EpochMilliseconds) {
        while let entry = deadlines.popDue(at: now) {
            switch entry.event {
            case .processor(let id): if data.requests[id]?.nextAt == entry.at { process(request: id, at: entry.at) }
            case .automatic(let id): if data.approvals[id]?.timerAt == entry.at { timerFires(id, at: entry.at) }
            case .nextStage(let id): if data.records[id]?.nextAt == entry.at { goOn(after: id, at: entry.at) }
            case .start(let id): if data.instances[id]?.startsAt == entry.at { startDateReached(id, at: entry.at) }
            case .end(let id): if data.subscriptions[id]?.endAt == entry.at { endDateReached(id, at: entry.at) }
            case .timeout(let id): if data.processes[id]?.timeoutAt == entry.at { processTimesOut(id, at: entry.at) }
            case .sync(let id): if data.pools[id]?.nextAt == entry.at { syncIsDue(id, at: entry.at) }
            }
        }
    }

    /// When the driver must look again, on the machine's clock; nil when nothing is pending.
    var nextDeadline: EpochMilliseconds? { deadlines.earliest.map { $0 - settings.clockOffsetMilliseconds } }

    /// Forgets all work, faults and tokens; the configuration and its ids stay.
    mutating func reset() {
        data.requests = CSATable()
        data.approvals = CSATable()
        data.subscriptions = CSATable()
        data.instances = CSATable()
        data.records = CSATable()
        data.processes = CSATable()
        data.counts = CSAData.Counts()
        dueLaunches = []
        launchesOnTheWire = 0
        faults.removeAll()
        tokens = TokenTable()
        data.wrongPasswords = [:]
        planAll()
    }
}

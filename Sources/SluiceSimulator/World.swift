import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit

/// A seeded world around the very machines of Core: replicas, their store, Central, askers and operators.
///
/// One thread; whatever is under way lies on one agenda, and each step takes the next of it. The same seed and profile
/// give the same run, to the last id.
final class World {
    var chance: Chance
    var profile: Profile
    let site: Site
    var now: Instant = 0
    var stepNumber = 0
    var agenda = Agenda()
    var replicas: [Replica] = []

    // The store, and what is wrong with it.
    var store = InMemoryStoreContent()
    var storeDownUntil: Instant = 0
    var diskFullUntil: Instant = 0

    // Central.
    var executions: [Execution] = []
    var centralDownUntil: Instant = 0
    var centralSlowUntil: Instant = 0
    /// When scans that read everything began.
    var fullScans: [Instant] = []

    // Outside.
    var errands: [Errand] = []
    var questions: [Question] = []
    var isSettling = false

    var book = Book()
    var finding: Finding?
    var trace: Trace?
    private var lastMinted: UInt64 = 0

    init(seed: UInt64, profile: Profile, isTracing: Bool = false) {
        chance = Chance(seed: seed)
        self.profile = profile
        site = Site(&chance)
        if isTracing { trace = Trace() }
        let record = GateRecord(
            epoch: .first,
            whole: ScopeMode(
                scope: nil, mode: chance.happens(500) ? .open : .hold, since: site.start, by: .sluice,
                reason: "first start"))
        _ = commit([.setGate(record, replacing: Epoch(0))], fence: Self.fence)
        for index in 0..<profile.replicaCount {
            replicas.append(Replica(index: index, clock: Clock(&chance, profile: profile, site: site)))
            boot(replicas[index], isFirst: true)
        }
        agenda.put(.errandComes, at: 1)
        agenda.put(.operatorActs, at: .seconds(1))
        agenda.put(.faultStrikes, at: .seconds(1))
    }

    /// Of what any replica may write.
    static let fence = Fence(timeline: 1)

    /// One step: the next thing on the agenda.
    /// - Returns: Whether there was one.
    func step() -> Bool {
        guard let (at, happening) = agenda.next() else { return false }
        now = max(now, at)
        stepNumber += 1
        if let place = happening.place {
            let replica = replicas[place.replica]
            guard replica.isUp, replica.life == place.life, place.term == nil || place.term == replica.term else {
                return true
            }
            if replica.frozenUntil > now {
                agenda.put(happening, at: replica.frozenUntil + Instant(chance.below(2000)))
                return true
            }
        }
        if trace != nil { note(happening) }
        perform(happening)
        return true
    }

    private func perform(_ happening: Happening) {
        switch happening {
        case .ticked(let place): ticked(replicas[place.replica])
        case .storeChecked(let place): storeChecked(replicas[place.replica])
        case .asked(let place, let question, let send): asked(replicas[place.replica], question, send)
        case .modeWished(let place, let change): modeWished(replicas[place.replica], change)
        case .gateEffect(let place, let effect): perform(effect, replicas[place.replica])
        case .gateEvent(let place, let event): tell(replicas[place.replica], event)
        case .releaseEffect(let place, let effect): perform(effect, replicas[place.replica])
        case .releaseEvent(let place, let event): tell(replicas[place.replica], event)
        case .written(let place, let writer, let changes, let fate):
            written(replicas[place.replica], writer, changes, fate)
        case .deskRead(let place, let job, let hold): deskRead(replicas[place.replica], job, hold)
        case .read(let place, let read): toStore(.reads(place, read))
        case .seatAnswered(let place, let event): tell(replicas[place.replica], event)
        case .leadAnswered(let place, let event): tell(replicas[place.replica], event)
        case .seatsRead(let place, let wait, let seats): seatsRead(replicas[place.replica], wait, seats)
        case .parentSeen(let place, let ref, let facts, let isRunning):
            parentSeen(replicas[place.replica], ref, facts, isRunning)
        case .write(let place, let writer, let changes): write(place, writer, changes)
        case .reads(let place, let read): perform(read, place)
        case .ordered(let place, let hold, let pass, let sentAt): ordered(place, hold, pass, sentAt: sentAt)
        case .started(let index): start(index)
        case .gateStepAsks(let index): gateStepAsks(index)
        case .bodyEnds(let index): bodyEnds(index)
        case .listingRead(let place, let ids): readListing(place, ids)
        case .scanRead(let place, let since, let begunAt): readScan(place, since: since, begunAt: begunAt)
        case .loadRead(let place): readLoad(place)
        case .pastsRead(let place): readPasts(place)
        case .releaseDeskRead(let place, let job, let record): deskRead(replicas[place.replica], job, record)
        case .errandComes: errandComes()
        case .sends(let question): sends(question)
        case .answered(let question, let send, let reply): answered(question, send, reply)
        case .timedOut(let question, let send): timedOut(question, send)
        case .callerStarts(let errand, let pass): callerStarts(errand, pass)
        case .callerReports(let errand): callerReports(errand)
        case .operatorActs: operatorActs()
        case .faultStrikes: faultStrikes()
        case .restarts(let replica): boot(replicas[replica], isFirst: false)
        case .thaws: break
        }
    }

    /// Puts something on the agenda, after a wait around a mean in milliseconds.
    @inline(__always)
    func soon(_ happening: Happening, _ milliseconds: Int = 3) {
        agenda.put(happening, at: now + chance.wait(around: .milliseconds(milliseconds)))
    }

    /// Something on its way to the store, which may take its time.
    func toStore(_ happening: Happening) {
        soon(happening, chance.happens(profile.permille(.storeSlow)) ? chance.pick([100, 700, 2500]) : 3)
    }

    /// A broken promise; the first one ends the run.
    func find(_ checker: Checker, _ detail: @autoclosure () -> String) {
        guard finding == nil else { return }
        finding = Finding(checker: checker, detail: detail(), step: stepNumber)
        if trace != nil { trace?.add(now, nil, "BROKEN \(checker.rawValue): \(finding?.detail ?? "")") }
    }

    func require(_ isKept: Bool, _ checker: Checker, _ detail: @autoclosure () -> String) {
        if !isKept { find(checker, detail()) }
    }

    // MARK: Ids

    /// Sorts by when it was drawn, as a ULID of the millisecond does, and is unlike every other.
    func ulid() -> ULID {
        lastMinted += 1
        return ULID(high: UInt64(now / 1000) << 16 | UInt64(chance.below(65_536)), low: lastMinted)
    }
}

/// What the site is like: flows, policies and the time at which the run begins.
struct Site {
    let start = Timestamp(milliseconds: 1_764_500_000_000)
    let gatePolicy: GatePolicy
    let releasePolicy: ReleasePolicy
    /// Longest wait of Central before it lists what it has started, when nothing is wrong.
    let listingLag: Int
    let flows: [KnownFlow]
    let known: [FlowID: KnownFlow]
    /// Holds on a page of candidates.
    let pageSize: Int
    let tenants = ["ta", "ta", "ta", "tb"].map { TenantID($0) }
    /// Of what runs, so many in a thousand end well.
    let wellPermille: Int
    let coalesceKeys = ["ca", "cb"].map { CoalesceKey($0) }
    let orderingKeys = ["ka", "kb", "kc"].map { OrderingKey($0) }

    init(_ chance: inout Chance) {
        flows = (0..<4).map { index in
            KnownFlow(
                id: FlowID("flow-\(index)"), name: "f\(index)", path: "Library/f\(index)", contentPack: "pack",
                isGated: index < 2, inputs: [])
        }
        known = Dictionary(uniqueKeysWithValues: flows.map { ($0.id, $0) })
        listingLag = 4
        gatePolicy = GatePolicy(
            startWindow: .seconds(20), admissionLifetime: .seconds(600),
            attemptLifetime: .seconds(chance.happens(800) ? 86_400 : 90),
            idempotencyRetention: .seconds(7 * 86_400), allowRules: [Site.allowRule])
        let settings = ReleaseSettings.drawn(&chance)
        wellPermille = settings.breaker == nil ? 850 : chance.pick([850, 600, 300])
        releasePolicy = ReleasePolicy(
            settings: settings, attemptsMax: 6,
            backoff: .seconds(1), backoffMax: .seconds(8), pollInterval: .seconds(2),
            listingLag: .seconds(listingLag + 1),
            relaunchAfter: chance.happens(250) ? .seconds(Site.lateStartMax + 20) : nil, startWindow: .seconds(20),
            attemptLifetime: gatePolicy.attemptLifetime)
        pageSize = chance.pick([1, 2, 5, 200])
    }

    /// Longest that Central keeps a start it has taken before it carries it out, in seconds.
    static let lateStartMax = 40
    static let principal = Principal("asker")
    static let gateStep = Principal("gate-step")
    static let health = Principal("health")
    static let person = Principal("operator")
    private static let allowRule = AllowRule(name: "health", requester: health)

    /// Index of a flow by its id.
    func flow(_ id: FlowID) -> Int { flows.firstIndex { $0.id == id } ?? 0 }
}

/// A replica's two clocks: how they differ from true time.
struct Clock {
    /// Of the wall clock, in milliseconds.
    var skew: Int
    /// Of the monotonic clock, in parts per million.
    let drift: Int64
    let base: Int64
    private let start: Timestamp

    init(_ chance: inout Chance, profile: Profile, site: Site) {
        let isExact = profile.name == .calm
        skew = isExact ? 0 : chance.among(-1500...1500)
        drift = isExact ? 0 : Int64(chance.among(-1000...1000))
        base = Int64(chance.among(1...1000)) * 1_000_000_000_000
        start = site.start
    }

    func moment(at now: Instant) -> Moment {
        Moment(
            wall: Timestamp(milliseconds: start.milliseconds + now / 1000 + Int64(skew)),
            monotonic: MonotonicTime(nanoseconds: base + now * 1000 + now * drift / 1000))
    }
}

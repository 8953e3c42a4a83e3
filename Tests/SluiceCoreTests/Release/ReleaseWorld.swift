import SluiceModel
import SluiceTestKit

@testable import SluiceCore

/// A seeded world around the very machines of Core: a store that survives, a Central that may lie low, callers, an
/// operator, and crashes. Everything that is under way is done in random order.
final class ReleaseWorld {
    enum Item {
        case releaseEffect(ReleaseEffect)
        case releaseEvent(ReleaseEvent)
        case gateEffect(GateEffect)
        /// The gate step of an execution asks, or repeats its question.
        case gateStep(ExecutionID)
        case start(ExecutionID)
        case finish(ExecutionID)
        case callerAsks(Ticket)

        /// Whether it is in the memory of Sluice, and so lost in a crash.
        var isOurs: Bool {
            switch self {
            case .releaseEffect, .releaseEvent, .gateEffect: true
            case .gateStep, .start, .finish, .callerAsks: false
            }
        }
    }

    struct Execution {
        var ticket: Ticket
        var flow: FlowID
        var pass: PassClaims
        var isStarted = false
        var visibleAt: MonotonicTime
        var summary: ExecutionSummary
        var hasRunBody = false
        var isAsking = false
    }

    static let gatedFlow = FlowID("gated")
    static let plainFlow = FlowID("plain")

    var random: SeededGenerator
    var now = Moment.fixture
    var store: FakeHoldStore
    var gate: GateState
    var release: ReleaseState
    let policy: ReleasePolicy
    var items: [Item] = []
    var executions: [ExecutionID: Execution] = [:]
    var executionIDs: [ExecutionID] = []
    var bodies: [Ticket: Int] = [:]
    var askers: [Ask.Ref: Item] = [:]
    var intents: [MonotonicTime] = []
    var launched: [Hold] = []
    var findings: [String] = []
    var nextNumber: UInt64 = 1
    /// What others run in Central.
    var directExecutions: [ExecutionID] = []
    /// In percent; all nought once the faults are off.
    var faults: Int
    let hasRunID: Bool
    let tenants: [TenantID?]
    /// Callers ask no more.
    var isOver = false

    /// Of executions that end, so many in a hundred fail.
    var failurePercent = 20
    /// Whether persons change the release while it runs.
    let hasOrders: Bool
    /// Launches that ended well since the release began last, and whether it was found that none can be a canary.
    var wellCount = 0
    var isCanaryWaived = false
    var beganAt: Timestamp?
    /// Tickets intended since then.
    var releasedTickets: Set<Ticket> = []

    init(
        seed: UInt64, holdCount: Int = 7, settings: ReleaseSettings? = nil, hasOrders: Bool = false,
        tenants: [TenantID?] = [nil]
    ) {
        random = SeededGenerator(seed: seed)
        let mode: GateMode = seed % 3 == 0 ? .hold : .open
        let record = GateRecord.fixture(mode, epoch: Epoch(2))
        store = FakeHoldStore(gate: record)
        self.hasOrders = hasOrders
        self.tenants = tenants
        policy = ReleasePolicy(
            ratePerMinute: [600, 60, 20][Int(seed % 3)], ceiling: 1 + Int(seed % 4), settings: settings, attemptsMax: 6,
            backoff: .seconds(1), backoffMax: .seconds(8), pollInterval: .seconds(2), listingLag: .seconds(5),
            relaunchAfter: seed % 5 == 0 ? .seconds(20) : nil, startWindow: .seconds(10),
            attemptLifetime: .seconds(86_400))
        gate = GateState(record: record, policy: GatePolicy(startWindow: .seconds(10)))
        release = ReleaseState(gate: record, policy: policy, flows: Self.flows, at: now)
        faults = [0, 5, 15, 30][Int(seed / 7 % 4)]
        hasRunID = seed % 4 != 1
        for _ in 0..<holdCount { addHold() }
        checked(.ticked)
    }

    private static let flows: [FlowID: KnownFlow] = [
        gatedFlow: KnownFlow(id: gatedFlow, name: "g", path: "g", contentPack: "p", isGated: true, inputs: []),
        plainFlow: KnownFlow(id: plainFlow, name: "u", path: "u", contentPack: "p", isGated: false, inputs: []),
    ]

    func number() -> UInt64 {
        nextNumber += 1
        return nextNumber
    }

    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private func addHold() {
        var request = LaunchRequest(flow: chance(65) ? Self.gatedFlow : Self.plainFlow, source: .scheduler)
        request.tenant = tenants.randomElement(using: &random) ?? nil
        if chance(15) {
            request.launcher = .caller
            request.askID = AskID("caller \(number())")
        }
        if chance(50) { request.orderingKey = OrderingKey(chance(50) ? "a" : "b") }
        if chance(30) { request.priority = Priority(Int.random(in: 0...9, using: &random))! }
        if chance(10) { request.expiresAt = now.wall.advanced(by: .seconds(Int.random(in: 1...200, using: &random))) }
        let hold = Hold(
            ticket: .fixture(number()), request: request, principal: .fixture, reason: .maintenance, epoch: Epoch(2),
            arrivedAt: now.wall)
        _ = store.commit([.addHold(hold)])
        if request.launcher == .caller { items.append(.callerAsks(hold.ticket)) }
    }

    // MARK: Driving

    /// Steps the release and checks what it wants done.
    func checked(_ event: ReleaseEvent) {
        let effects = release.step(event, at: now)
        noteStage()
        for effect in effects {
            switch effect {
            case .commit(_, let changes):
                for case .moveHold(let move) in changes { check(move) }
            case .launch(let hold, let pass): check(launch: hold, pass)
            default: break
            }
            items.append(.releaseEffect(effect))
        }
    }

    private func check(_ move: HoldMove) {
        for from in move.from {
            let isAllowed = HoldHappening.allCases.contains { HoldLife.state(after: $0, in: from) == move.to }
            if !isAllowed { findings.append("no happening leads from \(from) to \(move.to): \(move.cause)") }
        }
        guard move.to == .launching, move.update.attempt != nil else { return }
        if release.flightCount > release.record.settings.ceiling { findings.append("\(release.flightCount) flights") }
        checkCourse(move)
        intents.append(now.monotonic)
        let lastMinute = intents.filter { now.monotonic.since($0) < .seconds(60) }.count
        let burst = max(1, policy.ratePerMinute / 60)
        if lastMinute > policy.ratePerMinute + burst { findings.append("\(lastMinute) launches in a minute") }
    }

    private func check(launch hold: Hold, _ pass: PassClaims) {
        launched.append(hold)
        guard let stored = store.holds[hold.ticket] else { return findings.append("launch of nothing") }
        let isIntended = stored.attempt == hold.attempt && (stored.passID ?? pass.id) == pass.id
        if stored.state == .launching, !isIntended { findings.append("launch without its intent on disk") }
        if let key = hold.request.orderingKey {
            for other in store.holds.values where other.request.orderingKey == key && other.arrival < hold.arrival {
                if !other.state.isFinal { findings.append("\(hold.ticket) overtakes \(other.ticket)") }
            }
        }
        if !release.gate.whole.mode.isOpen, hold.releasedEpoch ?? Epoch(0) < release.closedEpoch {
            findings.append("launched although the gate is closed")
        }
    }

    func step() {
        if items.isEmpty || chance(25) { return disturb() }
        perform(items.remove(at: Int.random(in: 0..<items.count, using: &random)))
    }

    private func disturb() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<60: pass(time: [50, 250, 1000, 3000][Int.random(in: 0..<4, using: &random)])
        case 60..<64: pass(time: Int.random(in: 5_000...60_000, using: &random))
        case 64..<72: change(chance(50) ? .open : .hold)
        case 72..<76: if faults > 0 { crash() }
        case 76..<88: if hasOrders, chance(40) { orderSomething() } else { operate() }
        case 88..<90: checked(.paused)
        case 90..<94: checked(.continued)
        case 94..<96: if faults > 0 { now.wall = now.wall.advanced(by: .seconds(chance(50) ? -20 : 20)) }
        default: checked(.stirred)
        }
    }

    func pass(time milliseconds: Int) {
        now = now.advanced(by: .milliseconds(milliseconds))
        checked(.ticked)
    }

    func change(_ mode: GateMode) {
        let change = ModeChange(ref: ModeChange.Ref(number()), mode: mode, by: Principal("op"), reason: "\(number())")
        items += gate.step(.modeRequested(change), at: now).map { .gateEffect($0) }
    }

    private func operate() {
        guard let hold = store.holds[store.order.randomElement(using: &random)!] else { return }
        var update = HoldUpdate()
        update.releasedEpoch = gate.effective.epoch
        let happening: HoldHappening
        switch hold.state {
        case .held, .released: happening = chance(80) ? .released : .discarded
        case .awaitingOperator:
            // Whoever retries what is known to have run, or may have, answers for it.
            let isKnownToHaveRun = hold.passID.map { store.redemptions[$0] != nil } ?? false
            if isKnownToHaveRun || hold.request.flow == Self.plainFlow { return }
            happening = .retried
        default: return
        }
        guard
            let move = HoldLife.move(
                hold, happening, at: now.wall, by: Principal("op"), cause: "by hand", update: update)
        else { return }
        _ = store.commit([.moveHold(move)])
        items.append(.releaseEvent(.stirred))
    }

    /// The process ends and is started again: only the store, Central and the callers remember.
    private func crash() {
        for item in items {
            if case .releaseEffect(.launch(let hold, let pass)) = item, chance(50) { _ = send(hold, pass) }
            if case .releaseEffect(.commit(_, let changes)) = item, chance(50) { _ = write(changes) }
        }
        items.removeAll(where: \.isOurs)
        items += askers.values
        askers = [:]
        intents = []
        gate = GateState(record: store.gate, policy: gate.policy)
        release = ReleaseState(
            gate: store.gate, policy: policy, flows: Self.flows, release: store.release, at: now)
        let recovered = store.order.compactMap { store.holds[$0] }.filter {
            $0.state == .launching || $0.state == .running
        }
        checked(.recovered(recovered))
        checked(.ticked)
    }

    // MARK: What is under way

    func perform(_ item: Item) {
        switch item {
        case .releaseEffect(let effect): perform(effect)
        case .releaseEvent(let event): checked(event)
        case .gateEffect(let effect): perform(effect)
        case .gateStep(let id): gateStep(id)
        case .start(let id): start(id)
        case .finish(let id): end(id, type: chance(100 - failurePercent) ? "RESOLVED" : "ERROR", name: "done")
        case .callerAsks(let ticket): callerAsks(ticket)
        }
    }

    private func later(_ event: ReleaseEvent) { items.append(.releaseEvent(event)) }

    private func perform(_ effect: ReleaseEffect) {
        switch effect {
        case .fetch(let includesHeld, let launcher, let lane, let after, let limit):
            if chance(faults) { return later(.candidatesFailed) }
            // Pages of two, so that paging is exercised.
            let pageSize = min(limit, 2)
            let all = store.candidates(
                at: now.wall, includesHeld: includesHeld, lane: lane, after: after, limit: .max)
            let page = Array(all.filter { launcher == nil || $0.request.launcher == launcher }.prefix(pageSize))
            later(
                .candidates(
                    page, passIDs: page.map { _ in .fixture(number()) }, isLastPage: page.count < pageSize))
        case .fetchExpired: later(.expiredFound(store.expired(at: now.wall)))
        case .fetchUnderWay(let after, let limit):
            if chance(faults) { return later(.underWayFailed) }
            let found = store.holds.values.filter {
                ($0.state == .launching || $0.state == .running) && $0.arrival > after
            }.sorted { $0.arrival < $1.arrival }
            let page = Array(found.prefix(min(limit, 2)))
            later(.underWay(page, next: page.count < found.count ? page.last?.arrival : nil))
        case .commit(let ref, let changes):
            if chance(faults) {
                if chance(50) { _ = write(changes) }
                return later(.commitFailed(ref))
            }
            later(write(changes) ? .committed(ref) : .conflicted(ref))
        case .reload(let ticket): later(.reloaded(ticket, store.holds[ticket]))
        case .launch(let hold, let pass): later(.outcome(hold.ticket, attempt: hold.attempt, launch(hold, pass)))
        case .observe(let ids):
            if chance(faults) { return later(.observeFailed(cause: "fault")) }
            later(.observed(ids.compactMap { executions[$0] }.filter(\.isStarted).map(\.summary), asked: ids))
        case .readRedemption(let ticket, let passID):
            later(.redemptionRead(ticket, isRedeemed: store.redemptions[passID] != nil))
        case .judgeMisfires: break
        case .fetchLanes(let includesHeld, let after, let limit):
            if chance(faults) { return later(.candidatesFailed) }
            later(.lanesRead(store.lanes(includesHeld: includesHeld, after: after, limit: limit)))
        case .readRelease: later(.releaseRead(store.release))
        case .readLoad:
            if chance(faults) { return later(.loadFailed(cause: "fault")) }
            let running = executionIDs.filter { executions[$0]?.isStarted == true }.filter {
                executions[$0]?.summary.status == .running && isListed($0)
            }
            later(.loadRead(running: running + directExecutions, inFlightCount: 0))
        case .readPasts: later(.pastsRead([:]))
        case .scan(let since):
            if chance(faults) { return later(.scanFailed(cause: "fault")) }
            // As the engine does, because clocks differ and are stepped.
            let oldest = since.advanced(by: .seconds(-3600))
            let found = executionIDs.compactMap { executions[$0] }.filter {
                $0.isStarted && $0.visibleAt <= now.monotonic && $0.summary.startedAt! >= oldest
            }
            let hits = found.compactMap { execution in
                RunName.read(execution.summary.name!).map {
                    ScanHit(ticket: $0.ticket, attempt: $0.attempt, summary: execution.summary)
                }
            }
            later(.scanned(hits: hits, begunAt: now.monotonic, isFull: !chance(faults)))
        }
    }

    private func isListed(_ id: ExecutionID) -> Bool { executions[id].map { $0.visibleAt <= now.monotonic } ?? false }

    private func launch(_ hold: Hold, _ pass: PassClaims) -> LaunchOutcome {
        if chance(faults) {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return .notSent(cause: "fault")
            case 1: return .refused(cause: "fault")
            case 2: return .refusedForNow(cause: "fault")
            default:
                if chance(60) { _ = send(hold, pass) }
                return .unknown(cause: "fault")
            }
        }
        let id = send(hold, pass, isAtOnce: true)
        return .started(id)
    }

    /// Central got the request; it may start it later, and list it later still.
    private func send(_ hold: Hold, _ pass: PassClaims, isAtOnce: Bool = false) -> ExecutionID {
        let id = ExecutionID("\(number())")
        var summary = ExecutionSummary(id: id, status: .running)
        summary.name = RunName.make(own: nil, flowName: "f", ticket: hold.ticket, attempt: hold.attempt)
        executions[id] = Execution(
            ticket: hold.ticket, flow: hold.request.flow, pass: pass, visibleAt: now.monotonic, summary: summary)
        executionIDs.append(id)
        if isAtOnce { start(id) } else { items.append(.start(id)) }
        return id
    }

    private func start(_ id: ExecutionID) {
        executions[id]?.isStarted = true
        executions[id]?.summary.startedAt = now.wall
        executions[id]?.visibleAt = now.monotonic.advanced(
            by: .seconds(faults > 0 ? Int.random(in: 0...4, using: &random) : 0))
        if executions[id]?.flow == Self.gatedFlow { items.append(.gateStep(id)) } else { runBody(id) }
    }

    private func runBody(_ id: ExecutionID) {
        guard let execution = executions[id], !execution.hasRunBody else { return }
        executions[id]?.hasRunBody = true
        bodies[execution.ticket, default: 0] += 1
        items.append(.finish(id))
    }

    private func end(_ id: ExecutionID, type: String, name: String) {
        executions[id]?.summary.status = .completed
        executions[id]?.summary.resultType = type
        executions[id]?.summary.resultName = name
    }

    // MARK: Questions to the gate

    private func gateStep(_ id: ExecutionID) {
        guard let execution = executions[id], execution.summary.status == .running, !execution.hasRunBody else {
            return
        }
        // Its question was never answered: it ends at the gate (fail-closed).
        if chance(faults / 3), store.redemptions[execution.pass.id] == nil, !execution.isAsking {
            return end(id, type: "ERROR", name: "unreachable")
        }
        var request = LaunchRequest(flow: execution.flow, source: .flow)
        request.askID = AskID("step of \(id)")
        if hasRunID { request.runID = id }
        executions[id]?.isAsking = true
        ask(request, .genuine(execution.pass), .gateStep(id))
    }

    private func callerAsks(_ ticket: Ticket) {
        guard let hold = store.holds[ticket], bodies[ticket] == nil, !hold.state.isFinal else { return }
        var request = hold.request
        request.ticket = ticket
        ask(request, .none, .callerAsks(ticket))
    }

    private func ask(_ request: LaunchRequest, _ pass: PassPresented, _ asker: Item) {
        let ask = Ask.fixture(number(), request: request, presented: pass)
        askers[ask.ref] = asker
        items += gate.step(.requested(ask), at: now).map { .gateEffect($0) }
    }

    private func perform(_ effect: GateEffect) {
        var effects: [GateEffect] = []
        switch effect {
        case .lookUp(let ref, let keys, _):
            effects = gate.step(chance(faults) ? .lookUpFailed(ref) : .lookedUp(ref, store.facts(for: keys)), at: now)
        case .commit(let ref, let changes):
            if chance(faults) {
                if chance(50), store.commit(changes) { announce(changes) }
                effects = gate.step(.commitFailed(ref), at: now)
            } else if store.commit(changes) {
                announce(changes)
                effects = gate.step(.committed(ref), at: now)
            } else {
                effects = gate.step(.conflicted(ref), at: now)
            }
        case .answer(let ref, let reply): answered(ref, reply)
        case .commitMode(let changes):
            if chance(faults) {
                if chance(50) { _ = store.commit(changes) }
                effects = gate.step(.modeCommitFailed, at: now)
            } else {
                effects = gate.step(store.commit(changes) ? .modeCommitted : .modeCommitFailed, at: now)
            }
        case .reloadMode: effects = gate.step(.modeReloaded(store.gate), at: now)
        case .modeChanged(_, let record): later(.gateChanged(record, closedEpoch: gate.closedEpoch))
        case .modeRefused: later(.gateChanged(gate.record, closedEpoch: gate.closedEpoch))
        case .annotate: break
        }
        items += effects.map { .gateEffect($0) }
    }

    /// As the engine does it: by what was committed.
    private func announce(_ changes: [Change]) {
        let isRedeeming = changes.contains { if case .redeem = $0 { true } else { false } }
        for case .moveHold(let move) in changes {
            if isRedeeming {
                later(.redeemed(move.ticket, attempt: move.attempt!, move.update.executionID))
            } else if let hold = store.holds[move.ticket] {
                later(.taken(hold))
            }
        }
    }

    private func answered(_ ref: Ask.Ref, _ reply: Reply) {
        guard let asker = askers.removeValue(forKey: ref) else { return }
        // An answer may be lost; then the same question is asked again.
        if chance(faults) { return items.append(asker) }
        switch (asker, reply) {
        case (.gateStep(let id), .decided(let answer)):
            if answer.decision.isProceed { runBody(id) } else { end(id, type: "NO_ACTION_TAKEN", name: "rejected") }
        case (.callerAsks(let ticket), .decided(let answer)):
            if answer.decision.isProceed { bodies[ticket, default: 0] += 1 } else if !isOver { items.append(asker) }
        default: items.append(asker)
        }
    }

    private func write(_ changes: [Change]) -> Bool {
        guard store.commit(changes) else { return false }
        noteCommitted(changes)
        return true
    }

    // MARK: The end

    /// Faults off, gate open: everything must come to its end.
    func settle() {
        faults = 0
        change(.open)
        checked(.continued)
        for round in 0..<600 {
            var rounds = 0
            while !items.isEmpty, rounds < 400 {
                rounds += 1
                let item = items.removeFirst()
                perform(item)
            }
            if !release.record.stage.letsStart { order(.continue) }
            if store.holds.values.allSatisfy({ $0.state.isFinal || $0.state == .awaitingOperator || waits($0) }) {
                break
            }
            pass(time: round < 100 ? 1000 : 10_000)
        }
        isOver = true
        for _ in 0..<1000 where !items.isEmpty { perform(items.removeFirst()) }
        judge()
    }

    /// Whether the head of its ordering key awaits the operator: it waits by policy.
    private func waits(_ hold: Hold) -> Bool {
        guard let key = hold.request.orderingKey else { return false }
        return store.holds.values.contains {
            $0.request.orderingKey == key && $0.arrival < hold.arrival && $0.state == .awaitingOperator
        }
    }

    private func judge() {
        for hold in store.order.compactMap({ store.holds[$0] }) {
            let count = bodies[hold.ticket, default: 0]
            let isGated = hold.request.flow == Self.gatedFlow
            if hold.request.launcher == .sluice {
                if isGated, count > 1 { findings.append("\(hold.ticket), gated: its work ran \(count) times") }
                if !isGated, count > 1, policy.relaunchAfter == nil {
                    findings.append("\(hold.ticket), ungated: its work ran \(count) times")
                }
                if hold.state == .ended, count == 0 { findings.append("\(hold.ticket) ended, its work never ran") }
                if [.expired, .discarded].contains(hold.state), count > 0 {
                    findings.append("\(hold.ticket) is \(hold.state), its work ran")
                }
            } else if count > 1 {
                findings.append("\(hold.ticket), its caller's: let through \(count) times")
            }
            guard !hold.state.isFinal, !waits(hold) else { continue }
            if hold.state != .awaitingOperator || hold.cause == nil {
                findings.append(
                    "\(hold.ticket) is stuck in \(hold.state): \(hold.cause ?? "no cause") \(hold.request.launcher)")
            }
        }
        if release.flightCount > 0 { findings.append("\(release.flightCount) flights left") }
        if gate.pendingCount > 0 || !gate.keysInProgress.isEmpty { findings.append("questions left in the gate") }
    }
}

import SluiceModel
import SluicePorts

/// Seeded changes and queries over few tickets, keys and ids, so that they meet each other often.
struct StoreChangeGenerator {
    private var random: SeededGenerator
    private(set) var now = StoreConformance.start
    private var fence = FenceMark(timeline: 1, term: 1)
    /// The gate's epoch as last committed.
    private(set) var epoch: Int64 = 0
    /// Seats and lead as last committed.
    private(set) var seats: [Replica] = []
    private(set) var leader: LeaderRecord?
    /// The release as last committed.
    private(set) var release: ReleaseRecord?

    struct Commit: Sendable, CustomStringConvertible {
        var changes: [Change]
        var fence: Fence
        var at: Timestamp

        var description: String { "[\(fence)] \(changes)" }
    }

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    mutating func chance(of part: Int, in whole: Int) -> Bool { number(1...whole) <= part }

    /// One to three changes, mostly possible ones.
    mutating func commit(
        knowing holds: [Hold], gate: GateRecord?, replicas: [Replica], leader: LeaderRecord?, release: ReleaseRecord?
    ) -> Commit {
        epoch = gate?.epoch.number ?? 0
        seats = replicas
        self.leader = leader
        fence.term = max(fence.term, leader?.term ?? 0)
        self.release = release
        now = now.advanced(by: .seconds(number(0...3)))
        var written = Fence(timeline: fence.timeline, term: fence.term)
        if chance(of: 3, in: 100) {
            fence.term += 1
            written.term = fence.term
        } else if chance(of: 1, in: 100) {
            fence.timeline += 1
            written = Fence(timeline: fence.timeline, term: chance(of: 1, in: 2) ? nil : fence.term)
        } else if chance(of: 3, in: 100) {
            written = Fence(timeline: fence.timeline - Int64(number(0...1)), term: fence.term - 1)
        } else if chance(of: 1, in: 3) {
            written = Fence(timeline: fence.timeline - (chance(of: 1, in: 10) ? 1 : 0))
        }
        let changes = (0..<number(1...3)).map { _ in change(knowing: holds) }
        return Commit(changes: changes, fence: written, at: now)
    }

    private mutating func change(knowing holds: [Hold]) -> Change {
        switch number(0...99) {
        case 0..<27: return .addHold(hold())
        case 27..<30: return .importHold(importedHold(knowing: holds))
        case 30..<33: return .coalesce(coalescing(knowing: holds))
        case 33..<36: return .succeed(succession(knowing: holds))
        case 97 where chance(of: 1, in: 2):
            return .forgetHolds(
                Forgetting(
                    tickets: holds.shuffled(using: &random).prefix(3).map(\.ticket),
                    endedBefore: now.advanced(by: .seconds(number(-5...1))), at: now, by: principal()))
        case 36..<39: return .settleCallback(settlement(knowing: holds))
        case 39..<70: return .moveHold(move(knowing: holds))
        case 70..<75: return changeOfReplicas()
        case 75..<79: return .recallReleased(at: now, by: principal(), cause: "recalled \(number(0...9))")
        case 79..<85: return setGate()
        case 85..<89: return .redeem(redemption())
        case 89..<93: return .remember(record())
        case 93..<95: return .admit(Admission(executionID: executionID(), flow: flow(), reason: .open, at: now))
        case 95: return .tally(LaunchTally(at: now, source: chance(of: 1, in: 2) ? .api : .csa, count: number(1...9)))
        case 96: return .endAdmission(executionID(), at: now)
        case 97:
            return chance(of: 1, in: 2)
                ? .coalesce(coalescing(knowing: holds)) : .succeed(succession(knowing: holds))
        case 98: return setRelease()
        default: return noteOrChangeOfCaller()
        }
    }

    private mutating func hold() -> Hold {
        var request = LaunchRequest(flow: flow(), source: chance(of: 1, in: 2) ? .api : .csa)
        request.launcher = chance(of: 1, in: 3) ? .caller : .sluice
        if chance(of: 1, in: 3) { request.askID = askID() }
        if chance(of: 1, in: 2) { request.orderingKey = orderingKey() }
        if chance(of: 1, in: 2) { request.coalesceKey = coalesceKey() }
        if chance(of: 1, in: 6) { request.csaProcessID = CSAProcessID("process") }
        if chance(of: 1, in: 3) { request.scheduleID = ScheduleID("schedule-\(number(1...2))") }
        if chance(of: 1, in: 2) { request.nominalTime = now }
        if chance(of: 1, in: 3) { request.callbackURL = CallbackURL("https://hooks.example/") }
        request.priority = Priority(number(4...6)) ?? .ordinary
        request.tenant = lane().tenant
        if chance(of: 1, in: 5) { request.notBefore = now.advanced(by: .seconds(number(-5...20))) }
        if chance(of: 1, in: 5) { request.expiresAt = now.advanced(by: .seconds(number(-5...30))) }
        request.inputs = (0..<number(0...2)).map { LaunchInput(name: "input\($0)", value: .clear("value \($0)")) }
        if chance(of: 1, in: 3) {
            request.inputs.append(
                LaunchInput(name: "sealed", value: .sealed(SealedBytes([0, 255, UInt8(number(0...255))]))))
        }
        if chance(of: 1, in: 50) {
            request.inputs.append(LaunchInput(name: "clear", value: .secret(Secret("never stored"))))
        }
        return Hold(
            ticket: ticket(), request: request, principal: principal(), reason: .maintenance, epoch: Epoch(epoch),
            arrivedAt: now)
    }

    private mutating func noteOrChangeOfCaller() -> Change {
        let (writer, number) = (principal(), number(0...9))
        let fingerprint = Self.fingerprints[number % Self.fingerprints.count]
        return switch number {
        case 0..<7:
            // A few times and horizons only, so that some are the same; of all kinds from the same draws.
            .putCaller(
                KnownCaller(
                    fingerprint: fingerprint, at: now.cutToSecond.advanced(by: .seconds(number % 4 - 2)),
                    isRefused: number > 3, forgetAt: now.advanced(by: .seconds(9 + number))),
                horizon: now.cutToSecond.advanced(by: .seconds(number % 3 * 2 - 2)))
        default: .note(AuditNote(kind: "note", at: now, by: writer, text: "text \(number)"))
        }
    }

    private mutating func importedHold(knowing holds: [Hold]) -> HoldImport {
        var hold = hold()
        if chance(of: 1, in: 2) {
            hold.state = chance(of: 1, in: 8) ? state() : .coalesced
            hold.representative = holds.randomElement(using: &random)?.ticket
        }
        hold.attempt = number(0...2)
        return HoldImport(hold, at: now, by: principal(), cause: "imported \(number(0...9))")
    }

    private mutating func move(knowing holds: [Hold]) -> HoldMove {
        let known = holds.randomElement(using: &random)
        let isGuess = chance(of: 1, in: 5)
        let from: Set<HoldState> = if let known, !isGuess { [known.state] } else { [state(), state()] }
        var move = HoldMove(
            ticket: isGuess ? ticket() : known?.ticket ?? ticket(), from: from,
            attempt: chance(of: 1, in: 4) ? known?.attempt ?? 0 : nil, to: state(), at: now, by: principal(),
            cause: "cause \(number(0...9))")
        if chance(of: 1, in: 3) { move.update.attempt = number(0...3) }
        if chance(of: 1, in: 3) { move.update.executionID = executionID() }
        if chance(of: 1, in: 4) { move.update.retryAt = now.advanced(by: .seconds(number(-2...10))) }
        if chance(of: 1, in: 4) { move.update.passID = passID() }
        if chance(of: 1, in: 4) { move.update.representative = known?.ticket }
        if chance(of: 1, in: 4) { move.update.releasedEpoch = Epoch(epoch) }
        if chance(of: 1, in: 4) { move.update.attemptAt = now }
        if chance(of: 1, in: 20) { move.update.leavesOrderingKey = true }
        if chance(of: 1, in: 4) { move.update.takenBy = asker() }
        if chance(of: 1, in: 4) { move.update.result = LaunchResult.allCases.randomElement(using: &random) }
        return move
    }

    private mutating func coalescing(knowing holds: [Hold]) -> Coalescing {
        let known = holds.randomElement(using: &random)
        return Coalescing(
            representative: known?.ticket ?? ticket(), key: known?.request.coalesceKey ?? coalesceKey(),
            includesWaitedFor: chance(of: 1, in: 3), at: now, by: principal())
    }

    private mutating func succession(knowing holds: [Hold]) -> Succession {
        let known = holds.filter { $0.state.isFinal }.randomElement(using: &random)
        return Succession(
            of: known?.ticket ?? ticket(), key: known?.request.coalesceKey ?? coalesceKey(),
            passesOverItsSchedule: chance(of: 1, in: 3), at: now, by: principal())
    }

    private mutating func settlement(knowing holds: [Hold]) -> CallbackSettlement {
        let outcomes: [CallbackSettlement.Outcome] = [.again(now.advanced(by: .seconds(5))), .failed, .delivered]
        return CallbackSettlement(
            ticket: holds.randomElement(using: &random)?.ticket ?? ticket(), number: number(1...2),
            attempt: number(0...1), outcome: outcomes[number(0...2)], at: now, cause: "try \(number(0...9))")
    }

    private mutating func setGate() -> Change {
        let replaced = Epoch(chance(of: 4, in: 5) ? epoch : epoch - 1)
        let mode = GateMode.allCases.randomElement(using: &random) ?? .open
        var record = GateRecord.fixture(mode, epoch: Epoch(epoch + 1))
        record.whole.since = now
        if chance(of: 1, in: 2) { record.closedEpoch = Epoch(max(0, epoch - Int64(number(0...2)))) }
        if chance(of: 1, in: 2) {
            record.scopes = [
                ScopeMode(
                    scope: .flow(flow()), mode: .refuse, since: now, by: principal(), reason: "scope \(number(0...9))")
            ]
        }
        return .setGate(record, replacing: replaced)
    }

    private mutating func setRelease() -> Change {
        let principal = principal()
        let stage = ReleaseStage.allCases.randomElement(using: &random) ?? .idle
        let settings = ReleaseSettings(
            ratePerMinute: number(1...9), canary: chance(of: 1, in: 2) ? .init(count: number(1...9)) : nil,
            ramp: chance(of: 1, in: 2) ? .init(fromPercent: number(1...9)) : nil)
        let first = ReleaseRecord(
            settings: settings, closedEpoch: Epoch(epoch), at: now, by: principal, reason: "reason \(number(0...9))")
        var record = first
        if let release {
            record = release.changed(at: now, by: principal, reason: first.reason) {
                $0.settings = settings
                $0.stage = stage
            }
        }
        return .setRelease(record, replacing: chance(of: 4, in: 5) ? release?.revision : Int64(number(0...3)))
    }

    private mutating func redemption() -> Redemption {
        Redemption(
            passID: passID(), asker: asker(), at: now, forgetAt: now.advanced(by: .seconds(number(0...20))))
    }

    mutating func asker() -> Asker {
        Asker(
            principal: principal(), askID: chance(of: 2, in: 3) ? askID() : nil,
            runID: chance(of: 1, in: 2) ? executionID() : nil)
    }

    private mutating func record() -> IdempotencyRecord {
        IdempotencyRecord(
            principal: principal(), key: idempotencyKey(), fingerprint: Fingerprint([UInt8(number(0...3))]),
            outcome: chance(of: 1, in: 2) ? .held(ticket()) : .proceeded(Epoch(epoch), passID()), at: now,
            forgetAt: now.advanced(by: .seconds(number(0...20))))
    }

    // MARK: Queries

    mutating func candidateQuery() -> CandidateQuery {
        var query = CandidateQuery(at: now, includesHeld: chance(of: 2, in: 3), limit: number(1...8))
        if chance(of: 1, in: 4) { query.launcher = .caller }
        if chance(of: 1, in: 2) { query.lane = lane() }
        if chance(of: 1, in: 2) {
            query.after = .init(priority: Priority(number(4...6)) ?? .ordinary, arrival: Int64(number(0...40)))
        }
        return query
    }

    mutating func laneQuery() -> LaneQuery {
        LaneQuery(
            includesHeld: chance(of: 2, in: 3), after: chance(of: 1, in: 2) ? lane() : nil, limit: number(1...4))
    }

    mutating func holdQuery() -> HoldQuery {
        var query = HoldQuery(after: Int64(number(0...20)), limit: number(1...10))
        if chance(of: 1, in: 2) { query.states = Set((0..<number(0...4)).map { _ in state() }) }
        if chance(of: 1, in: 4) { query.source = .csa }
        if chance(of: 1, in: 4) { query.flow = flow() }
        if chance(of: 1, in: 4) { query.orderingKey = orderingKey() }
        if chance(of: 1, in: 4) { query.coalesceKey = coalesceKey() }
        if chance(of: 1, in: 4) { query.principal = principal() }
        return query
    }

    mutating func lookupKeys() -> LookupKeys {
        var keys = LookupKeys(principal: principal())
        if chance(of: 1, in: 2) { keys.ticket = ticket() }
        if chance(of: 1, in: 2) { keys.askID = askID() }
        if chance(of: 1, in: 2) { keys.idempotencyKey = idempotencyKey() }
        if chance(of: 1, in: 2) { keys.passID = passID() }
        if chance(of: 1, in: 2) { keys.passTicket = ticket() }
        if chance(of: 1, in: 2) { keys.passRunID = executionID() }
        if chance(of: 1, in: 3) { keys.ownRunID = executionID() }
        if chance(of: 1, in: 2) { keys.orderingKey = orderingKey() }
        if chance(of: 1, in: 2) { keys.parentRunID = executionID() }
        return keys
    }

    // MARK: Small pools of values

    mutating func replicaID() -> ReplicaID { ReplicaID("replica-\(number(1...3))") }
    mutating func ticket() -> Ticket { .fixture(UInt64(number(1...30))) }
    mutating func executionID() -> ExecutionID { ExecutionID("\(number(1...5))") }
    static let fingerprints = [Fingerprint([0, 255, 1]), Fingerprint([0, 255, 2])]
    private mutating func passID() -> PassID { .fixture(UInt64(number(1...4))) }
    private mutating func principal() -> Principal { Principal(chance(of: 2, in: 3) ? "asker" : "other") }
    private mutating func flow() -> FlowID { FlowID("flow-\(number(1...3))") }
    private mutating func askID() -> AskID { AskID("ask-\(number(1...4))") }
    private mutating func orderingKey() -> OrderingKey { OrderingKey("order-\(number(1...3))") }
    private mutating func coalesceKey() -> CoalesceKey { CoalesceKey("coalesce-\(number(1...2))") }
    private mutating func lane() -> LaneID {
        LaneID(chance(of: 1, in: 3) ? nil : TenantID(["a", "B", "é", "z"][number(0...3)]))
    }
    private mutating func idempotencyKey() -> IdempotencyKey { IdempotencyKey("key-\(number(1...3))") }
    private mutating func state() -> HoldState { HoldState.allCases.randomElement(using: &random) ?? .held }
}

import SluiceCore
import SluiceModel
import SluiceTestKit

/// What one asker wants done once, by whatever way it comes about.
struct Errand {
    enum Kind {
        /// A program with an idempotency key: asks until it is told; when let through, starts it.
        case keyed
        /// A program without any id: asks once.
        case once
        /// A scheduler that waits: asks again, by its ask id or its ticket, until it may start it.
        case waiting
        /// The same, known by its ticket alone.
        case waitingByTicket
        /// Central's own schedule starts it; its gate step asks, and ends when it is held.
        case scheduledEnd
        /// The same, but it is parked until it may go on.
        case scheduledWait
        /// The work of another calls it.
        case child
    }

    var kind: Kind
    var request: LaunchRequest
    var principal: Principal
    var presented = PassPresented.none
    /// Whether its executions tell the gate their ids.
    var namesExecution: Bool
    /// As it was told.
    var ticket: Ticket?
    var holdCount = 0
    var bodyCount = 0
    /// How often more its work may be done, because a person or the policy took that risk.
    var allowance = 0
    var grantedPass: PassID?
    var hasStarted = false
    /// Its asker has given up.
    var isGone = false

    /// The ticket of its hold, whether its asker knows it or not.
    func ticketInStore(_ world: World) -> Ticket? {
        if let ticket { return ticket }
        for place in world.book.rows.indices where world.book.rows[place].errand == number {
            return world.store.holds.rows[place].ticket
        }
        return nil
    }

    private var number: Int { request.requestedBy.flatMap { Int($0) } ?? 0 }
}

/// One question to the gate, which may be sent several times.
struct Question {
    var errand: Int
    /// The execution whose gate step asks; nil: a caller.
    var execution: Int?
    var request: LaunchRequest
    var principal: Principal
    var presented: PassPresented
    var fingerprint: Fingerprint?
    var sendTimes: [Instant] = []
    /// Sends in a row that led to nothing.
    var failureCount = 0
    var isOpen = true

    /// Whether repeats of it are known as such.
    var isNamed: Bool { request.askID != nil || request.idempotencyKey != nil || request.ticket != nil }

    /// Whether one replica knows of it what another is deciding at the same moment.
    var isKnownBeside: Bool {
        request.idempotencyKey != nil || request.ticket != nil || (request.askID != nil && request.runID != nil)
    }

    func sentAt(_ send: Int) -> Instant { sendTimes[send] }
}

extension World {
    // MARK: Errands come

    func errandComes() {
        guard !isSettling, errands.count < profile.errandCount else { return }
        let isScheduled = chance.happens(350)
        let flow = isScheduled ? chance.below(2) : chance.below(site.flows.count)
        let kind: Errand.Kind =
            isScheduled
            ? chance.pick([.scheduledEnd, .scheduledEnd, .scheduledWait])
            : chance.pick([.keyed, .keyed, .once, .waiting, .waiting, .waitingByTicket])
        add(kind, flow: flow, parent: nil)
        soon(.errandComes, chance.pick([100, 600, 2000]))
    }

    /// The work of an execution starts another.
    func child(of index: Int) {
        guard let id = executions[index].summary.id as ExecutionID? else { return }
        add(.child, flow: chance.below(site.flows.count), parent: id)
    }

    private func add(_ kind: Errand.Kind, flow: Int, parent: ExecutionID?) {
        let number = errands.count
        var request = LaunchRequest(flow: site.flows[flow].id, source: .api)
        request.requestedBy = String(number)
        request.flowPath = site.flows[flow].path
        request.parentRunID = parent
        var principal = Site.principal
        switch kind {
        case .keyed:
            request.idempotencyKey = IdempotencyKey("k\(number)")
            if chance.happens(80) { principal = Site.health }
        case .once: break
        case .waiting:
            request.launcher = .caller
            request.source = .scheduler
            request.askID = AskID("a\(number)")
            request.reportsEnd = chance.happens(300)
        case .waitingByTicket:
            request.launcher = .caller
            request.source = .scheduler
        case .scheduledEnd, .scheduledWait:
            request.launcher = kind == .scheduledWait ? .caller : .sluice
            request.source = .flow
            principal = Site.gateStep
        case .child:
            request.askID = AskID("a\(number)")
            principal = Site.gateStep
        }
        if chance.happens(450) { request.orderingKey = chance.pick(site.orderingKeys) }
        if request.launcher == .sluice, parent == nil, chance.happens(200) {
            request.coalesceKey = chance.pick(site.coalesceKeys)
        }
        if chance.happens(450) { request.tenant = chance.pick(site.tenants) }
        if chance.happens(250) { request.priority = Priority(chance.below(10)) ?? .ordinary }
        let wall = Timestamp(milliseconds: site.start.milliseconds + now / 1000)
        if chance.happens(100) { request.expiresAt = wall.advanced(by: .seconds(chance.among(2...90))) }
        if chance.happens(80) { request.notBefore = wall.advanced(by: .seconds(chance.among(1...60))) }
        errands.append(
            Errand(kind: kind, request: request, principal: principal, namesExecution: chance.happens(600)))
        trace?.add(now, "outside", "errand \(number): \(kind), \(request.flow)\(Trace.keys(of: request))")
        if kind == .scheduledEnd || kind == .scheduledWait {
            startExecution(errand: number, pass: nil)
        } else {
            open(
                Question(
                    errand: number, execution: nil, request: request, principal: principal, presented: .none,
                    fingerprint: request.idempotencyKey == nil ? nil : Fingerprint([UInt8(truncatingIfNeeded: number)]))
            )
        }
    }

    private func open(_ question: Question) {
        questions.append(question)
        soon(.sends(question: questions.count - 1), 2)
        // A hasty client: the same question on two lines. Known limit: with an ask id alone two replicas may decide it
        // beside each other; that is what an idempotency key is for.
        if question.isKnownBeside, chance.happens(profile.permille(.answerDuplicated)) {
            soon(.sends(question: questions.count - 1), 4)
        }
    }

    // MARK: Asking

    func sends(_ index: Int) {
        guard questions[index].isOpen else { return }
        let send = questions[index].sendTimes.count
        questions[index].sendTimes.append(now)
        let replica = replicas[chance.below(replicas.count)]
        guard replica.isUp else { return soon(.timedOut(question: index, send: send), 200) }
        soon(.asked(replica.place, question: index, send: send), 2)
        agenda.put(.timedOut(question: index, send: send), at: now + .seconds(5))
    }

    func timedOut(_ index: Int, _ send: Int) {
        guard questions[index].isOpen, send == questions[index].sendTimes.count - 1 else { return }
        again(index)
    }

    /// The question led to nothing: it is asked again, if it can be, and for a while.
    private func again(_ index: Int) {
        questions[index].failureCount += 1
        let isPatient = questions[index].failureCount < 12 || isSettling
        guard isPatient, questions[index].isNamed || questions[index].execution != nil else { return giveUp(index) }
        soon(.sends(question: index), 1000)
    }

    private func giveUp(_ index: Int) {
        questions[index].isOpen = false
        if let execution = questions[index].execution {
            end(execution, type: "ERROR", name: "unreachable")
        }
        errands[questions[index].errand].isGone = true
    }

    func answered(_ index: Int, _ send: Int, _ reply: Reply) {
        guard questions[index].isOpen, send == questions[index].sendTimes.count - 1 else { return }
        guard case .decided(let answer) = reply else { return again(index) }
        switch answer.decision {
        case .proceed:
            // Void: it was decided on too long ago.
            if now - questions[index].sentAt(send) > .seconds(2), questions[index].execution == nil {
                return again(index)
            }
            questions[index].isOpen = false
            proceeds(index, answer)
        case .reject:
            questions[index].isOpen = false
            if let execution = questions[index].execution {
                end(execution, type: "NO_ACTION_TAKEN", name: "rejected")
            }
            errands[questions[index].errand].isGone = true
        case .hold: isHeld(index, answer)
        }
    }

    private func proceeds(_ index: Int, _ answer: Answer) {
        let errand = questions[index].errand
        errands[errand].ticket = errands[errand].ticket ?? answer.pass?.ticket
        guard let execution = questions[index].execution else {
            guard !errands[errand].hasStarted else { return }
            // It may die just now.
            if chance.happens(profile.permille(.askerGone)) {
                errands[errand].isGone = true
                return
            }
            errands[errand].hasStarted = true
            return soon(.callerStarts(errand: errand, answer.pass), 30)
        }
        if let ticket = answer.pass?.ticket ?? questions[index].request.ticket {
            executions[execution].row = executions[execution].row ?? store.holds.place(of: ticket)
        }
        runBody(execution)
    }

    private func isHeld(_ index: Int, _ answer: Answer) {
        let errand = questions[index].errand
        questions[index].failureCount = 0
        errands[errand].ticket = answer.hold?.ticket
        if let execution = questions[index].execution, errands[errand].kind != .scheduledWait {
            questions[index].isOpen = false
            return end(execution, type: "NO_ACTION_TAKEN", name: "held")
        }
        guard errands[errand].request.launcher == .caller else {
            questions[index].isOpen = false
            return
        }
        if chance.happens(profile.permille(.askerGone)) {
            questions[index].isOpen = false
            errands[errand].isGone = true
            if let execution = questions[index].execution { end(execution, type: "ERROR", name: "cancelled") }
            return
        }
        if errands[errand].kind == .waitingByTicket || chance.happens(500) {
            questions[index].request.ticket = answer.hold?.ticket
        }
        soon(.sends(question: index), 1500)
    }

    func callerStarts(_ errand: Int, _ pass: PassClaims?) {
        startExecution(errand: errand, pass: pass)
        // It got no answer from Central and starts it again: a gated flow's pass sees to it that nothing is doubled.
        guard pass != nil, site.flows[site.flow(errands[errand].request.flow)].isGated else { return }
        if chance.happens(profile.permille(.answerDuplicated)) { startExecution(errand: errand, pass: pass) }
    }

    func callerReports(_ errand: Int) {
        guard let ticket = errands[errand].ticket, let hold = store.holds[ticket], !hold.state.isFinal else { return }
        // Until it is heard.
        soon(.callerReports(errand: errand), 6000)
        guard let replica = anyReplica() else { return }
        let job = DeskJob(
            ticket: ticket, move: .callerEnded(.resolved), by: errands[errand].principal, errand: errand)
        soon(.read(replica.place, .desk(job)))
    }

    func anyReplica() -> Replica? {
        let replica = replicas[chance.below(replicas.count)]
        return replica.isUp ? replica : nil
    }

    // MARK: The gate step

    func gateStepAsks(_ index: Int) {
        let execution = executions[index]
        let errand = errands[execution.errand]
        var request = errand.request
        request.source = .flow
        request.idempotencyKey = nil
        request.parentRunID = nil
        request.askID = AskID("s\(index)")
        request.launcher = errand.kind == .scheduledWait ? .caller : .sluice
        if execution.namesItself { request.runID = execution.id }
        open(
            Question(
                errand: execution.errand, execution: index, request: request, principal: Site.gateStep,
                presented: execution.pass.map { .genuine($0) } ?? .none))
    }
}

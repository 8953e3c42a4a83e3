import SluiceCore
import SluiceModel
import SluiceTestKit

/// One execution in Central.
struct Execution {
    var id: ExecutionID
    var errand: Int
    /// The hold that it was launched for, by arrival; nil: started by somebody else.
    var row: Int?
    /// Named in its run name.
    var ticket: Ticket?
    var attempt: Int
    var flow: Int
    /// The pass that it was started with; only a gated flow's is looked at.
    var pass: PassClaims?
    var passID: PassID?
    /// When Central took the order.
    var orderedAt: Instant
    var listedAt: Instant = .max
    var purgedAt: Instant = .max
    var endedAt: Instant?
    var question: Int?
    var hasStarted = false
    var isInBody = false
    var hasRunBody = false
    /// Whether it tells the gate its own id.
    var namesItself: Bool
    /// The attempt pass that it redeemed.
    var redeemed: PassID?
    var summary: ExecutionSummary

    func isListed(at now: Instant) -> Bool { listedAt <= now && purgedAt > now }
}

extension World {
    private static let firstID = 1001

    func execution(_ id: ExecutionID) -> Execution? {
        guard let number = Int(id.text), number >= Self.firstID, number - Self.firstID < executions.count else {
            return nil
        }
        return executions[number - Self.firstID]
    }

    /// Central takes an order; when it starts it is its own affair.
    @discardableResult
    private func take(
        errand: Int, row: Int?, ticket: Ticket?, attempt: Int, pass: PassClaims?, after wait: Instant
    ) -> Int {
        let index = executions.count
        let id = ExecutionID(String(Self.firstID + index))
        var summary = ExecutionSummary(id: id, status: .running)
        if let ticket { summary.name = RunName.make(own: nil, flowName: "f", ticket: ticket, attempt: attempt) }
        let flow = site.flow(errands[errand].request.flow)
        summary.flow = site.flows[flow].id
        executions.append(
            Execution(
                id: id, errand: errand, row: row, ticket: ticket, attempt: attempt, flow: flow, pass: pass,
                passID: pass?.id, orderedAt: now, namesItself: errands[errand].namesExecution, summary: summary))
        agenda.put(.started(execution: index), at: now + wait)
        return index
    }

    // MARK: Launches by Sluice

    /// The request of a launch has reached Central.
    func ordered(_ place: Place, _ hold: Hold, _ pass: PassClaims, sentAt: Instant) {
        guard let row = store.holds.place(of: hold.ticket) else { return }
        let errand = book.rows[row].errand
        var wait = Instant(chance.below(20_000))
        var isUnseen = chance.happens(profile.permille(.centralUnseen))
        if chance.happens(profile.permille(.centralLate)) {
            // Half of them when the release has just begun to look for it.
            wait = .seconds(chance.happens(500) ? chance.among(9...20) : chance.among(1...Site.lateStartMax))
        } else if centralSlowUntil > now {
            wait = .seconds(chance.among(0...12))
        }
        // Half of the requests whose answer is lost were lost on their way in.
        if isUnseen, chance.happens(500) {
            wait = -1
        }
        var outcome = LaunchOutcome.unknown(cause: "no answer")
        var answerAt = sentAt + .seconds(10)
        if wait >= 0 {
            let index = take(
                errand: errand, row: row, ticket: hold.ticket, attempt: hold.attempt, pass: pass, after: wait)
            if now + wait > answerAt { isUnseen = true }
            if !isUnseen {
                outcome = .started(executions[index].id)
                answerAt = now + wait + .milliseconds(5)
            }
        }
        let event = ReleaseEvent.outcome(hold.ticket, attempt: hold.attempt, outcome)
        agenda.put(.releaseEvent(place, event), at: answerAt)
        if chance.happens(profile.permille(.answerDuplicated)) {
            agenda.put(.releaseEvent(place, event), at: answerAt + .milliseconds(400))
        }
    }

    func start(_ index: Int) {
        executions[index].hasStarted = true
        executions[index].summary.startedAt = Timestamp(milliseconds: site.start.milliseconds + now / 1000)
        var lag = chance.below(site.listingLag * 250_000)
        if chance.happens(profile.permille(.listingLate)) {
            lag = site.listingLag * 500_000 + chance.below(site.listingLag * 500_000)
        }
        executions[index].listedAt = now + Instant(lag)
        if site.flows[executions[index].flow].isGated {
            soon(.gateStepAsks(execution: index), 20)
        } else {
            runBody(index)
        }
    }

    /// The work itself.
    func runBody(_ index: Int) {
        guard !executions[index].hasRunBody, executions[index].endedAt == nil else { return }
        executions[index].hasRunBody = true
        executions[index].isInBody = true
        let errand = executions[index].errand
        errands[errand].bodyCount += 1
        trace?.add(now, "central", "execution \(executions[index].id) does the work of errand \(errand)")
        require(
            errands[errand].bodyCount <= 1 + errands[errand].allowance, .workOnce,
            "the work of errand \(errand) was done \(errands[errand].bodyCount) times, last by execution "
                + "\(executions[index].id)")
        checkOrder(index)
        agenda.put(.bodyEnds(execution: index), at: now + chance.wait(around: .seconds(isSettling ? 2 : 4)))
        if chance.happens(60), errands.count < profile.errandCount, !isSettling { child(of: index) }
    }

    /// Nothing of the same ordering key that is older is still at work.
    private func checkOrder(_ index: Int) {
        let errand = executions[index].errand
        guard let key = errands[errand].request.orderingKey, let row = executions[index].row else { return }
        for other in executions.indices where other != index && executions[other].isInBody {
            guard let otherRow = executions[other].row, otherRow < row,
                // One that left its key, by policy, is before nothing any more.
                store.holds.rows[otherRow].request.orderingKey == key,
                // What a person dropped while nobody knew what became of it is that person's affair.
                book.rows[otherRow].endedFrom != .awaitingOperator,
                errands[executions[other].errand].request.launcher == .sluice,
                // A caller that starts late what it was let through for is past its start window.
                errands[errand].request.launcher == .sluice || !store.holds.rows[row].state.isFinal,
                // It came back while the other was being taken.
                book.rows[otherRow].cameBackAt < 0
            else { continue }
            find(
                .orderPerKey,
                "errand \(errand) of \(key) works while the one before it, errand \(executions[other].errand), does")
        }
    }

    func bodyEnds(_ index: Int) {
        executions[index].isInBody = false
        let isWell = isSettling || chance.happens(site.wellPermille)
        end(index, type: isWell ? "RESOLVED" : "ERROR", name: isWell ? "success" : "failure")
    }

    func end(_ index: Int, type: String, name: String) {
        guard executions[index].endedAt == nil else { return }
        executions[index].summary.status = .completed
        executions[index].summary.resultType = type
        executions[index].summary.resultName = name
        executions[index].endedAt = now
        if chance.happens(profile.permille(.listingPurged)) {
            // Some are gone before the release could have seen them.
            executions[index].purgedAt =
                now + .seconds(chance.happens(300) ? chance.among(1...4) : chance.among(5...60))
        }
        trace?.add(now, "central", "execution \(executions[index].id) ends: \(name)")
        let errand = executions[index].errand
        if errands[errand].request.reportsEnd { soon(.callerReports(errand: errand), 100) }
    }

    // MARK: What Central tells

    func readListing(_ place: Place, _ ids: [ExecutionID]) {
        guard centralDownUntil <= now, !chance.happens(profile.permille(.centralRefuses) / 3) else {
            return soon(.releaseEvent(place, .observeFailed(cause: "down")), 20)
        }
        let found = ids.compactMap { execution($0) }.filter { $0.isListed(at: now) }.map(\.summary)
        soon(.releaseEvent(place, .observed(found, asked: ids)), 5)
    }

    func readScan(_ place: Place, since: Timestamp, begunAt: MonotonicTime) {
        guard centralDownUntil <= now, !chance.happens(profile.permille(.centralRefuses) / 3) else {
            return soon(.releaseEvent(place, .scanFailed(cause: "down")), 20)
        }
        // An hour of margin, as the engine has, because clocks differ.
        let oldest = since.advanced(by: .seconds(-3600))
        var hits: [ScanHit] = []
        for index in executions.indices where executions[index].isListed(at: now) {
            guard let ticket = executions[index].ticket,
                executions[index].summary.startedAt.map({ $0 >= oldest }) ?? false
            else { continue }
            hits.append(
                ScanHit(ticket: ticket, attempt: executions[index].attempt, summary: executions[index].summary))
        }
        let isFull = !chance.happens(profile.permille(.centralRefuses) / 3)
        if isFull { fullScans.append(now) }
        soon(.releaseEvent(place, .scanned(hits: hits, begunAt: begunAt, isFull: isFull)), 5)
    }

    // MARK: Executions that others start

    /// A caller starts what it was let through, or Central's own schedule does, with nobody asked before.
    func startExecution(errand: Int, pass: PassClaims?) {
        let row = pass?.ticket.flatMap { store.holds.place(of: $0) }
        take(
            errand: errand, row: row, ticket: nil, attempt: 0, pass: pass,
            after: centralSlowUntil > now ? .seconds(chance.among(0...5)) : Instant(chance.below(20_000)))
    }
}

import SluiceCore
import SluiceModel
import SluiceTestKit

/// Looks at each answer when it is given, and at each launch when it is decided.
extension World {
    func checkAnswer(_ replica: Replica, _ index: Int, _ send: Int, _ reply: Reply) {
        guard case .decided(let answer) = reply else { return }
        let question = questions[index]
        let sentAt = question.sentAt(send)
        switch answer.decision {
        case .hold: checkHold(question, answer)
        case .reject: break
        case .proceed:
            checkProceed(replica, question, answer, sentAt: sentAt)
            checkRecords(question, answer)
        }
    }

    private func checkHold(_ question: Question, _ answer: Answer) {
        guard let ticket = answer.hold?.ticket, let place = store.holds.place(of: ticket) else {
            return find(.committedBeforeAnswered, "hold was answered, and the store has no such hold")
        }
        if book.rows[place].answeredAt == nil { book.rows[place].answeredAt = now }
        let known = errands[question.errand].ticket
        if question.isNamed {
            require(
                known == nil || known == ticket, .keyOnce,
                "errand \(question.errand) was answered \(ticket) after \(known.map(\.description) ?? "")")
        }
    }

    private func checkProceed(_ replica: Replica, _ question: Question, _ answer: Answer, sentAt: Instant) {
        let request = question.request
        switch answer.rule {
        case 0: checkPass(question, answer, sentAt: sentAt)
        case 1: checkTaken(question, answer)
        case 4:
            let parentID = request.parentRunID ?? request.runID
            let parent = parentID.flatMap { execution($0) }
            let isAdmitted = parentID.map { store.admissions[$0] != nil } ?? false
            let hasEnded = parent.map { $0.endedAt.map { $0 < sentAt } ?? false } ?? true
            let isOver = request.parentRunID != nil && hasEnded
            require(
                isAdmitted && !isOver, .continuationsOnly,
                "a child of \(parentID?.text ?? "nobody") was let through; it "
                    + (isAdmitted ? "had ended" : "was never admitted"))
        case 7:
            require(
                wasOpen(for: request, since: sentAt), .closedMeansClosed,
                "\(replica.name) let \(request.flow) through (errand \(question.errand)), asked at "
                    + "\(Trace.time(sentAt)); the gate is closed for it")
            checkBacklog(question, sentAt: sentAt)
        default: break
        }
        guard question.execution == nil else { return }
        let window = site.gatePolicy.startWindow
        let monotonic = replica.clock.moment(at: now).monotonic
        // An answer that lay in a frozen replica is void, and its launch counts from its decision.
        if answer.rule != 2, now - sentAt <= 2_000_000 { replica.letThrough.append(now) }
        // It counts from its decision, which may be a slow commit older than its answer.
        let young = replica.letThrough.count { now - $0 < .seconds(Int(window.components.seconds)) * 6 / 10 }
        let count = replica.gate.inFlightCount(at: monotonic)
        require(
            count >= young, .inFlightCounted,
            "\(young) launches were let through within the start window; \(replica.name) counts \(count)")
    }

    /// The launch is not let through past a hold of its key that was answered before it was asked for.
    private func checkBacklog(_ question: Question, sentAt: Instant) {
        guard let key = question.request.orderingKey else { return }
        for place in store.holds.rows.indices where store.holds.rows[place].request.orderingKey == key {
            guard let answeredAt = book.rows[place].answeredAt, answeredAt < sentAt,
                !store.holds.rows[place].state.isFinal
            else { continue }
            find(
                .orderPerKey,
                "errand \(question.errand) of \(key) was let through before \(store.holds.rows[place].ticket), "
                    + "which is "
                    + store.holds.rows[place].state.rawValue)
        }
    }

    /// Rule 0: a pass of an attempt is one execution's; an admission pass is good while its execution is.
    private func checkPass(_ question: Question, _ answer: Answer, sentAt: Instant) {
        guard case .genuine(let claims) = question.presented else {
            return find(.continuationsOnly, "admitted without a genuine pass")
        }
        guard let asking = question.execution else { return }
        switch claims.kind {
        case .attempt:
            guard store.redemptions[claims.id] != nil else {
                return find(
                    .committedBeforeAnswered, "pass \(claims.id) was redeemed, and the store has no record of it")
            }
            let other = executions.indices.first { $0 != asking && executions[$0].redeemed == claims.id }
            require(
                other == nil, .passOnce,
                "pass \(claims.id) was redeemed by execution \(executions[asking].id) and by "
                    + (other.map { executions[$0].id.text } ?? ""))
            executions[asking].redeemed = claims.id
        case .admission:
            guard let id = claims.runID else { return }
            let endedAt = execution(id)?.endedAt
            let isOver = store.admissions[id]?.endedAt != nil && endedAt.map { $0 < sentAt - .seconds(60) } ?? false
            require(!isOver, .continuationsOnly, "the admission pass of \(id) was good after it had ended")
        }
    }

    /// Rule 1: a caller takes its hold, once.
    private func checkTaken(_ question: Question, _ answer: Answer) {
        guard let ticket = question.request.ticket ?? errands[question.errand].ticketInStore(self),
            let place = store.holds.place(of: ticket)
        else { return find(.committedBeforeAnswered, "released was answered, and the store has no such hold") }
        let hold = store.holds.rows[place]
        let isTaken = hold.state == .launching || hold.state == .running || hold.state == .ended
        require(
            isTaken && hold.attempt > 0 && hold.passID == answer.pass?.id, .committedBeforeAnswered,
            "\(ticket) was let through with pass \(answer.pass?.id.description ?? "none"); the store has it "
                + "\(hold.state.rawValue), attempt \(hold.attempt)")
    }

    /// What a proceed promises is on record.
    private func checkRecords(_ question: Question, _ answer: Answer) {
        let request = question.request
        if let key = request.idempotencyKey, answer.rule >= 2 {
            let place = InMemoryStoreContent.IdempotencyPlace(principal: question.principal, key: key)
            require(
                store.idempotency[place] != nil, .committedBeforeAnswered,
                "key \(key) was let through by rule \(answer.rule), and the store does not know it")
            if question.execution == nil, let pass = answer.pass?.id {
                let known = errands[question.errand].grantedPass
                require(
                    known == nil || known == pass, .keyOnce, "key \(key) was let through with two different passes")
                errands[question.errand].grantedPass = pass
            }
        }
        let isNewlyAdmitted = answer.rule == 1 || answer.rule == 3 || answer.rule == 4 || answer.rule == 7
        if let runID = request.runID, isNewlyAdmitted, question.execution != nil {
            require(
                store.admissions[runID] != nil, .committedBeforeAnswered,
                "execution \(runID) was let through by rule \(answer.rule), and the store does not know it")
        }
    }

    // MARK: The release

    func checkIntents(_ replica: Replica, _ changes: [Change]) {
        for case .moveHold(let move) in changes where move.to == .launching && move.update.attempt != nil {
            let moment = replica.clock.moment(at: now)
            let (ceiling, rate) = limits(replica)
            require(
                replica.release.flightCount <= ceiling, .withinLimits,
                "\(replica.release.flightCount) launches are under way; the ceiling is \(ceiling)")
            checkDirect(replica)
            replica.intents.append(moment.monotonic)
            let inMinute = replica.intents.count { moment.monotonic.since($0) < .seconds(60) }
            require(
                inMinute <= rate + max(1, rate / 60), .withinLimits,
                "\(inMinute) launches were intended within a minute; the rate is \(rate)")
            if let place = store.holds.place(of: move.ticket),
                let expiresAt = store.holds.rows[place].request.expiresAt
            {
                require(
                    expiresAt > moment.wall, .expiryKept,
                    "\(move.ticket) is being launched \(moment.wall.since(expiresAt)) after its expiry")
            }
        }
    }

    /// The release has decided to send a launch.
    func checkLaunch(_ replica: Replica, _ hold: Hold, _ pass: PassClaims) {
        guard let place = store.holds.place(of: hold.ticket) else {
            return find(.intentBeforeLaunch, "\(hold.ticket) is launched, and the store does not know it")
        }
        let stored = store.holds.rows[place]
        let term = replica.term ?? 0
        require(
            term >= book.newestTerm, .oneLeader,
            "\(replica.name) launches \(hold.ticket) in term \(term), after a launch in term \(book.newestTerm)")
        book.newestTerm = max(book.newestTerm, term)
        let isIntended =
            stored.state == .launching && stored.attempt == hold.attempt && (stored.passID ?? pass.id) == pass.id
        require(
            isIntended && !book.rows[place].sentPasses.contains(pass.id), .intentBeforeLaunch,
            "\(hold.ticket), attempt \(hold.attempt), is launched; the store has it \(stored.state.rawValue), attempt "
                + "\(stored.attempt)" + (isIntended ? ", and it was sent before" : ""))
        checkRelease(replica, place)
        book.rows[place].sentPasses.append(pass.id)
        book.rows[place].isChosen = false
        require(
            mayStart(stored, book.rows[place], since: now), .closeVoidsRelease,
            "\(hold.ticket) is launched by \(replica.name); the gate is closed for it")
        guard let key = hold.request.orderingKey else { return }
        for earlier in 0..<place
        where store.holds.rows[earlier].request.orderingKey == key && !store.holds.rows[earlier].state.isFinal
            // It came back when this one's turn had come and was on record.
            && book.rows[earlier].cameBackAt < book.rows[place].intendedAt
        {
            find(
                .orderPerKey,
                "\(hold.ticket) of \(key) is launched before \(store.holds.rows[earlier].ticket), which is "
                    + store.holds.rows[earlier].state.rawValue)
        }
    }
}

import SluiceCore
import SluiceModel

/// What happens, in words.
enum Words {
    static func place(of happening: Happening) -> String? {
        switch happening {
        case .write, .reads: "store"
        case .ordered, .started, .gateStepAsks, .bodyEnds, .listingRead, .scanRead, .loadRead, .pastsRead: "central"
        default: "outside"
        }
    }

    /// nil: not worth a line.
    static func of(_ happening: Happening, _ world: World) -> String? {
        switch happening {
        case .ticked, .storeChecked, .errandComes, .operatorActs, .faultStrikes, .thaws, .sends: nil
        case .asked(_, let question, let send): "is asked \(of(world.questions[question], question)), send \(send + 1)"
        case .modeWished(_, let change):
            "is to set \(change.scope?.description ?? "the whole gate") to \(change.mode?.rawValue ?? "nothing")"
        case .gateEffect(_, let effect): of(effect)
        case .gateEvent(_, let event): of(event)
        case .releaseEffect(_, let effect): of(effect)
        case .releaseEvent(_, let event): of(event)
        case .written(_, let writer, let changes, let fate):
            "learns that \(of(writer)) \(of(changes)) is \(of(fate))"
        case .deskRead(_, let job, let hold):
            "the desk has \(job.ticket) \(hold?.state.rawValue ?? "missing") for \(job.move)"
        case .read(_, let read): "asks the store for \(of(read))"
        case .seatAnswered(_, let event): "its seat: \(of(event))"
        case .leadAnswered(_, let event): "the lead: \(of(event))"
        case .seatsRead(_, let wait, let seats):
            "to close epoch \(wait.epoch): "
                + (seats.map { $0.map { "\($0.id) has \($0.confirmedEpoch)" }.joined(separator: ", ") } ?? "no answer")
        case .parentSeen(_, let ref, _, let isRunning):
            "question \(ref.number): its parent runs: \(isRunning.map { String($0) } ?? "unknown")"
        case .write(_, let writer, let changes): "gets \(of(writer)) \(of(changes))"
        case .reads(_, let read): "is asked for \(of(read))"
        case .ordered(_, let hold, _, _): "gets the launch of \(hold.ticket), attempt \(hold.attempt)"
        case .started(let index): "starts execution \(world.executions[index].id)"
        case .gateStepAsks(let index): "the gate step of \(world.executions[index].id) asks"
        case .bodyEnds(let index): "the work of \(world.executions[index].id) is over"
        case .listingRead(_, let ids): "is asked for \(ids.map(\.text).joined(separator: ", "))"
        case .scanRead(_, _, _): "is searched"
        case .loadRead: "is asked what runs"
        case .pastsRead: "is asked how executions ended"
        case .releaseDeskRead(_, let job, let record):
            "the desk has the release " + (record.map { "\($0.stage.rawValue), revision \($0.revision)" } ?? "missing")
                + " for " + job.order.word
        case .answered(let question, let send, let reply):
            "question \(question), send \(send + 1), is answered \(of(reply))"
        case .timedOut(let question, let send):
            world.questions[question].isOpen && send == world.questions[question].sendTimes.count - 1
                ? "question \(question) gets no answer" : nil
        case .callerStarts(let errand, _): "the caller of errand \(errand) starts it"
        case .callerReports(let errand): "the caller of errand \(errand) reports its end"
        case .restarts(let replica): "replica r\(replica + 1) is started"
        }
    }

    private static func of(_ question: Question, _ index: Int) -> String {
        let who = question.execution.map { "by a gate step (\($0 + 1001))" } ?? "by a caller"
        var ids = ""
        if let askID = question.request.askID { ids += " ask id \(askID)" }
        if let key = question.request.idempotencyKey { ids += " key \(key)" }
        if let ticket = question.request.ticket { ids += " ticket \(ticket)" }
        return "question \(index) of errand \(question.errand) \(who)\(ids)"
    }

    private static func of(_ writer: Writer) -> String {
        switch writer {
        case .gate(let ref): "commit of question \(ref.number):"
        case .mode: "commit of the gate:"
        case .release(let ref): "commit \(ref.number) of the release:"
        case .tally: "a tally:"
        case .desk(let job): "a person's \(job.move):"
        case .releaseDesk(let job): "a person's \(job.order.word) of the release:"
        case .nobody: "a note:"
        case .seat(let number): "renewal \(number) of its seat:"
        case .lead(let call): "\(call) of the lead:"
        }
    }

    private static func of(_ fate: Fate) -> String {
        switch fate {
        case .done: "done"
        case .conflict: "a conflict"
        case .staleFence: "stale"
        case .failed: "failed, or unknown"
        }
    }

    static func of(_ changes: [Change]) -> String { changes.map(of).joined(separator: ", ") }

    private static func of(_ change: Change) -> String {
        switch change {
        case .setGate(let record, _): "gate to epoch \(record.epoch), \(record.whole.mode.rawValue)"
        case .recallReleased: "recall what is released"
        case .addHold(let hold): "add \(hold.ticket) of errand \(hold.request.requestedBy ?? "?")"
        case .moveHold(let move):
            "\(move.ticket) to \(move.to.rawValue)" + (move.update.attempt.map { " (attempt \($0))" } ?? "")
                + ": \(move.cause)"
        case .redeem(let redemption): "redeem pass \(redemption.passID)"
        case .remember(let record): "remember \(record.key)"
        case .admit(let admission): "admit \(admission.executionID)"
        case .endAdmission(let id, _): "end the admission of \(id)"
        case .setRelease(let record, _):
            "release to \(record.stage.rawValue), revision \(record.revision), \(record.earned.canaryCount) canaries, "
                + "level \(record.earned.levelMillionths) by \(record.by): \(record.reason)"
        default: String("\(change)".prefix(40))
        }
    }

    private static func of(_ read: Read) -> String {
        switch read {
        case .facts(let ref, _, _): "the facts of question \(ref.number)"
        case .gate: "the gate"
        case .hold(let ticket), .taken(let ticket), .ended(let ticket): "\(ticket)"
        case .redemption(_, let passID, _): "the redemption of \(passID)"
        case .candidates: "candidates"
        case .lanes: "the lanes"
        case .release: "the release"
        case .expired: "what has expired"
        case .underWay: "what is under way"
        case .desk(let job): "\(job.ticket) for a person's \(job.move)"
        case .seatGate: "the gate, for its seat"
        case .releaseDesk(let job): "the release, for a person's \(job.order.word)"
        case .lead: "who leads"
        case .seats(let wait): "the seats, to close epoch \(wait.epoch)"
        }
    }

    private static func of(_ effect: GateEffect) -> String {
        switch effect {
        case .lookUp(let ref, _, _): "looks up question \(ref.number)"
        case .annotate(let ask): "has question \(ask.ref.number) annotated"
        case .commit(let ref, let changes): "commits for question \(ref.number): \(of(changes))"
        case .answer(let ref, let reply): "answers question \(ref.number): \(of(reply))"
        case .commitMode(let changes): "commits \(of(changes))"
        case .reloadMode: "reads the gate again"
        case .modeChanged(_, let record): "says epoch \(record.epoch) is in force"
        case .modeRefused(_, let refusal): "refuses a change of the gate: \(String("\(refusal)".prefix(24)))"
        }
    }

    private static func of(_ event: SeatEvent) -> String {
        switch event {
        case .granted(let number, let gate): "granted \(number), epoch \(gate.epoch)"
        default: String("\(event)".prefix(60))
        }
    }

    private static func of(_ event: LeaderEvent) -> String {
        switch event {
        case .observed(let record, _):
            "term \(record?.term ?? 0), \(record?.holder?.text ?? "nobody"), renewal \(record?.renewal ?? 0)"
        default: String("\(event)".prefix(60))
        }
    }

    private static func of(_ event: GateEvent) -> String {
        switch event {
        case .lookedUp(let ref, _): "has the facts of question \(ref.number)"
        case .modeReloaded(let record): "has read epoch \(record.epoch), \(record.whole.mode.rawValue)"
        default: String("\(event)".prefix(60))
        }
    }

    static func of(_ reply: Reply) -> String {
        switch reply {
        case .refused(let refusal): "refused, \(refusal)"
        case .decided(let answer):
            "\(answer.decision.word) \(answer.decision.code), rule \(answer.rule), epoch \(answer.epoch)"
                + (answer.hold.map { ", \($0.ticket)" } ?? "") + (answer.pass.map { ", pass \($0.id)" } ?? "")
        }
    }

    private static func of(_ effect: ReleaseEffect) -> String? {
        switch effect {
        case .fetchExpired, .fetchUnderWay, .fetchLanes, .readRelease, .readLoad, .readPasts: nil
        case .fetch(let includesHeld, let launcher, _, _, _):
            "fetches candidates\(includesHeld ? "" : ", released only")\(launcher.map { ", \($0.rawValue)" } ?? "")"
        case .commit(let ref, let changes): "commits \(ref.number) of the release: \(of(changes))"
        case .reload(let ticket): "reads \(ticket) again"
        case .launch(let hold, let pass): "launches \(hold.ticket), attempt \(hold.attempt), pass \(pass.id)"
        case .observe(let ids): "looks at \(ids.map(\.text).joined(separator: ", "))"
        case .readRedemption(let ticket, _): "reads whether \(ticket) was redeemed"
        case .scan: "searches Central"
        case .judgeMisfires: "judges misfires"
        }
    }

    private static func of(_ event: ReleaseEvent) -> String? {
        switch event {
        case .candidates(let holds, _, let isLast):
            "has \(holds.count) candidates\(isLast ? "" : ", and there are more")"
                + holds.map { " \($0.ticket)" }.joined()
        case .outcome(let ticket, let attempt, let outcome): "learns of \(ticket), attempt \(attempt): \(outcome)"
        case .reloaded(let ticket, let hold):
            "has \(ticket): \(hold.map { "\($0.state.rawValue), attempt \($0.attempt)" } ?? "missing")"
        case .taken(let hold): "learns that \(hold.ticket) was taken (\(hold.state.rawValue))"
        case .observed(let found, let asked): "has looked at \(asked.count), \(found.count) are listed"
        case .scanned(let hits, _, let isFull):
            "has searched Central\(isFull ? "" : " in part"): " + hits.map(\.summary.id.text).joined(separator: " ")
        case .expiredFound(let holds): "finds \(holds.count) expired"
        case .releaseRead(let record):
            "has the release: \(record.map { "\($0.stage.rawValue), revision \($0.revision)" } ?? "none")"
        case .lanesRead(let lanes): "has the lanes " + lanes.map { $0.id.tenant?.text ?? "-" }.joined(separator: " ")
        case .loadRead(let running, let count): "learns that \(running.count) run, \(count) in flight"
        // In an order of its own: a dictionary has another one in each run.
        case .pastsRead(let pasts):
            "learns how launches ended before of "
                + pasts.sorted { $0.key.text < $1.key.text }
                .map { "\($0.key) (\($0.value.failedCount) of \($0.value.endedCount) failed)" }
                .joined(separator: ", ")
        default: String("\(event)".prefix(90))
        }
    }
}

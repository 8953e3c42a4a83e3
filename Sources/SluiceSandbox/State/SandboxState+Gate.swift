extension SandboxState {
    /// Plans an execution's next question.
    mutating func scheduleQuestion(_ id: Int64, at instant: EpochMilliseconds) {
        change(id) { $0.asking?.nextAt = instant }
        deadlines.insert(.askGate, of: id, at: instant)
    }

    /// The time for a question has come: the driver may take it.
    mutating func questionIsDue(_ id: Int64) {
        change(id) { $0.asking?.nextAt = nil }
        dueQuestions.append(id)
    }

    /// Takes the questions that may be sent now; each must be answered by `gateAnswered`.
    mutating func takeQuestions() -> [GateQuestion] {
        var questions: [GateQuestion] = []
        var taken = 0
        while taken < dueQuestions.count, questionsOnTheWire < SandboxLimits.concurrentAskCountMax {
            let id = dueQuestions[taken]
            taken += 1
            guard let question = executions[id]?.question(longPollSeconds: gate?.longPollSeconds ?? 0) else { continue }
            change(id) { $0.asking?.isOnTheWire = true }
            questionsOnTheWire += 1
            counts.questions += 1
            questions.append(question)
        }
        dueQuestions.removeFirst(taken)
        return questions
    }

    /// Takes the answer to a question; the caller has let the time pass.
    mutating func gateAnswered(
        _ id: Int64, askID: String, _ answer: GateAnswer, sentAt: EpochMilliseconds, at now: EpochMilliseconds
    ) {
        questionsOnTheWire = max(0, questionsOnTheWire - 1)
        // A reset, a cancel or a restart may have happened meanwhile.
        guard let execution = executions[id], let asking = execution.asking, asking.askID == askID, asking.isOnTheWire
        else { return }
        change(id) { $0.asking?.isOnTheWire = false }
        guard execution.stage == .atGate else { return }
        switch answer {
        case .proceed(let seconds):
            let limit = seconds.map { $0 * 1000 } ?? Double(gate?.validForMilliseconds ?? 0)
            if Double(now - sentAt) > limit {
                counts.lateAnswers += 1
                change(id) { $0.asking?.lateAnswerCount += 1 }
                askAgain(id, after: 0, at: now)
            } else {
                reach(.goOn(isFallback: false), id, at: now)
            }
        case .hold(let ticket):
            guard execution.flow.atHold == .wait else { return reach(.endsAtGate(resultName: "held"), id, at: now) }
            change(id) {
                if let ticket { $0.asking?.ticket = ticket }
                $0.asking?.tryCount = 0
            }
            scheduleQuestion(id, at: max(now, sentAt + (gate?.parkedPauseMilliseconds ?? 0)))
        case .rejected: reach(.endsAtGate(resultName: "rejected"), id, at: now)
        case .trouble:
            counts.gateTroubles += 1
            askAgain(id, after: gate?.retryDelayMilliseconds ?? 0, at: now)
        case .unreachable: giveUp(id, at: now)
        }
        advance(to: now)
    }

    /// Repeats the same question, unless it was put too often.
    private mutating func askAgain(_ id: Int64, after delay: Int64, at now: EpochMilliseconds) {
        change(id) { $0.asking?.tryCount += 1 }
        guard let asking = executions[id]?.asking else { return }
        let limit = asking.ticket == nil ? gate?.tryCountMax ?? 0 : SandboxLimits.parkedTryCountMax
        if asking.tryCount >= limit { giveUp(id, at: now) } else { scheduleQuestion(id, at: now + delay) }
    }

    /// Follows the flow author's fail mode.
    private mutating func giveUp(_ id: Int64, at now: EpochMilliseconds) {
        let isOpen = executions[id]?.flow.failMode == .open
        reach(isOpen ? .goOn(isFallback: true) : .endsAtGate(resultName: "unreachable"), id, at: now)
    }

    /// The gate step is over; between steps is where a pause takes hold.
    private mutating func reach(_ verdict: SandboxExecution.Verdict, _ id: Int64, at now: EpochMilliseconds) {
        guard let execution = executions[id] else { return }
        if !hasWorker, execution.status == .running, case .goOn = verdict {
            change(id) { $0.asking?.verdict = verdict }
            return park(id, stage: .atGate)
        }
        switch (execution.status, verdict) {
        case (.running, _), (.pendingPause, .endsAtGate): follow(verdict, id, at: now)
        case (.pendingPause, .goOn):
            change(id) {
                $0.asking?.verdict = verdict
                $0.status = .paused
                $0.pauseReason = "USER_PAUSED"
                $0.settlesAt = nil
            }
        case (.paused, _), (.pendingCancel, _), (.canceled, _), (.completed, _), (.systemFailure, _): break
        }
    }

    /// Does what the gate step ended with.
    mutating func follow(_ verdict: SandboxExecution.Verdict, _ id: Int64, at now: EpochMilliseconds) {
        switch verdict {
        case .goOn(let isFallback): beginBody(id, isFallback: isFallback, at: now)
        case .endsAtGate(let name): finish(id, .completed, result: .noActionTaken, name: name, at: now)
        }
    }
}

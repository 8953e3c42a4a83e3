/// The last step of CSA's flows: the report to CSA. Until it is through, the execution runs.
extension SandboxState {
    /// The input in which CSA names its process instance (PROVEN, csa-api.md section 7).
    static let processInputName = "CSA_PROCESS_ID"

    func reportsToCSA(_ execution: SandboxExecution) -> Bool {
        csa != nil && execution.flow.callsBack && execution.flow.failure == nil
            && !(execution.inputs[Self.processInputName] ?? "").isEmpty
    }

    mutating func beginCallback(_ id: Int64, at instant: EpochMilliseconds) {
        change(id) {
            $0.stage = .callingBack
            $0.bodyEndsAt = nil
            $0.callback = SandboxExecution.Callback()
        }
        if settings.losesCallbacks {
            counts.lostCallbacks += 1
            if let execution = executions[id] { end(execution, at: instant) }
        } else if !hasWorker, executions[id]?.status == .running {
            park(id, stage: .callingBack)
        } else {
            scheduleCallback(id, at: instant)
        }
    }

    mutating func scheduleCallback(_ id: Int64, at instant: EpochMilliseconds) {
        change(id) { $0.callback?.nextAt = instant }
        deadlines.insert(.callBack, of: id, at: instant)
    }

    /// The time for a report has come: the driver may take it.
    mutating func callbackIsDue(_ id: Int64) {
        change(id) { $0.callback?.nextAt = nil }
        dueCallbacks.append(id)
    }

    /// Takes the reports that may be sent now; each must be answered by `reportAnswered`.
    mutating func takeReports() -> [CSAReport] {
        let due = dueCallbacks.prefix(SandboxLimits.concurrentAskCountMax)
        dueCallbacks.removeFirst(due.count)
        return due.compactMap { id in
            guard let execution = executions[id], execution.stage == .callingBack,
                let processID = execution.inputs[Self.processInputName]
            else { return nil }
            change(id) { $0.callback?.isOnTheWire = true }
            counts.callbacks += 1
            let isSuccess = execution.flow.result != .error
            return CSAReport(
                executionID: id, csaURL: csa?.url ?? "", processID: processID, isSuccess: isSuccess,
                text: execution.flow.resultName ?? (isSuccess ? "success" : "failure"))
        }
    }

    /// CSA's answer, or none: again, or to the end.
    mutating func reportAnswered(_ id: Int64, _ answer: CSAReport.Answer, at now: EpochMilliseconds) {
        // A reset, a cancel or a restart may have happened meanwhile.
        guard let execution = executions[id], execution.stage == .callingBack, execution.callback?.isOnTheWire == true
        else { return }
        change(id) {
            $0.callback?.isOnTheWire = false
            $0.callback?.tryCount += 1
        }
        switch answer {
        case .taken: end(execution, at: now)
        case .refused(let status) where status < 500: giveUpCallback(id, at: now)
        case .refused, .noAnswer:
            guard (execution.callback?.tryCount ?? 0) + 1 < csa?.tryCountMax ?? 0 else {
                return giveUpCallback(id, at: now)
            }
            scheduleCallback(id, at: now + (csa?.retryDelayMilliseconds ?? 0))
        }
        advance(to: now)
    }

    /// Nobody tells CSA: its process instance waits for ever.
    private mutating func giveUpCallback(_ id: Int64, at now: EpochMilliseconds) {
        counts.lostCallbacks += 1
        finish(id, .completed, result: .error, name: "callback failed", at: now)
    }
}

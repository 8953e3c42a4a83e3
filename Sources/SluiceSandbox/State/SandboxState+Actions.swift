extension SandboxState {
    /// Pauses, cancels or resumes; the caller has let the time pass.
    mutating func act(_ action: ExecutionAction, on id: Int64, at now: EpochMilliseconds) -> ActionResult {
        guard let execution = executions[id], execution.stage != .starting else { return .notFound }
        switch execution.status.outcome(of: action, engine: settings.engine) {
        case .refused(let result): return result
        case .ignored: return .success
        case .moves(.running): resume(id, at: now)
        case .moves(let status):
            let delay =
                status == .pendingPause ? settings.pauseDelayMilliseconds : settings.cancelDelayMilliseconds
            change(id) {
                $0.status = status
                $0.settlesAt = now + delay
                if status == .pendingCancel {
                    $0.bodyEndsAt = nil
                    $0.pauseReason = nil
                }
            }
            deadlines.insert(.statusSettles, of: id, at: now + delay)
            if delay == 0 { advance(to: now) }
        }
        return .success
    }

    /// PENDING_PAUSE becomes PAUSED, PENDING_CANCEL becomes CANCELED.
    mutating func settle(_ id: Int64, at instant: EpochMilliseconds) {
        guard let execution = executions[id] else { return }
        switch execution.status {
        case .pendingCancel:
            change(id) { $0.cancelReason = "MANUAL" }
            finish(id, .canceled, result: nil, name: nil, at: instant)
        case .pendingPause:
            // A pause comes between steps: the gate step and an unpausable body finish first.
            guard execution.stage == .inBody, execution.flow.isPausable, let endsAt = execution.bodyEndsAt else {
                return
            }
            change(id) {
                $0.status = .paused
                $0.pauseReason = "USER_PAUSED"
                $0.settlesAt = nil
                $0.bodyEndsAt = nil
                $0.bodyLeft = endsAt - instant
            }
        case .running, .paused, .canceled, .completed, .systemFailure: break
        }
    }

    private mutating func resume(_ id: Int64, at now: EpochMilliseconds) {
        guard let execution = executions[id] else { return }
        // Nobody would take it up: it would be paused again at once.
        guard hasWorker else { return park(id, stage: execution.stage) }
        change(id) {
            $0.status = .running
            $0.pauseReason = nil
            $0.settlesAt = nil
        }
        if execution.stage == .queued {
            firstStep(id, at: now)
        } else if execution.stage == .callingBack {
            scheduleCallback(id, at: now)
        } else if let verdict = execution.asking?.verdict, execution.stage == .atGate {
            follow(verdict, id, at: now)
        } else if let left = execution.bodyLeft {
            change(id) {
                $0.bodyLeft = nil
                $0.bodyEndsAt = now + left
            }
            deadlines.insert(.bodyEnds, of: id, at: now + left)
        }
    }
}

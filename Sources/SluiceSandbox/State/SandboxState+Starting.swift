/// A request to start an execution, the same for both dialects.
struct StartOrder: Sendable {
    var flowID: String
    var runName: String?
    var logLevel: String?
    var inputs: [String: String] = [:]
    /// Blanks are taken for missing mandatory inputs.
    var usesBlanks = false
}

/// Why a start was refused.
enum StartRefusal: Error, Hashable, Sendable {
    case unknownFlow(String)
    case missingInputs([String])
    case undeclaredInputs([String])
    case full(String)
}

extension SandboxState {
    /// Takes a start; the execution exists from `now`, or from later when a fault says so.
    mutating func start(
        _ order: StartOrder, faults: FaultTable.Effects = .init(), at now: EpochMilliseconds
    ) throws(StartRefusal) -> Int64 {
        do {
            let flow = try check(order, faults: faults)
            try makeRoom()
            counts.starts += 1
            return insert(order, flow: flow, faults: faults, at: now)
        } catch {
            counts.refusedStarts += 1
            throw error
        }
    }

    private func check(_ order: StartOrder, faults: FaultTable.Effects) throws(StartRefusal) -> SandboxFlow {
        guard let flow = flows[order.flowID] else { throw .unknownFlow(order.flowID) }
        let missing = flow.inputs.filter {
            $0.isMandatory && $0.defaultValue == nil && (order.inputs[$0.name] ?? "").isEmpty
        }
        if !order.usesBlanks, !missing.isEmpty { throw .missingInputs(missing.map(\.name)) }
        if faults.refusesUndeclared {
            var declared = Set(flow.inputs.map(\.name))
            // Gating a flow declares the pass as an optional input.
            if flow.isGated { declared.insert(SandboxFlow.passInputName) }
            let undeclared = order.inputs.keys.filter { !declared.contains($0) }
            if !undeclared.isEmpty { throw .undeclaredInputs(undeclared.sorted()) }
        }
        return flow
    }

    /// Forgets the oldest ended execution when the limit is reached.
    private mutating func makeRoom() throws(StartRefusal) {
        guard bodies.count < SandboxLimits.bodyCountMax else { throw .full("body runs") }
        guard executions.count >= SandboxLimits.executionCountMax else { return }
        for round in 0..<2 {
            while oldestIndex < startOrder.count {
                let id = startOrder[oldestIndex]
                oldestIndex += 1
                guard let execution = executions[id], execution.status.isFinal else { continue }
                executions[id] = nil
                return
            }
            if round == 0 { compact() }
        }
        throw .full("executions that run")
    }

    /// Takes the gaps out of `startOrder` and lets the search begin at the oldest again.
    private mutating func compact() {
        startOrder.removeAll { executions[$0] == nil }
        oldestIndex = 0
    }

    private mutating func insert(
        _ order: StartOrder, flow: SandboxFlow, faults: FaultTable.Effects, at now: EpochMilliseconds
    ) -> Int64 {
        let id = nextExecutionID
        nextExecutionID += 1
        var inputs = order.inputs
        for input in flow.inputs {
            if inputs[input.name] == nil, let value = input.defaultValue { inputs[input.name] = value }
        }
        var runName = order.runName ?? flow.name
        if let length = faults.runNameLength { runName = String(runName.prefix(length)) }
        let effectAt = now + faults.effectDelay
        let execution = SandboxExecution(
            id: id, flow: flow, runName: runName, logLevel: order.logLevel, inputs: inputs, owner: account.user,
            startedAt: effectAt, listedAt: effectAt + faults.listingLag, summaryAt: effectAt + faults.summaryLag,
            purgeDelay: faults.purgeDelay)
        executions[id] = execution
        if effectAt > now {
            deadlines.insert(.startTakesEffect, of: id, at: effectAt)
        } else {
            takeEffect(id, at: now)
        }
        return id
    }

    /// From here on the execution is there: it is listed and does its first step.
    mutating func takeEffect(_ id: Int64, at instant: EpochMilliseconds) {
        guard executions[id] != nil else { return }
        startOrder.append(id)
        guard hasWorker else { return park(id, stage: .queued) }
        firstStep(id, at: instant)
    }

    /// Asks the gate, or begins the body.
    mutating func firstStep(_ id: Int64, at instant: EpochMilliseconds) {
        guard let execution = executions[id] else { return }
        guard execution.flow.isGated else { return beginBody(id, isFallback: false, at: instant) }
        let askID = random.nextUUID()
        change(id) {
            $0.stage = .atGate
            $0.asking = SandboxExecution.Asking(askID: askID)
        }
        scheduleQuestion(id, at: instant)
    }

    /// Runs the body: the one place that counts it.
    mutating func beginBody(_ id: Int64, isFallback: Bool, at instant: EpochMilliseconds) {
        guard var execution = executions[id], execution.bodyIndex == nil else { return }
        execution.stage = .inBody
        execution.bodyIndex = bodies.count
        let endsAt = instant + execution.flow.durationMilliseconds
        execution.bodyEndsAt = endsAt
        executions[id] = execution
        bodies.append(
            SandboxBody(
                executionID: String(id), flowID: execution.flow.id, runName: execution.runName,
                inputs: execution.shownInputs(hiding: SHA256Digest.label(of:)), startedAt: instant,
                isFallback: isFallback))
        if endsAt <= instant { endBody(id, at: instant) } else { deadlines.insert(.bodyEnds, of: id, at: endsAt) }
    }

    /// The body came to its end step, or broke down.
    mutating func endBody(_ id: Int64, at instant: EpochMilliseconds) {
        guard let execution = executions[id], execution.stage == .inBody else { return }
        if reportsToCSA(execution) { return beginCallback(id, at: instant) }
        end(execution, at: instant)
    }

    /// To its end step, past the body and the report.
    mutating func end(_ execution: SandboxExecution, at instant: EpochMilliseconds) {
        let id = execution.id
        let flow = execution.flow
        if let failure = flow.failure {
            finish(id, .systemFailure, result: nil, name: failure, at: instant)
        } else {
            let name = flow.resultName ?? (flow.result == .error ? "failure" : "success")
            finish(id, .completed, result: flow.result, name: name, at: instant)
        }
    }

    /// Ends an execution for good.
    mutating func finish(
        _ id: Int64, _ status: ExecutionStatus, result: SandboxFlow.Result?, name: String?,
        at instant: EpochMilliseconds
    ) {
        guard var execution = executions[id], !execution.status.isFinal else { return }
        execution.status = status
        execution.stage = .over
        execution.resultType = result
        execution.resultName = name
        execution.endedAt = instant
        execution.pauseReason = nil
        execution.bodyEndsAt = nil
        execution.bodyLeft = nil
        execution.settlesAt = nil
        execution.asking?.nextAt = nil
        execution.callback?.nextAt = nil
        if let index = execution.bodyIndex { bodies[index].endedAt = instant }
        if let delay = execution.purgeDelay {
            execution.purgeAt = instant + delay
            deadlines.insert(.purge, of: id, at: instant + delay)
        }
        executions[id] = execution
    }
}

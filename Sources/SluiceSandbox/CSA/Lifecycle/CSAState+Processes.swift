/// Process instances: made, launched in OO, ended by the callback (csa-api.md section 7); and pools.
extension CSAState {
    /// Makes a process instance and puts its flow in line to be started.
    ///
    /// - Returns: Nil when the definition is gone, or there would be too many.
    mutating func launch(
        _ definitionID: String, context: String, purpose: CSAProcess.Purpose, timeoutSeconds: Int64 = 0,
        errorOnTimeout: Bool = false, at instant: EpochMilliseconds
    ) -> String? {
        guard data.definitions[definitionID] != nil, data.processes.count < CSALimits.processCountMax else {
            return nil
        }
        var process = CSAProcess(
            id: nextID(), definitionID: definitionID, contextID: context, purpose: purpose, createdAt: instant)
        process.timeoutSeconds = timeoutSeconds
        process.errorOnTimeout = errorOnTimeout
        data.processes.put(process)
        execute(process.id, at: instant)
        return process.id
    }

    /// Puts a process's flow in line to be started.
    mutating func execute(_ id: String, at instant: EpochMilliseconds) {
        guard let process = data.processes[id] else { return }
        let timeoutAt = process.timeoutSeconds > 0 ? instant + process.timeoutSeconds * 1000 : nil
        data.processes.change(id) {
            $0.state = .pending
            $0.launch = .due
            $0.launchedAt = instant
            $0.timeoutAt = timeoutAt
        }
        if let timeoutAt { deadlines.insert(.timeout(process: id), at: timeoutAt) }
        data.counts.launches += 1
        dueLaunches.append(id)
    }

    /// Takes the launches that may be sent now; each must be answered by `launchAnswered`.
    mutating func takeLaunches() -> [CSALaunch] {
        var launches: [CSALaunch] = []
        var taken = 0
        while taken < dueLaunches.count, launchesOnTheWire < CSALimits.concurrentLaunchCountMax {
            let id = dueLaunches[taken]
            taken += 1
            guard let process = data.processes[id], process.launch == .due,
                let definition = data.definitions[process.definitionID]
            else { continue }
            data.processes.change(id) { $0.launch = .onTheWire }
            launchesOnTheWire += 1
            var inputs = definition.inputs.merging(process.properties) { $1 }
            inputs["CSA_PROCESS_ID"] = process.id
            inputs["CSA_CONTEXT_ID"] = process.contextID
            launches.append(
                CSALaunch(
                    processID: id, ooURL: settings.ooURL, dialect: settings.ooDialect, flowID: definition.flowID,
                    runName: definition.name, inputs: inputs))
        }
        dueLaunches.removeFirst(taken)
        return launches
    }

    /// OO's answer, or none; `now` is CSA's time.
    mutating func launchAnswered(_ id: String, _ answer: CSALaunch.Answer, at now: EpochMilliseconds) {
        launchesOnTheWire = max(0, launchesOnTheWire - 1)
        // A reset or a restart may have happened meanwhile.
        guard let process = data.processes[id], process.launch == .onTheWire else { return }
        switch answer {
        case .accepted(let executionID):
            data.processes.change(id) {
                $0.launch = .accepted
                $0.executionID = executionID
                // A quick flow may have called back before.
                if !$0.state.isFinal { $0.state = .active }
            }
        case .refused(let status):
            data.counts.refusedLaunches += 1
            data.processes.change(id) {
                $0.launch = .refused
                $0.launchStatus = status
            }
            end(id, .error, .failure, text: "OO answered \(status)", isLaunched: false, at: now)
        case .unanswered:
            data.counts.unansweredLaunches += 1
            data.processes.change(id) { $0.launch = .unanswered }
            if settings.unansweredLaunchFails {
                end(id, .error, .failure, text: "OO did not answer", isLaunched: false, at: now)
            } else if !process.state.isFinal {
                data.processes.change(id) { $0.state = .active }
            }
        }
        advance(to: now)
    }

    /// Its time is over: an error, or regarded as done, as the action says.
    mutating func processTimesOut(_ id: String, at instant: EpochMilliseconds) {
        guard let process = data.processes[id] else { return }
        end(id, process.errorOnTimeout ? .error : .completed, .timeout, text: "timeout", at: instant)
    }

    /// Takes a process to its end, once, and whoever waits for it on.
    ///
    /// An approval whose flow could not be started stays pending (UNKNOWN): nobody has said no.
    private mutating func end(
        _ id: String, _ state: CSAProcess.State, _ code: CSAProcess.ReturnCode?, text: String?,
        isLaunched: Bool = true, at instant: EpochMilliseconds
    ) {
        guard let process = data.processes[id], !process.state.isFinal else { return }
        data.processes.change(id) {
            $0.state = state
            $0.returnCode = code
            $0.statusText = text
            $0.endedAt = instant
            $0.timeoutAt = nil
            // What ended before it was sent is not sent any more.
            if $0.launch == .due { $0.launch = .none }
        }
        let isSuccess = state == .completed && code != .failure
        switch process.purpose {
        case .transition(let recordID):
            guard let record = data.records[recordID], record.processID == id, record.isCallbackPending else { return }
            stageEnded(recordID, isSuccess: isSuccess, at: instant)
        case .approval(let approvalID):
            guard isLaunched, settings.delegatedProcessDecides else { return }
            decide(approvalID, approves: isSuccess, comment: text, at: instant)
        case .poolSync, .api: break
        }
    }

    // MARK: Pools

    mutating func syncIsDue(_ poolID: String, at instant: EpochMilliseconds) {
        guard let pool = data.pools[poolID] else { return }
        let nextAt = pool.intervalMilliseconds.map { instant + $0 }
        data.pools.change(poolID) { $0.nextAt = nextAt }
        if let nextAt { deadlines.insert(.sync(pool: poolID), at: nextAt) }
        sync(poolID, at: instant)
    }

    /// An OO flow run whose context is the pool (csa-api.md section 8).
    @discardableResult
    mutating func sync(_ poolID: String, at instant: EpochMilliseconds) -> String? {
        guard let pool = data.pools[poolID] else { return nil }
        return launch(pool.processDefinitionID, context: poolID, purpose: .poolSync(pool: poolID), at: instant)
    }

    // MARK: `/processinstances`

    mutating func processReply(_ call: LegacyCall) -> LegacyReply {
        switch (call.method, call.rest.count) {
        case ("POST", 1): return .catching { () throws(LegacyTrouble) in try createProcess(call) }
        case ("GET", 2): return data.processes[call.rest[1]].map { .element(element($0)) } ?? .notFound
        case ("PUT", 2): return .catching { () throws(LegacyTrouble) in try updateProcess(call.rest[1], call) }
        case ("POST", 3) where call.rest[2] == "execute":
            return .catching { () throws(LegacyTrouble) in
                guard let process = data.processes[call.rest[1]] else { throw LegacyTrouble(404, "object not found") }
                guard [.initialized, .ready].contains(process.state) else {
                    throw LegacyTrouble(500, "the process instance was executed before")
                }
                execute(process.id, at: call.now)
                return element(data.processes[process.id] ?? process)
            }
        default: return .notFound
        }
    }

    private mutating func createProcess(_ call: LegacyCall) throws(LegacyTrouble) -> CSAElement {
        let root = try call.body("ProcessInstance")
        guard let definition = data.definitions[root.text(at: "processDefinition", "id")] else {
            throw LegacyTrouble(500, "processDefinition is required, and must be known")
        }
        guard data.processes.count < CSALimits.processCountMax else { throw LegacyTrouble(500, "too many") }
        var process = CSAProcess(
            id: nextID(), definitionID: definition.id, contextID: root.text(at: "artifactId") ?? "", purpose: .api,
            createdAt: call.now)
        process.properties = try properties(root)
        process.timeoutSeconds = max(0, min(root.text(at: "timeout").flatMap { Int64($0) } ?? 0, 604_800))
        process.errorOnTimeout = root.text(at: "errorOnTimeout") == "true"
        data.processes.put(process)
        return element(process)
    }

    private func properties(_ root: CSAElement) throws(LegacyTrouble) -> [String: String] {
        var properties: [String: String] = [:]
        for property in root.all("property") {
            guard let name = property.text(at: "name") else { continue }
            properties[name] = property.text(at: "values", "value") ?? ""
        }
        guard properties.count <= CSALimits.propertyCountMax else { throw LegacyTrouble(500, "too many properties") }
        return properties
    }

    /// The callback of OO's flow, or a person's hand.
    private mutating func updateProcess(_ id: String, _ call: LegacyCall) throws(LegacyTrouble) -> CSAElement {
        let root = try call.body("ProcessInstance")
        guard let process = data.processes[id] else { throw LegacyTrouble(404, "object not found") }
        func known<Value: RawRepresentable<String>>(_ name: String, _ type: Value.Type) throws(LegacyTrouble) -> Value?
        {
            guard let text = root.text(at: name, "name") else { return nil }
            guard let value = Value(rawValue: text) else { throw LegacyTrouble(500, "\(name) \(text) is unknown") }
            return value
        }
        let state = try known("processInstanceState", CSAProcess.State.self)
        let code = try known("processReturnCode", CSAProcess.ReturnCode.self)
        let properties = try properties(root)
        let text = root.text(at: "status")
        if process.state.isFinal, let state, state != process.state {
            data.counts.refusedCallbacks += 1
            guard settings.version == .v400 else {
                throw LegacyTrouble(settings.terminalRefusedCode, "the process instance has ended")
            }
        }
        data.counts.callbacks += 1
        let takesAny = settings.version == .v400
        data.processes.change(id) { process in
            process.callbackCount += 1
            process.properties.merge(properties) { $1 }
            // Before 4.80 an ended one takes other states too; whoever waited for it has gone on all the same.
            guard !process.state.isFinal || takesAny else { return }
            if let state, process.state.isFinal || !state.isFinal { process.state = state }
            if let code { process.returnCode = code }
            if let text { process.statusText = text }
        }
        if let state, state.isFinal { end(id, state, code, text: text, at: call.now) }
        return element(data.processes[id] ?? process)
    }

    private func element(_ process: CSAProcess) -> CSAElement {
        var children = [
            CSAElement("id", text: process.id), CSAElement("objectId", text: process.id),
            CSAElement("processInstanceState", category: process.state.rawValue, of: "PROCESS_INSTANCE_STATE"),
            CSAElement("artifactId", text: process.contextID),
            CSAElement("processDefinition", children: [CSAElement("id", text: process.definitionID)]),
            CSAElement("timeout", .integer(process.timeoutSeconds)),
            CSAElement("errorOnTimeout", .bool(process.errorOnTimeout)),
            CSAElement("status", text: process.statusText ?? ""),
        ]
        if let code = process.returnCode {
            children.append(CSAElement("processReturnCode", category: code.rawValue, of: "PROCESS_RETURN_CODE"))
        }
        for (name, value) in process.properties.sorted(by: { $0.key < $1.key }) {
            children.append(
                CSAElement(
                    "property",
                    children: [
                        CSAElement("name", text: name),
                        CSAElement("values", children: [CSAElement("value", text: value)], isRepeated: true),
                    ], isRepeated: true))
        }
        return CSAElement("ProcessInstance", children: children)
    }
}

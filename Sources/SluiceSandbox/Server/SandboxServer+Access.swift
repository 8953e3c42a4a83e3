extension SandboxServer {
    /// Adds flows, or replaces those with the same id.
    public func add(flows: [SandboxFlow]) {
        core.withState { state, _ in for flow in flows { state.add(flow) } }
    }

    /// Adds faults behind those in force; false when there would be more than `SandboxLimits.faultCountMax`.
    @discardableResult
    public func add(faults: [SandboxFault]) -> Bool {
        core.withState { state, _ in state.faults.add(faults) }
    }

    /// How many requests a fault was applied to; 0 when there is none with this id.
    public func hitCount(ofFault id: String) -> Int {
        core.withState { state, _ in state.faults.rows.first { $0.fault.id == id }?.hitCount ?? 0 }
    }

    /// Ends all faults; what they did to executions already started stays.
    public func removeFaults() {
        core.withState { state, _ in state.faults.removeAll() }
    }

    /// Every body run since the start or the last reset, in order.
    public var bodies: [SandboxBody] {
        core.withState { state, _ in state.bodies }
    }

    /// The inputs with which an execution was started, secrets as they are: for a program that plays its flow.
    public func inputs(ofExecution id: String) -> [String: String]? {
        core.withState { state, _ in Int64(id).flatMap { state.executions[$0]?.inputs } }
    }

    /// How many body runs had each value of that input. Proof of "at most once": no number is above 1.
    public func bodyCounts(key: String, flow: String? = nil) -> [String: Int] {
        core.withState { state, _ in state.bodyCounts(key: key, flow: flow) }
    }

    /// What `GET /control/state` shows.
    public var overview: LooseValue {
        core.withState { state, now in state.overview(at: now) }
    }

    /// Makes a schedule as a person in Central would.
    ///
    /// - Returns: Its id, or nil when it is refused.
    @discardableResult
    public func add(schedule: SandboxSchedule) -> String? {
        core.withState { state, now in (try? state.add(schedule, at: now)).map(String.init) }
    }

    /// Turns a schedule on or off as a person in Central would; unknown ids change nothing.
    public func switchSchedule(_ id: String, to isEnabled: Bool) {
        core.withState { state, now in
            if let index = state.scheduleIndex(id) { state.switchSchedule(index, to: isEnabled, at: now) }
        }
    }

    /// Says where CSA is, when its port was not known before; without `SandboxConfiguration.csa` nothing changes.
    public func setCSA(url: String) {
        core.withState { state, _ in state.csa?.url = url }
    }

    /// Turns the workers on or off, all of them.
    public func switchWorkers(to isActive: Bool) {
        core.withState { state, _ in
            for index in state.workers.indices { state.workers[index].isActive = isActive }
        }
    }

    /// Every schedule, in the order they were made.
    public var schedules: [SandboxSchedule] { core.withState { state, _ in state.schedules } }

    /// Forgets executions, body runs, schedules, faults and sessions; flows, settings and the id counter stay.
    public func reset() {
        core.withState { state, _ in state.reset() }
    }

    /// The settings in force.
    public var settings: SandboxSettings {
        get { core.withState { state, _ in state.settings } }
        set { core.withState { state, _ in state.settings = newValue } }
    }

    /// Starts an execution as somebody inside Central would (its own scheduler, a person): past every HTTP face.
    ///
    /// - Returns: The execution's id, or nil when the flow is unknown or a mandatory input is missing.
    @discardableResult
    public func startInside(flow: String, runName: String? = nil, inputs: [String: String] = [:]) -> String? {
        core.withState { state, now in
            (try? state.start(StartOrder(flowID: flow, runName: runName, inputs: inputs), at: now)).map(String.init)
        }
    }
}

public import SluiceCore
public import SluiceForecast
public import SluiceModel
public import SluicePorts

extension GateOutlook {
    /// By the gate's own rules, with the gate as it is and one mode changed while a window is closed.
    ///
    /// - Parameters:
    ///   - mode: Of the window; nil: the gate stays as it is.
    ///   - scope: What is closed; nil: the whole gate.
    ///   - principal: As whom the schedules ask: an allow rule may name one.
    public init(
        gate: GateRecord, policy: GatePolicy, inventory: Inventory, mode: GateMode?, scope: Scope?,
        principal: Principal, at time: Timestamp
    ) {
        let closed = mode.map { gate.planned($0, for: scope, at: time) } ?? gate
        self.init(
            inWindow: {
                $0.isFrozen ? .hold(.maintenance) : $0.decision(closed, policy, inventory, principal, at: time)
            },
            // That the thaw comes with the window's end is assumed.
            outside: { $0.decision(gate, policy, inventory, principal, at: time) },
            asking: { $0.asking(inventory) })
    }
}

extension PlannedSchedule {
    /// Central launches its own without asking: only their flow's first step does, if it is gated.
    fileprivate func asking(_ inventory: Inventory) -> Asking {
        guard case .central = origin else { return .scheduler }
        if isFrozen { return .frozen }
        return flow.flatMap { inventory[$0] }?.isGated == true ? .flow : .nobody
    }

    fileprivate func decision(
        _ gate: GateRecord, _ policy: GatePolicy, _ inventory: Inventory, _ principal: Principal, at time: Timestamp
    ) -> Decision {
        guard asking(inventory) != .nobody else { return .proceed(.open) }
        // A job that no rule maps to a flow asks under its own name, which no scope of a flow has.
        var request = LaunchRequest(flow: flow ?? FlowID(id.text), source: .scheduler)
        let known = flow.flatMap { inventory[$0] }
        request.flowPath = flowPath ?? known?.path
        request.scheduleID = id
        // Another scheduler launches by itself once it may; Sluice launches what Central's scheduler would have.
        if case .file = origin { request.launcher = .caller }
        return GatePreview.decision(
            on: request, by: principal, gate: gate, policy: policy, contentPack: known?.contentPack, at: time)
    }
}

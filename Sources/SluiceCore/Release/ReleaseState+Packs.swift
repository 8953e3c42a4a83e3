import SluiceModel

/// What a pack that was replaced means for a launch that was held before.
extension ReleaseState {
    /// A hold whose flow is gone or takes its inputs no more is not launched unseen: an operator decides.
    ///
    /// What is shown is remembered with the hold, so that the operator's `retry` launches it all the same, until the
    /// flow changes once more.
    mutating func stopIfIncompatible(_ hold: Hold, at now: Moment) -> ReleaseEffect? {
        guard isInventoryLoaded, let memory = hold.request.flowMemory else { return nil }
        let flow = flows[hold.request.flow]
        let found = FlowCompatibility.incompatibilities(of: hold.request, to: flow)
        guard !found.isEmpty else {
            stops[hold.ticket] = nil
            return nil
        }
        var update = HoldUpdate()
        update.flowMemory = memory.updated(to: flow)
        let place = flow.map { FlowMemory(of: $0).place }
        let since = place.map { " (held with \(memory.place); now \($0))" } ?? ""
        let move = HoldMove(
            ticket: hold.ticket, from: [hold.state], attempt: hold.attempt, to: .awaitingOperator, at: now.wall,
            by: .sluice,
            cause: "the content pack was replaced: \(found.joined(separator: "; "))\(since). "
                + "Retry launches it all the same", update: update)
        // A stop that was not written is tried again, and counts once.
        if stops[hold.ticket] == nil { notLaunched(hold, at: now) }
        stops[hold.ticket] = .underWay
        return commit([.moveHold(move)], .stop, of: hold.ticket)
    }

    /// Whether a hold is being given to the operator: until that is known it is not looked at again.
    func isBeingStopped(_ hold: Hold) -> Bool { stops[hold.ticket] == .underWay }

    /// What became of a stop that met another's change, or whose commit had an unknown end.
    mutating func stopRead(_ ticket: Ticket, _ hold: Hold?) {
        guard stops[ticket] != nil else { return }
        let isLeft = hold.map { $0.state == .held || $0.state == .released } ?? false
        stops[ticket] = isLeft ? .failed : nil
    }

    /// A launch by Sluice runs as its account, which a flow that reads the user's identity may not bear: by policy a
    /// person decides. Whoever lets it go by hand has decided.
    mutating func stopIfIdentityCounts(_ hold: Hold, at now: Moment) -> ReleaseEffect? {
        guard record.settings.identity == .awaitOperator, hold.request.launcher == .sluice, hold.state == .held,
            hold.attempt == 0, flows[hold.request.flow]?.readsIdentity == true
        else { return nil }
        let move = HoldMove(
            ticket: hold.ticket, from: [.held], attempt: hold.attempt, to: .awaitingOperator, at: now.wall,
            by: .sluice,
            cause: "its flow reads the identity of whoever runs it, and would run as Sluice's account. Retry launches "
                + "it all the same")
        return commit([.moveHold(move)], .other, of: hold.ticket)
    }
}

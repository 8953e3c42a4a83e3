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
        guard !found.isEmpty else { return nil }
        var update = HoldUpdate()
        update.flowMemory = memory.updated(to: flow)
        let place = flow.map { FlowMemory(of: $0).place }
        let since = place.map { " (held with \(memory.place); now \($0))" } ?? ""
        let move = HoldMove(
            ticket: hold.ticket, from: [hold.state], attempt: hold.attempt, to: .awaitingOperator, at: now.wall,
            by: .sluice,
            cause: "the content pack was replaced: \(found.joined(separator: "; "))\(since). "
                + "Retry launches it all the same", update: update)
        return commit([.moveHold(move)], .other, of: hold.ticket)
    }
}

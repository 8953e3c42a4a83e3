public import SluiceCore
import SluiceForecast
public import SluiceModel
import SluicePorts

extension Store {
    /// The first hold of an ordering key that has not ended.
    /// - Throws: `StoreError`.
    func firstOpen(of key: OrderingKey) async throws -> Ticket? {
        var query = HoldQuery(states: Set(HoldState.allCases.filter { !$0.isFinal }), limit: 1)
        query.orderingKey = key
        return try await holds(query).holds.first?.ticket
    }
}

extension Engine {
    /// What a hold waits for and when it may start. Reads its place and the first of its ordering key.
    /// - Throws: `StoreError`.
    public func outlook(of hold: Hold) async throws -> (outlook: HoldOutlook, position: Int?) {
        let position = try await store.position(of: hold)
        var head: Ticket?
        if let key = hold.request.orderingKey, !hold.state.isFinal {
            head = try await store.firstOpen(of: key)
        }
        let release = try await releases.recordInForce()
        return (outlook(of: hold, position: position, head: head, release: release), position)
    }

    /// The same, with what is known of the store.
    /// - Parameter release: nil: as this replica last knew it; it reads nothing.
    public func outlook(
        of hold: Hold, position: Int?, head: Ticket? = nil, release: ReleaseRecord? = nil
    ) -> HoldOutlook {
        let gate = gatekeeper.snapshot().record
        let pack = inventory[hold.request.flow]?.contentPack
        let mode = gate.mode(for: hold.request, contentPack: pack)
        let release = release ?? releaser.record
        var facts = HoldOutlook.Facts(
            mode: mode, closedEpoch: gate.closedEpoch, ratePerMinute: release.ratePerMinute)
        if !mode.mode.isOpen { facts.opening = opening(of: mode) }
        facts.position = position
        facts.head = head
        if !hasCentral {
            facts.releaseObstacle = "no Central is configured (central.url)"
        } else if !release.stage.letsStart {
            facts.releaseObstacle = "the release is \(release.stage.rawValue)"
        } else if let leader, leader.term == nil {
            facts.releaseObstacle = leader.absence
        } else {
            facts.releaseObstacle = releaser.snapshot().trouble
        }
        return HoldOutlook(of: hold, facts, at: clocks.now().wall)
    }

    /// The end of the window that closed the gate there; the latest, should several last.
    private func opening(of mode: ScopeMode) -> HoldOutlook.Opening? {
        let ledger = windows.ledger
        var latest: HoldOutlook.Opening?
        for occurrence in ledger.begunOccurrences
        where occurrence.gate?.isOpen == true || occurrence.gate?.step == .shared {
            guard let window = ledger.window(occurrence.window), window.scope == mode.scope,
                occurrence.end > latest?.at ?? .zero
            else { continue }
            latest = HoldOutlook.Opening(at: occurrence.end, window: window.id, isByItself: window.endsByItself)
        }
        return latest
    }
}

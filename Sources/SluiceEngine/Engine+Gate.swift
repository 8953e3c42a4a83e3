import SluiceCore
import SluiceModel
import SluicePorts

// The gate at the start, and who keeps it.
extension Engine {
    /// Several replicas may start at once: whoever comes second reads what the first one wrote.
    static func gate(
        in store: any Store, configuration: EngineConfiguration, fence: FenceSource, at now: Timestamp
    ) async throws -> GateRecord {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            let stored = try await store.gate()
            guard let (record, changes) = firstChange(of: stored, configuration, at: now) else {
                if let stored { return stored }
                continue
            }
            do {
                try await store.commit(changes, fence: fence.current)
                return record
            } catch let error as StoreError where error.code == .conflict {
                continue
            }
        }
        throw StoreError(.conflict, "the gate is being changed by other replicas all the time; start again")
    }

    /// What the start makes of the gate; nil when it stays as it is stored.
    private static func firstChange(
        of stored: GateRecord?, _ configuration: EngineConfiguration, at now: Timestamp
    ) -> (record: GateRecord, changes: [Change])? {
        guard let stored else {
            let mode = configuration.startsClosed ? .hold : configuration.initialMode
            let record = GateRecord(
                epoch: .first,
                whole: ScopeMode(scope: nil, mode: mode, since: now, by: .sluice, reason: "first start"))
            return (record, [.setGate(record, replacing: Epoch(0))])
        }
        guard configuration.startsClosed, stored.whole.mode.isOpen else { return nil }
        var closed = stored
        closed.epoch = stored.epoch.next
        closed.closedEpoch = closed.epoch
        closed.whole = ScopeMode(scope: nil, mode: .hold, since: now, by: .sluice, reason: "started closed")
        return (
            closed,
            [
                .setGate(closed, replacing: stored.epoch),
                .recallReleased(at: now, by: .sluice, cause: "Sluice was started closed"),
            ]
        )
    }

    /// - Parameter isFresh: Whether the store had no gate before this start.
    static func makeGatekeeper(
        _ basis: EngineBasis, _ record: GateRecord, isFresh: Bool, plugins: PluginChain, survey: CSASurvey?,
        seatID: ReplicaID?
    ) -> Gatekeeper {
        let (configuration, links, packs) = (basis.configuration, basis.links, basis.packs)
        var policy = configuration.gate
        policy.hasInterceptors = !plugins.isEmpty
        policy.interceptorMatches = plugins.matches
        return Gatekeeper(
            record: record, policy: policy, store: basis.store, central: basis.central, plugins: plugins,
            clocks: basis.clocks, fence: basis.fence, logger: basis.logger, metrics: basis.metrics,
            onCommitted: basis.announce, onStoreFailed: { links.monitor.value?.failed() },
            resumedAt: isFresh ? nil : basis.clocks.now().monotonic,
            onGateChanged: { record, closedEpoch in
                links.releaser.value?.handle(.gateChanged(record, closedEpoch: closedEpoch))
            }, seatID: seatID, onOutrun: links.hurrySeat, onOwnChange: { links.seat.value?.applied($0) },
            readPacks: { if configuration.replicas != nil { try await packs.refresh() } },
            isContinuing: { await continuation(of: $0, survey, links.maintenance.value) })
    }
}

import SluiceCore
import SluiceModel
import SluicePorts

/// Makes what one replica alone runs, anew each term.
struct TermFactory: Sendable {
    let basis: EngineBasis
    let gatekeeper: Gatekeeper
    let reader: ScheduleReader
    let outside: [any OutsideSystem]
    let pauses: (schedules: CentralPause, executions: CentralPause)
    let random: any RandomSource

    /// Makes them, and lets everybody reach them.
    /// - Parameter term: nil: those that rest, because another replica leads.
    func install(_ term: FenceSource?) async throws -> LeaderKeeper.Parts {
        let links = basis.links
        let releaser = try await releaser(term)
        let freezer = freezer(term ?? basis.fence)
        links.releaser.set(releaser)
        if let freezer { links.freezer.set(freezer) }
        let keeper = keeper(term ?? basis.fence)
        if let keeper { links.keeper.set(keeper) }
        // What the gate and the packs became while it was made.
        basis.packs.tell(releaser)
        let record = gatekeeper.recorded
        releaser.handle(.gateChanged(record, closedEpoch: record.closedEpoch))
        return LeaderKeeper.Parts(releaser: releaser, freezer: freezer, keeper: keeper)
    }

    /// - Parameter term: nil: one that rests, because another replica leads.
    /// - Throws: `StoreError`.
    func releaser(_ term: FenceSource?) async throws -> Releaser {
        let (configuration, store, links) = (basis.configuration, basis.store, basis.links)
        // Whoever led before may have loaded more.
        if term != nil, configuration.replicas != nil { try await basis.packs.refresh() }
        let judgedEpoch = try await store.judgedEpoch()
        let rest: @Sendable () -> String? = { links.leader.value?.notLeading }
        return Releaser(
            gate: gatekeeper.recorded, judgedEpoch: judgedEpoch, policy: configuration.release, packs: basis.packs,
            store: store, central: basis.central, sealer: basis.sealer, minter: basis.minter, clocks: basis.clocks,
            fence: term ?? basis.fence, listPageSize: configuration.listPageSize, misfires: configuration.misfires,
            pause: pauses.executions, logger: basis.logger, metrics: basis.metrics,
            release: try await store.release(), jitterSeed: random.next(),
            inFlightCount: { [gatekeeper] in
                gatekeeper.snapshot().inFlightCount + (links.leader.value?.othersInFlightCount ?? 0)
            },
            onCommitted: { [watchers = basis.watchers] in CommitNews.tell($0, watchers) }, permit: links.permit,
            onOutrun: links.hurrySeat, resting: term == nil ? rest : nil)
    }

    /// nil without a Central.
    func freezer(_ fence: FenceSource) -> ScheduleFreezer? {
        guard let central = basis.central else { return nil }
        let (configuration, store, clocks) = (basis.configuration, basis.store, basis.clocks)
        let window = configuration.catchUp == .unknown ? configuration.catchUpWindow : .zero
        return ScheduleFreezer(
            policy: FreezePolicy(
                thawInterval: configuration.thawInterval,
                // What begins within the window may be listed that much later.
                catchUpWindow: window == .zero ? .zero : window + configuration.release.listingLag), reader: reader,
            settler: GapSettler(
                reader: reader, catchUp: configuration.catchUp,
                search: CatchUpSearch(
                    reader: reader, window: window, store: store, central: central,
                    listPageSize: configuration.listPageSize),
                store: store, minter: basis.minter, clocks: clocks, fence: fence,
                epoch: { [gatekeeper] in gatekeeper.snapshot().record.epoch }, metrics: basis.metrics,
                logger: basis.logger,
                onCommitted: { [basis] changes in
                    basis.announce(changes)
                    basis.links.releaser.value?.handle(.stirred)
                }),
            pause: pauses.schedules, store: store, central: central, clocks: clocks, fence: fence,
            logger: basis.logger, permit: basis.links.permit)
    }

    /// nil where nothing outside is changed.
    func keeper(_ fence: FenceSource) -> JournalKeeper? {
        guard !outside.isEmpty else { return nil }
        return JournalKeeper(
            systems: outside, lateDuration: basis.configuration.lateWriteDuration, store: basis.store,
            clocks: basis.clocks, fence: fence, logger: basis.logger, permit: basis.links.mayAct)
    }
}

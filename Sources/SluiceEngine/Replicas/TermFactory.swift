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

    /// Makes what a term runs, and lets everybody reach it.
    /// - Throws: `StoreError`.
    func install(_ term: FenceSource) async throws -> LeaderKeeper.Parts {
        show(try await releaser(term), term)
    }

    /// Lets everybody reach what rests, because another replica leads.
    func rest() {
        // What the term knew of the release is told on.
        _ = show(restingReleaser(basis.links.releaser.value?.record), nil)
    }

    private func show(_ releaser: Releaser, _ term: FenceSource?) -> LeaderKeeper.Parts {
        let links = basis.links
        let (freezer, keeper) = (freezer(term), keeper(term))
        if let freezer { links.freezer.set(freezer) }
        if let keeper { links.keeper.set(keeper) }
        // Last: who sees it sees the others of its term.
        links.releaser.set(releaser)
        // What the gate and the packs became while it was made.
        basis.packs.tell(releaser)
        let record = gatekeeper.recorded
        releaser.handle(.gateChanged(record, closedEpoch: record.closedEpoch))
        return LeaderKeeper.Parts(releaser: releaser, freezer: freezer, keeper: keeper)
    }

    /// One that works.
    /// - Throws: `StoreError`.
    func releaser(_ term: FenceSource) async throws -> Releaser {
        // Whoever led before may have loaded more.
        if basis.configuration.replicas != nil { try await basis.packs.refresh() }
        let judgedEpoch = try await basis.store.judgedEpoch()
        return releaser(term, judgedEpoch: judgedEpoch, release: try await basis.store.release(), resting: nil)
    }

    /// One that does nothing. It is made without the store: a term often ends because that is away.
    /// - Parameter release: What it tells of the release.
    func restingReleaser(_ release: ReleaseRecord?) -> Releaser {
        let links = basis.links
        return releaser(basis.fence, judgedEpoch: nil, release: release, resting: { links.leader.value?.notLeading })
    }

    private func releaser(
        _ fence: FenceSource, judgedEpoch: Epoch?, release: ReleaseRecord?, resting: (@Sendable () -> String?)?
    ) -> Releaser {
        let (configuration, store, links) = (basis.configuration, basis.store, basis.links)
        return Releaser(
            gate: gatekeeper.recorded, judgedEpoch: judgedEpoch, policy: configuration.release, packs: basis.packs,
            store: store, central: basis.central, sealer: basis.sealer, minter: basis.minter, clocks: basis.clocks,
            fence: fence, listPageSize: configuration.listPageSize, misfires: configuration.misfires,
            pause: pauses.executions, logger: basis.logger, metrics: basis.metrics,
            release: release, jitterSeed: random.next(),
            inFlightCount: { [gatekeeper] in
                gatekeeper.snapshot().inFlightCount + (links.leader.value?.othersInFlightCount ?? 0)
            },
            onCommitted: { [watchers = basis.watchers] in CommitNews.tell($0, watchers) }, permit: links.permit,
            onOutrun: links.hurrySeat, resting: resting)
    }

    /// nil without a Central.
    /// - Parameter term: nil: one that rests, because another replica leads.
    func freezer(_ term: FenceSource?) -> ScheduleFreezer? {
        guard let central = basis.central else { return nil }
        let (configuration, store, clocks) = (basis.configuration, basis.store, basis.clocks)
        let fence = term ?? basis.fence
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
            logger: basis.logger, isResting: term == nil, permit: basis.links.permit)
    }

    /// nil where nothing outside is changed.
    /// - Parameter term: nil: one that rests, because another replica leads.
    func keeper(_ term: FenceSource?) -> JournalKeeper? {
        guard !outside.isEmpty else { return nil }
        return JournalKeeper(
            systems: outside, lateDuration: basis.configuration.lateWriteDuration, store: basis.store,
            clocks: basis.clocks, fence: term ?? basis.fence, logger: basis.logger, isResting: term == nil,
            permit: basis.links.mayAct)
    }
}

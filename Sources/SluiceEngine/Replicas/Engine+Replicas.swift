import SluiceCore
public import SluiceModel
import SluicePorts

// The replicas that share the store, and which of them leads.
extension Engine {
    /// What this process writes with where one replica alone may; nil while another leads.
    public var leaderFence: Fence? { notLeading == nil ? writeFence : nil }

    /// Why this replica does not lead, and who does, as an operator is told; nil when it leads.
    public var notLeading: String? { leader?.notLeading }

    /// Whether this replica may decide: it has the store alone, or its lease holds.
    public var mayDecide: Bool { seat?.isSeated ?? true }

    /// The replicas, by when they took their seats, and which of them leads; one where it has the store alone.
    /// - Throws: `StoreError`.
    public func replicas() async throws -> (seats: [ReplicaView], leader: LeaderRecord?) {
        guard let seat else { return ([], nil) }
        let leader = try await store.leader()
        let seats = try await store.replicas().map {
            ReplicaView(replica: $0, isLeader: $0.id == leader?.holder, isOwn: $0.id == seat.id)
        }
        return (seats, leader)
    }

    /// What replicas that share the store run for each other; nil where one process has it alone.
    static func makeReplicas(
        _ basis: EngineBasis, id: ReplicaID?, gatekeeper: Gatekeeper, windows: WindowKeeper, terms: TermFactory
    ) -> (seat: SeatKeeper, leader: LeaderKeeper, follower: EventFollower)? {
        guard let configuration = basis.configuration.replicas else { return nil }
        let (store, links) = (basis.store, basis.links)
        let seat = SeatKeeper(
            id: id ?? ReplicaID("?"), configuration: configuration, store: store, gatekeeper: gatekeeper,
            clocks: basis.clocks, fence: basis.fence, logger: basis.logger, metricsFactory: basis.metricsFactory,
            onReleaseChanged: {
                // A person's pause should not wait for the release's next look.
                guard links.isLeading, let record = try? await store.release() else { return }
                links.releaser.value?.handle(.releaseRead(record))
            })
        links.seat.set(seat)
        let leader = LeaderKeeper(
            seat: seat, store: store, clocks: basis.clocks, fence: basis.fence, logger: basis.logger,
            metricsFactory: basis.metricsFactory, startWindow: basis.configuration.gate.startWindow,
            onLead: { windows.becomeLeader() }, install: terms.install, rest: terms.rest)
        links.leader.set(leader)
        let follower = EventFollower(
            store: store, clocks: basis.clocks, watchers: basis.watchers, releaser: links.releaser,
            packs: basis.packs, logger: basis.logger, isLeading: { links.isLeading })
        return (seat, leader, follower)
    }
}

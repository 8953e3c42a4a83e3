public import SluiceCore
public import SluiceModel

/// How several replicas share one store.
public struct ReplicaConfiguration: Hashable, Sendable {
    /// What people call this one.
    public var name: String
    /// Sluice's version, shown beside the name.
    public var version: String
    public var seat: SeatPolicy
    public var leader: LeaderPolicy
    /// How long one call to Central may take: a leader makes none that might outlast its lead.
    public var effectDuration: Duration

    public init(
        name: String, version: String = "", seat: SeatPolicy = SeatPolicy(), leader: LeaderPolicy = LeaderPolicy(),
        effectDuration: Duration = .seconds(30)
    ) {
        self.name = name
        self.version = version
        self.seat = seat
        self.leader = leader
        self.effectDuration = effectDuration
    }
}

/// A replica as the others and people see it.
public struct ReplicaView: Hashable, Sendable {
    public var replica: Replica
    public var isLeader: Bool
    /// Whether it is the one that answers.
    public var isOwn: Bool
}

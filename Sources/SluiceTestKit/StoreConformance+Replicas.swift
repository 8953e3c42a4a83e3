import SluiceModel
import SluicePorts

extension StoreConformance {
    private static func replica(_ name: String, at seconds: Int64 = 0) -> Replica {
        Replica(
            id: ReplicaID("id-\(name)"), name: "host ‹\(name)›", version: "1.2.3", seatedAt: .after(seconds),
            lease: .milliseconds(3000), confirmedEpoch: Epoch(4), inFlightCount: 2)
    }

    private static func renewal(_ name: String, _ number: Int64, epoch: Int64 = 5) -> ReplicaRenewal {
        ReplicaRenewal(
            id: ReplicaID("id-\(name)"), number: number, at: .after(number), confirmedEpoch: Epoch(epoch),
            inFlightCount: Int(number))
    }

    private static func leader(_ term: Int64, _ name: String) -> LeaderRecord {
        LeaderRecord(
            term: term, holder: ReplicaID("id-\(name)"), name: name, since: .after(term), lease: .seconds(60))
    }

    private static func renewal(ofLead term: Int64, _ name: String, _ number: Int64) -> LeaderRenewal {
        LeaderRenewal(term: term, holder: ReplicaID("id-\(name)"), number: number, at: .after(number))
    }

    private static func opened(_ epoch: Int64, closed: Int64) -> GateRecord {
        var record = GateRecord.fixture(.open, epoch: Epoch(epoch))
        record.closedEpoch = Epoch(closed)
        return record
    }

    /// Seats, the lead, and what a release writes only while nothing was closed.
    static let replicaChecks: [Check] = [
        Check("a replica has one seat, which its renewals keep, each newer than the last") { store in
            try requireEqual(try await store.replicas(), [], "none")
            try requireEqual(try await store.timeline(), 1, "timeline")
            let late = replica("a", at: 7)
            try await store.commit(.seatReplica(late), .seatReplica(replica("c", at: 3)))
            try await store.commit(.seatReplica(replica("b", at: 3)))
            try requireEqual(
                try await store.replicas(), [replica("b", at: 3), replica("c", at: 3), late], "by time, then id")
            try await requireRefusal(.conflict, "a second seat", store, [.seatReplica(late)])
            try await store.commit(.renewReplica(renewal("a", 2)))
            guard let renewed = late.applying(renewal("a", 2)) else { throw ConformanceFailure("no renewal") }
            try requireEqual(try await store.replicas().last, renewed, "renewed")
            try requireEqual(renewed.confirmedEpoch, Epoch(5), "what it said")
            try await requireRefusal(.conflict, "the same again", store, [.renewReplica(renewal("a", 2))])
            try await requireRefusal(.conflict, "an older one", store, [.renewReplica(renewal("a", 1))])
            try await requireRefusal(.conflict, "without a seat", store, [.renewReplica(renewal("x", 1))])
            try requireEqual(try await store.replicas().last, renewed, "as it was")
        },
        Check("a seat is taken away only as it was seen, and its replica is then unknown") { store in
            try await store.commit(.seatReplica(replica("a")), .seatReplica(replica("b")))
            try await store.commit(.renewReplica(renewal("a", 1)))
            try await requireRefusal(
                .conflict, "it renewed", store, [.removeReplica(ReplicaID("id-a"), renewal: 0)])
            try await requireRefusal(
                .conflict, "a later change fails", store,
                [.removeReplica(ReplicaID("id-a"), renewal: 1), .seatReplica(replica("b"))])
            try requireEqual(try await store.replicas().count, 2, "both are there")
            try await store.commit(.removeReplica(ReplicaID("id-a"), renewal: 1))
            try await requireRefusal(.conflict, "removed", store, [.renewReplica(renewal("a", 2))])
            try await store.commit(
                .removeReplica(ReplicaID("id-b"), renewal: nil), .removeReplica(ReplicaID("id-x"), renewal: 3))
            try requireEqual(try await store.replicas(), [], "none")
            try await store.commit(.seatReplica(replica("a")))
            try requireEqual(try await store.replicas(), [replica("a")], "it may join anew")
        },
        Check("the lead is taken only from where it was seen, and renewed and given up by who has it") { store in
            try requireEqual(try await store.leader(), nil, "nobody")
            try await requireRefusal(
                .conflict, "nobody was seen", store,
                [.takeLead(leader(1, "a"), seen: .init(term: 0, renewal: 0))])
            try await requireRefusal(.conflict, "nobody leads", store, [.renewLead(renewal(ofLead: 1, "a", 1))])
            try await store.commit(.takeLead(leader(1, "a"), seen: nil))
            try requireEqual(try await store.leader(), leader(1, "a"), "the first")
            try await requireRefusal(.conflict, "taken", store, [.takeLead(leader(2, "b"), seen: nil)])
            try await store.commit(.renewLead(renewal(ofLead: 1, "a", 3)))
            try await requireRefusal(.conflict, "an older renewal", store, [.renewLead(renewal(ofLead: 1, "a", 3))])
            try await requireRefusal(.conflict, "another's", store, [.renewLead(renewal(ofLead: 1, "b", 4))])
            try await requireRefusal(
                .conflict, "it renewed", store, [.takeLead(leader(2, "b"), seen: leader(1, "a").sight)])
            let seen = LeaderRecord.Sight(term: 1, renewal: 3)
            try await requireRefusal(.conflict, "no newer term", store, [.takeLead(leader(1, "b"), seen: seen)])
            try await store.commit(.takeLead(leader(2, "b"), seen: seen))
            try requireEqual(try await store.leader(), leader(2, "b"), "the second")
            try await requireRefusal(
                .conflict, "not its own", store, [.resignLead(ReplicaID("id-a"), term: 2, at: .after(9))],
                fence: fence(term: 2))
            try await store.commit([.resignLead(ReplicaID("id-b"), term: 2, at: .after(9))], fence: fence(term: 2))
            let resigned = try await store.leader()
            try requireEqual(resigned, leader(2, "b").resigned(by: ReplicaID("id-b"), term: 2, at: .after(9)), "gone")
            try requireEqual(resigned?.holder, nil, "nobody holds it")
            try await requireRefusal(
                .conflict, "after it", store, [.renewLead(renewal(ofLead: 2, "b", 1))], fence: fence(term: 2))
            try await store.commit(
                [.takeLead(leader(3, "a"), seen: .init(term: 2, renewal: 0))], fence: Fence(timeline: 1))
        },
        Check("R36: from the commit that takes the lead an older leader writes nothing, and others still do") { store in
            try await store.commit([.takeLead(leader(1, "a"), seen: nil)], fence: Fence(timeline: 1))
            try await store.commit([.add(1)], fence: fence(term: 1))
            try await store.commit([.takeLead(leader(2, "b"), seen: leader(1, "a").sight)], fence: Fence(timeline: 1))
            try await requireRefusal(.staleFence, "the old leader", store, [.add(2)], fence: fence(term: 1))
            try await requireRefusal(.staleFence, "with nothing to write", store, [], fence: fence(term: 1))
            try await store.commit([.add(3)], fence: Fence(timeline: 1))
            try await store.commit([.add(4)], fence: fence(term: 2))
            try await requireRefusal(
                .staleFence, "a lead older than what was written with", store,
                [
                    .resignLead(ReplicaID("id-b"), term: 2, at: start),
                    .takeLead(leader(3, "c"), seen: .init(term: 2, renewal: 0)),
                ], fence: fence(term: 7))
            try await store.commit([], fence: fence(term: 2))
            try requireEqual(try await store.hold(.fixture(2)), nil, "hold of the old leader")
        },
        Check("a newer timeline refuses what was written on the old one, whoever leads") { store in
            try await store.commit([.takeLead(leader(5, "a"), seen: nil)], fence: Fence(timeline: 1))
            try await store.commit([.add(1)], fence: Fence(timeline: 2))
            try requireEqual(try await store.timeline(), 2, "timeline")
            try await requireRefusal(.staleFence, "any replica", store, [.add(2)], fence: Fence(timeline: 1))
            try await requireRefusal(.staleFence, "the leader", store, [.add(2)], fence: fence(term: 5))
            try await requireRefusal(
                .staleFence, "an older term", store, [.add(2)], fence: Fence(timeline: 2, term: 4))
            try await store.commit([.add(2)], fence: Fence(timeline: 2, term: 5))
        },
        Check("what lets a launch start is refused once something was closed that its writer has not heard of") {
            store in
            try await store.commit(.expectOpen(since: Epoch(0)), .add(1))
            try await store.commit(.setGate(opened(1, closed: 0), replacing: Epoch(0)))
            try await store.commit(.expectOpen(since: Epoch(0)), .add(2))
            try await store.commit(.setGate(opened(2, closed: 2), replacing: Epoch(1)))
            try await requireRefusal(.conflict, "closed since", store, [.expectOpen(since: Epoch(1)), .add(3)])
            try requireEqual(try await store.hold(.fixture(3)), nil, "nothing was written")
            try await store.commit(.expectOpen(since: Epoch(2)), .add(3))
            try await store.commit(.setGate(opened(3, closed: 2), replacing: Epoch(2)))
            try await store.commit(.expectOpen(since: Epoch(2)), .add(4))
            try await requireRefusal(
                .conflict, "closed in the same commit", store,
                [.setGate(opened(4, closed: 4), replacing: Epoch(3)), .expectOpen(since: Epoch(3))])
        },
        Check("of many who take the lead at once one has it, and of many who write with old terms none does") { store in
            try await store.commit(.takeLead(leader(1, "a"), seen: nil))
            let winners = await withTaskGroup(of: Int?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let change = Change.takeLead(leader(2, "r\(number)"), seen: leader(1, "a").sight)
                        let isTaken = (try? await store.commit([change], fence: Fence(timeline: 1))) != nil
                        _ = try? await store.commit([.add(UInt64(100 + number))], fence: fence(term: 1))
                        return isTaken ? number : nil
                    }
                }
                return await group.reduce(into: [Int]()) { if let winner = $1 { $0.append(winner) } }
            }
            try requireEqual(winners.count, 1, "winners")
            try requireEqual(try await store.leader()?.name, winners.first.map { "r\($0)" }, "leader")
            // Each wrote after it had tried, so after somebody had the lead.
            try requireEqual(try await store.holds(HoldQuery()).holds, [], "holds of the old term")
        },
        Check("beside a close nothing that expects an open gate is written after it") { store in
            try await store.commit(.setGate(opened(1, closed: 0), replacing: Epoch(0)))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number: UInt64 in 1...40 {
                    group.addTask {
                        try? await store.commit([.expectOpen(since: Epoch(1)), .add(number)], fence: fence)
                    }
                }
                group.addTask { try await store.commit(.setGate(opened(2, closed: 2), replacing: Epoch(1))) }
                try await group.waitForAll()
            }
            let events = try await store.events(of: nil, after: 0, limit: 100)
            let close = events.last { $0.kind == "gate-changed" }
            let late = events.filter { $0.ticket != nil && $0.sequence > close?.sequence ?? .max }
            try requireEqual(late, [], "holds after the close")
        },
        Check("of a renewal and a removal at once only one comes about") { store in
            for number in 0..<20 {
                let name = "\(number)"
                try await store.commit(.seatReplica(replica(name)))
                async let renewed: Bool = {
                    (try? await store.commit(.renewReplica(renewal(name, 1)))) != nil
                }()
                async let removed: Bool = {
                    (try? await store.commit(.removeReplica(ReplicaID("id-\(name)"), renewal: 0))) != nil
                }()
                let (isRenewed, isRemoved) = await (renewed, removed)
                try require(isRenewed != isRemoved, "renewed \(isRenewed), removed \(isRemoved)")
                let isThere = try await store.replicas().contains { $0.id == ReplicaID("id-\(name)") }
                try requireEqual(isThere, isRenewed, "seat \(name)")
            }
        },
    ]

    private static func fence(term: Int64) -> Fence { Fence(timeline: 1, term: term) }
}

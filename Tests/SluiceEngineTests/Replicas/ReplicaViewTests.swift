import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// What people are told does not depend on the replica that they ask.
@Suite(.timeLimit(.minutes(10)))
struct ReplicaViewTests {
    private static let pack = PackShelf.Content(
        name: "Pack", version: "1", digest: nil, flows: [EngineBench.gated])

    @Test("R36 a content pack that one replica loads is known to all, the leader's release included")
    func packsAreKnownToAll() async throws {
        try await ReplicaBench.run { bench in
            let leader = try await bench.leader()
            let other = bench.replicas[(leader + 1) % 3]
            _ = try await other.engine.packs.load(Self.pack, by: Principal("ann"))
            try await bench.advance { bench.replicas.allSatisfy { $0.engine.inventory[EngineBench.gated.id] != nil } }
            // Whoever decides whether an opening strands holds does not wait for that.
            let newer = PackShelf.Content(name: "Pack", version: "2", digest: nil, flows: [])
            _ = try await other.engine.packs.load(newer, by: Principal("ann"))
            let third = bench.replicas[(leader + 2) % 3]
            _ = try await third.engine.stranding(changing: nil, to: .open)
            #expect(third.engine.inventory[EngineBench.gated.id] == nil)
        }
    }

    @Test("R36 an acknowledged close of a content pack counts at all replicas, though it was loaded just before")
    func aCloseKnowsThePack() async throws {
        try await ReplicaBench.run { bench in
            let (loader, other) = (bench.replicas[0], bench.replicas[1])
            _ = try await loader.engine.packs.load(Self.pack, by: Principal("ann"))
            // Its clock stands still: it looks for packs no more by itself, and is told of the close all the same.
            let closed = try await bench.during(but: [1], meanwhile: { other.engine.seat?.hurry() }) {
                await loader.set(.hold, scope: .contentPack("Pack"))
            }
            #expect(try #require(closed?.1).presumedDead.isEmpty)
            #expect(await other.word(.fixture(flow: EngineBench.gated.id)) == "hold")
            // Whoever closes knows what another loaded.
            var flow = EngineBench.gated
            (flow.id, flow.path, flow.contentPack) = (FlowID("other.flow"), "Library/Other", "Other")
            let newer = PackShelf.Content(name: "Other", version: "1", digest: nil, flows: [flow])
            _ = try await other.engine.packs.load(newer, by: Principal("ann"))
            #expect(await loader.change(to: .hold, scope: .contentPack("Other")) != nil)
            #expect(await loader.word(.fixture(flow: flow.id)) == "hold")
        }
    }

    @Test("R36 a close of a content pack that came before a change of one's own is known with its pack")
    func aCloseThatCameFirstKnowsThePack() async throws {
        try await ReplicaBench.run { bench in
            let (loader, other) = (bench.replicas[0], bench.replicas[1])
            let old = other.engine.gatekeeper.recordedEpoch
            _ = try await loader.engine.packs.load(Self.pack, by: Principal("ann"))
            let closed = try #require(await loader.change(to: .hold, scope: .contentPack("Pack")))
            // No clock moves: it hears of both by its own change alone.
            let outcome = await other.engine.gatekeeper.change(
                ModeChange(
                    ref: ModeChange.Ref(other.engine.gatekeeper.nextRef()), scope: .source(.scheduler), mode: .hold,
                    by: Principal("bob"), reason: "late", expectedEpoch: old))
            guard case .refused(.epochChanged(let newer)) = outcome, newer == closed else {
                Issue.record("\(outcome)")
                return
            }
            #expect(await other.word(.fixture(flow: EngineBench.gated.id)) == "hold")
        }
    }

    @Test("packs that cannot be read refuse what depends on them, after a while, and no close of the whole gate")
    func unreadablePacksStopNoClose() async throws {
        try await ReplicaBench.run { bench in
            let (loader, other) = (bench.replicas[0], bench.replicas[1])
            let pack = try #require(await loader.change(to: .hold, scope: .contentPack("Pack")))
            try await bench.advance { other.engine.gatekeeper.recorded == pack }
            other.link.setPacksReadable(false)
            let source = Scope.source(.scheduler)
            #expect(try await bench.during { await other.change(to: .hold, scope: source) } == nil)
            #expect(other.engine.gatekeeper.snapshot().record == pack)
            #expect(try await bench.during { await other.change(to: .hold) }?.whole.mode == .hold)
            // Another's gate, of which it cannot tell what it closes.
            let open = try #require(await loader.change(to: .open))
            let theirs = try #require(await loader.change(to: .hold, scope: .contentPack("Other")))
            #expect(theirs.epoch > open.epoch)
            #expect(try await bench.during { await other.change(to: .hold, scope: source) } == nil)
            other.link.setPacksReadable(true)
            try await bench.advance { other.engine.gatekeeper.recorded == theirs && other.engine.mayDecide }
        }
    }

    @Test("what is in flight is the sum over the replicas")
    func inFlightIsASum() async throws {
        try await ReplicaBench.run { bench in
            for (index, count) in [2, 0, 1].enumerated() {
                for _ in 0..<count { #expect(await bench.replicas[index].word() == "proceed") }
            }
            // Those that joined an old store count what the process before them may have let through, too.
            let sum = bench.replicas.reduce(0) { $0 + $1.engine.gatekeeper.snapshot().inFlightCount }
            #expect(sum >= 3)
            for replica in bench.replicas {
                try await bench.advance { try await replica.engine.inFlightCount() == sum }
            }
        }
    }

    @Test("a replica that does not lead tells what stops the release, and when nobody leads")
    func theReleaseIsToldEverywhere() async throws {
        try await ReplicaBench.run { bench in
            let leader = try await bench.leader()
            let other = bench.replicas[(leader + 1) % 3]
            try await bench.advance { other.engine.notLeading?.contains("leads; ask it") == true }
            var status = try await other.engine.releaseStatus()
            #expect(status.stop == nil && status.note?.contains("replica r\(leader) leads") == true)
            #expect(try await other.engine.releaseTrouble() == nil)
            let order = try await other.engine.releases.order(.pause, by: Principal("ann"), reason: "early")
            guard case .changed = order else { throw EngineBench.Overdue() }
            for replica in bench.replicas {
                try await bench.advance {
                    try await replica.engine.releaseStatus().stop == "paused by ann: early"
                }
                #expect(try await replica.engine.releaseTrouble() == "paused by ann: early")
            }
            _ = try await other.engine.releases.order(.continue, by: Principal("ann"), reason: "on")
            // The leader is gone: that is said before another has taken over.
            bench.replicas[leader].link.set(.cut)
            try await bench.advance { other.engine.leader?.absence != nil }
            let absence = try #require(other.engine.leader?.absence)
            #expect(absence.contains("r\(leader), which leads, has not been heard of"))
            status = try await other.engine.releaseStatus()
            #expect(status.stop?.contains("has not been heard of") == true)
        }
    }
}

import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// Maintenances of several replicas: each decides by what the leader noted.
@Suite(.timeLimit(.minutes(3)))
struct ReplicaMaintenanceTests {
    /// A follower hears of the close at once, and reads the leader's notes once a second.
    @Test("R8 R46 what continues a running instance passes at a replica that has just heard of CSA's close")
    func continuesAtAFollower() async throws {
        let world = CSAWorld()
        let instance = world.addInstance("i-1", "DEPLOYING", of: world.addPerson("carol"))
        let csa = CSASite(client: world, userName: "svc", pollInterval: .seconds(1))
        try await ReplicaBench.run(2, csa: csa, adjust: { $0.drain.sight = .everything }) { bench in
            let first = try await bench.leader()
            let (leading, following) = (bench.replicas[first], bench.replicas[1 - first])
            let keeper = leading.engine.maintenance
            let plan = MaintenancePlan(
                title: "upgrade", reason: "upgrade", owner: "night shift",
                expectedEnd: leading.clocks.now().wall.advanced(by: .seconds(4 * 3600)))
            let id = try await keeper.plan(plan, by: Principal("ann")).get().id
            let outcome = try await bench.during(but: [1 - first]) {
                try? await keeper.order(.start(available: keeper.parts), of: id, by: Principal("ann"), reason: "go")
            }
            guard case .moved = outcome ?? nil else {
                Issue.record("\(String(describing: outcome))")
                return
            }
            // Its own clock stands: it reads nothing more by itself, and hears of the close as from PostgreSQL.
            try await bench.advance(but: [1 - first]) {
                leading.engine.gatekeeper.snapshot().record.scopes.contains { $0.scope == .source(.csa) }
            }
            following.engine.seat?.hurry()
            try await bench.advance(but: [0, 1]) {
                following.engine.gatekeeper.snapshot().record.scopes.contains { $0.scope == .source(.csa) }
            }
            var launch = LaunchRequest.fixture()
            launch.source = .csa
            #expect(await following.word(launch) == "hold", "of no instance that is known")
            launch.csaInstanceID = instance
            #expect(await following.word(launch) == "proceed")
            launch.csaInstanceID = CSAInstanceID("i-2")
            #expect(await following.word(launch) == "hold")
        }
    }
}

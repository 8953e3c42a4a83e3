import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// Where CSA's fences stand when something is changed behind them.
@Suite(.timeLimit(.minutes(3)))
struct CSAMaintenanceFenceTests {
    /// How CSA's fence stood at each change of CSA, and when that was.
    private final class Watch: Sendable {
        struct Sight: Sendable {
            var state: FenceState?
            var central: FenceState?
            var at: MonotonicTime
        }

        private let seen = Mutex<[Sight]>([])
        private let board = Mutex<FenceBoard?>(nil)

        init(_ site: CSAMaintenanceBench) {
            let clocks = site.setup.clocks
            site.world.fake.onChange { [self] _ in
                let board = board.withLock { $0 }
                let (csa, central) = (board?.standing(of: .csa)?.state, board?.standing(of: .central)?.state)
                seen.withLock { $0.append(Sight(state: csa, central: central, at: clocks.now().monotonic)) }
            }
        }

        func look(at bench: EngineBench) { board.withLock { $0 = bench.engine.fences } }

        /// Those since the last call.
        func take() -> [Sight] {
            seen.withLock { seen in
                defer { seen = [] }
                return seen
            }
        }
    }

    /// A proxy that did not ask since goes by "open" for so long when Sluice dies.
    private static let keptFor: Duration = .seconds(30)

    private func site() throws -> CSAMaintenanceBench {
        let site = try CSAMaintenanceBench()
        let adjust = site.setup.adjust
        site.setup.adjust = { configuration in
            adjust(&configuration)
            configuration.fences = [.csa, .portal, .central]
            configuration.fencesKeptFor = Self.keptFor
        }
        return site
    }

    @Test("R5 R34 section 12, crash after the fence and before the flip: it comes back with the fence up, then flips")
    func survivesACrashBehindTheFence() async throws {
        let site = try site()
        let watch = Watch(site)
        let before = try await site.image()
        let found = Mutex<MaintenanceID?>(nil)
        try await site.run { bench in
            watch.look(at: bench)
            let id = try await site.start(bench)
            found.withLock { $0 = id }
            // It is in force only after `FenceBoard.answerKept`, and nothing is changed sooner.
            try await site.until("the fence is up", bench, id, step: .milliseconds(100)) {
                bench.engine.fences.standing(of: .csa)?.state == .draining
            }
        }
        #expect(watch.take().isEmpty && site.world.fake.changes.isEmpty, "it died before anything was changed")
        #expect(try await site.image() == before)
        let id = try #require(found.withLock { $0 })
        try await site.run { bench in
            let startedAt = bench.clocks.now().monotonic
            // Before any of its services ran a step, and before it answers a proxy.
            #expect(bench.engine.fences.standing(of: .csa)?.state == .draining)
            #expect(bench.engine.fences.standing(of: .portal)?.state == .draining)
            watch.look(at: bench)
            try await site.advance(bench, to: .quiesced, id)
            let flips = watch.take()
            #expect(!flips.isEmpty && flips.allSatisfy { $0.state == .draining })
            #expect(flips.allSatisfy { $0.at.since(startedAt) >= FenceBoard.answerKept + Self.keptFor })
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(watch.take().allSatisfy { $0.state == .draining }, "opened after everything was back")
            #expect(bench.engine.fences.standing(of: .csa)?.state == .open)
        }
        #expect(try await site.image() == before)
    }

    @Test("R5 R10 aborted in the mode accept before the doors were shut: they are shut while everything is put back")
    func shutsTheDoorsForAnAbort() async throws {
        let site = try site()
        let watch = Watch(site)
        let before = try await site.image()
        site.world.addInstance("i-1", "DEPLOYING", of: site.world.addPerson("ann"))
        try await site.run { bench in
            watch.look(at: bench)
            let id = try await site.start(bench) { $0.csaMode = .accept }
            try await site.advance(bench, to: .drainingCSA, id)
            let board = bench.engine.fences
            #expect(board.standing(of: .csa)?.state == .open, "orders are taken")
            #expect(watch.take().allSatisfy { $0.state == .open })
            let abortedAt = bench.clocks.now().monotonic
            try await site.move(.abort, id, bench)
            try await site.advance(bench, to: .aborted, id, step: .milliseconds(100))
            let back = watch.take()
            #expect(!back.isEmpty && back.allSatisfy { $0.state == .draining }, "\(back)")
            #expect(back.allSatisfy { $0.central == .open }, "OO was not closed yet")
            // A proxy may go by its last answer for so long.
            #expect(back.allSatisfy { $0.at.since(abortedAt) >= FenceBoard.answerKept + Self.keptFor })
            #expect(board.standing(of: .csa)?.state == .open && board.standing(of: .portal)?.state == .open)
        }
        #expect(try await site.image() == before)
    }

    @Test("R5 R34 the same after a crash right behind the abort")
    func shutsTheDoorsAfterACrash() async throws {
        let site = try site()
        let watch = Watch(site)
        let before = try await site.image()
        site.world.addInstance("i-1", "DEPLOYING", of: site.world.addPerson("ann"))
        let found = Mutex<MaintenanceID?>(nil)
        try await site.run { bench in
            watch.look(at: bench)
            let id = try await site.start(bench) { $0.csaMode = .accept }
            found.withLock { $0 = id }
            try await site.advance(bench, to: .drainingCSA, id)
            _ = watch.take()
            // No time passes between it and the crash.
            try await site.move(.abort, id, bench)
        }
        #expect(watch.take().isEmpty)
        let id = try #require(found.withLock { $0 })
        try await site.run { bench in
            #expect(bench.engine.fences.standing(of: .csa)?.state == .draining)
            watch.look(at: bench)
            let startedAt = bench.clocks.now().monotonic
            try await site.advance(bench, to: .aborted, id, step: .milliseconds(100))
            let back = watch.take()
            #expect(!back.isEmpty && back.allSatisfy { $0.state == .draining }, "\(back)")
            #expect(back.allSatisfy { $0.at.since(startedAt) >= FenceBoard.answerKept + Self.keptFor })
        }
        #expect(try await site.image() == before)
    }

    @Test("R5 on the way back a fence goes from closed to draining to open, and never back")
    func opensOnce() async throws {
        let site = try site()
        try await site.run { bench in
            let id = try await site.start(bench)
            try await site.until("everybody is kept out", bench, id) {
                bench.engine.fences.standing(of: .csa)?.state == .closed
            }
            try await site.move(.resume, id, bench)
            let states = Mutex<[FenceState]>([])
            try await site.until("it is over", bench, id, step: .milliseconds(50)) {
                let state = bench.engine.fences.standing(of: .csa)?.state ?? .open
                states.withLock { if $0.last != state { $0.append(state) } }
                return try await bench.store.maintenance(id)?.phase == .completed
            }
            #expect(states.withLock { $0 } == [.closed, .draining, .open])
        }
    }
}

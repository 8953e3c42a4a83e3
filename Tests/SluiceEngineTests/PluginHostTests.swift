import Dispatch
import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePluginKit
import SluicePorts
import SluiceTestKit
import Testing

/// Plugins that behave, and those that do not, in a running engine.
@Suite(.timeLimit(.minutes(10)))
struct PluginHostTests {
    private static func plugin(
        _ name: String, source: SluiceModel.LaunchSource? = nil, onFault: PluginFaultPolicy = .skip,
        concurrency: Int = 16,
        _ act: @escaping @Sendable (LaunchView, Timestamp) async throws -> Interception
    ) -> HostedPlugin {
        var plugin = HostedPlugin(name: name, kind: "test", interceptor: ScriptedInterceptor(act))
        plugin.onFault = onFault
        plugin.matches = source.map { [LaunchMatch(source: $0)] } ?? []
        plugin.concurrencyMax = concurrency
        return plugin
    }

    private static func setup(_ plugins: [HostedPlugin], _ mode: GateMode = .open) -> EngineBench.Setup {
        var setup = EngineBench.Setup(mode: mode)
        setup.adjust = { $0.plugins = plugins }
        return setup
    }

    /// Asks beside the test; each time that so many questions hang, the clock moves on by the next span.
    private static func answer(
        _ bench: EngineBench, _ request: LaunchRequest = .fixture(), hanging: Hanging, spans: [Duration]
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask { try await bench.ask(request) }
            for (number, span) in spans.enumerated() {
                try await bench.advance(by: .zero) { hanging.count == number + 1 }
                bench.clocks.advance(by: span)
            }
            return try #require(try await group.next())
        }
    }

    // MARK: What they say

    @Test func eachSeesWhatTheOnesBeforeItSaidAndAllOfItIsKept() async throws {
        let seen = Box<CoalesceKey?>(nil)
        let plugins = [
            Self.plugin("pools") { _, _ in
                .annotate(
                    LaunchAnnotations(coalesceKey: CoalesceKey("pool:P1"), priority: Priority(3)), remark: "a sync")
            },
            Self.plugin("quiet") { _, _ in .nothing },
            Self.plugin("late") { launch, now in
                seen.withLock { $0 = launch.coalesceKey }
                return .annotate(
                    LaunchAnnotations(
                        coalesceKey: CoalesceKey("other"), notBefore: now.advanced(by: .seconds(60)),
                        priority: Priority(9)))
            },
        ]
        try await EngineBench.run(Self.setup(plugins)) { bench in
            let answer = try await bench.ask(.fixture())
            #expect(answer.decision == .hold(.notDue))
            let ticket = try #require(answer.hold).ticket
            let hold = try #require(try await bench.store.hold(ticket))
            #expect(hold.request.coalesceKey == CoalesceKey("pool:P1") && hold.request.priority == Priority(3))
            #expect(seen.withLock { $0 } == CoalesceKey("pool:P1"))
            #expect(
                hold.request.pluginNotes.map(\.sentence) == [
                    "pools added coalesce key pool:P1, priority 3; a sync",
                    "late added not before \(bench.clocks.now().wall.advanced(by: .seconds(60)))",
                ])
            #expect(answer.pluginNotes == hold.request.pluginNotes)
        }
    }

    @Test func aNoEndsTheQuestionsAndGivesItsReason() async throws {
        let calls = Box(0)
        let plugins = [
            Self.plugin("no") { _, _ in .reject(reason: "not on\na Sunday") },
            Self.plugin("after") { _, _ in
                _ = calls.next()
                return .nothing
            },
        ]
        try await EngineBench.run(Self.setup(plugins)) { bench in
            let answer = try await bench.ask(.fixture())
            #expect(answer.decision == .reject(.plugin) && answer.rule == 5)
            #expect(answer.pluginNotes.map(\.sentence) == ["no rejected it: not on a Sunday"])
            #expect(calls.withLock { $0 } == 0)
            #expect(try await bench.store.counts().total(.held) == 0)
        }
    }

    @Test func aFireThatTwoSchedulersAskForIsOneLaunch() async throws {
        let plugins = [
            Self.plugin("scheduler") { _, _ in
                .annotate(LaunchAnnotations(idempotencyKey: IdempotencyKey("nightly@22:00")))
            }
        ]
        try await EngineBench.run(Self.setup(plugins, .hold)) { bench in
            let first = try await bench.ask(.fixture())
            let second = try await bench.ask(.fixture())
            #expect(first.hold?.ticket != nil && first.hold?.ticket == second.hold?.ticket)
            #expect(try await bench.store.counts().total(.held) == 1)
            // Another launch under the same key is not the same launch.
            var other = LaunchRequest.fixture()
            other.inputs = [LaunchInput(name: "host", value: .clear("db2"))]
            await #expect(throws: EngineBench.Overdue.self) { try await bench.ask(other) }
        }
    }

    @Test func aMisfirePolicyFromAPluginIsTheOneThatCounts() async throws {
        for (policy, state) in [(MisfirePolicy.skip, HoldState.discarded), (.all, .ended)] {
            let plugins = [Self.plugin("scheduler") { _, _ in .annotate(LaunchAnnotations(misfirePolicy: policy)) }]
            try await EngineBench.run(Self.setup(plugins, .hold)) { bench in
                bench.central.setOnStart { _, _ in FakeCentral.Ending(.completed) }
                var request = LaunchRequest.fixture(source: .scheduler)
                request.scheduleID = ScheduleID("s")
                request.nominalTime = bench.clocks.now().wall
                let ticket = try await bench.hold(request)
                try await bench.set(.open)
                try await bench.advance { try await bench.state(ticket) == state }
            }
        }
    }

    // MARK: Faults

    enum Misdeed: String, CaseIterable { case throwing, hanging, garbage, silentNo }

    private static func act(
        _ misdeed: Misdeed, _ hanging: Hanging
    ) -> @Sendable (LaunchView, Timestamp) async throws -> Interception {
        { _, now in
            switch misdeed {
            case .throwing: throw PluginTrouble()
            case .hanging:
                await hanging.hang()
                return .nothing
            case .garbage:
                return .annotate(LaunchAnnotations(notBefore: now.advanced(by: .seconds(9)), expiresAt: now))
            case .silentNo: return .reject(reason: "")
            }
        }
    }

    @Test(
        "R48: each misdeed costs a launch its plugin's budget at most, then its policy decides",
        arguments: Misdeed.allCases, PluginFaultPolicy.allCases)
    func faultsEndByTheirPolicy(misdeed: Misdeed, policy: PluginFaultPolicy) async throws {
        let hanging = Hanging()
        defer { hanging.open() }
        let plugins = [
            Self.plugin("bad", onFault: policy, Self.act(misdeed, hanging)),
            Self.plugin("good") { _, _ in .annotate(LaunchAnnotations(coalesceKey: CoalesceKey("c"))) },
        ]
        try await EngineBench.run(Self.setup(plugins)) { bench in
            let began = bench.clocks.now().monotonic
            let spans: [Duration] = misdeed == .hanging ? [.milliseconds(50)] : []
            let answer = try await Self.answer(bench, hanging: hanging, spans: spans)
            #expect(bench.clocks.now().monotonic.since(began) == spans.first ?? .zero)
            let note = try #require(answer.pluginNotes.first { $0.plugin == "bad" })
            #expect(note.outcome.isFault && !note.text.isEmpty)
            switch policy {
            case .skip:
                #expect(answer.decision == .proceed(.open) && answer.pluginNotes.count == 2)
            case .reject: #expect(answer.decision == .reject(.pluginFault))
            case .hold:
                #expect(answer.decision == .hold(.pluginFault))
                let ticket = try #require(answer.hold).ticket
                let hold = try #require(try await bench.store.hold(ticket))
                #expect(hold.state == .awaitingOperator && hold.cause?.contains("bad") == true)
                #expect(hold.request.coalesceKey == CoalesceKey("c"))
                // The gate is open, and no tick launches it; an operator does.
                await bench.advance(by: .seconds(3), step: .milliseconds(250))
                #expect(bench.central.orders.isEmpty)
                _ = try await bench.engine.desk.move(ticket, .retry, by: Principal("ann"), reason: "as it is")
                try await bench.advance { bench.central.orders.count == 1 }
            }
        }
    }

    @Test("R49: one that hangs stalls neither plain launches nor those of other plugins")
    func hangingStallsNobodyElse() async throws {
        let hanging = Hanging()
        defer { hanging.open() }
        let plugins = [
            Self.plugin("hangs", source: .csa) { _, _ in
                await hanging.hang()
                return .nothing
            },
            Self.plugin("works", source: .ui) { _, _ in .annotate(LaunchAnnotations(priority: Priority(8))) },
        ]
        try await EngineBench.run(Self.setup(plugins)) { bench in
            try await withThrowingTaskGroup(of: Answer.self) { group in
                group.addTask { try await bench.ask(.fixture(source: .csa)) }
                try await bench.advance(by: .zero) { hanging.count == 1 }
                // The clock stands still: nothing here waited for the one that hangs.
                #expect(try await bench.ask(.fixture(source: .api)).decision == .proceed(.open))
                let other = try await bench.ask(.fixture(source: .ui))
                #expect(other.decision == .proceed(.open) && other.pluginNotes.map(\.plugin) == ["works"])
                try await bench.advance(by: .milliseconds(50)) {
                    bench.engine.plugins.conditions()[0].hangingCount == 1
                }
                let late = try #require(try await group.next())
                #expect(late.decision == .proceed(.open) && late.pluginNotes.map(\.outcome) == [.skipped])
                #expect(late.pluginNotes[0].text.contains("did not answer"))
            }
            // It comes back: its place is free again, and what it says then is nobody's.
            hanging.open()
            try await bench.advance(by: .zero) { bench.engine.plugins.conditions()[0].hangingCount == 0 }
        }
    }

    @Test("R49: one that blocks every thread it has blocks itself alone") func blockingStallsNobodyElse() async throws {
        let gate = DispatchSemaphore(value: 0)
        let blocked = Box(0)
        defer { for _ in 0..<20 { gate.signal() } }
        let plugins = [
            Self.plugin("blocks", source: .csa) { _, _ in
                _ = blocked.next()
                Self.block(gate)
                return .nothing
            },
            Self.plugin("works", source: .ui) { _, _ in .annotate(LaunchAnnotations(priority: Priority(8))) },
        ]
        try await EngineBench.run(Self.setup(plugins)) { bench in
            try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<PluginHostLimits.threadCountMax + 2 {
                    group.addTask { try await bench.ask(.fixture(source: .csa)) }
                }
                try await bench.advance(by: .zero) { blocked.withLock { $0 } == PluginHostLimits.threadCountMax }
                for _ in 0..<20 {
                    #expect(try await bench.ask(.fixture(source: .api)).decision == .proceed(.open))
                    #expect(try await bench.ask(.fixture(source: .ui)).pluginNotes.map(\.plugin) == ["works"])
                }
                let answers = Box(0)
                group.addTask {
                    try await bench.advance(by: .milliseconds(50)) {
                        answers.withLock { $0 } == PluginHostLimits.threadCountMax + 2
                    }
                    return try await bench.ask(.fixture(source: .api))
                }
                for try await answer in group {
                    #expect(answer.decision == .proceed(.open))
                    _ = answers.next()
                }
            }
        }
    }

    private static func block(_ gate: DispatchSemaphore) { gate.wait() }

    @Test("R48: however many plugins hang, the chain has one bound") func theChainIsBounded() async throws {
        let hanging = Hanging()
        defer { hanging.open() }
        let names = (1...5).map { "p\($0)" }
        let plugins = names.map { name in
            Self.plugin(name) { _, _ in
                await hanging.hang()
                return .nothing
            }
        }
        var setup = Self.setup(plugins)
        setup.adjust = {
            $0.plugins = plugins
            $0.pluginChainBudget = .milliseconds(120)
        }
        try await EngineBench.run(setup) { bench in
            let began = bench.clocks.now().monotonic
            let spans: [Duration] = [.milliseconds(50), .milliseconds(50), .milliseconds(20)]
            let answer = try await Self.answer(bench, hanging: hanging, spans: spans)
            #expect(bench.clocks.now().monotonic.since(began) == .milliseconds(120))
            #expect(answer.pluginNotes.map(\.plugin) == names && answer.pluginNotes.allSatisfy(\.outcome.isFault))
            #expect(answer.pluginNotes[4].text.contains("took all the time"))
            #expect(hanging.count == 3)
        }
    }

    @Test func onePluginsQuestionsAreBoundedAndTheNextInLineGetsTheFreePlace() async throws {
        let hanging = Hanging()
        defer { hanging.open() }
        let plugins = [
            Self.plugin("small", concurrency: 2) { launch, _ in
                if launch.source == .csa { await hanging.hang() }
                return .annotate(LaunchAnnotations(priority: Priority(8)))
            }
        ]
        try await EngineBench.run(Self.setup(plugins)) { bench in
            try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<2 { group.addTask { try await bench.ask(.fixture(source: .csa)) } }
                try await bench.advance(by: .zero) { hanging.count == 2 }
                // No place: this one waits for its time, and is told why.
                group.addTask { try await bench.ask(.fixture()) }
                try await bench.advance(by: .zero) { bench.engine.plugins.conditions()[0].waitingCount == 1 }
                bench.clocks.advance(by: .milliseconds(50))
                var texts: [String] = []
                for try await answer in group {
                    #expect(answer.pluginNotes.map(\.outcome) == [.skipped])
                    texts += answer.pluginNotes.map(\.text)
                }
                #expect(texts.count == 3 && texts.count { $0.contains("busy with 2") } == 1)
                #expect(bench.engine.plugins.conditions()[0].hangingCount == 2)
                group.addTask { try await bench.ask(.fixture()) }
                try await bench.advance(by: .zero) { bench.engine.plugins.conditions()[0].waitingCount == 1 }
                hanging.open()
                let served = try #require(try await group.next())
                #expect(served.pluginNotes.map(\.outcome) == [.annotated])
            }
        }
    }

    @Test("R49: one that keeps failing is left alone for a while, then tried once") func theBreakerOpens() async throws
    {
        let calls = Box(0)
        let isWell = Box(false)
        let plugins = [
            Self.plugin("flaky") { _, _ in
                _ = calls.next()
                guard isWell.withLock({ $0 }) else { throw PluginTrouble() }
                return .annotate(LaunchAnnotations(priority: Priority(8)))
            }
        ]
        try await EngineBench.run(Self.setup(plugins)) { bench in
            for _ in 0..<50 { #expect(try await bench.ask(.fixture()).decision == .proceed(.open)) }
            #expect(calls.withLock { $0 } == PluginBreaker.faultCountMax)
            let condition = bench.engine.plugins.conditions()[0]
            #expect(condition.restsFor == PluginBreaker.pause && condition.lastFault?.contains("calendar") == true)
            let rested = try await bench.ask(.fixture())
            #expect(rested.pluginNotes[0].text.contains("calendar is gone"))
            isWell.withLock { $0 = true }
            await bench.advance(by: PluginBreaker.pause, step: .seconds(1))
            for _ in 0..<3 { #expect(try await bench.ask(.fixture()).pluginNotes.map(\.outcome) == [.annotated]) }
            #expect(bench.engine.plugins.conditions()[0].restsFor == nil)
        }
    }

    @Test func whatRulesZeroToFourDecideNoPluginIsAskedAbout() async throws {
        let calls = Box(0)
        let plugins = [
            Self.plugin("asked") { _, _ in
                _ = calls.next()
                return .reject(reason: "no")
            }
        ]
        var setup = Self.setup(plugins)
        setup.gate.allowRules = [AllowRule(name: "health", source: .ui)]
        try await EngineBench.run(setup) { bench in
            let answer = try await bench.ask(.fixture(source: .ui))
            #expect(answer.decision == .proceed(.allowedByRule))
            #expect(calls.withLock { $0 } == 0)
        }
    }
}

import Logging
import SluiceEngine
import SluiceModel
import SluicePluginKit
import SluicePorts
import SluiceTestKit
import Testing

/// Plugins that ask by themselves.
@Suite(.timeLimit(.minutes(10)))
struct SourceHostTests {
    private static func setup(_ mode: GateMode, _ source: ScriptedSource) -> EngineBench.Setup {
        var setup = EngineBench.Setup(mode: mode)
        setup.adjust = { $0.plugins = [HostedPlugin(name: "calendar", kind: "test", source: source)] }
        return setup
    }

    @Test func aSourceAsksTheGateAsAnybodyElse() async throws {
        let replies = Box<[LaunchReply]>([])
        let source = ScriptedSource { gate in
            var request = LaunchRequest.fixture(source: .scheduler)
            request.inputs = [
                LaunchInput(name: "host", value: .clear("db1")), LaunchInput(name: "key", value: .clear("s3cret")),
            ]
            // What a source says of plugins is not taken.
            request.pluginNotes = [PluginNote(plugin: "me", outcome: .annotated, text: "x")]
            let reply = try await gate.ask(request, sensitiveInputs: ["key"])
            replies.withLock { $0.append(reply) }
            try await gate.sleep(for: .seconds(1_000_000))
        }
        for mode in [GateMode.open, .hold] {
            replies.withLock { $0 = [] }
            try await EngineBench.run(Self.setup(mode, source)) { bench in
                try await bench.advance(by: .zero) { replies.withLock { !$0.isEmpty } }
                let reply = replies.withLock { $0[0] }
                guard mode == .hold else {
                    #expect(reply.decision == .proceed(.open) && reply.pass != nil && reply.validFor == .seconds(2))
                    return
                }
                #expect(reply.decision == .hold(.maintenance) && reply.pass == nil)
                let ticket = try #require(reply.ticket)
                let hold = try #require(try await bench.store.hold(ticket))
                #expect(hold.principal == Principal("plugin:calendar") && hold.request.pluginNotes.isEmpty)
                #expect(hold.request.inputs.map(\.isSensitive) == [false, true])
            }
        }
    }

    @Test func aSourceThatEndsIsStartedAgainAfterAGrowingPause() async throws {
        let starts = Box<[Timestamp]>([])
        let source = ScriptedSource { gate in
            let count = starts.withLock { starts in
                starts.append(gate.now())
                return starts.count
            }
            if count % 2 == 0 { throw PluginTrouble() }
        }
        try await EngineBench.run(Self.setup(.open, source)) { bench in
            try await bench.advance(by: .milliseconds(500)) { starts.withLock { $0.count } >= 6 }
            let times = starts.withLock { $0 }
            let pauses = zip(times, times.dropFirst()).map { $1.since($0) }
            for (number, pause) in pauses.prefix(5).enumerated() {
                let expected = PluginHostLimits.sourcePause * (1 << number)
                #expect(pause >= expected, "\(number)")
            }
        }
    }

    @Test func aSourceMayHaveSoManyQuestionsOpen() async throws {
        let codes = Box<[LaunchAskingError.Code]>([])
        let hanging = Hanging()
        defer { hanging.open() }
        let source = ScriptedSource { gate in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<PluginHostLimits.sourceAskCountMax { group.addTask { _ = try await gate.ask(.fixture()) } }
                while hanging.count < PluginHostLimits.sourceAskCountMax { await Task.yield() }
                do {
                    _ = try await gate.ask(.fixture())
                } catch let error as LaunchAskingError {
                    codes.withLock { $0.append(error.code) }
                }
                hanging.open()
                try await group.waitForAll()
                // All are answered: there is room again.
                _ = try await gate.ask(.fixture())
                codes.withLock { $0.append(.askAgain) }
            }
            try await gate.sleep(for: .seconds(1_000_000))
        }
        var setup = Self.setup(.open, source)
        var slow = HostedPlugin(
            name: "slow", kind: "test",
            interceptor: ScriptedInterceptor { _, _ in
                await hanging.hang()
                return .nothing
            })
        slow.concurrencyMax = 100
        let plugins = [slow, HostedPlugin(name: "calendar", kind: "test", source: source)]
        setup.adjust = { $0.plugins = plugins }
        try await EngineBench.run(setup) { bench in
            try await bench.advance(by: .zero) { codes.withLock { $0.count } == 2 }
            #expect(codes.withLock { $0 } == [.tooMany, .askAgain])
        }
    }

    @Test func whatNoAskerMaySendASourceMayNotEither() async throws {
        let now = Timestamp(milliseconds: 1_764_500_000_000)
        let edits: [@Sendable (inout LaunchRequest) -> Void] = [
            { $0.idempotencyKey = IdempotencyKey("") },
            { $0.orderingKey = OrderingKey(String(repeating: "x", count: 600)) },
            { $0.inputs = [LaunchInput(name: "a\nb", value: .clear(""))] },
            { $0.inputs = (0...1000).map { LaunchInput(name: "i\($0)", value: .clear("")) } },
            { $0.inputs = [LaunchInput(name: "a", value: .clear("")), LaunchInput(name: "a", value: .clear(""))] },
            { $0.ticket = .fixture(1) },
            {
                $0.notBefore = now
                $0.expiresAt = now
            },
        ]
        let codes = Box<[LaunchAskingError.Code]>([])
        let source = ScriptedSource { gate in
            for edit in edits {
                var request = LaunchRequest.fixture()
                edit(&request)
                do {
                    _ = try await gate.ask(request)
                } catch let error as LaunchAskingError {
                    codes.withLock { $0.append(error.code) }
                }
            }
            try await gate.sleep(for: .seconds(1_000_000))
        }
        try await EngineBench.run(Self.setup(.open, source)) { bench in
            try await bench.advance(by: .zero) { codes.withLock { $0.count } == edits.count }
            #expect(codes.withLock { $0.allSatisfy { $0 == .invalid } })
        }
    }

    @Test func aSourceThatDoesNotStopIsLeftBehind() async throws {
        let hanging = Hanging()
        defer { hanging.open() }
        let isOver = Flag()
        let source = ScriptedSource { _ in await hanging.hang() }
        try await EngineBench.run(EngineBench.Setup()) { bench in
            let engine = try await Engine.make(
                configuration: {
                    var configuration = EngineConfiguration()
                    configuration.plugins = [HostedPlugin(name: "deaf", kind: "test", source: source)]
                    return configuration
                }(), store: InMemoryStore(), central: nil, sealer: bench.sealer, inventory: Inventory(),
                clocks: bench.clocks, random: SystemRandomSource(),
                logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try? await engine.sources.run()
                    isOver.set()
                }
                try await bench.advance(by: .zero) { hanging.count == 1 }
                group.cancelAll()
                try await bench.advance(by: .milliseconds(250)) { isOver.isSet }
            }
        }
    }
}

import HTTPTypes
import HummingbirdTesting
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Synchronization
import Testing

/// No promise before its commit, and an honest 503 when there can be none.
@Suite(.timeLimit(.minutes(10)))
struct DurabilityTests {
    @Test("R18 no byte of a 202 leaves before its commit is durable")
    func answersAfterTheCommit() async throws {
        try await Bench.run(.init(mode: .hold), .live) { bench in
            let port = try #require(bench.client.base.port)
            bench.memory.pauseCommits()
            let asker = try RawConnection(port: port)
            try asker.send(RawRequest.ask(#","askId":"a1""#))
            await bench.memory.waitForPausedCommits(1)
            // Whole answers travel the same server meanwhile, so one for the asker would have come.
            for _ in 0..<20 { #expect(try await bench.client.send(.get, "/livez").status == 200) }
            #expect(!asker.hasBytes)
            #expect(try await bench.memory.counts().numbers.isEmpty)
            bench.memory.resumeCommits()
            let reply = try await asker.answer()
            #expect(reply.status == 202)
            let ticket = try #require(reply["ticket"]?.string.flatMap { Ticket($0) })
            #expect(try await bench.memory.hold(ticket) != nil)
        }
    }

    @Test("R18 nor a 200 with an idempotency key, whose repeat must get the same answer")
    func proceedsWithAKeyAfterTheCommit() async throws {
        try await Bench.run(.init(), .live) { bench in
            let port = try #require(bench.client.base.port)
            bench.memory.pauseCommits()
            let asker = try RawConnection(port: port)
            try asker.send(RawRequest.ask(#","idempotencyKey":"k1""#))
            await bench.memory.waitForPausedCommits(1)
            for _ in 0..<20 { #expect(try await bench.client.send(.get, "/livez").status == 200) }
            #expect(!asker.hasBytes)
            bench.memory.resumeCommits()
            #expect(try await asker.answer().status == 200)
        }
    }

    @Test func keepsTheHoldOfAnAskerThatWentAway() async throws {
        try await Bench.run(.init(mode: .hold), .live) { bench async throws in
            let port = try #require(bench.client.base.port)
            bench.memory.pauseCommits()
            let asker = try RawConnection(port: port)
            try asker.send(RawRequest.ask(#","askId":"a1","idempotencyKey":"k1""#))
            await bench.memory.waitForPausedCommits(1)
            asker.reset()
            #expect(try await bench.client.ask(["askId": "a1"]).problem == "ask-in-progress")
            bench.memory.resumeCommits()
            try await bench.until { try await bench.memory.counts().total(.held) == 1 }
            // The keys are free again, and lead to the hold that was kept.
            try await bench.until {
                try await bench.client.ask(["askId": "a1", "idempotencyKey": "k1"]).status == 202
            }
            #expect(try await bench.memory.counts().total(.held) == 1)
        }
    }

    @Test(arguments: [
        StoreError(.unavailable, "gone"), StoreError(.full, "disk full"), StoreError(.unknown, "lost while committing"),
    ])
    func answers503WhenTheHoldCannotBeWritten(error: StoreError) async throws {
        try await Bench.run(.init(mode: .hold)) { bench async throws in
            bench.memory.failNextCommits(1, with: error)
            let failed = try await bench.client.ask(["askId": "a1", "idempotencyKey": "k1"], query: "?answer=body")
            #expect(failed.status == 503)
            #expect(failed.problem == "store-unavailable")
            #expect(failed.header("Retry-After") == "1")
            #expect(try await bench.client.send(.get, "/readyz").status == 503)
            // Within a second the monitor has written again.
            try await bench.advance {
                try await bench.client.ask(["askId": "a1", "idempotencyKey": "k1"]).status == 202
            }
            #expect(try await bench.memory.counts().total(.held) == 1)
        }
    }

    @Test func findsTheHoldOfACommitWhoseAnswerWasLost() async throws {
        try await Bench.run(.init(mode: .hold)) { bench async throws in
            bench.memory.failNextCommits(1, with: StoreError(.unknown, "lost"), isWritten: true)
            #expect(try await bench.client.ask(["askId": "a1"]).status == 503)
            try await bench.advance { try await bench.client.ask(["askId": "a1"]).status == 202 }
            #expect(try await bench.memory.counts().total(.held) == 1)
        }
    }

    @Test func stopsLettingThroughWithinASecondOfLosingTheStoreAndRecovers() async throws {
        let memory = InMemoryStore()
        let flaky = FlakyStore(memory)
        var setup = Bench.Setup(memory: memory)
        setup.wrap = { _ in flaky }
        try await Bench.run(setup) { bench in
            #expect(try await bench.client.ask().status == 200)
            #expect(try await bench.client.send(.get, "/readyz", as: nil).status == 200)
            flaky.setBroken(true)
            try await bench.advance(by: .milliseconds(200)) { !bench.engine.monitor.isStoreUsable }
            let refused = try await bench.client.ask()
            #expect(refused.status == 503)
            #expect(refused.problem == "store-unavailable")
            #expect(try await bench.client.send(.get, "/readyz", as: nil).problem == "store-unavailable")
            #expect(try await bench.client.send(.get, "/livez", as: nil).status == 200)
            for path in ["/v1/gate", "/v1/holds", "/metrics"] {
                let reply = try await bench.client.send(.get, path, as: .operator)
                #expect(reply.problem == "store-unavailable", "\(path): \(reply)")
                #expect(!reply.text.contains("/var/lib"))
            }
            flaky.setBroken(false)
            try await bench.advance(by: .milliseconds(200)) { bench.engine.monitor.isStoreUsable }
            #expect(try await bench.client.ask().status == 200)
            #expect(try await bench.client.send(.get, "/readyz", as: nil).status == 200)
        }
    }

    @Test func answersALongPollWhoseStoreIsLostWithoutA500() async throws {
        let memory = InMemoryStore()
        let flaky = FlakyStore(memory)
        var setup = Bench.Setup(mode: .hold, memory: memory)
        setup.wrap = { _ in flaky }
        try await Bench.run(setup) { bench in
            for launcher in ["caller", "sluice"] {
                memory.pauseCommits()
                async let answer = bench.client.ask(
                    ["launcher": .string(launcher), "askId": .string(launcher)], query: "?wait=30s")
                await memory.waitForPausedCommits(1)
                flaky.setBroken(true)
                memory.resumeCommits()
                // Its hold is durable, so either that, when the wait is over, or an honest 503.
                for _ in 0..<200 {
                    bench.clocks.advance(by: .milliseconds(200))
                    await letOthersRun(turns: 20)
                }
                let reply = try await answer
                #expect([202, 503].contains(reply.status), "\(launcher): \(reply)")
                flaky.setBroken(false)
                try await bench.advance { bench.engine.monitor.isStoreUsable }
            }
        }
    }
}

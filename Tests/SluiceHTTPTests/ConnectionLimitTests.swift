import HummingbirdTesting
import NIOCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// Clients that do not do their part keep neither a connection nor memory.
@Suite(.timeLimit(.minutes(10)))
struct ConnectionLimitTests {
    /// Short ones, looked at often; only `idle` stays as it is.
    private static var short: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.bodyGrace = .milliseconds(300)
        limits.stall = .milliseconds(300)
        limits.checkInterval = .milliseconds(50)
        return limits
    }

    private static func head(_ method: String, _ path: String) -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(Bench.Token.operator.rawValue)\r\n"
    }

    @Test(
        "a body that trickles is cut, whoever is to read it",
        arguments: [("POST", "/v1/launches"), ("PUT", "/v1/gate"), ("POST", "/v1/launches?wait=30s")])
    func cutsABodyThatTrickles(_ method: String, _ path: String) async throws {
        var setup = Bench.Setup()
        setup.connections = Self.short
        // However fast it comes, it is too slow.
        setup.connections.bodyRateMin = .max
        try await Bench.run(setup, .live) { bench in
            let connection = try RawConnection(port: try #require(bench.client.base.port))
            try connection.send("\(Self.head(method, path))Content-Length: 1000000\r\n\r\n{")
            let deadline = ContinuousClock.now.advanced(by: .seconds(20))
            var isCut = false
            while !isCut, ContinuousClock.now < deadline {
                // Always some more, never all of it.
                isCut = try await connection.bytesCome(within: 10) || (try? connection.send(" ")) == nil
            }
            #expect(isCut, "it was still waited for after 20 s")
            #expect(try await bench.client.ask().status == 200)
        }
    }

    @Test("a body that comes at the least rate is taken, and time in which Sluice reads nothing does not count")
    func allowsForLength() {
        var limits = ConnectionLimits()
        limits.bodyGrace = .seconds(60)
        limits.bodyRateMin = 1000
        var watch = ConnectionWatch(limits)
        func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }
        watch.beginBody()
        watch.waits(from: at(0))
        #expect(!watch.isTrickling(at: at(60)) && watch.isTrickling(at: at(61)))
        watch.came(at: at(50))
        watch.bodyByteCount = 100_000
        // 100 s more for its length; it waits for us until 1000.
        #expect(!watch.isTrickling(at: at(1000)) && !watch.isWaiting)
        watch.waits(from: at(1000))
        watch.waits(from: at(1100))
        #expect(!watch.isTrickling(at: at(1110)) && watch.isTrickling(at: at(1111)))
        watch.beginBody()
        watch.waits(from: at(2000))
        #expect(!watch.isTrickling(at: at(2060)), "the next request counts anew")
    }

    @Test("bytes that are taken, however slowly, are no stall")
    func knowsAStall() {
        var limits = ConnectionLimits()
        limits.stall = .seconds(60)
        var watch = ConnectionWatch(limits)
        func isStalled(_ waiting: Int, _ taken: Int, _ seconds: Int64) -> Bool {
            watch.isStalled(waiting: waiting, taken: taken, at: .uptimeNanoseconds(0) + .seconds(seconds))
        }
        #expect(!isStalled(0, 0, 0) && !isStalled(0, 0, 500), "nothing waits")
        #expect(!isStalled(100, 0, 510) && !isStalled(100, 0, 559) && isStalled(100, 0, 560))
        #expect(!isStalled(200, 1, 600), "one byte was taken, and more was written")
        #expect(!isStalled(200, 1, 659) && isStalled(300, 1, 660))
    }

    @Test("R50 an answer that its client does not take is cut, and nothing is kept of it")
    func cutsAnAnswerThatNobodyTakes() async throws {
        var setup = Bench.Setup(mode: .hold)
        setup.connections = Self.short
        try await Bench.run(setup, .live) { bench in
            let connection = try RawConnection(port: try #require(bench.client.base.port))
            try connection.send(Self.head("GET", "/v1/events?after=0") + "\r\n")
            try await bench.until { bench.engine.watchers.followerCount == 1 }
            // More than the buffers of both ends take. The gate's clock stands still: nothing else cuts it.
            let text = String(repeating: "x", count: 60_000)
            let notes = (0..<400).map { number in
                Change.note(AuditNote(kind: "note", at: .zero, by: .sluice, text: "\(number) \(text)"))
            }
            try await bench.memory.commit(notes, fence: Fence(timeline: 1))
            bench.clocks.advance(by: .seconds(2))
            try await bench.until { bench.engine.watchers.followerCount == 0 }
            withExtendedLifetime(connection) {}
        }
    }

    @Test("a follower is told to come back after an hour, with where it is")
    func endsAFollower() async throws {
        try await Bench.run(.init(mode: .hold), .live) { bench in
            #expect(try await bench.client.ask().status == 202)
            let first = try await bench.memory.newestEvent()
            let connection = try RawConnection(port: try #require(bench.client.base.port))
            try connection.send(Self.head("GET", "/v1/events") + "\r\n")
            _ = try await connection.text(until: "retry: 3000\n\n\r\n")
            // Each sign of life is awaited: a write that the clock overtakes by 30 s is taken for a stall, and cut.
            var text = ""
            for _ in 0..<1000 where !text.contains("renew") {
                bench.clocks.advance(by: .seconds(15))
                guard try await connection.bytesCome(within: 500) else { continue }
                text += try await connection.text(until: "\n\n\r\n")
            }
            try await bench.until { bench.engine.watchers.followerCount == 0 }
            let last = try await bench.memory.newestEvent()
            #expect((first...last).contains { text.contains("id: \($0)\nevent: end\n") }, "\(text.suffix(300))")
        }
    }
}

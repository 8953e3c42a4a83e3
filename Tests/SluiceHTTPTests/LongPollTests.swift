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

/// `?wait=`: returns on a change or when its time is over, whichever comes first.
@Suite(.timeLimit(.minutes(10)))
struct LongPollTests {
    /// The long-polls asleep, beside the two services that always are.
    private static let serviceSleeperCount = 2

    @Test func answersWithTheHoldWhenTheWaitIsOver() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            async let answer = bench.client.ask(["launcher": "caller", "askId": "a"], query: "?wait=10s")
            try await bench.until { bench.clocks.sleeperCount == Self.serviceSleeperCount + 1 }
            bench.clocks.advance(by: .seconds(10))
            let reply = try await answer
            #expect(reply.status == 202)
            #expect(reply["state"] == "held")
        }
    }

    @Test(arguments: ["caller", "sluice"])
    func answersAtOnceOnRelease(launcher: String) async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            async let answer = bench.client.ask(
                ["launcher": .string(launcher), "askId": "a"], query: "?wait=60s&answer=body")
            try await bench.until { bench.clocks.sleeperCount == Self.serviceSleeperCount + 1 }
            let ticket = try #require(
                try await bench.memory.holds(HoldQuery()).holds.first?.ticket)
            _ = try await bench.client.send(.post, "/v1/holds/\(ticket)/release", as: .operator, body: ["reason": "r"])
            let reply = try await answer
            #expect(reply.status == 200)
            if launcher == "caller" {
                #expect(reply["reason", "code"] == "released")
                #expect(reply["pass"]?.string != nil)
            } else {
                #expect(reply["decision"] == "hold")
                #expect(reply["state"] == "released")
                #expect(reply["pass"] == nil)
            }
        }
    }

    @Test("an asker that went away while it waited gets nothing: its launch is there when it comes back")
    func givesNothingToWhoeverIsGone() async throws {
        try await Bench.run(.init(mode: .hold), .live) { bench in
            let connection = try RawConnection(port: try #require(bench.client.base.port))
            let body = #"{"flow":"\#(Client.flow)","source":"api","launcher":"caller","askId":"a"}"#
            try connection.send(
                "POST /v1/launches?wait=60s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(Bench.Token.gate.rawValue)"
                    + "\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            try await bench.until { bench.clocks.sleeperCount == Self.serviceSleeperCount + 1 }
            connection.reset()
            try await bench.until { bench.clocks.sleeperCount == Self.serviceSleeperCount }
            try await bench.set("open")
            let ticket = try #require(try await bench.memory.holds(HoldQuery()).holds.first?.ticket)
            try await bench.advance(by: .seconds(1)) { try await bench.memory.hold(ticket)?.state == .released }
            let back = try await bench.client.ask([
                "launcher": "caller", "askId": "a", "ticket": .string("\(ticket)"),
            ])
            #expect(back.status == 200)
            #expect(back["reason", "code"] == "released")
        }
    }

    @Test func goesOnWhenTheGateOpens() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            async let answer = bench.client.ask(
                ["launcher": "caller", "askId": "a", "source": "flow"], query: "?wait=60s")
            try await bench.until { bench.clocks.sleeperCount == Self.serviceSleeperCount + 1 }
            try await bench.set("open")
            let reply = try await answer
            #expect(reply.status == 200)
            #expect(reply["reason", "code"] == "released")
        }
    }

    @Test("R2 an asker that waits already gets no pass when the gate closes again before it was let through")
    func letsNothingThroughAfterAClose() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            async let answer = bench.client.ask(["launcher": "caller", "askId": "a"], query: "?wait=5s")
            try await bench.until { bench.clocks.sleeperCount == Self.serviceSleeperCount + 1 }
            try await bench.set("refuse")
            bench.clocks.advance(by: .seconds(5))
            #expect(try await answer["decision"] == "hold")
        }
    }

    @Test("R19 whoever waits for a hold that ends without a start is told why", arguments: ["discard", "expire"])
    func answersWhenTheHoldIsGone(how: String) async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let expiry = bench.clocks.now().wall.advanced(by: .seconds(20)).rfc3339
            async let answer = bench.client.ask(
                ["launcher": "caller", "askId": "a", "expiresAt": .string(expiry)], query: "?wait=60s")
            try await bench.until { bench.clocks.sleeperCount == Self.serviceSleeperCount + 1 }
            if how == "discard" {
                let ticket = try #require(try await bench.memory.holds(HoldQuery()).holds.first?.ticket)
                _ = try await bench.client.send(
                    .post, "/v1/holds/\(ticket)/discard", as: .operator, body: ["reason": "r"])
            } else {
                // Not in steps until it is so: on a busy machine they would come to the end of the wait first.
                bench.clocks.advance(by: .seconds(21))
                try await bench.until { try await bench.memory.counts().total(.expired) == 1 }
            }
            let reply = try await answer
            #expect(reply.status == 403)
            #expect(reply["decision"] == "reject")
            #expect(reply["reason", "code"] == (how == "discard" ? "not-started" : "expired"))
        }
    }

    @Test func wakesManyWaitersOfOneHold() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let ticket = try #require(try await bench.client.ask()["ticket"]?.string)
            let count = 200
            try await withThrowingTaskGroup(of: Reply.self) { group in
                for _ in 0..<count {
                    group.addTask { try await bench.client.send(.get, "/v1/holds/\(ticket)?wait=60s") }
                }
                try await bench.until { bench.clocks.sleeperCount == Self.serviceSleeperCount + count }
                _ = try await bench.client.send(
                    .post, "/v1/holds/\(ticket)/discard", as: .operator, body: ["reason": "r"])
                for try await reply in group { #expect(reply["state"] == "discarded") }
            }
            try await bench.until { bench.clocks.sleeperCount == Self.serviceSleeperCount }
        }
    }

    @Test func cutsALongWait() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let ticket = try #require(try await bench.client.ask()["ticket"]?.string)
            async let answer = bench.client.send(.get, "/v1/holds/\(ticket)?wait=14d")
            try await bench.until { bench.clocks.sleeperCount == Self.serviceSleeperCount + 1 }
            bench.clocks.advance(by: .seconds(60))
            #expect(try await answer["state"] == "held")
        }
    }

    @Test func doesNotWaitForWhatIsDecided() async throws {
        try await Bench.run { bench in
            #expect(try await bench.client.ask(query: "?wait=60s").status == 200)
            try await bench.set("refuse")
            #expect(try await bench.client.ask(query: "?wait=60s").status == 403)
            #expect(try await bench.client.send(.get, "/v1/holds/h_1?wait=60s").status == 404)
        }
    }

    @Test(
        "a long-poll does not keep the server from stopping: it is answered as it stands",
        arguments: ["caller", "show"])
    func answersWhenTheServerStops(how: String) async throws {
        let waiting = Waiting()
        try await Bench.run(.init(mode: .hold), .live) { bench in
            let connection = try RawConnection(port: try #require(bench.client.base.port))
            waiting.connection.withLock { $0 = connection }
            if how == "show" {
                let ticket = try #require(try await bench.client.ask()["ticket"]?.string)
                try connection.send(RawRequest.text("GET", "/v1/holds/\(ticket)?wait=60s"))
            } else {
                try connection.send(RawRequest.ask(#","launcher":"caller","askId":"a""#, query: "?wait=60s"))
            }
            try await bench.until { bench.clocks.sleeperCount == Self.serviceSleeperCount + 1 }
        }
        let connection = try #require(waiting.connection.withLock { $0 })
        let reply = try await connection.answer()
        #expect(reply.status == (how == "show" ? 200 : 202))
        #expect(reply["state"] == "held")
    }

    /// A connection that outlives its server.
    private final class Waiting: Sendable {
        let connection = Mutex<RawConnection?>(nil)
    }
}

import Foundation
import HTTPTypes
import HummingbirdTesting
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// `GET /v1/events` over a real connection.
@Suite(.timeLimit(.minutes(10)))
struct EventTests {
    private static func follow(
        _ bench: Bench, _ query: String = "", as token: Bench.Token = .viewer, header: String = ""
    ) throws -> RawConnection {
        let connection = try RawConnection(port: try #require(bench.client.base.port))
        try connection.send(
            "GET /v1/events\(query) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token.rawValue)\r\n\(header)\r\n")
        return connection
    }

    /// Reads until a text has come, and gives everything up to it.
    private static func read(_ connection: RawConnection, until text: String) async throws -> String {
        try await connection.text(until: text)
    }

    @Test("R45 what happens is told with ids, and a client that comes back goes on where it was")
    func tellsAndGoesOn() async throws {
        try await Bench.run(.init(mode: .hold), .live) { bench in
            let connection = try Self.follow(bench)
            let head = try await Self.read(connection, until: "retry: 3000")
            #expect(head.contains("200") && head.contains("text/event-stream"))
            let ticket = try #require(try await bench.client.ask()["ticket"]?.string)
            let held = try await Self.read(connection, until: "\"by\"")
            #expect(held.contains("event: hold") && held.contains(ticket))
            let last = try await bench.memory.newestEvent()
            #expect(held.contains("id: \(last)"))
            connection.reset()
            try await bench.set("open")
            try await bench.set("hold")
            for (query, header) in [("", "Last-Event-ID: \(last)\r\n"), ("?after=\(last)", "")] {
                let back = try Self.follow(bench, query, header: header)
                let text = try await Self.read(back, until: "id: \(last + 2)")
                #expect(text.contains("id: \(last + 1)\n") && !text.contains("id: \(last)\n"))
                #expect(text.contains("event: gate"))
                back.reset()
            }
        }
    }

    @Test("events of one hold are those of this hold alone")
    func followsOneHold() async throws {
        try await Bench.run(.init(mode: .hold), .live) { bench in
            let one = try #require(try await bench.client.ask()["ticket"]?.string)
            let other = try #require(try await bench.client.ask()["ticket"]?.string)
            let connection = try Self.follow(bench, "?ticket=\(one)&after=0", as: .gate)
            _ = try await Self.read(connection, until: "\"to\":\"held\"")
            for ticket in [other, one] {
                _ = try await bench.client.send(
                    .post, "/v1/holds/\(ticket)/discard", as: .operator, body: ["reason": "r"])
            }
            let text = try await Self.read(connection, until: "\"to\":\"discarded\"")
            #expect(text.contains(one) && !text.contains(other))
        }
    }

    @Test("an idle follower gets a sign of life, and at a shutdown an end that says so")
    func staysAliveAndEnds() async throws {
        try await Bench.run(.init(mode: .hold), .live) { bench in
            let connection = try Self.follow(bench)
            // To the end of the chunk: what is left of it would pass for the sign of life.
            _ = try await Self.read(connection, until: "retry: 3000\n\n\r\n")
            // Awaited: a write that the clock overtakes by 30 s is taken for a stall, and cut.
            try await bench.advance(by: .seconds(15)) { try await connection.bytesCome(within: 3000) }
            #expect(try await Self.read(connection, until: "still here").contains(": still here"))
            try await bench.until { bench.engine.watchers.followerCount == 1 }
            connection.reset()
            // It is noticed at the next sign of life.
            try await bench.advance(by: .seconds(5)) { bench.engine.watchers.followerCount == 0 }
        }
    }

    @Test func takesNoMoreFollowersThanItCan() async throws {
        try await Bench.run(.init(mode: .hold), .live) { bench in
            var subscriptions: [HoldWatchers.Subscription] = []
            while let next = bench.engine.watchers.follow() { subscriptions.append(next) }
            #expect(subscriptions.count == HoldWatchers.followerCountMax)
            let refused = try await bench.client.send(.get, "/v1/events", as: .viewer)
            #expect(refused.status == 503 && refused.problem == "too-many-followers")
            #expect(refused.header("Retry-After") == "30")
            for subscription in subscriptions { subscription.end() }
            #expect(bench.engine.watchers.followerCount == 0)
        }
    }

    @Test(arguments: ["?ticket=x", "?after=-1", "?after=x", "?what=1"])
    func refusesWhatItCannotRead(query: String) async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let odd = try await bench.client.send(.get, "/v1/events\(query)", as: .viewer)
            #expect(odd.status == 400)
            let asker = try await bench.client.send(.get, "/v1/events", as: .gate)
            #expect(asker.status == 403)
            let nobody = try await bench.client.send(.get, "/v1/events", as: nil)
            #expect(nobody.status == 401)
        }
    }

    @Test("a follower that takes nothing is cut", .timeLimit(.minutes(10)))
    func cutsASlowFollower() async throws {
        try await Bench.run(.init(mode: .hold), .live) { bench in
            let connection = try Self.follow(bench, "?after=0")
            _ = try await Self.read(connection, until: "retry")
            // More than the buffers of both ends take; nobody reads it.
            let text = String(repeating: "x", count: 60_000)
            let notes = (0..<400).map { number in
                Change.note(AuditNote(kind: "note", at: .zero, by: .sluice, text: "\(number) \(text)"))
            }
            try await bench.memory.commit(notes, fence: Fence(timeline: 1))
            try await bench.advance(by: .seconds(1)) { bench.engine.watchers.followerCount == 0 }
            #expect(bench.log.lines.contains { $0.contains("took nothing for too long") })
        }
    }
}

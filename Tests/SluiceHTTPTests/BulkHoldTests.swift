import HTTPTypes
import HummingbirdTesting
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// `POST /v1/holds/release`, `/discard` and `/retry`: many holds at once.
@Suite(.timeLimit(.minutes(10)))
struct BulkHoldTests {
    private static func fill(
        _ bench: Bench, _ count: UInt64, from first: UInt64 = 1, source: LaunchSource = .api
    )
        async throws
    {
        let changes = (first..<first + count).map { number in
            Change.addHold(
                Hold(
                    ticket: .fixture(number), request: LaunchRequest(flow: FlowID("f"), source: source),
                    principal: Principal("p"), reason: .maintenance, epoch: .first,
                    arrivedAt: bench.clocks.now().wall))
        }
        try await bench.memory.commit(changes, fence: Fence(timeline: 1))
    }

    private static func order(
        _ bench: Bench, _ move: String, _ query: String, as token: Bench.Token? = .operator,
        _ body: JSONValue = ["reason": "r"]
    ) async throws -> Reply {
        try await bench.client.send(.post, "/v1/holds/\(move)\(query)", as: token, body: body)
    }

    @Test("a dry run says what an order over many would do, and the order does just that")
    func dryRunThenDone() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            try await Self.fill(bench, 30, source: .csa)
            try await Self.fill(bench, 5, from: 100, source: .ui)
            let dry = try await Self.order(bench, "discard", "?source=csa&dryRun=true", [:])
            #expect(dry.status == 200)
            #expect(dry["matched"] == 30 && dry["possible"] == 30 && dry["moved"] == 0 && dry["dryRun"] == true)
            #expect(dry["sample"]?.array?.count == 20)
            #expect(dry["sample", "0", "ticket"] == .string("\(Ticket.fixture(1))"))
            #expect(try await bench.memory.counts().total(.held) == 35)
            let done = try await Self.order(bench, "discard", "?source=csa")
            #expect(done["moved"] == 30 && done["next"] == .null)
            #expect(try await bench.memory.counts().total(.discarded, .csa) == 30)
            #expect(try await bench.memory.counts().total(.held, .ui) == 5)
            let notes = try await bench.memory.events(of: nil, after: 0, limit: 1000).filter { $0.ticket == nil }
            let note = try #require(notes.first { $0.kind == "bulk-discard" })
            #expect(note.by == Principal("ann"))
            #expect(note.cause.contains("30 of 30 holds") && note.cause.contains("source=csa"))
            let each = try await bench.memory.events(of: .fixture(7), after: 0, limit: 9).last
            #expect(each?.by == Principal("ann") && each?.cause == "discard: r")
        }
    }

    @Test("an order goes on from its cursor, and counts what its state does not allow")
    func pagesAndStates() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            try await Self.fill(bench, 25)
            _ = try await bench.client.send(
                .post, "/v1/holds/\(Ticket.fixture(3))/discard", as: .operator, body: ["reason": "r"])
            let first = try await Self.order(bench, "release", "?state=held,discarded&limit=10")
            #expect(first["matched"] == 10 && first["moved"] == 9 && first["notPossible"] == 1)
            let cursor = try #require(first["next"]?.string)
            let second = try await Self.order(bench, "release", "?state=held,discarded&limit=100&cursor=\(cursor)")
            #expect(second["matched"] == 15 && second["moved"] == 15 && second["next"] == .null)
            // What is released is not released again.
            #expect(try await Self.order(bench, "release", "?source=api")["matched"] == 0)
            #expect(try await Self.order(bench, "retry", "?source=api")["matched"] == 0)
        }
    }

    @Test func refusesWhatNamesNoHoldsOrNobodyMay() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            try await Self.fill(bench, 3)
            #expect(try await Self.order(bench, "discard", "").problem == "missing-filter")
            #expect(try await Self.order(bench, "discard", "?limit=2").problem == "missing-filter")
            #expect(try await Self.order(bench, "discard", "?stat=held").problem == "unknown-fields")
            #expect(try await Self.order(bench, "discard", "?all=maybe").problem == "invalid-value")
            #expect(try await Self.order(bench, "discard", "?state=held&limit=10001").problem == "invalid-value")
            #expect(try await Self.order(bench, "discard", "?state=held", [:]).problem == "missing-field")
            #expect(try await Self.order(bench, "discard", "?state=held", as: .viewer).status == 403)
            #expect(try await Self.order(bench, "discard", "?state=held", as: nil).status == 401)
            #expect(try await bench.memory.counts().total(.held) == 3)
            #expect(try await Self.order(bench, "discard", "?all=true")["moved"] == 3)
        }
    }

    @Test("what a discarded hold stood for comes back, unless it is dropped with it")
    func representedOnes() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            var tickets: [Ticket] = []
            for _ in 0..<3 {
                let reply = try await bench.client.ask(["coalesceKey": "pool:P1"])
                tickets.append(try #require(reply["ticket"]?.string.flatMap { Ticket($0) }))
            }
            func states() async throws -> [HoldState?] {
                var states: [HoldState?] = []
                for ticket in tickets { states.append(try await bench.memory.hold(ticket)?.state) }
                return states
            }
            #expect(try await states() == [.coalesced, .coalesced, .held])
            let shown = try await bench.client.send(.get, "/v1/holds/\(tickets[0])")
            #expect(shown["representative"] == .string("\(tickets[1])"))
            #expect(shown["waitsFor", "0", "kind"] == "representative")
            let asked = try await bench.client.ask(["ticket": .string("\(tickets[1])"), "askId": "a"])
            #expect(asked["reason", "code"] == "not-started")
            #expect(asked["representative"] == .string("\(tickets[2])"))
            #expect(asked["reason", "message"]?.string?.contains("\(tickets[2])") == true)
            _ = try await Self.order(bench, "discard", "?coalesceKey=pool:P1")
            #expect(try await states() == [.coalesced, .held, .discarded])
            _ = try await Self.order(
                bench, "discard", "?coalesceKey=pool:P1", ["reason": "r", "dropRepresented": true])
            #expect(try await states() == [.coalesced, .discarded, .discarded])
        }
    }

    @Test("R46 why: the gate's entry, the ordering key's head, a time, and how the start is computed")
    func saysWhatItWaitsFor() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let first = try await bench.client.ask(["orderingKey": "o"])
            let second = try await bench.client.ask(["orderingKey": "o", "notBefore": "2040-01-01T00:00:00Z"])
            let ticket = try #require(second["ticket"]?.string)
            let shown = try await bench.client.send(.get, "/v1/holds/\(ticket)")
            let kinds = shown["waitsFor"]?.array?.map { $0["kind"]?.string }
            #expect(kinds == ["gate", "not-before", "ordering-key", "release"])
            #expect(shown["waitsFor", "0", "scope"] == "whole gate")
            #expect(shown["waitsFor", "2", "ticket"] == first["ticket"])
            #expect(shown["expectedStart"] == .null)
            #expect(shown["expectedStartBasis"]?.string?.contains("closed") == true)
            #expect(shown["position"] == 2)
        }
        var setup = Bench.Setup()
        setup.hasCentral = true
        try await Bench.run(setup) { bench in
            let reply = try await bench.client.ask(["notBefore": "2040-01-01T00:00:00Z"])
            let shown = try await bench.client.send(.get, "/v1/holds/\(try #require(reply["ticket"]?.string))")
            #expect(shown["expectedStart"]?.string?.hasPrefix("2040-01-01T00:00") == true)
            #expect(shown["expectedStartBasis"]?.string?.contains("not before") == true)
            #expect(reply["expectedStart"] == shown["expectedStart"])
        }
    }
}

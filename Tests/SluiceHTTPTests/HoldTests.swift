import HTTPTypes
import HummingbirdTesting
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

/// `/v1/holds` and what is below it.
@Suite(.timeLimit(.minutes(10)))
struct HoldTests {
    @Test func showsAnAskerOnlyItsOwnHolds() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let own = try await bench.client.ask(["source": "scheduler"], as: .gate)["ticket"]
            _ = try await bench.client.ask(["source": "scheduler"], as: .operator)
            let listed = try await bench.client.send(.get, "/v1/holds?source=scheduler", as: .gate)
            #expect(listed["holds"]?.array?.map { $0["ticket"] } == [own])
            let all = try await bench.client.send(.get, "/v1/holds?source=scheduler", as: .viewer)
            #expect(all["holds"]?.array?.count == 2)
        }
    }

    @Test func filtersTheList() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            var tickets: [String] = []
            for fields: JSONObject in [
                ["source": "csa", "orderingKey": "o1"], ["source": "ui", "coalesceKey": "c1"],
                ["source": "ui", "flow": "other.flow"], ["source": "scheduler", "orderingKey": "o1"],
            ] {
                tickets.append(try #require(try await bench.client.ask(fields)["ticket"]?.string))
            }
            _ = try await bench.client.send(
                .post, "/v1/holds/\(tickets[3])/discard", as: .operator, body: ["reason": "r"])
            func list(_ query: String) async throws -> [Int?] {
                let reply = try await bench.client.send(.get, "/v1/holds\(query)", as: .viewer)
                return (reply["holds"]?.array ?? []).map { hold in
                    tickets.firstIndex { $0 == hold["ticket"]?.string }
                }
            }
            #expect(try await list("") == [0, 1, 2, 3])
            #expect(try await list("?state=held") == [0, 1, 2])
            #expect(try await list("?state=discarded,released") == [3])
            #expect(try await list("?source=ui") == [1, 2])
            #expect(try await list("?flow=other.flow") == [2])
            #expect(try await list("?orderingKey=o1") == [0, 3])
            #expect(try await list("?coalesceKey=c1") == [1])
            #expect(try await list("?state=held&source=ui&flow=\(Client.flow)") == [1])
            #expect(try await list("?source=api") == [])
            #expect(try await list("?limit=2") == [0, 1])
            // A flow's UUID is one whatever its case.
            #expect(try await list("?flow=\(Client.flow.uppercased())") == [0, 1, 3])
        }
    }

    @Test func walksThousandsByCursor() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let count = 2500
            let changes = (1...UInt64(count)).map { number in
                Change.addHold(
                    Hold(
                        ticket: .fixture(number), request: LaunchRequest(flow: FlowID("f"), source: .api),
                        principal: Principal("p"), reason: .maintenance, epoch: .first,
                        arrivedAt: bench.clocks.now().wall))
            }
            try await bench.memory.commit(changes, fence: Fence(timeline: 1, term: 1))
            var seen: [String] = []
            var query = "?limit=1000"
            var pageCount = 0
            while true {
                let page = try await bench.client.send(.get, "/v1/holds\(query)", as: .viewer)
                #expect(page.status == 200)
                seen += page["holds"]?.array?.compactMap { $0["ticket"]?.string } ?? []
                pageCount += 1
                if pageCount == 1 { _ = try await bench.client.ask() }
                guard let next = page["next"]?.string else { break }
                query = "?limit=1000&cursor=\(next)"
            }
            #expect(pageCount == 3)
            #expect(seen.count == count + 1)
            #expect(Set(seen).count == seen.count)
            #expect(Array(seen.prefix(count)) == (1...UInt64(count)).map { Ticket.fixture($0).description })
        }
    }

    @Test func showsTheHistoryAndTheRulesThatHeldIt() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let ticket = try #require(
                try await bench.client.ask(["requestedBy": "svc", "scheduleId": "s"])["ticket"]?.string)
            let shown = try await bench.client.send(.get, "/v1/holds/\(ticket)")
            #expect(shown.status == 200)
            #expect(shown["state"] == "held")
            #expect(shown["requestedBy"] == "svc")
            #expect(shown["scheduleId"] == "s")
            #expect(shown["history"]?.array?.count == 1)
            #expect(shown["history", "0", "to"] == "held")
            #expect(shown["history", "0", "by"] == "gate-step")
            let path = try #require(shown["rulePath"]?.array)
            #expect(path.map { $0["rule"] } == (0...7).map { .int($0) })
            #expect(path.last?["outcome"]?.string?.hasPrefix("held: maintenance") == true)
            let later = try #require(
                try await bench.client.ask(["notBefore": "2040-01-01T00:00:00Z"])["ticket"]?.string)
            let due = try await bench.client.send(.get, "/v1/holds/\(later)")
            #expect(due["rulePath"]?.array?.count == 7)
            #expect(due["rulePath", "6", "outcome"]?.string?.contains("2040-01-01") == true)
        }
    }

    @Test func movesAHoldWithAReasonOnRecord() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let ticket = try #require(
                try await bench.client.ask(["launcher": "caller", "askId": "a"])["ticket"]?.string)
            func move(
                _ move: String, as token: Bench.Token? = .operator, _ body: JSONValue = ["reason": "I say so"]
            )
                async throws -> Reply
            {
                try await bench.client.send(.post, "/v1/holds/\(ticket)/\(move)", as: token, body: body)
            }
            #expect(try await move("release", as: nil).status == 401)
            #expect(try await move("release", as: .viewer).status == 403)
            #expect(try await move("release", [:]).problem == "missing-field")
            #expect(try await move("release", ["reason": "r", "force": true]).problem == "unknown-fields")
            let retried = try await move("retry")
            #expect(retried.status == 409)
            #expect(retried.problem == "wrong-state")
            #expect(retried["state"] == "held")
            let released = try await move("release")
            #expect(released.status == 200)
            #expect(released["state"] == "released")
            #expect(released["history", "1", "by"] == "ann")
            #expect(released["history", "1", "cause"]?.string?.contains("I say so") == true)
            // Released to its asker, though the gate is closed.
            let go = try await bench.client.ask(["launcher": "caller", "askId": "a"])
            #expect(go["reason", "code"] == "released")
            #expect(go["pass"]?.string != nil)
            #expect(try await move("discard").status == 409)
        }
    }

    @Test func discardsForGood() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let ticket = try #require(try await bench.client.ask(["askId": "a"])["ticket"]?.string)
            let gone = try await bench.client.send(
                .post, "/v1/holds/\(ticket)/discard", as: .operator, body: ["reason": "r"])
            #expect(gone["state"] == "discarded")
            #expect(gone["position"] == .null)
            let again = try await bench.client.send(
                .post, "/v1/holds/\(ticket)/discard", as: .operator, body: ["reason": "r"])
            #expect(again.status == 409)
            let asked = try await bench.client.ask(["ticket": .string(ticket), "askId": "a"])
            #expect(asked["reason", "code"] == "not-started")
        }
    }

    @Test(arguments: ["h_01KB0000000000000000000000", "h_1", "x", "%2e%2e", "%00", "h_01KB0000000000000000000000%20"])
    func knowsNothingOfOtherTickets(text: String) async throws {
        try await Bench.run { bench in
            for (method, path) in [("GET", ""), ("POST", "/release"), ("POST", "/discard"), ("POST", "/retry")] {
                let reply = try await bench.client.send(
                    method == "GET" ? .get : .post, "/v1/holds/\(text)\(path)", as: .operator,
                    text: method == "GET" ? nil : #"{"reason":"r"}"#)
                #expect(reply.status == 404, "\(method) \(path): \(reply)")
                #expect(reply.problem == "not-found")
            }
        }
    }

    @Test func expiresAHoldThatNobodyReleased() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let expiry = bench.clocks.now().wall.advanced(by: .seconds(30)).rfc3339
            let ticket = try #require(try await bench.client.ask(["expiresAt": .string(expiry)])["ticket"]?.string)
            try await bench.advance(by: .seconds(1)) {
                try await bench.client.send(.get, "/v1/holds/\(ticket)")["state"] == "expired"
            }
        }
    }
}

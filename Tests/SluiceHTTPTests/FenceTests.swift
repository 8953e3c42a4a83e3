import Foundation
import HTTPTypes
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// `/v1/authorize` and `GET /v1/maintenance-page`.
@Suite(.timeLimit(.minutes(10)))
struct FenceTests {
    private static let original = (HTTPField.Name("X-Original-Method")!, HTTPField.Name("X-Original-URI")!)
    private static let forwarded = (HTTPField.Name("X-Forwarded-Method")!, HTTPField.Name("X-Forwarded-Uri")!)

    private static func headers(
        _ names: (HTTPField.Name, HTTPField.Name), _ method: String, _ target: String
    ) -> HTTPFields { [names.0: method, names.1: target] }

    private static func end(_ bench: Bench) -> Timestamp { bench.clocks.now().wall.advanced(by: .seconds(600)) }

    @Test("R16 answers by the table for every door, in every state, in the words of each proxy", arguments: [0, 1, 2])
    func answersByTheTable(dialect: Int) async throws {
        try await Bench.run { (bench: Bench) async throws -> Void in
            for state in FenceState.allCases {
                for system in FencedSystem.allCases {
                    bench.engine.fences.set(system, state, reason: "upgrade", expectedEnd: nil)
                }
                for row in FenceTable.doors + FenceTable.openings {
                    for caller in FenceCaller.allCases {
                        let query = "/v1/authorize?system=\(row.system.rawValue)&caller=\(caller.rawValue)"
                        let reply =
                            switch dialect {
                            case 0:
                                try await bench.client.send(
                                    .get, query, as: nil,
                                    headers: Self.headers(Self.original, row.method, row.target))
                            case 1:
                                try await bench.client.send(
                                    .get, query, as: nil,
                                    headers: Self.headers(Self.forwarded, row.method, row.target))
                            default:
                                // Envoy: with the method itself, and the path behind the configured one.
                                try await bench.client.send(
                                    HTTPRequest.Method(rawValue: row.method)!, "\(query)&path=\(row.target)", as: nil)
                            }
                        let passes = FenceAnswer.decide(row.call, by: caller, in: state).passes
                        #expect(reply.status == (passes ? 204 : 403), "\(row) \(caller) \(state)")
                        #expect(reply.header("Sluice-Fence") == state.rawValue)
                        #expect(reply.header("Cache-Control") == "no-store")
                        #expect((reply.header("Retry-After") != nil) == !passes)
                    }
                }
            }
            #expect(try await bench.memory.holds(HoldQuery(limit: 1)).holds.isEmpty)
        }
    }

    @Test("what a client adds beside a proxy's own headers can only close")
    func believesTheWorstOfTwoClaims() async throws {
        try await Bench.run { (bench: Bench) async throws -> Void in
            bench.engine.fences.set(.csa, .draining, reason: "", expectedEnd: nil)
            func status(_ headers: HTTPFields) async throws -> Int {
                try await bench.client.send(.get, "/v1/authorize?system=csa", as: nil, headers: headers).status
            }
            let (read, order) = (("GET", "/csa/"), ("POST", "/csa/api/mpp/mpp-request/x"))
            func both(_ first: (String, String), _ second: (String, String)) -> HTTPFields {
                var headers = Self.headers(Self.original, first.0, first.1)
                headers[Self.forwarded.0] = second.0
                headers[Self.forwarded.1] = second.1
                return headers
            }
            #expect(try await status(both(read, read)) == 204)
            #expect(try await status(both(read, order)) == 403)
            #expect(try await status(both(order, read)) == 403)
            #expect(try await status([:]) == 403)
            #expect(try await status([Self.original.1: "/csa/"]) == 403)
            #expect(try await status([Self.original.0: "GET"]) == 403)
            var half = Self.headers(Self.forwarded, "GET", "/csa/")
            half[Self.original.0] = "POST"
            #expect(try await status(half) == 204)
            var twice = Self.headers(Self.original, "GET", "/csa/")
            twice.append(HTTPField(name: Self.original.1, value: "/csa/x"))
            #expect(try await status(twice) == 403)
        }
    }

    @Test func answersWhatIsAskedInGeneral() async throws {
        try await Bench.run { (bench: Bench) async throws -> Void in
            func ask(_ call: String, _ more: String = "") async throws -> Reply {
                try await bench.client.send(.get, "/v1/authorize?system=portal&call=\(call)\(more)", as: nil)
            }
            for (state, door, reading) in [
                (FenceState.open, 204, 204), (.draining, 403, 204), (.closed, 403, 403),
            ] {
                bench.engine.fences.set(.portal, state, reason: "", expectedEnd: nil)
                #expect(try await ask("door").status == door)
                #expect(try await ask("reading").status == reading)
                #expect(try await ask("door").header("Cache-Control") == "max-age=1, stale-if-error=30")
            }
            #expect(try await ask("door", "&closed=404").status == 404)
            // Another system's fence is its own.
            #expect(try await bench.client.send(.get, "/v1/authorize?system=csa", as: nil).status == 204)
        }
    }

    @Test(
        arguments: [
            "/v1/authorize", "/v1/authorize?system=oo", "/v1/authorize?system=CSA",
            "/v1/authorize?system=csa&caller=me",
            "/v1/authorize?system=csa&call=any", "/v1/authorize?system=csa&closed=200", "/v1/maintenance-page",
            "/v1/maintenance-page?system=x", "/v1/maintenance-page?system=csa&as=pdf",
            "/v1/maintenance-page?system=csa&status=404",
        ])
    func refusesAWrongConfiguration(path: String) async throws {
        try await Bench.run { (bench: Bench) async throws -> Void in
            let reply = try await bench.client.send(.get, path, as: nil)
            #expect(reply.status == 400 && reply.problem == "invalid-value")
        }
    }

    @Test("the page says why and until when, escaped and without a script")
    func showsThePage() async throws {
        try await Bench.run { (bench: Bench) async throws -> Void in
            let end = Self.end(bench)
            let reason = "<script>alert('1')</script> & \"upgrade\"\u{202E}\n" + String(repeating: "x", count: 2000)
            bench.engine.fences.set(.portal, .closed, reason: reason, expectedEnd: end)
            let path = "/v1/maintenance-page?system=portal"
            let html = try await bench.client.send(.get, path, as: nil, headers: [.accept: "text/html,*/*;q=0.8"])
            #expect(html.status == 503)
            #expect(html.header("Content-Type") == "text/html; charset=utf-8")
            #expect(html.header("Retry-After") == "600")
            #expect(html.header("Vary") == "Accept")
            #expect(html.header("Cache-Control") == "max-age=2, stale-if-error=86400")
            let policy = try #require(html.header("Content-Security-Policy"))
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            #expect(!html.text.contains("<script") && !html.text.contains("\u{202E}"))
            #expect(html.text.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;upgrade&quot; xxx"))
            #expect(html.text.contains(end.cutToSecond.rfc3339))
            #expect(html.text.utf8.count < 3000)
            let json = try await bench.client.send(.get, path + "&status=200", as: nil)
            #expect(json.status == 200)
            #expect(json.header("Content-Type") == "application/problem+json")
            // By `status=200`, for HAProxy keeps no other answer; the problem itself says 503.
            #expect(json["status"] == 503 && json["type"]?.string?.hasSuffix("/maintenance") == true)
            #expect(json["system"] == "portal" && json["state"] == "closed")
            #expect(json["expectedEnd"]?.string == end.rfc3339)
            #expect((json["reason"]?.string?.utf8.count ?? 0) <= 1000)
            bench.engine.fences.set(.portal, .open, reason: "old", expectedEnd: end)
            let open = try await bench.client.send(.get, path, as: nil)
            #expect(open["reason"] == nil && open["expectedEnd"] == nil)
        }
    }

    @Test func saysNothingBeforeItKnows() {
        let board = FenceBoard()
        #expect(board.standing(of: .csa) == nil)
        board.set(.csa, .closed, reason: "r", expectedEnd: nil)
        #expect(board.standing(of: .csa)?.state == .closed)
        #expect(board.standing(of: .portal) == nil)
        board.load([FenceStanding(system: .portal, state: .draining)])
        #expect(board.standing(of: .csa)?.state == .open)
        #expect(board.standing(of: .portal)?.state == .draining)
    }
}

import HTTPTypes
import SluiceCore
import SluiceFences
import SluiceModel
import SluiceTestKit
import SluiceTestServers
import Testing

/// The fence in the real nginx and HAProxy of Debian, every door in every state.
@Suite(.timeLimit(.minutes(10)), .serialized)
struct ProxyTests {
    private static let callers: [(FenceCaller, String)] = [
        (.anybody, "127.0.0.1"), (.callback, FenceSite.callback), (.controller, FenceSite.controller),
    ]

    @Test("R16 every door and every opening in open, draining and closed", arguments: FencePlan.Proxy.allCases)
    func passesAndRefusesByTheTable(proxy: FencePlan.Proxy) async throws {
        try await FenceSite.with(proxy) { site in
            for state in [FenceState.open, .draining, .closed, .open] {
                try await site.set(state)
                for row in FenceTable.doors + FenceTable.openings {
                    for (caller, address) in Self.callers {
                        let (passed, answer) = try await site.send(
                            row.method, row.target, to: row.system, from: address)
                        let expected = FenceAnswer.decide(row.call, by: caller, in: state).passes
                        #expect(passed == expected, "\(state) \(caller) \(row): \(answer)")
                        #expect(answer.status == (expected ? 200 : 503), "\(state) \(caller) \(row): \(answer)")
                        if passed {
                            #expect(site.arrivals.last?.method == row.method)
                            #expect(site.arrivals.last?.target == row.target)
                        } else {
                            #expect((answer.headers["retry-after"].flatMap { Int($0) } ?? 0) > 0)
                        }
                    }
                }
            }
        }
    }

    @Test("a door is not walked around by its spelling", arguments: FencePlan.Proxy.allCases)
    func closesHoweverItIsSpelled(proxy: FencePlan.Proxy) async throws {
        try await FenceSite.with(proxy) { site in
            for state in [FenceState.draining, .closed] {
                try await site.set(state)
                for request in FenceTable.spellings {
                    let words = request.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
                    for address in ["127.0.0.1", FenceSite.callback] {
                        let (passed, answer) = try await site.send(
                            String(words[0]), String(words[1]), from: address)
                        #expect(!passed && answer.status >= 400, "\(state) \(request) \(answer)")
                    }
                }
            }
        }
    }

    @Test("headers of a client change nothing", arguments: FencePlan.Proxy.allCases)
    func believesNoHeader(proxy: FencePlan.Proxy) async throws {
        let order = "/csa/api/mpp/mpp-request/8a81"
        let account = "Basic b29JbmJvdW5kVXNlcjp4"
        let lies: [[(String, String)]] = [
            [("X-Original-Method", "GET"), ("X-Original-URI", "/")],
            [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/")],
            [("X-Forwarded-For", FenceSite.controller), ("X-Real-IP", FenceSite.controller)],
            [("Forwarded", "for=\(FenceSite.controller)")], [("Authorization", account)],
            [("Authorization", "Bearer operator-token")], [("X-HTTP-Method-Override", "GET")],
            [("X-Sluice-Caller", "controller")], [("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")],
            [("X-Original-URL", "/"), ("X-Rewrite-URL", "/")],
        ]
        try await FenceSite.with(proxy) { site in
            try await site.set(.draining)
            for headers in lies {
                #expect(try await !site.send("POST", order, headers: headers, body: [1]).passed, "\(headers)")
            }
            let callback = "/csa/rest/processinstances/p"
            func passes(_ more: (String, String)...) async throws -> Bool {
                try await site.send("PUT", callback, headers: [("Authorization", account)] + more).passed
            }
            #expect(try await passes())
            // A session could belong to anybody, whatever the account says.
            #expect(try await !passes(("Cookie", "JSESSIONID=1")))
            #expect(try await !passes(("X-Auth-Token", "1")))
            #expect(try await !site.send("PUT", callback, headers: [("Authorization", "Basic eDp5")]).passed)
            #expect(try await !site.send("PUT", callback, headers: [("Authorization", "Bearer b29J")]).passed)
            // A GET that says to be another method reaches CSA as a GET.
            let lie = [("X-HTTP-Method-Override", "POST"), ("X-Original-URL", order), ("X-Forwarded-For", "1.2.3.4")]
            #expect(try await site.send("GET", "/csa/rest/catalog", headers: lie).passed)
            let arrival = try #require(site.arrivals.last)
            #expect(arrival.headers[.init("X-HTTP-Method-Override")!] == nil)
            #expect(arrival.headers[.init("X-Original-URL")!] == nil)
            #expect(arrival.headers[.init("X-Forwarded-For")!] == "127.0.0.1")
            // A channel both ways is no reading.
            let socket = [
                ("Upgrade", "websocket"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                ("Sec-WebSocket-Version", "13"), ("Connection", "Upgrade"),
            ]
            #expect(try await !site.send("GET", "/csa/socket", headers: socket).passed)
        }
    }

    @Test(
        "while Sluice is silent the last answer counts for a while, then doors are closed and reading is open",
        arguments: FencePlan.Proxy.allCases)
    func keepsTheLastAnswerForAWhile(proxy: FencePlan.Proxy) async throws {
        try await FenceSite.with(proxy, keepSeconds: 4) { site in
            func isOpen() async throws -> Bool { try await site.send("POST", "/csa/api/mpp/mpp-request/x").passed }
            #expect(try await isOpen())
            site.relay.cut()
            #expect(try await isOpen())
            let silence = ContinuousClock.now
            try await site.waitUntil("the doors are closed") { try await !isOpen() }
            #expect(ContinuousClock.now - silence < .seconds(20))
            #expect(try await site.send("GET", "/csa/api/mpp/mpp-request/r").passed)
            #expect(try await site.send("PUT", "/csa/rest/processinstances/p", from: FenceSite.callback).passed)
            #expect(try await site.send("POST", "/idm-service/v2.0/tokens").passed)
            #expect(try await site.send("POST", "/csa/api/mpp/mpp-request/x", from: FenceSite.controller).passed)
            #expect(try await site.send("POST", "/oo/rest/v2/deployments", to: .central).passed)
            site.relay.heal()
            try await site.set(.open)
            #expect(try await isOpen())
            // Closed before the silence: closed in it, however long.
            try await site.set(.draining)
            site.relay.cut()
            for _ in 0..<200 { #expect(try await !isOpen()) }
            #expect(try await site.send("PUT", "/csa/rest/processinstances/p", from: FenceSite.callback).passed)
        }
    }

    @Test("the page says why and until when, also while Sluice is silent", arguments: FencePlan.Proxy.allCases)
    func showsThePage(proxy: FencePlan.Proxy) async throws {
        try await FenceSite.with(proxy) { site in
            let end = site.clocks.now().wall.advanced(by: .seconds(1800))
            try await site.set(.closed, reason: "to <2026.11> & back", expectedEnd: end)
            func page(_ accept: String) async throws -> Exchange {
                try await site.send("GET", "/csa/", headers: [("Accept", accept)]).answer
            }
            try await site.waitUntil("the page is there") {
                try await page("text/html,*/*;q=0.8").body.contains("to &lt;2026.11&gt; &amp; back")
            }
            func check(_ html: Exchange, _ json: Exchange) {
                #expect(html.status == 503 && json.status == 503)
                #expect(html.headers["content-type"]?.hasPrefix("text/html") == true)
                #expect(html.headers["content-security-policy"]?.contains("default-src 'none'") == true)
                #expect(html.headers["retry-after"] == "1800")
                #expect(html.headers["cache-control"] == "no-store")
                #expect(html.body.contains("to &lt;2026.11&gt; &amp; back"))
                #expect(json.headers["content-type"] == "application/problem+json")
                #expect(json.body.contains(#""expectedEnd":"\#(end.rfc3339)""#), "\(json.body)")
                #expect(json.body.contains("to <2026.11> & back"))
            }
            check(try await page("text/html"), try await page("application/json"))
            site.relay.cut()
            check(try await page("text/html"), try await page("application/json"))
            site.relay.heal()
        }
    }

    @Test("without a page to show there is a plain one", arguments: FencePlan.Proxy.allCases)
    func showsAPlainPage(proxy: FencePlan.Proxy) async throws {
        try await FenceSite.with(proxy, keepSeconds: 1) { site in
            site.relay.cut()
            let order = "/csa/api/mpp/mpp-request/x"
            try await site.waitUntil("the doors are closed") { try await !site.send("POST", order).passed }
            let json = try await site.send("POST", order).answer
            #expect(json.status == 503 && json.headers["retry-after"] == "60")
            #expect(json.headers["content-type"] == "application/problem+json")
            try await site.waitUntil("the plain page") {
                let html = try await site.send("GET", "/request/cancel", headers: [("Accept", "text/html")]).answer
                return html.status == 503 && html.headers["content-type"]?.hasPrefix("text/html") == true
            }
        }
    }

    @Test(
        "a large upload passes as it comes, and is refused before it is all there",
        arguments: FencePlan.Proxy.allCases)
    func passesLargeUploads(proxy: FencePlan.Proxy) async throws {
        try await FenceSite.with(proxy) { site in
            let body = [UInt8](repeating: 7, count: 20 << 20)
            for isChunked in [false, true] {
                let (passed, answer) = try await site.send(
                    "POST", "/oo/rest/v2/deployments/1/files", to: .central, body: body, isChunked: isChunked)
                #expect(passed && answer.status == 200)
                #expect(site.arrivals.last?.byteCount == body.count)
            }
            try await site.set(.draining)
            for isChunked in [false, true] {
                let sent = try? await site.send("POST", "/csa/rest/import", body: body, isChunked: isChunked)
                // A server that hangs up on a client which still sends may cut its own answer off.
                #expect(sent?.passed != true)
                #expect(sent.map { $0.answer.status == 503 } ?? true)
            }
            #expect(site.arrivals.allSatisfy { $0.target != "/csa/rest/import" })
        }
    }
}

import Foundation
import SluiceJSON
import Testing

/// Callbacks of a running service: whom it calls, and whom it never does.
@Suite struct CallbackRunTests {
    private static func callbacks(_ site: TestSite, of ticket: String) async throws -> [JSONValue] {
        try await site.get("/v1/holds/\(ticket)").body["callbacks"]?.array ?? []
    }

    @Test("a callback URL that redirects to loopback is called, and what it redirects to is not")
    func followsNoRedirect() async throws {
        let inner = try StubServer { _, _ in .init(200, [:]) }
        defer { inner.stop() }
        let target = "\(inner.url)/v1/secrets"
        let outer = try StubServer { _, _ in .init(302, [:], headers: ["Location": target]) }
        defer { outer.stop() }
        let settings = [
            "SLUICE_CALLBACKS_ALLOW": "[\"127.0.0.0/8\"]", "SLUICE_CALLBACKS_INSECURE_HTTP": "true",
            "SLUICE_CALLBACKS_SECRET_FILE": "callback.secret",
        ]
        try await TestSite.with(settings: settings) { site in
            try await site.start()
            try await site.setGate("hold")
            let held = try await site.ask("c", more: [("callbackUrl", .string("\(outer.url)/told"))])
            let ticket = held.body["ticket"]?.string ?? ""
            _ = try await site.post("/v1/holds/\(ticket)/discard", ["reason": "a test"])
            try await site.until("it is tried\n\(site.logText)", within: .seconds(30)) {
                try await Self.callbacks(site, of: ticket).first?["attempts"]?.number?.int ?? 0 > 0
            }
            #expect(outer.requests.count >= 1 && inner.requests.isEmpty)
            let callback = try await Self.callbacks(site, of: ticket).first
            #expect(callback?["state"] != "delivered")
            #expect(callback?["outcome"]?.string?.contains("302") == true, "\(String(describing: callback))")
        }
    }

    @Test("a name that is allowed and leads to loopback is not called, and one that is not allowed is refused at once")
    func callsNoLoopbackByName() async throws {
        let inner = try StubServer { _, _ in .init(200, [:]) }
        defer { inner.stop() }
        let settings = [
            "SLUICE_CALLBACKS_ALLOW": "[localhost]", "SLUICE_CALLBACKS_INSECURE_HTTP": "true",
            "SLUICE_CALLBACKS_SECRET_FILE": "callback.secret",
        ]
        try await TestSite.with(settings: settings) { site in
            try await site.start()
            try await site.setGate("hold")
            for url in [
                "http://127.0.0.1:\(inner.port)/", "http://[::1]:\(inner.port)/", "http://2130706433:\(inner.port)/",
                "http://0.0.0.0:\(inner.port)/", "http://[::ffff:127.0.0.1]:\(inner.port)/",
            ] {
                let refused = try await site.ask("r", more: [("callbackUrl", .string(url))])
                #expect(refused.status == 422 || refused.status == 400, "\(url): \(refused)")
            }
            let held = try await site.ask("c", more: [("callbackUrl", .string("http://localhost:\(inner.port)/"))])
            #expect(held.status == 202, "\(held)")
            let ticket = held.body["ticket"]?.string ?? ""
            _ = try await site.post("/v1/holds/\(ticket)/discard", ["reason": "a test"])
            try await site.until("it is given up or tried\n\(site.logText)", within: .seconds(30)) {
                try await Self.callbacks(site, of: ticket).first?["attempts"]?.number?.int ?? 0 > 0
            }
            #expect(inner.requests.isEmpty)
            #expect(try await site.counts()["held", default: 0] == 0)
        }
    }
}

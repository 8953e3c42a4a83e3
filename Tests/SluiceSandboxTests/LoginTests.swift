import FoundationEssentials
import Testing

@testable import SluiceSandbox

@Suite struct LoginTests {
    @Test func wantsTheRightAccount() {
        let bench = Bench()
        let wrong = "Basic " + Data("sandbox:other".utf8).base64EncodedString()
        #expect(bench.send("GET", "/oo/rest/version", authorization: nil).reply.status == 401)
        #expect(bench.send("GET", "/oo/rest/version", authorization: wrong).reply.status == 401)
        #expect(bench.send("GET", "/oo/rest/version", authorization: "Basic ???").reply.status == 401)
        #expect(bench.send("GET", "/oo", authorization: nil).reply.header("Location") == "/oo/login/login-form")
        bench.state.settings.versionNeedsLogin = false
        #expect(bench.send("GET", "/oo/rest/version", authorization: nil).reply.status == 200)
    }

    @Test func wantsTheSecondTokenFromAClientWithCookies() throws {
        let bench = Bench()
        let first = bench.send("GET", "/oo/rest/version").reply
        let cookie = try #require(first.header("Set-Cookie")?.split(separator: ";").first.map(String.init))
        let stale = try #require(first.header("X-CSRF-TOKEN"))
        let start = #"{"flowUuid": "plain"}"#
        func code(_ token: String?, _ bench: Bench) -> Int {
            bench.send("POST", "/oo/rest/v2/executions", start, cookie: cookie, csrfToken: token).reply.status
        }
        #expect(code(nil, bench) == 403)
        #expect(code(stale, bench) == 403)
        let second = bench.send("GET", "/oo/rest/version", authorization: nil, cookie: cookie).reply
        #expect(second.status == 200)
        let token = try #require(second.header("X-CSRF-TOKEN"))
        #expect(code(token, bench) == 201)
        #expect(bench.state.executions.count == 1)
    }

    @Test func takesTheFirstTokenWhenSoSet() {
        let bench = Bench()
        bench.state.settings.isFirstTokenStale = false
        let first = bench.send("GET", "/oo/rest/version").reply
        let cookie = first.header("Set-Cookie")
        let reply = bench.send(
            "POST", "/oo/rest/v2/executions", #"{"flowUuid": "plain"}"#, cookie: cookie,
            csrfToken: first.header("X-CSRF-TOKEN")
        ).reply
        #expect(reply.status == 201)
    }

    @Test func guardsControlWhenSoSet() {
        let bench = Bench(controlNeedsLogin: true)
        #expect(bench.send("GET", "/control/state", authorization: nil).reply.status == 401)
        #expect(bench.send("GET", "/control/state").reply.status == 200)
    }
}

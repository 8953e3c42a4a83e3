import SluiceCentral
import SluiceModel
import SluicePorts
import Testing

@Suite struct StartRequestTests {
    private static let inputs = #""inputs":{"host":"db1\n\"é\"","password":"hunter2-hunter2"}}"#

    @Test func speaksTheSecondDialect() async throws {
        let request = try await sent(.v2)
        #expect(request.hasPrefix("POST /oo/rest/v2/executions HTTP/1.1\r\n"))
        #expect(
            request.hasSuffix(
                #"{"flowUuid":"a98c3fe7-9c90-4237-a025-e2df4a7cf1f9","runName":"nightly [h_1.1]","#
                    + #""logLevel":"STANDARD","inputPromptUseBlank":true,"# + Self.inputs))
        #expect(try await sent(.latest).hasPrefix("POST /oo/rest/latest/executions HTTP/1.1\r\n"))
    }

    @Test func speaksTheFirstDialect() async throws {
        let request = try await sent(.v1)
        #expect(request.hasPrefix("POST /oo/rest/v1/executions HTTP/1.1\r\n"))
        #expect(
            request.hasSuffix(
                #"{"uuid":"a98c3fe7-9c90-4237-a025-e2df4a7cf1f9","runName":"nightly [h_1.1]","logLevel":"STANDARD","#
                    + Self.inputs))
    }

    @Test func authenticatesWithoutCookies() async throws {
        let request = try await sent(.v2)
        // svc-sluice:s3cr3t-pässword
        #expect(request.contains("\r\nAuthorization: Basic c3ZjLXNsdWljZTpzM2NyM3QtcMOkc3N3b3Jk\r\n"))
        #expect(request.contains("\r\nContent-Type: application/json\r\n"))
        #expect(!request.lowercased().contains("\r\ncookie:"))
        #expect(!request.lowercased().contains("csrf"))
    }

    @Test(arguments: [("", "/oo"), ("/", "/oo"), ("/oo", "/oo"), ("/oo/", "/oo"), ("/proxy/oo", "/proxy/oo")])
    func findsTheRoot(path: String, root: String) async throws {
        #expect(try await sent(.v2, path: path).hasPrefix("POST \(root)/rest/v2/executions "))
    }

    @Test func sendsEachStartOverAConnectionOfItsOwn() async throws {
        // The server closes after each answer without saying so: a reused connection would fail.
        let server = try RawServer(.raw(answer("201 Created", "459301278")))
        defer { server.stop() }
        try await withClient(port: server.port) { client in
            for _ in 0..<20 { #expect(await client.start(.fixture) == .started(ExecutionID("459301278"))) }
        }
        #expect(server.count("POST") == 20)
    }

    @Test func sendsManyAtOnce() async throws {
        let server = try RawServer(.raw(answer("201 Created", "459301278")))
        defer { server.stop() }
        try await withClient(port: server.port) { client in
            await withTaskGroup(of: LaunchOutcome.self) { group in
                for _ in 0..<40 { group.addTask { await client.start(.fixture) } }
                for await outcome in group { #expect(outcome == .started(ExecutionID("459301278"))) }
            }
        }
        #expect(server.count("POST") == 40)
    }

    @Test func echoesTheTokenOfASession() async throws {
        func version(_ number: Int) -> RawServer.Act {
            .raw(
                answer(
                    "200 OK", #"{"version":"10.60"}"#,
                    headers: ["X-CSRF-TOKEN: token-\(number)", "Set-Cookie: JSESSIONID=s\(number); Path=/oo; HttpOnly"])
            )
        }
        let server = try RawServer(
            .raw(answer("403 Forbidden", headers: ["X-CSRF-TOKEN: token-0"])), version(1), version(2),
            .raw(answer("201 Created", "459301278")))
        defer { server.stop() }
        try await withClient(port: server.port) { client in
            #expect(await client.start(.fixture) == .started(ExecutionID("459301278")))
            // And forgets it.
            _ = await client.start(.fixture)
        }
        #expect(server.requests.map { $0.prefix { $0 != " " } } == ["POST", "GET", "GET", "POST", "POST"])
        #expect(server.requests[1].contains("X-CSRF-TOKEN") == false)
        #expect(server.requests[2].contains("Cookie: JSESSIONID=s1\r\n"))
        #expect(server.requests[3].contains("X-CSRF-TOKEN: token-2\r\n"))
        #expect(server.requests[3].contains("Cookie: JSESSIONID=s2\r\n"))
        #expect(server.requests[4].contains("Cookie") == false)
    }

    @Test func asksForATokenOnceOnly() async throws {
        let version = answer("200 OK", #"{"version":"10.60"}"#, headers: ["X-CSRF-TOKEN: t"])
        let forbidden = answer("403 Forbidden", headers: ["X-CSRF-TOKEN: t"])
        let server = try RawServer(.raw(forbidden), .raw(version), .raw(version), .raw(forbidden))
        defer { server.stop() }
        let outcome = try await withClient(port: server.port) { await $0.start(.fixture) }
        #expect(outcome.kind == "refusedForNow")
        #expect(server.requests.count == 4)
    }

    private func sent(_ dialect: CentralConfiguration.Dialect, path: String = "/oo") async throws -> String {
        let server = try RawServer(.raw(answer("201 Created", "459301278")))
        defer { server.stop() }
        let outcome = try await withClient(port: server.port, dialect: dialect, path: path) { await $0.start(.fixture) }
        #expect(outcome == .started(ExecutionID("459301278")))
        return try #require(server.requests.first)
    }
}

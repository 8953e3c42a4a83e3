import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import SluiceJSON
import SluiceModel
import Testing

@testable import SluiceHTTP

/// Ways around the gate that a spelling test cannot see: header fields, late bodies, other doors.
@Suite(.timeLimit(.minutes(3)))
struct FacadeSmugglingTests {
    /// What came to Central through the facade; what Sluice itself asks there does not count.
    private static func passed(_ upstream: FacadePassingTests.Upstream) -> [String] {
        upstream.all.filter { $0.fields[PassingHeaders.mark] != nil }.map { "\($0.method) \($0.target)" }
    }

    private static func port(_ bench: FacadeBench) throws -> Int {
        try #require(Int(bench.url.split(separator: ":").last ?? ""))
    }

    private static let override = "X-HTTP-Method-Override: POST\r\n"

    @Test(
        "R9 a method within the request, or an address that servers read differently, is sent to nobody",
        arguments: [
            ("DELETE /oo/%72est/v2/executions", override), ("DELETE /oo/rest/v2/executions", override),
            ("DELETE /oo/%72est/v2/schedules/17/enabled", "X-Method-Override: PUT\r\n"),
            ("GET /oo/x", "x-http-method: POST\r\n"), ("DELETE /oo/rest/v2/executions?%5Fmethod=POST", ""),
            ("GET /oo/rest/v2/executions?a=1&_Method=POST", ""), ("GET /PAS/services/WSCentralService", override),
            ("POST /oo/rest/v2/executions//..", ""), ("POST /oo/rest/v2/executions/x\\../..", ""),
            ("POST /oo/rest/v2/executions/x%5C../..", ""), ("POST /oo/rest/v2/executions/x/..;y", ""),
        ])
    func refuses(line: String, field: String) async throws {
        var setup = FacadeBench.Setup.impatient
        setup.configure = { $0.servesOldRuns = true }
        // Refused through the open gate: so nobody may come to rely on it.
        try await FacadePassingTests.run(setup, answering: FacadePassingTests.ok()) { bench, upstream, _ in
            let answer = try await RawExchange.send(
                "\(line) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(field)Content-Length: 2\r\n\r\n{}",
                port: try Self.port(bench))
            #expect(answer.hasPrefix("HTTP/1.1 400"), "\(answer)")
            #expect(Self.passed(upstream).isEmpty)
        }
    }

    @Test("R9 header fields that name another request do not reach Central")
    func drops() async throws {
        try await FacadePassingTests.run(answering: FacadePassingTests.ok()) { bench, upstream, _ in
            let names = [
                "X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Original-Method", "X-Forwarded-Uri",
                "X-Forwarded-Method", "X-Forwarded-Prefix",
            ]
            let reply = try await bench.send(
                .GET, "/oo/x", headers: names.map { ($0, "/oo/rest/v2/executions") } + [("X-Forwarded-For", "1.2.3.4")])
            #expect(reply.status == 200)
            let seen = try #require(upstream.all.last { $0.fields[PassingHeaders.mark] != nil })
            for name in names { #expect(seen.fields[.init(name)!] == nil, "\(name)") }
            #expect(seen.fields[.init("X-Forwarded-For")!] == "1.2.3.4")
        }
    }

    @Test(
        "R9 a call whose body comes after the gate has closed is decided by the closed gate",
        arguments: [
            "POST /oo/rest/v2/executions/1/rerun", "POST /PAS/services/WSCentralService",
            "POST /PAS/services/rest/run/a98c3fe7-9c90-4237-a025-e2df4a7cf1f9",
        ])
    func waitsForTheBody(line: String) async throws {
        var setup = FacadeBench.Setup.impatient
        setup.configure = { $0.servesOldRuns = true }
        try await FacadePassingTests.run(setup, answering: FacadePassingTests.ok()) { bench, upstream, _ in
            let connection = try RawConnection(port: try Self.port(bench))
            try connection.send("\(line) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8\r\n\r\nhalf")
            // By then the server has its head, and what is there of its body.
            for _ in 0..<10 { #expect(try await bench.send(.GET, "/oo/x").status == 200) }
            try await bench.set(.hold)
            try connection.send("half")
            let answer = try await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 503"), "\(answer)")
            #expect(Self.passed(upstream).allSatisfy { $0 == "GET /oo/x" })
            // The same, when the gate is open.
            try await bench.set(.open)
            let open = try await RawExchange.send(
                "\(line) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8\r\n\r\nhalfhalf",
                port: try Self.port(bench))
            #expect(open.hasPrefix("HTTP/1.1 200"), "\(open)")
            let last = try #require(upstream.all.last { $0.method == "POST" })
            #expect("POST \(last.target)" == line)
            #expect(last.body == Array("halfhalf".utf8))
        }
    }

    @Test("R9 the run URLs of OO 9 are decided where they are served, whatever the method, and not served otherwise")
    func oldRuns() async throws {
        let run = "/PAS/services/rest/run/a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"
        var setup = FacadeBench.Setup.impatient
        setup.configure = { $0.servesOldRuns = true }
        try await FacadePassingTests.run(setup, answering: FacadePassingTests.ok()) { bench, upstream, _ in
            let starts: [(NIOHTTP1.HTTPMethod, String, String?)] = [
                (.GET, "\(run)?a=1", nil), (.POST, run, "<run/>"),
                (.GET, "/PAS/services/rest/run_async/Library/x", nil),
                (.POST, "/PAS/services/WSCentralService", "<soap/>"),
            ]
            try await bench.set(.hold)
            for (method, path, body) in starts {
                let reply = try await bench.send(method, path, body)
                #expect(reply.status == 503, "\(path)")
                #expect(reply.headers.contains(name: "Retry-After"))
            }
            #expect(Self.passed(upstream).isEmpty)
            #expect(try await bench.send(.GET, "/PAS/services/rest/list/Library").status == 200)
            #expect(Self.passed(upstream) == ["GET /PAS/services/rest/list/Library"])
            try await bench.set(.open)
            for (method, path, body) in starts {
                #expect(try await bench.send(method, path, body).text == "ok")
                #expect(Self.passed(upstream).last == "\(method.rawValue) \(path)")
            }
            #expect(Self.passed(upstream).count == 1 + starts.count)
        }
        try await FacadePassingTests.run(answering: FacadePassingTests.ok()) { bench, upstream, _ in
            let reply = try await bench.send(.GET, run)
            #expect(reply.status == 404)
            #expect(Self.passed(upstream).isEmpty)
        }
    }

    @Test(
        "nothing is held any more once Central gave an id near the virtual ones",
        arguments: [("4499999999999999", 201), ("4500000000000000", 503)])
    func collides(id: String, status: Int) async throws {
        try await FacadePassingTests.run(
            FacadeBench.Setup(),
            answering: { request in
                if request.method == .post { return .json(.string(id), status: .created) }
                return .json(.array([]), status: request.headers[.authorization] == nil ? .unauthorized : .ok)
            }
        ) { bench, _, _ in
            #expect(try await bench.start().status == 201)
            try await bench.set(.hold)
            let later = try await bench.start()
            #expect(later.status == status)
            #expect(try await bench.holds().count == (status == 201 ? 1 : 0))
            #expect(bench.log.lines.contains { $0.contains("facade.virtualIdBase") } == (status == 503))
        }
    }
}

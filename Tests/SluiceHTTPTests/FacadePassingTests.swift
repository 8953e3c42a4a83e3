import AsyncHTTPClient
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOHTTP1
import SluiceFacade
import SluiceJSON
import Synchronization
import Testing

@testable import SluiceHTTP

/// What passes the facade is the same on both sides.
@Suite(.timeLimit(.minutes(10)))
struct FacadePassingTests {
    /// A server that keeps what it was sent, and answers as a test says.
    final class Upstream: Sendable {
        struct Seen: Sendable {
            var target: String
            var method: String
            var fields: HTTPFields
            var body: [UInt8]
        }

        private let seen = Mutex<[Seen]>([])
        var all: [Seen] { seen.withLock { $0 } }
        var last: Seen? { all.last }
        func keep(_ one: Seen) { seen.withLock { $0.append(one) } }
    }

    typealias Answer = @Sendable (Request) async throws -> Response

    static func run(
        _ setup: FacadeBench.Setup = .impatient, bodyCountMax: Int = 4 << 20,
        answering answer: @escaping Answer,
        _ body: @escaping @Sendable (FacadeBench, Upstream, _ origin: String) async throws -> Void
    ) async throws {
        let upstream = Upstream()
        let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in
            var bytes: [UInt8] = []
            if bodyCountMax > 0 { bytes = Array(try await request.body.collect(upTo: bodyCountMax).readableBytesView) }
            upstream.keep(
                Upstream.Seen(
                    target: request.head.path ?? "", method: request.method.rawValue, fields: request.headers,
                    body: bytes))
            let response = try await answer(request)
            return request.method == .head ? response.createHeadResponse() : response
        }
        try await Application(responder: responder).test(.live) { client in
            let origin = "http://localhost:\(client.port ?? 0)"
            try await FacadeBench.run(setup, central: "\(origin)/oo", direct: "\(origin)/oo") {
                try await body($0, upstream, origin)
            }
        }
    }

    static func ok(_ text: String = "ok") -> Answer {
        { _ in Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: text))) }
    }

    @Test("methods, targets, header fields and bodies come through byte for byte")
    func passes() async throws {
        try await Self.run(answering: Self.ok()) { bench, upstream, _ in
            let boundary = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jar\"\r\n\r\n"
            let bytes =
                Array(boundary.utf8) + (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                + Array("\r\n--x--\r\n".utf8)
            var request = HTTPClientRequest(url: "\(bench.url)/oo/rest/v2/deployments/7/files?a=1&b=%2F;c&d=")
            request.method = .POST
            let fields = [
                ("Content-Type", "multipart/form-data; boundary=x"), ("Cookie", "JSESSIONID=a; X-CSRF=b"),
                ("Cookie", "other=1"), ("X-CSRF-TOKEN", "t"), ("Authorization", "Basic Zm9v"), ("TENANTID", "7"),
                ("Accept-Encoding", "gzip"), ("Origin", "http://x"), ("Accept", "*/*"),
            ]
            for (name, value) in fields { request.headers.add(name: name, value: value) }
            for (name, value) in [
                ("Connection", "X-Hop"), ("X-Hop", "1"), ("TE", "trailers"), ("Keep-Alive", "3"), ("Upgrade", "h2c"),
            ] {
                request.headers.add(name: name, value: value)
            }
            request.body = .bytes(ByteBuffer(bytes: bytes))
            #expect(try await bench.send(request).text == "ok")
            let seen = try #require(upstream.last)
            #expect(seen.target == "/oo/rest/v2/deployments/7/files?a=1&b=%2F;c&d=")
            #expect(seen.method == "POST")
            #expect(seen.body == bytes)
            for (name, value) in fields {
                #expect(seen.fields[values: .init(name)!].contains(value), "\(name)")
            }
            for name in ["X-Hop", "TE", "Keep-Alive", "Upgrade", "Connection"] {
                #expect(seen.fields[.init(name)!] == nil, "\(name)")
            }
            #expect(seen.fields[.contentLength] == String(bytes.count))
            #expect(!bench.log.lines.contains { $0.contains("Zm9v") })
        }
    }

    @Test(
        "every other method and target comes through as it is",
        arguments: [
            ("GET", "/oo"), ("GET", "/oo/"), ("GET", "/oo/?x"), ("GET", "/oo//js//app.js"), ("GET", "/oo/a%20b%2Fc"),
            ("DELETE", "/oo/rest/v2/schedules/1"), ("PUT", "/oo/rest/latest/config-items/system-properties/a%2Fb"),
            ("OPTIONS", "/oo/rest"), ("PATCH", "/oo/x"), ("PROPFIND", "/oo/x/"), ("GET", "/oo/login;jsessionid=1"),
            ("GET", "/oo/rest/v1/executions/1/summary/"), ("GET", "/oo/x?q=a+b&r=%E2%82%AC&s[]=1"),
        ])
    func targets(method: String, target: String) async throws {
        try await Self.run(answering: Self.ok()) { bench, upstream, _ in
            let port = try #require(Int(bench.url.split(separator: ":").last ?? ""))
            let answer = try await RawExchange.send(
                "\(method) \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", port: port)
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            // Others, whose servers are gone, may still ask at this port.
            let taken = [target, target.replacing("[]", with: "%5B%5D")]
            #expect(upstream.all.contains { $0.method == method && taken.contains($0.target) }, "\(upstream.all)")
        }
    }

    @Test("answers come back as they are: cookies, encodings, 304, HEAD, chunks, redirects with the facade's host")
    func answers() async throws {
        let packed = [UInt8]([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3])
        try await Self.run(answering: { request in
            let authority = request.head.authority ?? ""
            switch request.uri.path {
            case "/oo/gzip":
                return Response(
                    status: .ok, headers: [.contentEncoding: "gzip", .eTag: "\"e\""],
                    body: .init(byteBuffer: ByteBuffer(bytes: packed)))
            case "/oo/cookies":
                var fields = HTTPFields()
                fields.append(HTTPField(name: .setCookie, value: "JSESSIONID=1; Path=/oo; HttpOnly"))
                fields.append(HTTPField(name: .setCookie, value: "XSRF=2; Path=/oo"))
                fields[.init("X-CSRF-TOKEN")!] = "t"
                fields[.init("Sluice-Decision")!] = "proceed"
                fields[.connection] = "X-Private"
                fields[.init("X-Private")!] = "1"
                return Response(status: .ok, headers: fields, body: .init(byteBuffer: ByteBuffer(string: "x")))
            case "/oo/304": return Response(status: .notModified, headers: [.eTag: "\"e\""])
            case "/oo/204": return Response(status: .noContent)
            case "/oo/chunks":
                return Response(
                    status: .ok,
                    body: .init { writer in
                        for number in 0..<3 { try await writer.write(ByteBuffer(string: "\(number)")) }
                        try await writer.finish(nil)
                    })
            case "/oo/redirect":
                return Response(status: .found, headers: [.location: "http://\(authority)/oo/login/login-form?a=1"])
            case "/oo/elsewhere": return Response(status: .found, headers: [.location: "https://sso.example/x"])
            case "/oo/relative": return Response(status: .seeOther, headers: [.location: "/oo/x"])
            default:
                return Response(
                    status: .init(code: 418, reasonPhrase: "I am a teapot"),
                    body: .init(byteBuffer: ByteBuffer(string: "no")))
            }
        }) { bench, _, _ in
            let gzip = try await bench.send(.GET, "/oo/gzip")
            #expect(gzip.bytes == packed)
            #expect(gzip.headers.first(name: "Content-Encoding") == "gzip")
            let cookies = try await bench.send(.GET, "/oo/cookies")
            #expect(cookies.headers["Set-Cookie"] == ["JSESSIONID=1; Path=/oo; HttpOnly", "XSRF=2; Path=/oo"])
            #expect(cookies.headers.first(name: "X-CSRF-TOKEN") == "t")
            #expect(!cookies.headers.contains(name: "Sluice-Decision"))
            #expect(!cookies.headers.contains(name: "X-Private"))
            #expect(try await bench.send(.GET, "/oo/304").status == 304)
            #expect(try await bench.send(.GET, "/oo/204").status == 204)
            #expect(try await bench.send(.GET, "/oo/chunks").text == "012")
            let redirect = try await bench.send(.GET, "/oo/redirect")
            #expect(redirect.status == 302)
            #expect(redirect.headers.first(name: "Location") == "\(bench.url)/oo/login/login-form?a=1")
            #expect(
                try await bench.send(.GET, "/oo/elsewhere").headers.first(name: "Location") == "https://sso.example/x")
            #expect(try await bench.send(.GET, "/oo/relative").headers.first(name: "Location") == "/oo/x")
            #expect(try await bench.send(.GET, "/oo/tea").status == 418)
            for path in ["/oo/gzip", "/oo/chunks", "/oo/304"] {
                let head = try await bench.send(.HEAD, path)
                #expect(head.bytes.isEmpty, "\(path)")
            }
            #expect(try await bench.send(.HEAD, "/oo/gzip").headers.first(name: "Content-Length") == "\(packed.count)")
            // The connection is whole after each of them.
            #expect(try await bench.send(.GET, "/oo/chunks").text == "012")
        }
    }

    @Test("what cannot pass is refused plainly, and nothing of it reaches Central")
    func refuses() async throws {
        try await Self.run(answering: Self.ok()) { bench, upstream, _ in
            #expect(try await bench.send(.GET, "/oo/x", headers: [("Sluice-Facade", "1")]).status == 508)
            let port = try #require(Int(bench.url.split(separator: ":").last ?? ""))
            for (line, status) in [
                ("GET /oo/ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade, close", 501),
                ("TRACE /oo/x HTTP/1.1\r\nConnection: close", 405),
            ] {
                let answer = try await RawExchange.send("\(line)\r\nHost: x\r\n\r\n", port: port)
                #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(answer)")
            }
            for target in ["/oo/../x", "/oo/%2e%2e/x", "/oo/..;/manager/html", "/oo/x#y", "/oo/%zz"] {
                let answer = try await RawExchange.send(
                    "GET \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port: port)
                #expect(answer.hasPrefix("HTTP/1.1 400"), "\(target): \(answer)")
            }
            let host = try await RawExchange.send(
                "GET /oo/x HTTP/1.1\r\nHost: x\"y\r\nConnection: close\r\n\r\n", port: port)
            #expect(host.hasPrefix("HTTP/1.1 400"))
            // What Sluice itself asks of Central is none of it.
            #expect(upstream.all.filter { !$0.target.hasPrefix("/oo/rest/") }.isEmpty)
            #expect(try await bench.send(.GET, "/ooo").status == 404)
            #expect(try await bench.send(.GET, "/livez").status == 200)
        }
    }

    @Test("a client that waits for 100 Continue gets it, and its upload passes")
    func continues() async throws {
        try await Self.run(answering: Self.ok()) { bench, upstream, _ in
            let port = try #require(Int(bench.url.split(separator: ":").last ?? ""))
            let answer = try await RawExchange.send(
                "PUT /oo/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 3\r\n\r\nabc",
                port: port)
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"))
            #expect(upstream.last?.body == Array("abc".utf8))
            #expect(upstream.last?.fields[.expect] == nil)
        }
    }

    @Test("Central that is down, silent, or breaks off is 502 or 504, never a whole answer")
    func fails() async throws {
        var setup = FacadeBench.Setup.impatient
        setup.configure = { $0.idleTimeout = .milliseconds(300) }
        try await Self.run(
            setup,
            answering: { request in
                if request.uri.path == "/oo/silent" {
                    try? await Task.sleep(for: .seconds(5))
                }
                return Response(
                    status: .ok, headers: [.contentLength: "1000000"],
                    body: .init(contentLength: nil) { writer in
                        try await writer.write(ByteBuffer(string: "part"))
                        throw CancellationError()
                    })
            }
        ) { bench, _, _ in
            let silent = try await bench.send(.GET, "/oo/silent")
            #expect(silent.status == 504)
            #expect(silent.headers.contains(name: "Retry-After"))
            await #expect(throws: (any Error).self) { try await bench.send(.GET, "/oo/cut") }
        }
        try await FacadeBench.run(.impatient, central: "http://127.0.0.1:1/oo", direct: "http://127.0.0.1:1/oo") {
            bench in
            for (method, body) in [(HTTPMethod.GET, nil), (.POST, "{}")] as [(HTTPMethod, String?)] {
                let reply = try await bench.send(method, "/oo/x", body)
                #expect(reply.status == 502)
                #expect(reply.headers.contains(name: "Retry-After"))
            }
        }
    }

    @Test("what passes is measured as the time to Central's answer")
    func measures() async throws {
        try await Self.run(answering: Self.ok()) { bench, _, _ in
            _ = try await bench.send(.GET, "/oo/x")
            let page = try await bench.send(.GET, "/metrics").text
            #expect(page.contains(#"sluice_upstream_seconds_count{system="central"} 1"#))
        }
    }
}

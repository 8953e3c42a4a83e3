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

/// What a broken or hostile client does on the wire.
@Suite(.timeLimit(.minutes(10)))
struct HostileHTTPTests {
    private func live(
        _ setup: Bench.Setup = .init(), _ body: @escaping @Sendable (Bench, Int) async throws -> Void
    )
        async throws
    {
        try await Bench.run(setup, .live) { bench in
            try await body(bench, try #require(bench.client.base.port))
            #expect(try await bench.client.ask().status < 300)
            for line in bench.log.lines { #expect(!line.hasPrefix("error"), "\(line)") }
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await live { bench, port in
            let connection = try RawConnection(port: port)
            let requests = (0..<30).map { number in
                switch number % 3 {
                case 0: RawRequest.text("GET", "/v1/none/\(number)")
                case 1: RawRequest.ask(#","start":{"runName":"\#(number)"}"#)
                default: RawRequest.text("POST", "/v1/launches", body: #"{"flow":"f","source":"api","n\#(number)":1}"#)
                }
            }
            try connection.send(requests.joined())
            for number in 0..<30 {
                let reply = try await connection.answer()
                #expect(reply.status == [404, 200, 400][number % 3], "\(number): \(reply)")
                if number % 3 != 1 { #expect(reply.text.contains("\(number)")) }
            }
        }
    }

    @Test func sendsNoBodyToHead() async throws {
        try await live { _, port in
            let connection = try RawConnection(port: port)
            try connection.send(RawRequest.text("HEAD", "/livez"))
            try connection.send(RawRequest.text("HEAD", "/v1/packs"))
            try connection.send(RawRequest.text("GET", "/livez"))
            let first = try await connection.answer(toHead: true)
            #expect([200, 404, 405].contains(first.status))
            let second = try await connection.answer(toHead: true)
            #expect((400..<500).contains(second.status))
            let third = try await connection.answer()
            #expect(third.status == 200)
            #expect(third["status"] == "ok")
        }
    }

    @Test(arguments: [
        ("OPTIONS", "/v1/launches"), ("OPTIONS", "*"), ("GET", "/v1/launches"), ("DELETE", "/v1/launches"),
        ("PATCH", "/v1/gate"), ("POST", "/v1/gate"), ("PUT", "/v1/launches"), ("TRACE", "/v1/gate"),
        ("POST", "/v1/holds"),
        ("DELETE", "/v1/holds/h_1"), ("GET", "/v1/holds/h_1/release"), ("GET", "/v1/launches/1/ended"), ("GET", "/"),
        ("GET", "/v1"), ("GET", "/v2/gate"), ("GET", "/v1/gate/x"), ("GET", "/V1/gate"),
    ])
    func answersWrongMethodsAndPathsWithAProblem(method: String, path: String) async throws {
        try await live { _, port in
            let connection = try RawConnection(port: port)
            try connection.send(RawRequest.text(method, path, body: method == "GET" ? nil : "{}"))
            let reply = try await connection.answer()
            #expect(reply.status == 404 || reply.status == 405, "\(reply)")
            #expect(reply.problem != nil, "\(reply)")
        }
    }

    @Test(arguments: [
        "/v1//launches", "//v1/launches", "/v1/launches/", "/v1/./launches", "/v1/../v1/launches",
        "/v1/holds/../launches",
        "/v1/%6caunches", "/v1/launches%00", "/v1/launches;x=1", "/v1/launches%2f1%2fended", "/v1/launches/1/ended/",
        "/v1/launches/%0a/ended", "/v1/launches/%ff/ended", "/v1/launches/%/ended", "/v1/launches/%2e%2e/ended",
        "http://evil.example/v1/launches", "/v1/launches#x", "/v1/holds/%2e%2e/release",
    ])
    func survivesPathTricks(path: String) async throws {
        try await live { _, port in
            let connection = try RawConnection(port: port)
            try connection.send(RawRequest.text("POST", path, body: "{}"))
            let reply = try await connection.answer()
            #expect(reply.status < 500, "\(reply)")
            #expect(reply.problem != nil || reply.status == 204 || reply.status == 400, "\(reply)")
        }
    }

    @Test func readsBodiesThatComeInCrumbs() async throws {
        try await live { bench, port in
            let slow = try RawConnection(port: port)
            let request = RawRequest.ask()
            for byte in request.utf8.dropLast() {
                try slow.send([byte])
                if byte == UInt8(ascii: "\n") { #expect(try await bench.client.send(.get, "/livez").status == 200) }
            }
            #expect(!slow.hasBytes)
            try slow.send([request.utf8.last ?? 0])
            #expect(try await slow.answer().status == 200)
        }
    }

    @Test func forgetsClientsThatLeaveInMidBody() async throws {
        try await live(.init(mode: .hold)) { bench, port in
            for length in [1, 40, 120, 200] {
                let text = RawRequest.ask(#","askId":"gone","idempotencyKey":"gone""#)
                for isReset in [true, false] {
                    let connection = try RawConnection(port: port)
                    try connection.send(String(text.prefix(length)))
                    if isReset { connection.reset() } else { connection.finishSending() }
                    _ = try? await connection.rest()
                }
            }
            #expect(try await bench.memory.counts().total(.held) == 0)
            #expect(try await bench.client.ask(["askId": "gone", "idempotencyKey": "gone"]).status == 202)
        }
    }

    @Test func answersAClientThatHasFinishedSending() async throws {
        try await live { _, port in
            let connection = try RawConnection(port: port)
            try connection.send(RawRequest.ask())
            connection.finishSending()
            #expect(try await connection.answer().status == 200)
        }
    }

    @Test func answersAClientThatExpects100Continue() async throws {
        try await live { _, port in
            let connection = try RawConnection(port: port)
            let body = #"{"flow":"f","source":"api"}"#
            let head = RawRequest.text(
                "POST", "/v1/launches", headers: ["Expect: 100-continue", "Content-Length: \(body.utf8.count)"])
            try connection.send(head)
            let first = try await connection.answer()
            #expect(first.status == 100, "such a client waits for this before it sends the body: \(first)")
            try connection.send(body)
            #expect(try await connection.answer().status == 200)
        }
    }

    @Test(arguments: [
        "GARBAGE\r\n\r\n", "BREW /v1/gate HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n", "GET /livez HTTP/9.9\r\n\r\n",
        "POST /v1/launches HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /v1/launches HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        "POST /v1/launches HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/launches HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "x", count: 40_000))\r\n\r\n",
        "GET /livez?\(String(repeating: "x", count: 100_000)) HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\n\((0..<200).map { "X\($0): 1\r\n" }.joined())\r\n", "\u{16}\u{3}\u{1}\u{0}",
    ])
    func refusesWhatIsNotHTTP(text: String) async throws {
        try await live { _, port in
            let connection = try RawConnection(port: port)
            try? connection.send(text)
            connection.finishSending()
            // It may also just close, as a TLS hello deserves; but never an answer of 200 or 500.
            let answer = (try? await connection.rest()) ?? ""
            let isRefused = answer.isEmpty || answer.hasPrefix("HTTP/1.1 4")
            #expect(isRefused || text.contains("/livez?"), "\(answer)")
            #expect(!answer.hasPrefix("HTTP/1.1 5"), "\(answer)")
        }
    }

    @Test(arguments: [
        "Idempotency-Key: naïve-ключ", "Idempotency-Key: \u{1}", "Authorization: Bearer ключ", "X-Whatever: \u{7F}ÿ",
        "If-Match: ☃", "Content-Type: text/plain; charset=utf-16", "Content-Encoding: gzip",
    ])
    func survivesOddHeaders(header: String) async throws {
        try await live { _, port async throws in
            let connection = try RawConnection(port: port)
            try connection.send(RawRequest.ask(headers: [header, "Connection: close"]))
            let answer = try await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 200") || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
        }
    }

    @Test func takesALongQueryString() async throws {
        try await live { bench, _ async throws in
            let long = String(repeating: "a", count: 20_000)
            #expect(try await bench.client.send(.get, "/v1/holds?flow=\(long)", as: .viewer).status < 500)
            let many = (0..<3000).map { "x\($0)=1" }.joined(separator: "&")
            #expect(try await bench.client.send(.get, "/v1/holds?\(many)", as: .viewer).status == 400)
        }
    }

    @Test("a hundred slow clients keep nobody waiting")
    func servesOthersBesideSlowOnes() async throws {
        try await live { bench, port in
            var slow: [RawConnection] = []
            for number in 0..<100 {
                let connection = try RawConnection(port: port)
                let text = RawRequest.ask(#","askId":"s\#(number)""#)
                try connection.send(String(text.prefix(number * 2 + 1)))
                slow.append(connection)
            }
            for _ in 0..<50 { #expect(try await bench.client.ask().status == 200) }
            for (number, connection) in slow.enumerated() {
                let text = RawRequest.ask(#","askId":"s\#(number)""#)
                try connection.send(String(text.dropFirst(number * 2 + 1)))
            }
            for connection in slow { #expect(try await connection.answer().status == 200) }
        }
    }
}

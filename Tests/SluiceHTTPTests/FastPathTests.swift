import HTTPTypes
import HummingbirdTesting
import NIOCore
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// Plain launch requests are answered before the router; nobody may notice but by the time it takes.
@Suite(.timeLimit(.minutes(10)))
struct FastPathTests {
    private static func scan(_ text: String) -> LaunchRequest? {
        Array(text.utf8).withUnsafeBufferPointer { LaunchScanner.scan($0) }
    }

    private static func decode(_ text: String) -> LaunchRequest? {
        guard let value = try? JSONReader.read(text), let reader = try? JSONObjectReader(value) else { return nil }
        return try? LaunchCodec.decode(reader).request
    }

    @Test(arguments: [
        #"{"flow":"f","source":"api"}"#,
        #" { "source" : "scheduler" , "flow" : "A98C3FE7-9C90-4237-A025-E2DF4A7CF1F9" } "#,
        #"{"flow":"f","source":"csa","launcher":"caller","flowPath":"Library/X","tenant":"t","priority":9}"#,
        #"{"flow":"f","source":"api","inputs":{"host":"db1","mode":""},"start":{"runName":"n","logLevel":"DEBUG"}}"#,
        #"{"flow":"f","source":"api","inputs":{},"start":{},"requestedBy":"svc","onBehalfOf":"","scheduleId":"s-1"}"#,
    ])
    func readsTheCommonFormAsTheCodecDoes(_ text: String) throws {
        let scanned = try #require(Self.scan(text))
        #expect(scanned == Self.decode(text))
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"flow":"f"}"#, #"{"source":"api"}"#, #"{"flow":"","source":"api"}"#,
        #"{"flow":"f","source":"nobody"}"#, #"{"flow":"f","source":"api","flow":"g"}"#,
        #"{"flow":"f","source":"api"}x"#, #"{"flow":"f","source":"api",}"#, #"{"flow":"f" "source":"api"}"#,
        #"{"flow":"f","source":"api","priority":12}"#, #"{"flow":"f","source":"api","priority":5.0}"#,
        #"{"flow":"f","source":"api","priority":-1}"#, #"{"flow":"f","source":"api","inputs":{"a":1}}"#,
        #"{"flow":"f","source":"api","inputs":{"a":"1","a":"2"}}"#, #"{"flow":"f","source":"api","inputs":{"":"1"}}"#,
        #"{"flow":"f","source":"api","start":{"other":1}}"#, #"{"flow":"f","source":"api","unknown":1}"#,
        #"{"flow":"f","source":"api","askId":"a"}"#, #"{"flow":"f","source":"api","orderingKey":"k"}"#,
        #"{"flow":"f","source":"api","notBefore":"2026-12-01T22:00:00Z"}"#, #"{"flow":"f\u0041","source":"api"}"#,
        #"{"flow":"é","source":"api"}"#, #"{"flow":"f","source":"api","requestedBy":null}"#,
        "{\"flow\":\"f\u{7f}\",\"source\":\"api\"}", "{\"flow\":\"f\n\",\"source\":\"api\"}",
    ])
    func leavesEverythingElseToTheCodec(_ text: String) { #expect(Self.scan(text) == nil) }

    /// Bodies cut, doubled and changed at random: what is read at all is read as the codec reads it.
    @Test func neverReadsWhatTheCodecReadsOtherwise() throws {
        let base = Array(
            #"{"flow":"f-1","source":"api","priority":3,"inputs":{"a":"1","b":"x y"},"start":{"runName":"n"}}"#.utf8)
        let pieces = Array(#"{}[],:"\ 0159aefn"#.utf8) + [0, 9, 10, 0x7F, 0xC3, 0xA9]
        var random = SeededGenerator(seed: 20_261_127)
        var readCount = 0
        for _ in 0..<20_000 {
            var bytes = base
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = pieces.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: index)
                default: bytes.insert(pieces.randomElement(using: &random) ?? 0, at: index)
                }
            }
            guard let scanned = bytes.withUnsafeBufferPointer({ LaunchScanner.scan($0) }) else { continue }
            readCount += 1
            let text = try #require(String(validating: bytes, as: UTF8.self))
            #expect(scanned == Self.decode(text), "\(text)")
        }
        #expect(readCount > 500)
    }

    @Test(arguments: ["", "?answer=body"])
    func answersAsTheRouterDoes(_ query: String) async throws {
        try await Bench.run(.init(), .live) { bench in
            let port = try #require(bench.client.base.port)
            let fields = #"{"flow":"\#(Client.flow)","source":"scheduler","inputs":{"host":"db1"}"#
            // An escape is read by the codec alone.
            let replies = try await [#","requestedBy":"svc"}"#, #","requestedBy":"\u0073vc"}"#].asyncMap { rest in
                let connection = try RawConnection(port: port)
                try connection.send(RawRequest.text("POST", "/v1/launches\(query)", body: fields + rest))
                return try await connection.answer()
            }
            #expect(Self.scan(fields + #","requestedBy":"svc"}"#) != nil)
            #expect(replies[0].status == 200 && replies[1].status == 200)
            func comparable(_ reply: Reply) -> (headers: [String], body: String) {
                var headers = reply.headers
                for name in ["X-Request-Id", "Date"] {
                    #expect(headers[.init(name)!] != nil)
                    headers[.init(name)!] = ""
                }
                guard let pass = reply["pass"]?.string else { return ([], "no pass") }
                return (headers.map { "\($0.name): \($0.value)" }.sorted(), reply.text.replacing(pass, with: "p_"))
            }
            #expect(comparable(replies[0]).headers == comparable(replies[1]).headers)
            #expect(comparable(replies[0]).body == comparable(replies[1]).body)
        }
    }

    @Test func countsWhatItLetsThrough() async throws {
        try await Bench.run(.init(), .live) { bench in
            for _ in 0..<5 { #expect(try await bench.client.ask().status == 200) }
            let gate = try await bench.client.send(.get, "/v1/gate", as: .operator)
            #expect(gate["inFlight"] == .int(5), "\(gate)")
            let metrics = try await bench.client.send(.get, "/metrics").text
            #expect(
                metrics.contains(#"sluice_decisions_total{decision="proceed",reason="open",source="api"} 5"#),
                "\(metrics)")
        }
    }

    @Test func letsNothingThroughOnceTheGateIsClosed() async throws {
        try await Bench.run(.init(), .live) { bench in
            let connection = try RawConnection(port: try #require(bench.client.base.port))
            let ask = RawRequest.text(
                "POST", "/v1/launches", body: #"{"flow":"\#(Client.flow)","source":"api"}"#)
            try connection.send(ask)
            #expect(try await connection.answer().status == 200)
            #expect(try await bench.set("hold").status == 200)
            try connection.send(ask)
            let held = try await connection.answer()
            #expect(held.status == 202 && held["decision"]?.string == "hold")
            #expect(try await bench.set("open").status == 200)
            try connection.send(ask)
            #expect(try await connection.answer().status == 200)
        }
    }

    @Test func asksForATokenEachTime() async throws {
        try await Bench.run(.init(), .live) { bench in
            let connection = try RawConnection(port: try #require(bench.client.base.port))
            let body = #"{"flow":"\#(Client.flow)","source":"api"}"#
            try connection.send(RawRequest.text("POST", "/v1/launches", body: body))
            #expect(try await connection.answer().status == 200)
            let length = body.utf8.count
            let head = "POST /v1/launches HTTP/1.1\r\nHost: h\r\nContent-Length: \(length)\r\n"
            try connection.send("\(head)Authorization: Bearer wrong-token-00001\r\n\r\n\(body)")
            #expect(try await connection.answer().status == 401)
            try connection.send("\(head)\r\n\(body)")
            #expect(try await connection.answer().status == 401)
        }
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
    ])
    func writesDates(_ second: Int64, _ text: String) { #expect(HTTPDate.format(second: second) == text) }
}

extension Sequence where Element: Sendable {
    fileprivate func asyncMap<Mapped>(_ transform: (Element) async throws -> Mapped) async rethrows -> [Mapped] {
        var mapped: [Mapped] = []
        for element in self { mapped.append(try await transform(element)) }
        return mapped
    }
}

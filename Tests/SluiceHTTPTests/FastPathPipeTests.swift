import NIOCore
import NIOEmbedded
import NIOHTTP1
import SluiceModel
import Testing

@testable import SluiceHTTP

/// What the fast path takes on one connection, and what it hands on whole and in order.
@Suite(.timeLimit(.minutes(10)))
struct FastPathPipeTests {
    private static let ask = RawRequest.ask()
    private static let whole = ["POST /v1/launches", "body", "end"]

    private func pipe(
        _ setup: Bench.Setup = .init(), bodyByteCountMax: Int = 1 << 20,
        _ body: @escaping @Sendable (FastPathPipe) throws -> Void
    ) async throws {
        try await Bench.run(setup) { bench in
            try body(FastPathPipe(bench, bodyByteCountMax: bodyByteCountMax))
        }
    }

    @Test func answersAPlainAskItself() async throws {
        try await pipe { pipe in
            try pipe.send(Self.ask + Self.ask)
            #expect(try pipe.answered().split(separator: "HTTP/1.1 200 OK\r\n").count == 2)
            #expect(pipe.handedOn().parts.isEmpty)
        }
    }

    @Test func comparesTokensByteByByte() async throws {
        try await Bench.run(.init()) { bench in
            let token = "token-K-0000000001"
            let pipe = try FastPathPipe(bench, gateToken: token)
            let ask = Self.ask.replacing(Bench.Token.gate.rawValue, with: token)
            try pipe.send(ask)
            #expect(try pipe.answered().hasPrefix("HTTP/1.1 200"))
            // The sign for kelvin means the same as K.
            try pipe.send(ask.replacing("-K-", with: "-\u{212A}-"))
            #expect(try pipe.answered().isEmpty && pipe.handedOn().parts == Self.whole)
        }
    }

    @Test(arguments: ["quiesce", "input closed", "error", "inactive"])
    func handsOnHalfARequestBeforeWhatEndsIt(_ end: String) async throws {
        try await pipe { pipe in
            try pipe.send(Self.ask + Self.ask.dropLast(3))
            #expect(pipe.handedOn().parts.isEmpty)
            switch end {
            case "quiesce": pipe.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            case "input closed": pipe.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            case "error": pipe.channel.pipeline.fireErrorCaught(ChannelError.inputClosed)
            default: pipe.channel.pipeline.fireChannelInactive()
            }
            let (parts, body) = pipe.handedOn()
            #expect(parts.starts(with: ["POST /v1/launches", "body"]) && parts.count >= 3, "\(parts)")
            #expect(Self.ask.hasSuffix(body + Self.ask.suffix(3)), "\(body)")
            #expect(try pipe.answered().hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test(
        "what ends a connection ends the short way too",
        arguments: [
            RawRequest.ask(headers: ["Connection: close"]), RawRequest.ask(headers: ["Connection: Upgrade"]),
            RawRequest.ask().replacing("HTTP/1.1", with: "HTTP/1.0"),
        ])
    func takesNothingAfterTheLastRequest(_ last: String) async throws {
        try await pipe { pipe in
            try pipe.send(last)
            #expect(pipe.handedOn().parts == Self.whole)
            pipe.endAnswer()
            // NIO's decoder takes nothing more after some of them.
            try? pipe.send(Self.ask)
            #expect(try pipe.answered() == "")
        }
    }

    @Test func keepsTheOrderOfAnswers() async throws {
        try await pipe { pipe in
            try pipe.send(RawRequest.text("GET", "/livez") + Self.ask)
            #expect(pipe.handedOn().parts == ["GET /livez", "end"] + Self.whole)
            #expect(try pipe.answered() == "")
            pipe.endAnswer()
            try pipe.send(Self.ask)
            #expect(pipe.handedOn().parts == Self.whole, "one of two has been answered")
            pipe.endAnswer()
            pipe.endAnswer()
            try pipe.send(Self.ask)
            #expect(pipe.handedOn().parts == [])
            #expect(try pipe.answered().hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test(arguments: [
        RawRequest.ask(headers: ["Expect: 100-continue"]), RawRequest.ask(headers: ["Idempotency-Key: k"]),
        RawRequest.ask(headers: ["Authorization: Bearer \(Bench.Token.gate.rawValue)"]),
        RawRequest.ask(query: "?wait=1s"), RawRequest.ask(#","askId":"a""#), RawRequest.ask(#","runId":"1""#),
        RawRequest.ask(#","coalesceKey":"k""#), RawRequest.ask(#","callbackUrl":"https://h/""#),
        RawRequest.ask(#","sensitiveInputs":["a"]"#), RawRequest.ask(#","pass":"p_x""#),
        RawRequest.ask().replacing("POST", with: "PUT"), RawRequest.ask().replacing("v1", with: "%761"),
        RawRequest.ask().replacing("Bearer ", with: "Bearer x"), RawRequest.text("POST", "/v1/launches"),
        RawRequest.text("POST", "/v1/launches", as: nil, body: "{}"), RawRequest.ask(#","requestedBy":"é""#),
        RawRequest.text("POST", "/v1/launches", headers: ["Transfer-Encoding: chunked"], body: "0\r\n\r\n"),
        RawRequest.text(
            "POST", "/v1/launches", headers: ["Transfer-Encoding: chunked"],
            body: "1b\r\n{\"flow\":\"f\",\"source\":\"api\"}\r\n0\r\nX-Trailer: 1\r\n\r\n"),
    ])
    func handsOnWhatIsNotPlain(_ request: String) async throws {
        try await pipe { pipe in
            try pipe.send(request)
            #expect(pipe.handedOn().parts.last == "end")
            #expect(try pipe.answered() == "")
        }
    }

    @Test(arguments: [GateMode.hold, .refuse])
    func handsOnWhatTheClosedGateDecides(_ mode: GateMode) async throws {
        try await pipe(.init(mode: mode)) { pipe in
            try pipe.send(Self.ask)
            #expect(pipe.handedOn().parts == Self.whole)
        }
    }

    @Test func bodiesOverTheLimitAreHandedOn() async throws {
        let length = #"{"flow":"\#(Client.flow)","source":"api"}"#.utf8.count
        for (limit, isTaken) in [(length, true), (length - 1, false)] {
            try await pipe(bodyByteCountMax: limit) { pipe in
                try pipe.send(Self.ask)
                #expect(try pipe.answered().isEmpty != isTaken)
                #expect(pipe.handedOn().parts == (isTaken ? [] : Self.whole))
            }
        }
    }

    @Test func closesAnIdleConnection() async throws {
        try await pipe { pipe in
            pipe.channel.embeddedEventLoop.advanceTime(by: .seconds(100))
            try pipe.send(Self.ask)
            pipe.channel.embeddedEventLoop.advanceTime(by: .seconds(100))
            // Half a request does not keep it open, a request that is being answered does.
            try pipe.send(RawRequest.text("GET", "/livez"))
            pipe.channel.embeddedEventLoop.advanceTime(by: .seconds(1000))
            #expect(pipe.channel.isActive || pipe.handedOn().parts.last == "end")
            try pipe.send(String(Self.ask.dropLast(1)))
            // The rest is waited for.
            #expect(pipe.readCount() == 1)
            #expect(!pipe.handedOn().parts.contains("inactive"))
            pipe.channel.embeddedEventLoop.advanceTime(by: .seconds(240))
            #expect(pipe.handedOn().parts.contains("inactive"))
        }
    }

    @Test func readsNoMoreFromWhoTakesNoAnswers() async throws {
        try await pipe { pipe in
            #expect(pipe.readCount() == 1)
            pipe.writable = false
            #expect(pipe.readCount() == 0)
            pipe.writable = true
            #expect(pipe.readsSinceWritable == 1)
            #expect(pipe.readCount() == 1)
        }
    }
}

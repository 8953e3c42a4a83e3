import HTTPTypes
import HummingbirdTesting
import SluiceCore
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// Generated requests, whole and in pieces: what is answered on the event loop is, byte for byte, what the router
/// answers.
@Suite(.timeLimit(.minutes(10)))
struct FastPathEqualityTests {
    private static let fields: [(name: String, values: [String])] = [
        ("flow", [#""\#(Client.flow)""#, #""A98C3FE7-9C90-4237-A025-E2DF4A7CF1F9""#, #""dotted.name""#, #""""#, "7"]),
        ("source", [#""api""#, #""scheduler""#, #""csa""#, #""flow""#, #""api""#, #""nobody""#]),
        ("launcher", [#""sluice""#, #""caller""#, #""x""#]), ("flowPath", [#""Library/X""#, #""""#, "null"]),
        ("tenant", [#""t""#, #""t\u0041""#]), ("scheduleId", [#""s-1""#]), ("priority", ["0", "9", "10", "5.0"]),
        ("requestedBy", [#""svc""#, #""é""#]), ("onBehalfOf", [#""ann""#]), ("askId", [#""a""#]),
        ("inputs", ["{}", #"{"host":"db1"}"#, #"{"password":"s3cret","a":""}"#, #"{"a":"1","a":"2"}"#, #"{"a":1}"#]),
        ("start", ["{}", #"{"runName":"n"}"#, #"{"logLevel":"DEBUG","runName":"r"}"#, #"{"x":1}"#]),
        ("unknown", ["1"]),
    ]

    private static func body(_ random: inout SeededGenerator) -> String {
        var parts: [String] = []
        for (name, values) in fields {
            let isWanted = ["flow", "source"].contains(name)
            guard Int.random(in: 0..<20, using: &random) < (isWanted ? 19 : name == "unknown" ? 1 : 5) else { continue }
            // The first values are the good ones.
            let index = Int.random(in: 0..<4, using: &random) == 0 ? values.indices.randomElement(using: &random)! : 0
            parts.append(#""\#(name)"\#(space(&random)):\#(space(&random))\#(values[index])"#)
        }
        parts.shuffle(using: &random)
        return "{" + parts.joined(separator: "\(space(&random)),\(space(&random))") + "}" + space(&random)
    }

    private static func space(_ random: inout SeededGenerator) -> String {
        ["", "", "", "", " ", "\n\t"].randomElement(using: &random)!
    }

    private static func request(_ random: inout SeededGenerator, _ body: String, headers: [String]) -> String {
        let token = [Bench.Token.gate, .gate, .viewer, .operator].randomElement(using: &random)!
        let query = ["", "", "?answer=body"].randomElement(using: &random)!
        guard Int.random(in: 0..<4, using: &random) == 0 else {
            return RawRequest.text("POST", "/v1/launches\(query)", as: token, headers: headers, body: body)
        }
        var rest = Array(body.utf8)[...]
        var chunks = ""
        while !rest.isEmpty {
            let count = Int.random(in: 1...rest.count, using: &random)
            // A character may be cut in two: the bytes are what counts.
            chunks += "\(String(count, radix: 16))\r\n\(String(decoding: rest.prefix(count), as: UTF8.self))\r\n"
            rest = rest.dropFirst(count)
        }
        return RawRequest.text(
            "POST", "/v1/launches\(query)", as: token, headers: headers + ["transfer-encoding: chunked"],
            body: "\(chunks)0\r\n\r\n")
    }

    /// An answer without what differs between any two: the time, and the ids of request and pass.
    private static func comparable(_ answer: String, _ bench: Bench) throws -> String {
        var text = answer
        for (start, end) in [("X-Request-Id: ", "\r\n"), ("Date: ", "\r\n")] {
            let from = try #require(text.firstRange(of: start), "\(answer)")
            let to = try #require(text[from.upperBound...].firstRange(of: end))
            #expect(text.distance(from: from.upperBound, to: to.lowerBound) > 20)
            text.replaceSubrange(from.upperBound..<to.lowerBound, with: "")
        }
        let from = try #require(text.firstRange(of: #""pass":""#))
        let to = try #require(text[from.upperBound...].firstRange(of: #"""#))
        guard case .genuine(var claims) = bench.sealer.readPass(String(text[from.upperBound..<to.lowerBound])) else {
            Issue.record("no pass in \(answer)")
            return text
        }
        claims.id = .fixture(1)
        text.replaceSubrange(from.upperBound..<to.lowerBound, with: "\(claims)")
        return text
    }

    @Test(arguments: [1 as UInt64, 2, 3, 4])
    func answersByteForByteAsTheRouterDoes(_ seed: UInt64) async throws {
        try await Bench.run(.init(), .live) { bench in
            let port = try #require(bench.client.base.port)
            var random = SeededGenerator(seed: seed)
            let registry = PrometheusRegistry()
            var answeredCount = 0
            for round in 0..<150 {
                let body = Self.body(&random)
                var framing = random
                let request = Self.request(&random, body, headers: ["Connection: Keep-Alive"])
                let pieces = Int.random(in: 0..<3, using: &random)
                let short = try Self.throughThePipe(bench, registry, request, pieces: pieces, &random)
                guard !short.isEmpty else { continue }
                answeredCount += 1
                let last = Self.request(&framing, body, headers: ["Connection: close"])
                let connection = try RawConnection(port: port)
                try connection.send(last)
                let long = try await connection.rest()
                #expect(
                    try Self.comparable(short, bench) == Self.comparable(long, bench), "round \(round): \(request)")
            }
            #expect(answeredCount > 30)
            // Counted alike: in the metrics, and as launches that may still appear.
            let gate = try await bench.client.send(.get, "/v1/gate", as: .operator)
            let metrics = try await bench.client.send(.get, "/metrics").text
            func decisions(_ text: String) -> [String] {
                text.split(separator: "\n").map(String.init).filter {
                    $0.hasPrefix("sluice_decisions_total{") && !$0.hasSuffix(" 0")
                        || $0.hasPrefix("sluice_decision_seconds_count")
                }
            }
            #expect(decisions(registry.render()) == decisions(metrics))
            let flowCount = decisions(metrics).filter { $0.contains(#"source="flow""#) }
                .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
            #expect(gate["inFlight"] == .int(2 * (answeredCount - flowCount)), "\(gate)")
        }
    }

    /// What the fast path answers; empty when it hands the request on, which then is the very request.
    private static func throughThePipe(
        _ bench: Bench, _ registry: PrometheusRegistry, _ request: String, pieces: Int, _ random: inout SeededGenerator
    ) throws -> String {
        let pipe = try FastPathPipe(bench, registry: registry)
        var rest = Array(request.utf8)[...]
        for _ in 0..<pieces {
            let count = Int.random(in: 0...rest.count, using: &random)
            try pipe.send(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        try pipe.send(rest)
        let answer = try pipe.answered()
        let (parts, _) = pipe.handedOn()
        #expect(answer.isEmpty == (parts.last == "end"), "\(request): \(parts)")
        return answer
    }
}

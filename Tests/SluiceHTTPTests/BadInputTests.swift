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

/// What is wrong is named, with its place, as a problem; nothing is ever a 500, and the server goes on.
@Suite(.timeLimit(.minutes(10)))
struct BadInputTests {
    /// A body, its problem type, and where it says the mistake is.
    struct Row: Sendable, CustomTestStringConvertible {
        var bytes: [UInt8]
        var problem: String
        var pointer: String?

        init(_ text: String, _ problem: String, _ pointer: String? = nil) {
            self.init(bytes: Array(text.utf8), problem, pointer)
        }

        init(bytes: [UInt8], _ problem: String, _ pointer: String? = nil) {
            self.bytes = bytes
            self.problem = problem
            self.pointer = pointer
        }

        var testDescription: String { String(decoding: bytes.prefix(80), as: UTF8.self) }
    }

    private static func body(_ fields: String) -> String { #"{"flow":"f","source":"api",\#(fields)}"# }

    static let unreadable: [Row] = [
        Row("nonsense", "malformed-json"), Row("{", "malformed-json"), Row(#"{"flow":"f""#, "malformed-json"),
        Row(#"{"flow":"f","source":"api"}x"#, "malformed-json"),
        Row(#"{"flow":"f","source":"api"}{}"#, "malformed-json"),
        Row(#"{"flow":"f","flow":"f","source":"api"}"#, "malformed-json"), Row("{'flow':1}", "malformed-json"),
        Row(bytes: Array(#"{"flow":""#.utf8) + [0xFF, 0xFE] + Array(#"","source":"api"}"#.utf8), "malformed-json"),
        Row(bytes: [0xEF, 0xBB, 0xBF] + Array("{}".utf8), "malformed-json"),
        Row(bytes: [0xFF, 0xFE, 0x7B, 0], "malformed-json"),
        Row(#"{"flow":"\ud800","source":"api"}"#, "malformed-json"),
        Row(body(#""inputs":"# + String(repeating: "[", count: 100_000)), "malformed-json"),
        Row(
            body(#""start":"# + String(repeating: #"{"a":"#, count: 40) + "1" + String(repeating: "}", count: 40)),
            "malformed-json"),
        Row(body(#""priority":01"#), "malformed-json"), Row(body(#""priority":NaN"#), "malformed-json"),
        Row("[]", "wrong-type", ""), Row("null", "wrong-type", ""), Row("\"x\"", "wrong-type", ""),
        Row("", "missing-field", "/flow"), Row("{}", "missing-field", "/flow"),
    ]

    static let wrong: [Row] = [
        Row(#"{"flow":"f"}"#, "missing-field", "/source"),
        Row(#"{"flow":null,"source":"api"}"#, "missing-field", "/flow"),
        Row(#"{"flow":7,"source":"api"}"#, "wrong-type", "/flow"),
        Row(#"{"flow":"","source":"api"}"#, "invalid-value", "/flow"),
        Row(#"{"flow":"a\u0000b","source":"api"}"#, "invalid-value", "/flow"),
        Row(#"{"flow":"f","source":"cron"}"#, "invalid-value", "/source"),
        Row(body(#""priority":10"#), "invalid-value", "/priority"),
        Row(body(#""priority":-1"#), "invalid-value", "/priority"),
        Row(body(#""priority":5.5"#), "wrong-type", "/priority"),
        Row(body(#""priority":"5""#), "wrong-type", "/priority"),
        Row(body(#""priority":99999999999999999999"#), "wrong-type", "/priority"),
        Row(body(#""inputs":[]"#), "wrong-type", "/inputs"),
        Row(body(#""inputs":{"a/b":1}"#), "wrong-type", "/inputs/a~1b"),
        Row(body(#""inputs":{"":"x"}"#), "invalid-value", "/inputs/"),
        Row(body(#""inputs":{"a\nb":"x"}"#), "invalid-value", "/inputs/a\nb"),
        Row(body(#""sensitiveInputs":["a",1]"#), "wrong-type", "/sensitiveInputs/1"),
        Row(body(#""start":{"runName":1}"#), "wrong-type", "/start/runName"),
        Row(body(#""start":{"colour":1,"size":2}"#), "unknown-fields", "/start"),
        Row(body(#""notBefore":"tomorrow""#), "invalid-value", "/notBefore"),
        Row(body(#""notBefore":"2026-13-01T00:00:00Z""#), "invalid-value", "/notBefore"),
        Row(body(#""notBefore":"2026-12-01T00:00:00""#), "invalid-value", "/notBefore"),
        Row(body(#""nominalTime":1764500000"#), "wrong-type", "/nominalTime"),
        Row(body(#""expiresAt":"2026-02-30T00:00:00Z""#), "invalid-value", "/expiresAt"),
        Row(
            body(#""notBefore":"2030-01-01T00:00:00Z","expiresAt":"2030-01-01T00:00:00Z""#), "invalid-value",
            "/expiresAt"),
        Row(
            body(#""notBefore":"2030-01-02T00:00:00Z","expiresAt":"2030-01-01T00:00:00Z""#), "invalid-value",
            "/expiresAt"),
        Row(body(#""ticket":"h_1","askId":"a""#), "invalid-value", "/ticket"),
        Row(body(#""askId":"""#), "invalid-value", "/askId"),
        Row(body(#""orderingKey":"a\tb""#), "invalid-value", "/orderingKey"),
        Row(body(#""tenant":"\#(String(repeating: "t", count: 513))""#), "invalid-value", "/tenant"),
        Row(body(#""launcher":"nobody""#), "invalid-value", "/launcher"),
        Row(body(#""pass":1,"askId":"a""#), "wrong-type", "/pass"),
        Row(
            body(#""inputs":{\#((0...1000).map { #""i\#($0)":"""# }.joined(separator: ","))}"#), "invalid-value",
            "/inputs"),
    ]

    @Test(arguments: unreadable + wrong)
    func namesTheMistake(row: Row) async throws {
        try await Bench.run { bench in
            let reply = try await bench.client.send(.post, "/v1/launches", bytes: row.bytes)
            #expect(reply.status == 400)
            #expect(reply.problem == row.problem, "\(reply)")
            if let pointer = row.pointer { #expect(reply["pointer"]?.string == pointer, "\(reply)") }
            #expect(try await bench.client.ask().status == 200)
        }
    }

    @Test func namesEveryUnknownField() async throws {
        try await Bench.run { bench in
            let names = (0..<50).map { "field\($0)" }
            let reply = try await bench.client.ask(JSONObject(names.map { ($0, 1) }))
            #expect(reply.problem == "unknown-fields")
            #expect(reply["unknown"]?.array == names.map { .string($0) })
            #expect(reply["detail"]?.string?.contains("field0") == true)
        }
    }

    @Test func takesExactlyTheLimitsAndNoMore() async throws {
        try await Bench.run { bench async throws in
            let inputs = JSONObject((0..<1000).map { ("i\($0)", "x") })
            let most: JSONObject = [
                "inputs": .object(inputs), "priority": 9, "askId": .string(String(repeating: "a", count: 512)),
            ]
            #expect(try await bench.client.ask(most).status == 200)
        }
    }

    @Test(arguments: ["wait=x", "wait=", "wait=-1s", "wait=1", "wait=99999999999999999999s", "wait=%FF"])
    func refusesAWaitThatIsNone(query: String) async throws {
        try await Bench.run { bench in
            let reply = try await bench.client.ask(query: "?\(query)")
            #expect(reply.problem == "invalid-value", "\(reply)")
        }
    }

    @Test(arguments: [
        "state=lost", "state=", "state=held,lost", "source=x", "limit=0", "limit=1001", "limit=x", "cursor=-1",
        "cursor=x", "colour=red", "flow=", "orderingKey=", "coalesceKey=", "flow=%00",
    ])
    func refusesAFilterThatIsNone(query: String) async throws {
        try await Bench.run { bench in
            let reply = try await bench.client.send(.get, "/v1/holds?\(query)", as: .viewer)
            #expect(reply.status == 400, "\(reply)")
            #expect(reply.problem != nil)
        }
    }

    @Test func refusesABodyOverTheLimit() async throws {
        var setup = Bench.Setup()
        setup.bodyByteCountMax = 2000
        try await Bench.run(setup, .live) { bench in
            let port = try #require(bench.client.base.port)
            let big = #"{"flow":"\#(String(repeating: "f", count: 3000))"}"#
            let reply = try await bench.client.send(.post, "/v1/launches", text: big)
            #expect(reply.status == 413)
            #expect(reply.problem == "too-large")
            #expect(reply["limit"] == 2000)
            let chunked = try RawConnection(port: port)
            let size = String(big.utf8.count, radix: 16)
            try chunked.send(
                RawRequest.text(
                    "POST", "/v1/launches", headers: ["Transfer-Encoding: chunked"],
                    body: "\(size)\r\n\(big)\r\n0\r\n\r\n"))
            #expect(try await chunked.answer().problem == "too-large")
            #expect(try await bench.client.ask().status == 200)
        }
    }

    @Test("a refused body of any size is read past, not kept, and the connection goes on")
    func goesOnAfterALargeBody() async throws {
        var setup = Bench.Setup()
        setup.bodyByteCountMax = 2000
        try await Bench.run(setup, .live) { bench in
            let connection = try RawConnection(port: try #require(bench.client.base.port))
            let body = String(repeating: " ", count: 3_000_000)
            try connection.send(
                RawRequest.text("POST", "/v1/launches", body: body)
                    + RawRequest.text("PUT", "/v1/gate", as: .gate, body: body) + RawRequest.ask())
            #expect(try await connection.answer().status == 413)
            #expect(try await connection.answer().status == 403)
            #expect(try await connection.answer().status == 200)
        }
    }

    @Test(arguments: ["/v1/gate", "/v1/holds/h_01KB0000000000000000000000/release", "/v1/launches/7/ended"])
    func namesMistakesOfEveryBody(path: String) async throws {
        try await Bench.run { bench in
            for row in BadInputTests.unreadable where !["missing-field"].contains(row.problem) {
                let reply = try await bench.client.send(
                    path == "/v1/gate" ? .put : .post, path, as: .operator, bytes: row.bytes)
                #expect(reply.status == 400, "\(row.testDescription): \(reply)")
                #expect(reply.problem == row.problem || reply.problem == "unknown-fields", "\(reply)")
            }
        }
    }
}

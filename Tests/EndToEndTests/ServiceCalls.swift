import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SluiceJSON

/// Calls to a service under test, as its operator.
protocol ServiceCalls: Sendable {
    var client: HTTPClient { get }
    /// Where it listens, such as `http://127.0.0.1:8470`.
    var url: String { get }
}

/// What a service answered.
struct ServiceAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: JSONObject
}

extension ServiceCalls {
    func get(_ path: String) async throws -> (status: Int, body: JSONObject) { try await call("GET", path, nil) }

    func post(_ path: String, _ body: JSONObject) async throws -> (status: Int, body: JSONObject) {
        try await call("POST", path, body)
    }

    /// Sends a pack's bytes to the path of a name.
    func put(pack bytes: [UInt8], _ name: String = "Test") async throws -> (status: Int, body: JSONObject) {
        let answer = try await send("PUT", "/v1/packs/\(name)", .bytes(ByteBuffer(bytes: bytes)))
        return (answer.status, answer.body)
    }

    /// Sets the mode of the whole gate.
    /// - Returns: What was answered.
    /// - Throws: `TestSiteError` unless it was set.
    @discardableResult
    func setGate(_ mode: String, strandsHolds: Bool = false) async throws -> JSONObject {
        var body: JSONObject = ["mode": .string(mode), "reason": "a test"]
        if strandsHolds { body["strandHolds"] = true }
        let answer = try await call("PUT", "/v1/gate", body)
        guard answer.status == 200 else { throw TestSiteError("the gate was not set: \(answer)") }
        return answer.body
    }

    /// Asks the gate for one launch whose body can be recognised by its order.
    func ask(
        _ order: String, flow: String = TestSite.gatedFlow, more: [(String, JSONValue)] = []
    ) async throws -> (
        status: Int, body: JSONObject
    ) {
        try await post("/v1/launches", Self.question(order, flow: flow, more: more))
    }

    static func question(
        _ order: String, flow: String = TestSite.gatedFlow, more: [(String, JSONValue)] = []
    ) -> JSONObject {
        var body = JSONObject([
            ("flow", .string(flow)), ("source", .string("api")),
            ("inputs", .object(JSONObject([("order", .string(order)), ("password", .string("hunter2-\(order)"))]))),
        ])
        for (name, value) in more { body[name] = value }
        return body
    }

    /// Holds by state.
    func counts() async throws -> [String: Int] {
        let answer = try await get("/v1/gate")
        guard case .object(let holds)? = answer.body["holds"] else { throw TestSiteError("no holds in \(answer)") }
        var counts: [String: Int] = [:]
        for member in holds.members { if case .number(let number) = member.value { counts[member.name] = number.int } }
        return counts
    }

    /// What `/metrics` says of one series, such as `name{label="value"}`; 0 when there is none.
    func metric(_ series: String) async throws -> Double {
        let response = try await client.execute(HTTPClientRequest(url: url + "/metrics"), timeout: .seconds(20))
        let text = String(buffer: try await response.body.collect(upTo: 16 << 20))
        let line = text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.count + 1)) } ?? 0
    }

    /// Whether it says that it is ready.
    var isReady: Bool { get async { (try? await get("/readyz"))?.status == 200 } }

    /// Runs a client command against it.
    func run(_ arguments: [String]) async throws -> ProgramRun {
        try await ProgramRun(
            arguments + ["--server", url], environment: ["SLUICE_TOKEN": TestSite.operatorToken])
    }

    private func call(
        _ method: String, _ path: String, _ body: JSONObject?
    ) async throws -> (status: Int, body: JSONObject) {
        let answer = try await send(method, path, body.map { .bytes(ByteBuffer(string: $0.write())) })
        return (answer.status, answer.body)
    }

    /// Sends a request and reads the whole answer.
    func send(
        _ method: String, _ path: String, _ body: HTTPClientRequest.Body? = nil, within limit: TimeAmount = .seconds(20)
    ) async throws -> ServiceAnswer {
        var request = HTTPClientRequest(url: url + path)
        request.method = .init(rawValue: method)
        request.headers.add(name: "Authorization", value: "Bearer \(TestSite.operatorToken)")
        request.body = body
        let response = try await client.execute(request, timeout: limit)
        let bytes = try await response.body.collect(upTo: 16 << 20)
        var answer = ServiceAnswer(
            status: Int(response.status.code), headers: response.headers, body: JSONObject())
        guard bytes.readableBytes > 0 else { return answer }
        guard case .object(let object) = try JSONReader.read(Array(bytes.readableBytesView)) else {
            throw TestSiteError("\(method) \(path) did not answer an object")
        }
        answer.body = object
        return answer
    }

    /// Looks again and again until something is true; what it looks at is another process.
    func until(
        _ what: @autoclosure () -> String, within limit: Duration, _ isTrue: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !isTrue() {
            guard ContinuousClock.now < deadline else { throw TestSiteError("not within \(limit): \(what())") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

struct TestSiteError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

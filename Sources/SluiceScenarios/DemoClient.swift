import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SluiceJSON

/// The few calls that the demo makes, over HTTP like anybody else's.
struct DemoClient: Sendable {
    let client: HTTPClient
    let address: String
    let gateToken: String
    let operatorToken: String

    private static let responseByteCountMax = 16 << 20

    /// One question to the gate.
    func ask(_ body: JSONObject) async throws -> (status: Int, body: JSONObject) {
        try await call("POST", "/v1/launches", body, token: gateToken)
    }

    /// Changes the whole gate.
    func setGate(_ mode: String, reason: String) async throws {
        let answer = try await call(
            "PUT", "/v1/gate", JSONObject([("mode", .string(mode)), ("reason", .string(reason))]),
            token: operatorToken)
        guard answer.status == 200 else {
            throw ServiceError("the gate was not set to \(mode): \(answer.body.write())")
        }
    }

    /// Holds by state, from the gate's own status.
    func holdCounts() async throws -> [String: Int] {
        let answer = try await call("GET", "/v1/gate", nil, token: operatorToken)
        guard case .object(let holds)? = answer.body["holds"] else { return [:] }
        var counts: [String: Int] = [:]
        for member in holds.members {
            if case .number(let number) = member.value { counts[member.name] = number.int }
        }
        return counts
    }

    /// All holds.
    func holds() async throws -> [JSONObject] {
        let answer = try await call("GET", "/v1/holds?limit=1000", nil, token: operatorToken)
        guard case .array(let values)? = answer.body["holds"] else { return [] }
        return values.compactMap { if case .object(let hold) = $0 { hold } else { nil } }
    }

    private func call(
        _ method: String, _ path: String, _ body: JSONObject?, token: String
    ) async throws -> (status: Int, body: JSONObject) {
        var request = HTTPClientRequest(url: address + path)
        request.method = .init(rawValue: method)
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        if let body { request.body = .bytes(ByteBuffer(string: body.write())) }
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: Self.responseByteCountMax)
        guard case .object(let object) = try JSONReader.read(Array(bytes.readableBytesView)) else {
            throw ServiceError("\(method) \(path) did not answer a JSON object")
        }
        return (Int(response.status.code), object)
    }
}

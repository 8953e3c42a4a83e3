import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import SluiceJSON

/// Asks the server and reads its answers as JSON.
struct Client: Sendable {
    let base: any TestClientProtocol

    /// One flow that no pack knows.
    static let flow = "11111111-2222-4333-8444-555555555555"

    /// - Parameter token: nil: no `Authorization` header.
    func send(
        _ method: HTTPRequest.Method, _ uri: String, as token: Bench.Token? = .gate, headers: HTTPFields = [:],
        text: String? = nil
    ) async throws -> Reply {
        try await send(method, uri, as: token, headers: headers, bytes: text.map { Array($0.utf8) })
    }

    func send(
        _ method: HTTPRequest.Method, _ uri: String, as token: Bench.Token? = .gate, headers: HTTPFields = [:],
        body: JSONValue
    ) async throws -> Reply {
        try await send(method, uri, as: token, headers: headers, bytes: body.bytes())
    }

    func send(
        _ method: HTTPRequest.Method, _ uri: String, as token: Bench.Token? = .gate, headers: HTTPFields = [:],
        bytes: [UInt8]?
    ) async throws -> Reply {
        var headers = headers
        if let token, headers[.authorization] == nil { headers[.authorization] = "Bearer \(token.rawValue)" }
        return Reply(
            try await base.execute(
                uri: uri, method: method, headers: headers, body: bytes.map { ByteBuffer(bytes: $0) }))
    }

    /// A launch request of the ordinary flow with more fields.
    func ask(
        _ fields: JSONObject = [:], query: String = "", as token: Bench.Token? = .gate, headers: HTTPFields = [:]
    ) async throws -> Reply {
        var body: JSONObject = ["flow": .string(Self.flow), "source": "api"]
        for field in fields.members { body[field.name] = field.value }
        return try await send(.post, "/v1/launches\(query)", as: token, headers: headers, body: .object(body))
    }
}

/// One answer.
struct Reply: Sendable, CustomStringConvertible {
    var status: Int
    var headers: HTTPFields
    var text: String

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        text = String(buffer: response.body)
    }

    init(status: Int, headers: HTTPFields, text: String) {
        self.status = status
        self.headers = headers
        self.text = text
    }

    var json: JSONValue? { try? JSONReader.read(text) }

    /// A member of the body, by names from the outside in.
    subscript(_ names: String...) -> JSONValue? {
        names.reduce(json) { value, name in
            if let index = Int(name), let elements = value?.array {
                elements.indices.contains(index) ? elements[index] : nil
            } else {
                value?[name]
            }
        }
    }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    /// The last part of a problem's type, such as `unknown-fields`; nil when it is not a problem.
    var problem: String? {
        guard header("Content-Type") == "application/problem+json", self["status"] == .int(status),
            self["title"]?.string?.isEmpty == false, self["detail"]?.string?.isEmpty == false, self["decision"] == nil
        else { return nil }
        return self["type"]?.string.map { String($0.split(separator: "/").last ?? "") }
    }

    var description: String { "\(status) \(text)" }
}

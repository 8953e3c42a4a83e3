import HTTPTypes
import Hummingbird
import NIOCore
import SluiceJSON

/// An error answer by RFC 9457. Never carries a stack trace, a path of this machine, or a secret.
struct Problem: Error {
    var status: HTTPResponse.Status
    /// The last part of the type URI, such as `unknown-fields`.
    var type: String
    var title: String
    /// What failed, the value, and what to do.
    var detail: String
    var members: [(String, JSONValue)] = []
    var retryAfterSeconds: Int?
    var headers: HTTPFields = [:]

    /// Where the types are explained.
    static let typeBase = "https://sluice.invalid/problems/"

    private var object: JSONObject {
        var object = JSONObject([
            ("type", .string(Self.typeBase + type)), ("title", .string(title)),
            ("status", .number(JSONNumber(status.code))), ("detail", .string(detail)),
        ])
        for (name, value) in members { object.set(name, ifPresent: value) }
        return object
    }

    /// The body of the answer.
    var bytes: ByteBuffer { ByteBuffer(string: object.write()) }

    func response() -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"sluice\", Basic realm=\"sluice\"" }
        return .json(.object(object), status: status, headers: headers)
    }
}

extension Problem {
    static func badRequest(_ type: String, _ detail: String, pointer: String? = nil) -> Problem {
        Problem(
            status: .badRequest, type: type, title: "The request cannot be read", detail: detail,
            members: pointer.map { [("pointer", .string($0))] } ?? [])
    }

    static func unavailable(_ type: String, _ detail: String) -> Problem {
        Problem(
            status: .serviceUnavailable, type: type, title: "The gate cannot decide now", detail: detail,
            retryAfterSeconds: 1)
    }

    /// More orders wait for the journal than it takes.
    static var tooManyWishes: Problem { .unavailable("busy", "too many wishes wait; try again") }

    /// An order that the journal did not write in time.
    /// - Parameter look: How to find out whether it stands.
    static func late(isWithdrawn: Bool, look: String) -> Problem {
        .unavailable(
            "store-unavailable",
            isWithdrawn
                ? "it could not be written in time and is withdrawn; ask again"
                : "it is being written, and it is not known yet whether it stands: \(look)")
    }

    /// An order that the journal could not write.
    static func notWritten(_ cause: String) -> Problem { .unavailable("store-unavailable", cause) }

    static func notFound(_ detail: String) -> Problem {
        Problem(status: .notFound, type: "not-found", title: "There is no such thing", detail: detail)
    }

    init(_ error: JSONError) {
        self = .badRequest(
            "malformed-json", "the body is not JSON that Sluice takes: \(error.description)", pointer: error.pointer)
        members.append(("line", .number(JSONNumber(error.line))))
        members.append(("column", .number(JSONNumber(error.column))))
    }

    init(_ error: JSONFieldError) {
        let type =
            switch error.code {
            case .unknownFields: "unknown-fields"
            case .missing: "missing-field"
            case .wrongType: "wrong-type"
            default: "invalid-value"
            }
        self = .badRequest(type, error.description, pointer: error.pointer)
        if !error.unknownNames.isEmpty {
            members.append(("unknown", .array(error.unknownNames.map { .string($0) })))
        }
    }
}

extension Response {
    /// A JSON body with its length, and never cached.
    static func json(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "application/json" }
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: value.write())))
    }
}

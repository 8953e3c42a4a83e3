import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import SluiceFacade
import SluiceJSON

extension Response {
    /// Another body, and its length.
    mutating func replaceBody(_ value: JSONValue) {
        let bytes = ByteBuffer(bytes: value.bytes())
        body = .init(byteBuffer: bytes)
        headers[.contentLength] = String(bytes.readableBytes)
    }
}

extension Facade {
    /// A request to Central with the client's own header fields.
    func outgoing(_ call: Call, target: String? = nil) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: addresses.origin + Upstream.encoded(target ?? call.target))
        request.method = HTTPMethod(rawValue: call.request.method.rawValue)
        request.headers = headers(call)
        return request
    }

    private func headers(_ call: Call) -> HTTPHeaders {
        var headers = PassingHeaders.toCentral(call.request.headers)
        if configuration.keepsHost, let host = call.request.head.authority { headers.add(name: "Host", value: host) }
        return headers
    }

    /// Sends a call on as it came, and Central's answer back, piece by piece.
    func pass(_ call: Call) async throws -> Response {
        let fields = call.request.headers
        let length = fields[.contentLength].flatMap { Int64($0) }
        let hasBody = fields.contains(.transferEncoding) || length ?? 0 > 0
        let isRepeatable = call.request.method == .get || call.request.method == .head
        if !hasBody, isRepeatable, let response = try await passedByLoop(call) { return response }
        var request = outgoing(call)
        guard hasBody else { return try await passed(request, call, isRepeatable: isRepeatable, nil) }
        let relay = UploadRelay()
        request.body = .stream(relay, length: length.map { .known($0) } ?? .unknown)
        // why: Central may answer while the body still comes; it is read to its end, and the end awaited, either way.
        let reading = Task { [body = call.request.body] in await relay.read(body) }
        let upload = Upload(relay: relay, reading: reading)
        do {
            return try await passed(request, call, isRepeatable: false, upload)
        } catch let problem as Problem {
            return Self.answering(problem, upload)
        }
    }

    /// The answer first, and then what is left of the body: whoever sends much hears at once that it is in vain.
    private static func answering(_ problem: Problem, _ upload: Upload) -> Response {
        var response = problem.response()
        let bytes = problem.bytes
        response.body = ResponseBody(contentLength: bytes.readableBytes) { writer in
            try await writer.write(bytes)
            await upload.end()
            try await writer.finish(nil)
        }
        return response
    }

    /// A body on its way to Central.
    struct Upload: Sendable {
        let relay: UploadRelay
        let reading: Task<Void, Never>

        /// Whatever was not sent is read and dropped: the client's next request comes behind it.
        func end() async {
            relay.abandon()
            await reading.value
        }
    }

    /// On the event loop that it came in on; nil: it did not come in on one.
    private func passedByLoop(_ call: Call) async throws -> Response? {
        let answer: PassingAnswer
        do {
            let method = NIOHTTP1.HTTPMethod(rawValue: call.request.method.rawValue)
            guard let given = try await upstream.pass(method, call.target, headers(call)) else { return nil }
            answer = given
        } catch {
            throw Upstream.problem(error, retryAfterSeconds: configuration.retryAfterSeconds)
        }
        let fields = fields(answer.head.headers, call)
        let status = HTTPResponse.Status(
            code: Int(answer.head.status.code), reasonPhrase: answer.head.status.reasonPhrase)
        guard call.request.method != .head else {
            answer.rest?.abandon()
            return Self.headOnly(status, fields)
        }
        guard let rest = answer.rest else {
            let body = answer.body.map { ResponseBody(byteBuffer: $0) } ?? .init()
            return Response(status: status, headers: fields, body: body)
        }
        let first = answer.body
        return Response(
            status: status, headers: fields,
            body: ResponseBody(contentLength: fields[.contentLength].flatMap { Int($0) }) { writer in
                do {
                    if let first { try await writer.write(first) }
                    while let piece = try await rest.next() { try await writer.write(piece) }
                } catch {
                    // The client sees a cut answer, never a whole one that is too short.
                    rest.abandon()
                    throw error
                }
                try await writer.finish(nil)
            })
    }

    private static func headOnly(_ status: HTTPResponse.Status, _ fields: HTTPFields) -> Response {
        var response = Response(status: status, headers: fields, body: .init())
        if fields[.contentLength] == nil {
            // Its length is not known, and the encoder would announce chunks that a HEAD has not.
            response.headers[.contentLength] = nil
            response.headers[.connection] = "close"
        }
        return response
    }

    private func passed(
        _ request: HTTPClientRequest, _ call: Call, isRepeatable: Bool, _ upload: Upload?
    ) async throws -> Response {
        let answer: HTTPClientResponse
        do {
            answer = try await upstream.send(request, isRepeatable: isRepeatable)
        } catch {
            throw Upstream.problem(error, retryAfterSeconds: configuration.retryAfterSeconds)
        }
        let fields = fields(answer.headers, call)
        let status = HTTPResponse.Status(code: Int(answer.status.code), reasonPhrase: answer.status.reasonPhrase)
        let length = fields[.contentLength].flatMap { Int($0) }
        let hasNoBody = call.request.method == .head || status.code == 204 || status.code == 304 || length == 0
        if hasNoBody {
            do {
                for try await _ in answer.body {}
            } catch {
                throw Upstream.problem(error, retryAfterSeconds: configuration.retryAfterSeconds)
            }
            await upload?.end()
            if call.request.method == .head { return Self.headOnly(status, fields) }
            return Response(status: status, headers: fields, body: .init())
        }
        if upload == nil, let length, length <= FacadeLimits.smallAnswerByteCount {
            do {
                let body = try await answer.body.collect(upTo: FacadeLimits.smallAnswerByteCount)
                return Response(status: status, headers: fields, body: .init(byteBuffer: body))
            } catch {
                throw Upstream.problem(error, retryAfterSeconds: configuration.retryAfterSeconds)
            }
        }
        return Response(
            status: status, headers: fields,
            body: ResponseBody(contentLength: length) { writer in
                do {
                    for try await piece in answer.body { try await writer.write(piece) }
                } catch {
                    // The client sees a cut answer, never a whole one that is too short.
                    upload?.relay.abandon()
                    throw error
                }
                await upload?.end()
                try await writer.finish(nil)
            })
    }

    private static let addressNames: [HTTPField.Name] = [.location, .init("Content-Location")!]

    /// Central's header fields for the client, with addresses of Central's moved to the facade.
    func fields(_ headers: HTTPHeaders, _ call: Call) -> HTTPFields {
        var fields = PassingHeaders.toClient(headers)
        for name in Self.addressNames {
            if let address = fields[name], let moved = addresses.moved(address, to: call.base) { fields[name] = moved }
        }
        return fields
    }

    /// The body of a call that is decided.
    /// - Parameter isRead: Whether it tells what the call does; else it is only kept until it is whole.
    /// - Throws: A problem when it is too large, cut, or encoded so that it cannot be read.
    func decidedBody(_ call: Call, isRead: Bool = true) async throws -> ByteBuffer {
        if isRead, let encoding = call.request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Problem(
                status: .unsupportedMediaType, type: "encoding", title: "The body cannot be read",
                detail: "a call that starts work must not have a Content-Encoding")
        }
        do {
            return try await call.request.body.collect(upTo: configuration.decidedByteCountMax)
        } catch is NIOTooManyBytesError {
            throw Problem(
                status: .contentTooLarge, type: "too-large", title: "The body is too large",
                detail: "a call that starts work may have \(configuration.decidedByteCountMax) bytes (limits.bodyBytes)"
            )
        } catch {
            throw Problem.badRequest("cut-body", "the body ended before it was whole; nothing was decided")
        }
    }

    /// Sends a call whose body was read, and that starts nothing, as it came.
    func passDecided(_ call: Call, _ body: ByteBuffer) async throws -> Response {
        var request = outgoing(call)
        request.headers.remove(name: "Accept-Encoding")
        if body.readableBytes > 0 { request.body = .bytes(body) }
        do {
            let answer = try await upstream.exchange(
                request, byteCountMax: configuration.mergedByteCountMax, isDecided: true)
            return response(answer, call)
        } catch {
            throw Upstream.problem(error, retryAfterSeconds: configuration.retryAfterSeconds)
        }
    }

    /// A whole answer of Central's.
    func response(_ answer: Upstream.Answer, _ call: Call) -> Response {
        var fields = fields(answer.headers, call)
        fields[.contentLength] = nil
        return Response(
            status: .init(code: answer.status), headers: fields, body: .init(byteBuffer: answer.body))
    }
}

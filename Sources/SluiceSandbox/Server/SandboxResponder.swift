import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// From Hummingbird's request to the state's and back, with the waits and dropped connections between.
struct SandboxResponder: HTTPResponder {
    let core: SandboxCore

    func respond(to request: Request, context: SandboxContext) async throws -> Response {
        let asked: SandboxRequest
        switch try await SandboxRequest.read(request) {
        case .failure(let refusal): return Response(refusal.reply)
        case .success(let read): asked = read
        }
        let outcome = await core.answer(asked)
        if outcome.answerAt > core.clock.now {
            // A stop of the server ends the wait: the effect stands, only the answer comes early.
            await cancelWhenGracefulShutdown { try? await core.clock.sleep(until: outcome.answerAt) }
        }
        if outcome.isDropped {
            try? await context.channel.close()
            // Nobody can read this any more.
            return Response(status: .internalServerError)
        }
        return Response(outcome.reply)
    }
}

/// A request that is too long to be read.
struct TooLongRequest: Error {
    let reply: SandboxReply
}

extension SandboxRequest {
    /// Reads it to its end, or to the limit.
    static func read(_ request: Request) async throws -> Result<SandboxRequest, TooLongRequest> {
        guard request.uri.string.utf8.count <= SandboxLimits.pathBytesMax else {
            return .failure(TooLongRequest(reply: .error(414, "address too long")))
        }
        do {
            let body = try await request.body.collect(upTo: SandboxLimits.requestBytesMax)
            return .success(SandboxRequest(request, body: body))
        } catch is NIOTooManyBytesError {
            return .failure(TooLongRequest(reply: .error(413, "body too large")))
        }
    }

    init(_ request: Request, body: ByteBuffer) {
        var path = PercentText.decode(request.uri.path) ?? request.uri.path
        let hasTrailingSlash = path.count > 1 && path.hasSuffix("/")
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.init(method: request.method.rawValue, path: path)
        self.hasTrailingSlash = hasTrailingSlash
        accept = request.headers[.accept]
        contentType = request.headers[.contentType]
        if let name = HTTPField.Name("X-Auth-Token") { authToken = request.headers[name] }
        for (name, value) in request.uri.queryParameters { query[String(name)] = String(value) }
        authorization = request.headers[.authorization]
        cookie = request.headers[.cookie]
        if let name = HTTPField.Name("X-CSRF-TOKEN") { csrfToken = request.headers[name] }
        if let authority = request.head.authority { origin = "http://\(authority)" }
        self.body = Array(body.readableBytesView)
    }
}

extension Response {
    /// - Parameter server: PROVEN [NAS] for Central.
    init(_ reply: SandboxReply, server: String? = "OO") {
        var headers = HTTPFields()
        headers[.contentType] = reply.contentType
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        if let server { headers[.server] = server }
        self.init(
            status: HTTPResponse.Status(code: reply.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }
}

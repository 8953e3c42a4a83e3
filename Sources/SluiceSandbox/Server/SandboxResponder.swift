import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// From Hummingbird's request to the state's and back, with the waits and dropped connections between.
struct SandboxResponder: HTTPResponder {
    let core: SandboxCore

    func respond(to request: Request, context: SandboxContext) async throws -> Response {
        guard request.uri.string.utf8.count <= SandboxLimits.pathBytesMax else {
            return Response(SandboxReply.error(414, "address too long"))
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: SandboxLimits.requestBytesMax)
        } catch is NIOTooManyBytesError {
            return Response(SandboxReply.error(413, "body too large"))
        }
        let asked = SandboxRequest(request, body: body)
        let outcome = core.withState { $0.handle(asked, at: $1) }
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

extension SandboxRequest {
    init(_ request: Request, body: ByteBuffer) {
        var path = PercentText.decode(request.uri.path) ?? request.uri.path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.init(method: request.method.rawValue, path: path)
        for (name, value) in request.uri.queryParameters { query[String(name)] = String(value) }
        authorization = request.headers[.authorization]
        cookie = request.headers[.cookie]
        if let name = HTTPField.Name("X-CSRF-TOKEN") { csrfToken = request.headers[name] }
        if let authority = request.head.authority { origin = "http://\(authority)" }
        self.body = Array(body.readableBytesView)
    }
}

extension Response {
    init(_ reply: SandboxReply) {
        var headers = HTTPFields()
        headers[.contentType] = reply.contentType
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        // PROVEN [NAS].
        headers[.server] = "OO"
        self.init(
            status: HTTPResponse.Status(code: reply.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }
}

import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What travels with one request: its logger and id, where it came from, and who sent it.
struct SluiceRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var isFromLoopback: Bool
    /// Whether there is a connection that its client can close.
    var isLive: Bool
    /// The connection; closing it ends what is being written to it.
    let channel: any Channel
    var identity: Identity?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        isFromLoopback = source.channel.remoteAddress.map(Self.isLoopback) ?? false
        isLive = source.channel.remoteAddress != nil
    }

    static func isLoopback(_ address: SocketAddress) -> Bool {
        guard let text = address.ipAddress else { return false }
        return text.hasPrefix("127.") || text == "::1"
    }

    /// The caller, if it may do this.
    /// - Throws: A 401 or 403 problem.
    func require(_ role: Role) throws -> Identity {
        guard let identity else {
            throw Problem(
                status: .unauthorized, type: "unauthorized", title: "A token is needed",
                detail: "send Authorization: Bearer TOKEN, or Basic with the token as password")
        }
        guard identity.role >= role else {
            throw Problem(
                status: .forbidden, type: "forbidden", title: "This token may not do that",
                detail: "\(identity.principal) has the role \(identity.role), this needs \(role)")
        }
        return identity
    }
}

/// Finds out who is asking, gives each request an id, and makes every error a problem.
struct FrontMiddleware: RouterMiddleware {
    let access: Access

    func handle(
        _ request: Request, context: SluiceRequestContext,
        next: @concurrent (Request, SluiceRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.logger[metadataKey: "request"] = .string(context.id)
        if let header = request.headers[.authorization] {
            context.identity = access.identity(authorization: header)
        } else if access.trustsLoopback, context.isFromLoopback {
            context.identity = .loopback
        }
        var response: Response
        do {
            response = try await next(request, context)
        } catch let problem as Problem {
            response = problem.response()
        } catch let error as any HTTPResponseError {
            response = problem(for: error.status, request).response()
        } catch {
            context.logger.error("request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
            response =
                Problem(
                    status: .internalServerError, type: "internal", title: "Sluice failed",
                    detail: "the log has the cause under request \(context.id)"
                ).response()
        }
        response.headers[.init("X-Request-Id")!] = context.id
        // RFC 9110 section 9.3.2: a body here would be taken for the next answer.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func problem(for status: HTTPResponse.Status, _ request: Request) -> Problem {
        switch status {
        case .notFound: .notFound("\(request.method) \(request.uri.path) is not a route; see docs/openapi.yaml")
        case .contentTooLarge:
            Problem(
                status: status, type: "too-large", title: "The body is too large",
                detail: "it is larger than limits.bodyBytes allows")
        default:
            Problem(status: status, type: "http", title: status.reasonPhrase, detail: status.reasonPhrase)
        }
    }
}

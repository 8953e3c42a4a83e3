import HTTPTypes
import Hummingbird
import NIOCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// `GET /v1/events`: what happens, as Server-Sent Events with ids.
struct EventRoutes: Sendable {
    let engine: Engine

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("events") { request, context in try await follow(request, context) }
    }

    private func follow(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        var ticket: Ticket?
        var after: Int64?
        for (name, value) in request.uri.queryParameters {
            switch String(name) {
            case "ticket":
                guard let found = Ticket(String(value)) else {
                    throw Problem.badRequest(
                        "invalid-value", "ticket=\(value.prefix(100)) is not a ticket; tickets look like h_01KB…")
                }
                ticket = found
            case "after": after = try sequence(String(value), "after")
            default: throw Problem.badRequest("unknown-fields", "\(name) is not known; there are ticket, after")
            }
        }
        // One hold is shown to whoever has its ticket, all of them to those who may look.
        _ = try context.require(ticket == nil ? .viewer : .gate)
        // A client that comes back says what it has seen (WHATWG HTML, "Server-sent events").
        if let text = request.headers[.init("Last-Event-ID")!], !text.isEmpty {
            after = try sequence(text, "Last-Event-ID")
        }
        let newest = try await storing { try await engine.store.newestEvent() }
        // One that has seen more than there is saw another database: it goes on with this one.
        let start = min(after ?? newest, newest)
        guard let subscription = engine.watchers.follow() else {
            throw Problem(
                status: .serviceUnavailable, type: "too-many-followers", title: "Too many follow the events",
                detail: "\(HoldWatchers.followerCountMax) do already; come back later", retryAfterSeconds: 30)
        }
        let stream = EventStream(
            engine: engine, ticket: ticket, subscription: subscription, channel: context.channel,
            logger: context.logger)
        var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        // Proxies such as nginx would keep it back.
        headers[.init("X-Accel-Buffering")!] = "no"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                defer { subscription.end() }
                try await stream.run(after: start, to: &writer)
            })
    }

    private func sequence(_ text: String, _ name: String) throws -> Int64 {
        guard let number = Int64(text), number >= 0 else {
            throw Problem.badRequest(
                "invalid-value", "\(name): \(text.prefix(100)) is not the id of an event, a whole number")
        }
        return number
    }
}

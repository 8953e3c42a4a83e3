import Hummingbird
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// `GET /v1/audit`: who did what, when and why, page by page, the oldest first (R45).
struct AuditRoutes: Sendable {
    let engine: Engine

    /// Lines of one page at most.
    static let limitMax = 1000

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("audit") { request, context in try await list(request, context) }
    }

    private func list(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        var after: Int64 = 0
        var limit = 100
        var ticket: Ticket?
        for (name, value) in request.uri.queryParameters {
            let text = String(value)
            func invalid(_ expected: String) -> Problem {
                .badRequest("invalid-value", "\(name)=\(text.prefix(100)) is not \(expected)")
            }
            switch String(name) {
            case "after":
                guard let number = Int64(text), number >= 0 else { throw invalid("the number of a line") }
                after = number
            case "limit":
                guard let number = Int(text), (1...Self.limitMax).contains(number) else {
                    throw invalid("1 to \(Self.limitMax)")
                }
                limit = number
            case "ticket":
                guard let found = Ticket(text) else { throw invalid("a ticket such as h_01KB…") }
                ticket = found
            default:
                throw Problem.badRequest("unknown-fields", "\(name) is not known; there are after, limit, ticket")
            }
        }
        let events = try await storing { [ticket, after, limit] in
            try await engine.store.events(of: ticket, after: after, limit: limit)
        }
        let next = events.count < limit ? nil : events.last?.sequence
        return .json(
            .object(
                JSONObject([
                    ("events", .array(events.map { .object(EventCodec.object($0)) })),
                    ("next", next.map { .number(JSONNumber($0)) } ?? .null),
                ])))
    }
}

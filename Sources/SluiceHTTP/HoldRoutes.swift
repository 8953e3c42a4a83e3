import Hummingbird
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// `/v1/holds` and what is below it.
struct HoldRoutes: Sendable {
    let engine: Engine
    let bodyByteCountMax: Int

    /// Events shown of one hold.
    static let historyCountMax = 500

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("holds") { request, context in try await list(request, context) }
        group.get("holds/:ticket") { request, context in try await show(request, context) }
        for move in HoldDesk.Move.allCases {
            group.post("holds/:ticket/\(move.rawValue)") { request, context in
                try await self.move(move, request, context)
            }
        }
    }

    private func list(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.gate)
        var query = try query(request)
        // Whoever only asks sees what it asked for: a scheduler finds its holds again after a crash.
        if identity.role < .viewer { query.principal = identity.principal }
        let page = try await storing { try await engine.store.holds(query) }
        return .json(
            .object(
                JSONObject([
                    ("holds", .array(page.holds.map { .object(HoldCodec.object($0, inventory: engine.inventory)) })),
                    ("next", page.next.map { .string(String($0)) } ?? .null),
                ])))
    }

    private func query(_ request: Request) throws -> HoldQuery {
        var query = HoldQuery()
        for (key, value) in request.uri.queryParameters {
            let text = String(value)
            func invalid(_ expected: String) -> Problem {
                .badRequest("invalid-value", "\(key)=\(text.prefix(100)) is not \(expected)")
            }
            func identifier<ID: TextIdentifier>(_ text: String) throws -> ID {
                guard let id = ID(checking: text) else {
                    throw invalid("1 to \(IdentifierLimits.byteCountMax) bytes without control characters")
                }
                return id
            }
            switch String(key) {
            case "state":
                let words = text.split(separator: ",").map(String.init)
                let states = words.compactMap { HoldState(rawValue: $0) }
                guard states.count == words.count, !states.isEmpty else {
                    throw invalid("a list of " + HoldState.allCases.map(\.rawValue).joined(separator: ", "))
                }
                query.states = Set(states)
            case "source":
                guard let source = LaunchSource(rawValue: text) else {
                    throw invalid("one of " + LaunchSource.allCases.map(\.rawValue).joined(separator: ", "))
                }
                query.source = source
            case "flow": query.flow = try identifier(text)
            case "orderingKey": query.orderingKey = try identifier(text)
            case "coalesceKey": query.coalesceKey = try identifier(text)
            case "limit":
                guard let limit = Int(text), (1...HoldQuery.limitMax).contains(limit) else {
                    throw invalid("1 to \(HoldQuery.limitMax)")
                }
                query.limit = limit
            case "cursor":
                guard let after = Int64(text), after >= 0 else { throw invalid("a cursor from a page before") }
                query.after = after
            default:
                throw Problem.badRequest(
                    "unknown-fields",
                    "\(key) is not a filter; there are state, source, flow, orderingKey, coalesceKey, limit, cursor")
            }
        }
        return query
    }

    private func ticket(_ context: SluiceRequestContext) throws -> Ticket {
        let text = context.parameters.get("ticket") ?? ""
        guard let ticket = Ticket(text) else {
            throw Problem.notFound("\(text.prefix(100)) is not a ticket; tickets look like h_01KB…")
        }
        return ticket
    }

    private func show(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.gate)
        let ticket = try ticket(context)
        let wait = try request.wait()
        let subscription = wait > .zero ? engine.watchers.subscribe(to: ticket) : nil
        defer { subscription?.end() }
        guard var hold = try await storing({ try await engine.store.hold(ticket) }) else {
            throw Problem.notFound("no hold has the ticket \(ticket)")
        }
        if let subscription {
            let deadline = engine.clocks.now().monotonic.advanced(by: wait)
            hold = await HoldWaiting(engine).wait(for: hold, subscription, until: deadline) ?? hold
        }
        return try await response(hold)
    }

    private func response(_ hold: Hold) async throws -> Response {
        var object = HoldCodec.object(hold, inventory: engine.inventory)
        let events = try await storing {
            try await engine.store.events(of: hold.ticket, after: 0, limit: Self.historyCountMax)
        }
        let position = try await storing { try await engine.store.position(of: hold) }
        object["position"] = position.map { .number(JSONNumber($0)) } ?? .null
        object["history"] = HoldCodec.history(events)
        object["rulePath"] = HoldCodec.rulePath(hold)
        return .json(.object(object))
    }

    private func move(
        _ move: HoldDesk.Move, _ request: Request, _ context: SluiceRequestContext
    ) async throws -> Response {
        let identity = try context.require(.operator)
        let ticket = try ticket(context)
        var body = try await request.json(upTo: bodyByteCountMax)
        let reason: String
        do throws(JSONFieldError) {
            reason = try body.reason()
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let outcome = try await storing {
            try await engine.desk.move(ticket, move, by: identity.principal, reason: reason)
        }
        switch outcome {
        case .moved(let hold): return try await response(hold)
        case .unknownTicket: throw Problem.notFound("no hold has the ticket \(ticket)")
        case .notPossible(let hold):
            throw Problem(
                status: .conflict, type: "wrong-state", title: "The hold's state does not allow that",
                detail: "hold \(ticket) is \(hold.state.rawValue); \(move.rawValue) is not possible there",
                members: [("state", .string(hold.state.rawValue))])
        }
    }
}

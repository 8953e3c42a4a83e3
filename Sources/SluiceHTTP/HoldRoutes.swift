import Hummingbird
import SluiceCore
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
            group.post("holds/\(move.rawValue)") { request, context in
                try await moveMany(move, request, context)
            }
        }
    }

    private func list(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.gate)
        var query = try HoldFilters.read(request).query
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
        let callbacks = try await storing {
            hold.request.callbackURL == nil ? [] : try await engine.store.callbacks(of: hold.ticket)
        }
        let (outlook, position) = try await storing { try await engine.outlook(of: hold) }
        object["position"] = position.map { .number(JSONNumber($0)) } ?? .null
        object["expectedStart"] = .time(outlook.expectedStart)
        object["expectedStartBasis"] = .text(outlook.basis)
        object["waitsFor"] = HoldCodec.waits(outlook)
        object["callbacks"] = HoldCodec.callbacks(callbacks)
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
        let dropsRepresented: Bool
        do throws(JSONFieldError) {
            reason = try body.reason()
            dropsRepresented = move == .discard ? try body.optionalBool("dropRepresented") ?? false : false
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let outcome = try await storing {
            try await engine.desk.move(
                ticket, move, by: identity.principal, reason: reason, dropsRepresented: dropsRepresented)
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

    private func moveMany(
        _ move: HoldDesk.Move, _ request: Request, _ context: SluiceRequestContext
    ) async throws -> Response {
        let identity = try context.require(.operator)
        let filters = try HoldFilters.read(request, isForMany: true)
        guard filters.isNarrowed || filters.isAll else {
            throw Problem.badRequest(
                "missing-filter",
                "no filter says which holds: give one of \(HoldFilters.names.joined(separator: ", ")), or all=true")
        }
        var body = try await request.json(upTo: bodyByteCountMax)
        let reason: String
        let dropsRepresented: Bool
        do throws(JSONFieldError) {
            reason = filters.isDryRun ? try body.optionalReason() ?? "dry run" : try body.reason()
            dropsRepresented = move == .discard ? try body.optionalBool("dropRepresented") ?? false : false
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let order = BulkOrder(
            move: move, query: filters.query, isDryRun: filters.isDryRun, by: identity.principal, reason: reason,
            dropsRepresented: dropsRepresented, limit: filters.limit ?? EngineLimits.bulkHoldCountMax)
        let report = try await storing { try await engine.desk.move(order) }
        return .json(.object(HoldCodec.object(report, order)))
    }
}

import Hummingbird
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// The journal of a maintenance: what it changed outside, and what an operator makes of a conflict.
struct JournalRoutes: Sendable {
    let maintenances: MaintenanceRoutes

    /// Entries of one page.
    static let limitMax = 1000

    private var engine: Engine { maintenances.engine }

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("maintenances/:id/journal") { request, context in try await list(request, context) }
        group.post("maintenances/:id/decide") { request, context in try await decide(request, context) }
        group.post("maintenances/:id/retry") { request, context in try await retry(request, context) }
    }

    // MARK: Looking

    private func list(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        let id = try maintenances.id(context)
        var query = JournalQuery(owner: .maintenance(id), limit: EngineLimits.journalEntryCountMax)
        var (limit, after): (Int, JournalID?) = (100, nil)
        for (name, value) in request.uri.queryParameters {
            let text = String(value)
            func invalid(_ expected: String) -> Problem {
                .badRequest("invalid-value", "\(name)=\(text.prefix(100)) is not \(expected)")
            }
            switch String(name) {
            case "state":
                let words = text.split(separator: ",")
                let states = words.compactMap { JournalState(rawValue: String($0)) }
                guard !states.isEmpty, states.count == words.count else {
                    throw invalid("of \(JournalState.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                query.states = Set(states)
            case "system":
                guard IdentifierLimits.allows(text) else { throw invalid("the name of a system, such as csa-policies") }
                query.system = text
            case "limit":
                guard let number = Int(text), (1...Self.limitMax).contains(number) else {
                    throw invalid("1 to \(Self.limitMax)")
                }
                limit = number
            case "cursor":
                guard let cursor = JournalID(checking: text) else { throw invalid("the cursor of a page") }
                after = cursor
            default:
                throw Problem.badRequest(
                    "unknown-fields", "\(name) is no parameter here; there are state, system, limit, cursor")
            }
        }
        try await requireMaintenance(id)
        var entries = try await storing { [query] in try await engine.store.journal(query) }
        if let after {
            guard let place = entries.firstIndex(where: { $0.id == after }) else {
                throw Problem.badRequest("invalid-value", "cursor= names no entry of this list; begin again without it")
            }
            entries.removeSubrange(...place)
        }
        let page = entries.prefix(limit)
        return .json([
            "entries": .array(page.map { .object(JournalCodec.object($0)) }),
            "next": page.count < entries.count ? .optional(page.last?.id.text) : .null,
        ])
    }

    private func requireMaintenance(_ id: MaintenanceID) async throws {
        let record = try await storing { try await engine.store.maintenance(id) }
        guard record != nil else {
            throw Problem.notFound("there is no maintenance \(id); GET /v1/maintenances lists those that there are")
        }
    }

    // MARK: Deciding

    private func decide(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        let id = try maintenances.id(context)
        var body = try await request.json(upTo: maintenances.bodyByteCountMax)
        let (entry, kind, reason): (JournalID, JournalDecision.Kind, String)
        do throws(JSONFieldError) {
            entry = try body.parsed("entry", expected: "the id of an entry of the journal") { JournalID(checking: $0) }
            kind = try body.parsed("decision", expected: "keep or put-back") { JournalDecision.Kind(word: $0) }
            reason = try WindowCodec.reason(&body)
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let keeper = try keeper()
        try await requireMaintenance(id)
        let known = try await storing { try await JournalKeeper.entries(of: id, in: engine.store) }
        guard known.contains(where: { $0.id == entry }) else {
            throw Problem.notFound(
                "the journal of \(id) has no entry \(entry); GET /v1/maintenances/\(id)/journal lists those that it has"
            )
        }
        try check(await keeper.decide(entry, kind, of: id, by: identity.principal, reason: reason))
        return try await maintenances.response(id)
    }

    /// A system that refused our account is tried again: that is on record before anything is sent.
    private func retry(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        let id = try maintenances.id(context)
        var body = try await request.json(upTo: maintenances.bodyByteCountMax)
        let (system, reason): (String, String)
        do throws(JSONFieldError) {
            system = try body.parsed("system", expected: "the name of a system, such as csa") {
                IdentifierLimits.allows($0) ? $0 : nil
            }
            reason = try WindowCodec.reason(&body)
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let keeper = try keeper()
        try await requireMaintenance(id)
        let status = keeper.status()
        guard status.owner == id, status.troubles.contains(where: { $0.system == system && $0.asks }) else {
            throw Problem(
                status: .conflict, type: "not-asked", title: "It does not wait for that",
                detail: "no change of \(id) waits for \(system) to be tried again; what fails for a while is tried "
                    + "again by itself")
        }
        let note = AuditNote(
            kind: "journal-retried", at: engine.clocks.now().wall, by: identity.principal,
            text: "\(id): \(system) is tried again: \(reason)")
        try await storing { try await engine.store.commit([.note(note)], fence: engine.writeFence) }
        if CSAChangePlan.systems.contains(system) {
            do {
                try engine.retryCSA()
            } catch {
                throw Problem(
                    status: .conflict, type: "account-unreadable", title: "CSA's account cannot be read",
                    detail: "\(error)")
            }
        }
        try check(await keeper.resume(system, of: id, by: identity.principal, reason: reason))
        return try await maintenances.response(id)
    }

    private func keeper() throws -> JournalKeeper {
        try maintenances.requireLeader()
        guard let keeper = engine.keeper else {
            throw Problem(
                status: .conflict, type: "no-journal", title: "Nothing outside is changed here",
                detail: "no system is configured that a maintenance changes")
        }
        return keeper
    }

    /// - Throws: `Problem` unless it was accepted.
    private func check(_ answer: ChangeAnswer) throws {
        func conflict(_ type: String, _ title: String, _ detail: String) -> Problem {
            Problem(status: .conflict, type: type, title: title, detail: detail)
        }
        switch answer {
        case .accepted: break
        case .notAsked:
            throw conflict(
                "not-asked", "It does not wait for that",
                "that entry waits for no such decision; the conflicts that wait are in GET /v1/maintenances/{id}")
        case .taken(let owner):
            throw conflict(
                "wrong-maintenance", "Another maintenance has changes that are not put back",
                "maintenance \(owner) comes first")
        case .nothingToDo:
            throw conflict("nothing-to-do", "There is nothing to do", "no such system is configured, or it is well")
        case .returning:
            throw conflict("wrong-phase", "That cannot be done now", "its changes are on their way back")
        case .invalid(let fault): throw conflict("invalid-move", "It cannot be done", fault)
        case .busy: throw Problem.tooManyWishes
        case .late(let isWithdrawn): throw Problem.late(isWithdrawn: isWithdrawn, look: "look at the journal")
        case .notWritten(let cause): throw Problem.notWritten(cause)
        }
    }
}

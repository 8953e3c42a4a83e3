import HTTPTypes
import Hummingbird
import Logging
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// `/v1/maintenances`: plan one, move it, and see how it stands.
struct MaintenanceRoutes: Sendable {
    let engine: Engine
    let bodyByteCountMax: Int

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("maintenances") { _, context in
            _ = try context.require(.viewer)
            let records = try await storing { try await engine.maintenance.list() }
            return Response.json(
                .object(JSONObject([("maintenances", .array(records.map { .object(MaintenanceCodec.object($0)) }))])))
        }
        group.get("maintenances/:id") { _, context in
            _ = try context.require(.viewer)
            return try await response(id(context))
        }
        group.post("maintenances") { request, context in try await plan(request, context) }
        group.post("maintenances/:id/start") { request, context in try await start(request, context) }
        group.post("maintenances/:id/resume") { request, context in
            try await move(request, context) { _ throws(JSONFieldError) in .resume }
        }
        group.post("maintenances/:id/abort") { request, context in
            try await move(request, context) { _ throws(JSONFieldError) in .abort }
        }
        group.post("maintenances/:id/extend") { request, context in
            try await move(request, context) { body throws(JSONFieldError) in try body.extensionMove() }
        }
        group.post("maintenances/:id/waive") { request, context in
            try await move(request, context) { body throws(JSONFieldError) in
                .waive(
                    blocker: try body.parsed("blocker", expected: "a blocker's name, such as execution:150084121") {
                        IdentifierLimits.allows($0) ? $0 : nil
                    })
            }
        }
    }

    func id(_ context: SluiceRequestContext) throws -> MaintenanceID {
        guard let id = MaintenanceID(checking: context.parameters.get("id") ?? "") else {
            throw Problem.notFound("the path names no maintenance; ids look like m_01KB…")
        }
        return id
    }

    func response(
        _ id: MaintenanceID, status: HTTPResponse.Status = .ok, findings: [PreflightFinding]? = nil
    ) async throws -> Response {
        let view = try await storing { try await engine.maintenance.view(id) }
        guard let view else {
            throw Problem.notFound("there is no maintenance \(id); GET /v1/maintenances lists those that there are")
        }
        var object = MaintenanceCodec.object(view)
        object["leader"] = .bool(engine.notLeading == nil)
        // A drain is named after its maintenance and its phase.
        let report = engine.drains.report().flatMap { $0.order.id.hasPrefix("\(id)/") ? $0 : nil }
        object["drain"] =
            report.map { .object(MaintenanceCodec.drain($0, deadline: view.record.drainDeadline)) } ?? .null
        object["calibration"] = .object(MaintenanceCodec.calibration(engine.drains.calibration))
        object["journal"] = journal(of: id)
        if let findings { object["preflight"] = .array(findings.map { .object(MaintenanceCodec.finding($0)) }) }
        return .json(
            .object(object), status: status, headers: status == .created ? [.location: "/v1/maintenances/\(id)"] : [:])
    }

    /// How its changes stand; null where none are on record here.
    private func journal(of id: MaintenanceID) -> JSONValue {
        guard let keeper = engine.keeper else { return .null }
        let status = keeper.status()
        return status.owner == id ? .object(JournalCodec.object(status, asking: keeper.asking())) : .null
    }

    /// Only who leads moves one: the others do not see how its parts stand.
    func requireLeader() throws {
        if let notLeading = engine.notLeading { throw Problem.unavailable("not-the-leader", notLeading) }
    }

    private func plan(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        try requireLeader()
        var body = try await request.json(upTo: bodyByteCountMax)
        let (plan, isDryRun): (MaintenancePlan, Bool)
        do throws(JSONFieldError) {
            isDryRun = try body.optionalBool("dryRun") ?? false
            plan = try MaintenanceCodec.plan(&body)
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let findings = await engine.maintenance.preflight(plan)
        guard !isDryRun else {
            let problems = try await storing { try await engine.maintenance.problems(of: plan) }
            return .json(
                .object(
                    JSONObject([
                        ("problems", .array(problems.map { .string($0) })),
                        ("preflight", .array(findings.map { .object(MaintenanceCodec.finding($0)) })),
                    ])))
        }
        let outcome = try await storing { try await engine.maintenance.plan(plan, by: identity.principal) }
        switch outcome {
        case .success(let record): return try await response(record.id, status: .created, findings: findings)
        case .failure(let refusal):
            throw Problem(
                status: .unprocessableContent, type: "invalid-plan", title: "The plan does not hold together",
                detail: refusal.problems.joined(separator: "; "),
                members: [("problems", .array(refusal.problems.map { .string($0) }))])
        }
    }

    /// Preflight comes first: an error refuses the start, a warning wants `acceptWarnings` (requirement R17).
    private func start(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        try requireLeader()
        let id = try id(context)
        var body = try await request.json(upTo: bodyByteCountMax)
        let (reason, acceptsWarnings): (String, Bool)
        do throws(JSONFieldError) {
            reason = try WindowCodec.reason(&body)
            acceptsWarnings = try body.optionalBool("acceptWarnings") ?? false
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let view = try await storing { try await engine.maintenance.view(id) }
        guard let view else { throw Problem.notFound("there is no maintenance \(id)") }
        var findings: [PreflightFinding] = []
        if view.record.phase == .planned {
            findings = await engine.maintenance.preflight(view.record.plan)
            let stopping = findings.filter {
                $0.severity == .error || ($0.severity == .warning && !acceptsWarnings)
            }
            if let first = stopping.first {
                let isError = first.severity == .error
                throw Problem(
                    status: .conflict, type: isError ? "preflight-failed" : "preflight-warnings",
                    title: "Nothing was changed: the look before the start found something",
                    detail: "\(first.text); \(first.remedy)"
                        + (stopping.count > 1 ? "; and \(stopping.count - 1) more" : "")
                        + (isError ? "" : "; start it with acceptWarnings to go on all the same"),
                    members: [("preflight", .array(findings.map { .object(MaintenanceCodec.finding($0)) }))])
            }
        }
        return try await order(
            .start(available: engine.maintenance.parts), of: id, by: identity.principal, reason: reason, findings)
    }

    private func move(
        _ request: Request, _ context: SluiceRequestContext,
        _ read: (inout JSONObjectReader) throws(JSONFieldError) -> MaintenanceMove
    ) async throws -> Response {
        let identity = try context.require(.operator)
        try requireLeader()
        let id = try id(context)
        var body = try await request.json(upTo: bodyByteCountMax)
        let (reason, move): (String, MaintenanceMove)
        do throws(JSONFieldError) {
            reason = try WindowCodec.reason(&body)
            move = try read(&body)
            try body.finish()
        } catch {
            throw Problem(error)
        }
        return try await order(move, of: id, by: identity.principal, reason: reason)
    }

    private func order(
        _ move: MaintenanceMove, of id: MaintenanceID, by principal: Principal, reason: String,
        _ findings: [PreflightFinding]? = nil
    ) async throws -> Response {
        let outcome = try await storing {
            try await engine.maintenance.order(move, of: id, by: principal, reason: reason)
        }
        switch outcome {
        case nil: throw Problem.notFound("there is no maintenance \(id)")
        case .moved: return try await response(id, findings: findings)
        case .refused(let refusal): throw Problem(refusal)
        }
    }
}

extension Problem {
    fileprivate init(_ refusal: MoveRefusal) {
        func conflict(_ type: String, _ title: String, _ detail: String) -> Problem {
            Problem(status: .conflict, type: type, title: title, detail: detail)
        }
        self =
            switch refusal {
            case .wrongPhase(let phase):
                Problem(
                    status: .conflict, type: "wrong-phase", title: "That cannot be done in this phase",
                    detail: "it is in \(phase.rawValue)", members: [("phase", .string(phase.rawValue))])
            case .invalid(let problems):
                conflict("invalid-move", "It cannot be done", problems.joined(separator: "; "))
            case .noSuchBlocker:
                conflict(
                    "no-such-blocker", "It does not wait for that",
                    "nothing of that name blocks it now; its blockers are in GET /v1/maintenances/{id}")
            case .notWaivable(let blocker):
                conflict(
                    "not-waivable", "That has to be solved",
                    "\(blocker.name) cannot be waived: \(blocker.text); "
                        + blocker.remedy)
            case .tooManyWaivers:
                conflict(
                    "too-many-waivers", "Too much is waived",
                    "\(MaintenanceLimits.waiverCountMax) blockers are waived; abort instead")
            case .notWritten(let cause):
                .unavailable("not-written", "nothing was changed: \(cause); look how it stands and try again")
            case .busy:
                .unavailable("busy", "another change of it is being written; try again")
            }
    }
}

import HTTPTypes
import Hummingbird
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// `/v1/csa/snapshot`, `/diff` and `/restore`: CSA's policies and offerings as they are, as they were, and put back.
struct CSARoutes: Sendable {
    let maintenances: MaintenanceRoutes

    /// As of `SnapshotRoutes`.
    private static let bodyByteCountMax = 64 << 20

    private var engine: Engine { maintenances.engine }

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("csa/snapshot") { _, context in try await take(context) }
        group.post("csa/diff") { request, context in try await compare(request, context) }
        group.post("csa/restore") { request, context in try await restore(request, context) }
        group.get("csa/restores/:id") { _, context in try await show(context) }
    }

    private func live() async throws -> CSASnapshot {
        do {
            if let snapshot = try await engine.csaSnapshot() { return snapshot }
        } catch let error as CSAError {
            throw Problem(
                status: .badGateway, type: "csa-unavailable", title: "CSA cannot be read", detail: error.message)
        }
        throw Problem(
            status: .conflict, type: "no-csa", title: "There is no CSA",
            detail: "csa.url is not configured, so there are no policies and offerings to look at or to restore")
    }

    private func take(_ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        return .json(.object(CSASnapshotCodec.object(try await live())))
    }

    /// `from`, and `to`; without `to`, CSA as it is now.
    private func compare(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        var body = try await request.json(upTo: Self.bodyByteCountMax)
        let (from, to): (CSASnapshot, CSASnapshot?)
        do throws(JSONFieldError) {
            var old = try body.object("from")
            from = try CSASnapshotCodec.snapshot(&old)
            if var new = try body.optionalObject("to") { to = try CSASnapshotCodec.snapshot(&new) } else { to = nil }
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let newer: CSASnapshot
        if let to { newer = to } else { newer = try await live() }
        try Self.check(from, newer)
        let differences = from.differences(to: newer)
        return .json([
            "from": .string(from.takenAt.rfc3339), "to": .string(newer.takenAt.rfc3339),
            "same": .bool(differences.isEmpty),
            "differences": .array(differences.map { .object(CSASnapshotCodec.object($0)) }),
        ])
    }

    private static func check(_ from: CSASnapshot, _ to: CSASnapshot) throws {
        guard let strangeness = from.strangeness(of: to) else { return }
        throw Problem(
            status: .conflict, type: "another-csa", title: "The snapshot is of another CSA", detail: strangeness)
    }

    private func restore(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        try maintenances.requireLeader()
        var body = try await request.json(upTo: Self.bodyByteCountMax)
        let (snapshot, reason, isDryRun): (CSASnapshot, String, Bool)
        do throws(JSONFieldError) {
            var object = try body.object("snapshot")
            snapshot = try CSASnapshotCodec.snapshot(&object)
            reason = try body.reason()
            isDryRun = try body.optionalBool("dryRun") ?? false
            try body.finish()
        } catch {
            throw Problem(error)
        }
        if !isDryRun { try await requireNoMaintenance() }
        let live = try await live()
        try Self.check(snapshot, live)
        let plan = CSARestorePlan(snapshot, live)
        var id: MaintenanceID?
        if !isDryRun, !plan.changes.isEmpty, let keeper = engine.keeper {
            let given = await engine.restoreCSA(plan, with: keeper, by: identity.principal, reason: reason)
            try Self.check(given.answer)
            id = given.id
        }
        return .json(
            .object(
                JSONObject([
                    ("id", .optional(id?.text)), ("dryRun", .bool(isDryRun)),
                    ("changes", .array(plan.changes.map { .object(CSASnapshotCodec.object($0)) })),
                    ("conflicts", .array(plan.conflicts.map { .object(CSASnapshotCodec.object($0)) })),
                ])), status: id == nil ? .ok : .accepted)
    }

    /// While CSA is closed its journal, not a snapshot, says how it comes back.
    private func requireNoMaintenance() async throws {
        let records = try await storing { try await engine.maintenance.list() }
        guard let record = records.first(where: { $0.isUnderWay && $0.plan.systems.includesCSA }) else { return }
        throw Problem(
            status: .conflict, type: "maintenance-under-way", title: "A maintenance has closed CSA",
            detail: "maintenance \(record.id) is in \(record.phase.rawValue), and puts back itself what it changed in "
                + "CSA: let it end, or abort it")
    }

    /// - Throws: `Problem` unless it was accepted.
    private static func check(_ answer: ChangeAnswer) throws {
        func conflict(_ type: String, _ detail: String) -> Problem {
            Problem(status: .conflict, type: type, title: "CSA cannot be restored now", detail: detail)
        }
        switch answer {
        case .accepted: break
        case .taken(let owner):
            throw conflict(
                "journal-open",
                "\(owner) has changes of CSA that are not over: a maintenance to be ended, or another restore")
        case .invalid(let fault): throw conflict("invalid-restore", fault)
        case .nothingToDo, .returning, .notAsked: throw conflict("invalid-restore", "the journal does not take it")
        case .busy: throw Problem.tooManyWishes
        case .late(let isWithdrawn): throw Problem.late(isWithdrawn: isWithdrawn, look: "compare with the snapshot")
        case .notWritten(let cause): throw Problem.notWritten(cause)
        }
    }

    /// What became of a restore, change by change.
    private func show(_ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        let id = try maintenances.id(context)
        let entries = try await storing { try await JournalKeeper.entries(of: id, in: engine.store) }
        guard let first = entries.first, first.isRestore else {
            throw Problem.notFound("there is no restore \(id)")
        }
        return .json(
            .object(
                JSONObject([
                    ("id", .string(id.text)), ("isOver", .bool(!entries.contains(where: \.isUnsettled))),
                    ("changes", .array(entries.map { .object(CSASnapshotCodec.object($0)) })),
                ])))
    }
}

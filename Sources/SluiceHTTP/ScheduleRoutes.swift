import HTTPTypes
import Hummingbird
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// `/v1/schedules` and what is below it: Central's own schedules, and their freeze. Only an operator's token changes.
struct ScheduleRoutes: Sendable {
    let engine: Engine
    let bodyByteCountMax: Int

    /// Rows of an answer that has no other limit.
    private static let rowCountMax = 10_000
    private static let rowCount = 100

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("schedules") { _, context in try await list(context) }
        group.get("schedules/freeze") { _, context in try status(context) }
        group.get("schedules/journal") { request, context in try await journal(request, context) }
        group.get("schedules/missed") { request, context in try await missed(request, context) }
        group.post("schedules/freeze") { request, context in try await order(request, context, isThaw: false) }
        group.post("schedules/thaw") { request, context in try await order(request, context, isThaw: true) }
        group.post("schedules/waive") { request, context in try await waive(request, context) }
    }

    func freezer() throws -> ScheduleFreezer {
        if let notLeading = engine.notLeading { throw Problem.unavailable("not-the-leader", notLeading) }
        guard let freezer = engine.freezer else {
            throw Problem(
                status: .conflict, type: "no-central", title: "There is no Central",
                detail: "central.url is not configured, so there are no schedules to look at or to freeze")
        }
        return freezer
    }

    // MARK: Looking

    private func list(_ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        let freezer = try freezer()
        let listed = try await listed()
        let status = freezer.status()
        let open = Dictionary(freezer.openEntries().map { ($0.object, $0.state) }) { first, _ in first }
        return .json([
            "freeze": .object(ScheduleCodec.object(status)),
            "schedules": .array(
                listed.map { schedule in
                    .object(ScheduleCodec.object(schedule, freezer.reader, frozen: open[schedule.id.text]))
                }),
        ])
    }

    /// How the freeze stands, without asking Central: for whoever waits for it.
    private func status(_ context: SluiceRequestContext) throws -> Response {
        _ = try context.require(.viewer)
        return .json(["freeze": .object(ScheduleCodec.object(try freezer().status()))])
    }

    func listed() async throws -> [CentralSchedule] {
        do {
            return try await engine.listSchedules()
        } catch let error as CentralError {
            throw Problem(
                status: .badGateway, type: "central-unavailable", title: "Central's schedules cannot be read",
                detail: error.message)
        }
    }

    private func journal(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        let limit = try number(request, "limit", among: ["limit"]) ?? Self.rowCount
        var query = JournalQuery(system: FreezeState.system, owner: .nobody, limit: limit)
        query.isNewestFirst = true
        let entries = try await storing { try await engine.store.journal(query) }
        return .json(["entries": .array(entries.map { .object(ScheduleCodec.object($0)) })])
    }

    private func missed(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        let names = ["schedule", "limit", "cursor"]
        var query = MissedQuery(limit: try number(request, "limit", among: names) ?? Self.rowCount)
        query.after = Int64(try number(request, "cursor", among: names, range: 0...Int.max) ?? 0)
        if let text = request.uri.queryParameters["schedule"] {
            guard let id = ScheduleID(checking: String(text)) else {
                throw Problem.badRequest("invalid-value", "schedule= is no schedule's id")
            }
            query.schedule = id
        }
        let asked = query
        let page = try await storing { try await engine.store.missed(asked) }
        return .json([
            "missed": .array(page.times.map { .object(ScheduleCodec.object($0)) }),
            "next": page.next.map { .string(String($0)) } ?? .null,
        ])
    }

    private func number(
        _ request: Request, _ name: String, among names: [String], range: ClosedRange<Int> = 1...rowCountMax
    ) throws -> Int? {
        for (key, _) in request.uri.queryParameters where !names.contains(String(key)) {
            throw Problem.badRequest(
                "unknown-fields", "\(key) is no parameter here; there are \(names.joined(separator: ", "))")
        }
        guard let text = request.uri.queryParameters[Substring(name)] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem.badRequest(
                "invalid-value", "\(name)=\(text.prefix(40)) must be \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    // MARK: Changing

    private func order(
        _ request: Request, _ context: SluiceRequestContext, isThaw: Bool
    ) async throws -> Response {
        let identity = try context.require(.operator)
        let freezer = try freezer()
        var body = try await request.json(upTo: bodyByteCountMax)
        let (selection, reason, isDryRun): (ScheduleSelection, String, Bool)
        do throws(JSONFieldError) {
            selection = try ScheduleCodec.selection(&body)
            reason = try body.reason()
            isDryRun = try body.optionalBool("dryRun") ?? false
            try body.finish()
        } catch {
            throw Problem(error)
        }
        if isDryRun { return try await dryRun(selection, freezer, isThaw: isThaw) }
        // A Central that is away does not keep an order from being written.
        if !selection.isAll, let listed = try? await engine.listSchedules() {
            try Self.check(selection, listed, freezer)
        }
        let answer =
            isThaw
            ? await freezer.thaw(selection, by: identity.principal, reason: reason)
            : await freezer.freeze(selection, by: identity.principal, reason: reason)
        try Self.check(answer, verb: isThaw ? "thaw" : "freeze")
        return .json(
            ["freeze": .object(ScheduleCodec.object(freezer.status())), "isAccepted": .bool(answer == .accepted)],
            status: answer == .accepted ? .accepted : .ok)
    }

    private func waive(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        let freezer = try freezer()
        var body = try await request.json(upTo: bodyByteCountMax)
        let (ids, reason): ([ScheduleID], String)
        do throws(JSONFieldError) {
            ids = try ScheduleCodec.ids(&body)
            reason = try body.reason()
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let answer = await freezer.waive(ids, by: identity.principal, reason: reason)
        try Self.check(answer, verb: "waive")
        return .json(
            ["freeze": .object(ScheduleCodec.object(freezer.status())), "isAccepted": true], status: .accepted)
    }

    /// - Throws: `Problem` unless it was accepted, or there was nothing to do.
    static func check(_ answer: FreezeAnswer, verb: String) throws {
        switch answer {
        case .accepted, .nothingToDo: break
        case .frozen:
            throw Problem(
                status: .conflict, type: "wrong-state", title: "Schedules are frozen",
                detail: "thaw them and wait until GET /v1/schedules says idle, then \(verb) again")
        case .thawing:
            throw Problem(
                status: .conflict, type: "wrong-state", title: "A thaw is under way",
                detail: "wait until none of it is reverting in GET /v1/schedules, or waive what Central does not take "
                    + "(POST /v1/schedules/waive); then \(verb) again")
        case .notReverting(let ids):
            throw Problem(
                status: .conflict, type: "wrong-state", title: "There is nothing to waive",
                detail: "no thaw or restore of \(ids.map(\.text).joined(separator: ", ")) is under way; GET "
                    + "/v1/schedules shows what is \"reverting\", and a thaw by id ends a freeze that does not get on")
        case .busy: throw Problem.tooManyWishes
        case .late(let isWithdrawn):
            throw Problem.unavailable(
                "store-unavailable",
                isWithdrawn
                    ? "the order could not be written in time and is withdrawn; order it again"
                    : "the order is being written, and it is not known yet whether it stands: see GET /v1/schedules")
        case .notWritten(let cause): throw Problem.notWritten(cause)
        }
    }

    /// What the order would be about now.
    private func dryRun(
        _ selection: ScheduleSelection, _ freezer: ScheduleFreezer, isThaw: Bool
    ) async throws -> Response {
        let listed = try await listed()
        try Self.check(selection, listed, freezer)
        var open: [ScheduleID: JournalEntry] = [:]
        for entry in freezer.openEntries() { open[ScheduleID(entry.object)] = entry }
        let conflicts = try isThaw ? freezer.thawConflicts(selection, listed) : []
        let left = Set(conflicts.map(\.id))
        let chosen = listed.filter { schedule in
            guard selection.matches(id: schedule.id, flow: schedule.flow, path: schedule.flowPath) else { return false }
            guard isThaw else { return schedule.isEnabled }
            return !left.contains(schedule.id) && open[schedule.id].map { $0.state != .reverting } ?? false
        }
        return .json([
            "dryRun": true, "count": .int(chosen.count),
            "schedules": .array(
                chosen.map { .object(ScheduleCodec.object($0, freezer.reader, frozen: open[$0.id]?.state)) }),
            "conflicts": .array(
                conflicts.map { conflict in
                    [
                        "id": .string(conflict.id.text), "name": .string(conflict.name),
                        "cause": .string(conflict.cause),
                    ]
                }),
        ])
    }

    /// What is mistyped would freeze nothing, and nobody would know.
    private static func check(
        _ selection: ScheduleSelection, _ listed: [CentralSchedule], _ freezer: ScheduleFreezer
    ) throws {
        let known = Set(listed.map(\.id)).union(freezer.openEntries().map { ScheduleID($0.object) })
        for id in selection.ids where !known.contains(id) {
            throw Problem.badRequest(
                "invalid-value", "/ids: Central lists no schedule \(id); GET /v1/schedules shows those that there are")
        }
        let open = freezer.openEntries()
        let knownFlows = Set(listed.compactMap(\.flow)).union(open.compactMap { $0.field("flow").map { FlowID($0) } })
        for flow in selection.flowIDs where !knownFlows.contains(flow) {
            throw Problem.badRequest(
                "invalid-value",
                "/flows: Central lists no schedule of the flow \(flow); GET /v1/schedules shows those "
                    + "that there are")
        }
        let paths = listed.compactMap(\.flowPath) + open.compactMap { $0.field("flowPath") }
        for glob in selection.paths where !paths.contains(where: { glob.matches($0) }) {
            throw Problem.badRequest(
                "invalid-value",
                "/paths: no flow of Central's schedules has a path like \(glob); GET /v1/schedules "
                    + "shows those that there are")
        }
    }
}

import HTTPTypes
import Hummingbird
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// `/v1/schedules/snapshot`, `/diff` and `/restore`: Central's schedules as they are, as they were, and `enabled` put
/// back.
struct SnapshotRoutes: Sendable {
    let schedules: ScheduleRoutes

    /// A snapshot may be larger than other bodies: some 500 bytes a schedule.
    private static let bodyByteCountMax = 64 << 20

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("schedules/snapshot") { _, context in try await take(context) }
        group.post("schedules/diff") { request, context in try await compare(request, context) }
        group.post("schedules/restore") { request, context in try await restore(request, context) }
    }

    private func live() async throws -> (snapshot: ScheduleSnapshot, listed: [CentralSchedule]) {
        let freezer = try schedules.freezer()
        let listed = try await schedules.listed()
        return (freezer.reader.snapshot(of: listed, at: schedules.engine.clocks.now().wall), listed)
    }

    private func take(_ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        return .json(.object(SnapshotCodec.object(try await live().snapshot)))
    }

    /// `from`, and `to`; without `to`, Central as it is now.
    private func compare(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        var body = try await request.json(upTo: Self.bodyByteCountMax)
        let (from, to): (ScheduleSnapshot, ScheduleSnapshot?)
        do throws(JSONFieldError) {
            var old = try body.object("from")
            from = try SnapshotCodec.snapshot(&old)
            if var new = try body.optionalObject("to") { to = try SnapshotCodec.snapshot(&new) } else { to = nil }
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let newer: ScheduleSnapshot
        if let to { newer = to } else { newer = try await live().snapshot }
        let differences = from.differences(to: newer)
        return .json([
            "from": .string(from.takenAt.rfc3339), "to": .string(newer.takenAt.rfc3339),
            "same": .bool(differences.isEmpty), "areInputsCompared": .bool(from.keyID == newer.keyID),
            "differences": .array(differences.map { .object(SnapshotCodec.object($0)) }),
        ])
    }

    private func restore(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        let freezer = try schedules.freezer()
        var body = try await request.json(upTo: Self.bodyByteCountMax)
        let (snapshot, reason, isDryRun): (ScheduleSnapshot, String, Bool)
        do throws(JSONFieldError) {
            var object = try body.object("snapshot")
            snapshot = try SnapshotCodec.snapshot(&object)
            reason = try body.reason()
            isDryRun = try body.optionalBool("dryRun") ?? false
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let live = try await live()
        let plan = snapshot.restoring(live.snapshot)
        var answer: FreezeAnswer?
        if !isDryRun {
            let given = try await freezer.restore(plan, live.listed, by: identity.principal, reason: reason)
            try ScheduleRoutes.check(given, verb: "restore")
            answer = given
        }
        let switches = plan.switches.map { change -> JSONValue in
            ["id": .string(change.id.text), "name": .string(change.name), "enabled": .bool(change.isEnabled)]
        }
        var object: JSONObject = [
            "freeze": .object(ScheduleCodec.object(freezer.status())), "dryRun": .bool(isDryRun),
            "switches": .array(switches),
            "conflicts": .array(plan.conflicts.map { .object(SnapshotCodec.object($0)) }),
        ]
        object.set("isAccepted", ifPresent: answer.map { .bool($0 == .accepted) })
        return .json(.object(object), status: answer == .accepted ? .accepted : .ok)
    }
}

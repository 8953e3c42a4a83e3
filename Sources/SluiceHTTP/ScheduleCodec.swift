import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel

/// Central's schedules, their journal and their missed times as JSON. Values of inputs are never in it.
enum ScheduleCodec {
    static func object(_ status: ScheduleFreezer.Status) -> JSONObject {
        var object: JSONObject = ["phase": .string(status.phase.rawValue)]
        object["since"] = status.order.map { .string($0.since.rfc3339) } ?? .null
        object["by"] = .optional(status.order?.by.text)
        object["reason"] = .optional(status.order?.cause)
        object["open"] = .object(
            JSONObject(
                [JournalState.intended, .done, .reverting].map {
                    ($0.rawValue, JSONValue.int(status.openCounts[$0] ?? 0))
                }))
        object["isIncomplete"] = .bool(status.isIncomplete)
        object["trouble"] = .optional(status.trouble)
        return object
    }

    static func object(_ schedule: CentralSchedule, _ reader: ScheduleReader, frozen: JournalState?) -> JSONObject {
        let choice = reader.choice(for: schedule)
        let obstacle = reader.obstacle(of: schedule)
        return JSONObject([
            ("id", .string(schedule.id.text)), ("name", .string(schedule.name)),
            ("flow", .optional(schedule.flow?.text)), ("flowPath", .optional(schedule.flowPath)),
            ("triggerExpression", .string(schedule.triggerExpression)), ("timeZone", .optional(schedule.timeZone)),
            ("isEnabled", .bool(schedule.isEnabled)), ("next", time(schedule.nextFireTime)),
            ("previous", time(schedule.prevFireTime)), ("policy", .string(choice.policy.sentence)),
            ("isUnsafeToMiss", .bool(choice.isUnsafeToMiss)), ("isReplayable", .bool(obstacle == nil)),
            ("obstacle", .optional(obstacle)), ("frozen", .optional(frozen?.rawValue)),
        ])
    }

    static func object(_ entry: JournalEntry) -> JSONObject {
        JSONObject([
            ("id", .string(entry.id.text)), ("system", .string(entry.system)), ("object", .string(entry.object)),
            ("title", .string(entry.title)), ("intended", .string(entry.intended)),
            ("state", .string(entry.state.rawValue)), ("at", time(entry.at)), ("doneAt", time(entry.doneAt)),
            ("revertedAt", time(entry.revertedAt)), ("since", time(entry.since)), ("by", .string(entry.by.text)),
            ("cause", .string(entry.cause)),
        ])
    }

    static func object(_ missed: MissedTime) -> JSONObject {
        JSONObject([
            ("schedule", .string(missed.schedule.text)), ("title", .string(missed.title)),
            ("nominalTime", time(missed.nominalTime)), ("policy", .string(missed.policy)),
            ("outcome", .string(missed.outcome.rawValue)), ("ticket", .optional(missed.ticket?.description)),
            ("executionId", .optional(missed.executionID?.text)), ("at", time(missed.at)),
            ("cause", .string(missed.cause)),
        ])
    }

    /// `ids`, at least one.
    static func ids(_ body: inout JSONObjectReader) throws(JSONFieldError) -> [ScheduleID] {
        let texts = try body.optionalStrings("ids") ?? []
        let ids = texts.compactMap { ScheduleID(checking: $0) }
        guard !ids.isEmpty, ids.count == texts.count, ids.count <= ScheduleSelection.partCountMax else {
            throw JSONFieldError(
                code: .invalid, pointer: "/ids",
                message: "expected 1 to \(ScheduleSelection.partCountMax) ids of schedules")
        }
        return ids
    }

    /// `ids`, `flows` and `paths`; none of them: all.
    static func selection(_ body: inout JSONObjectReader) throws(JSONFieldError) -> ScheduleSelection {
        let ids = try body.optionalStrings("ids") ?? []
        let flows = try body.optionalStrings("flows") ?? []
        let paths = try body.optionalStrings("paths") ?? []
        var selection = ScheduleSelection()
        func refuse(_ name: String, _ expected: String) -> JSONFieldError {
            JSONFieldError(code: .invalid, pointer: "/\(name)", message: "expected \(expected)")
        }
        guard ids.count + flows.count + paths.count <= ScheduleSelection.partCountMax else {
            throw refuse("ids", "at most \(ScheduleSelection.partCountMax) ids, flows and paths together")
        }
        for text in ids {
            guard let id = ScheduleID(checking: text) else { throw refuse("ids", "ids of schedules") }
            selection.ids.append(id)
        }
        for text in flows {
            guard let id = FlowID(checking: text) else { throw refuse("flows", "ids of flows") }
            selection.flowIDs.append(id)
        }
        for text in paths {
            guard let glob = PathGlob(text), !text.contains(where: { "[]{}".contains($0) }) else {
                throw refuse("paths", "patterns over flow paths, of *, ** and ?; write ? for a bracket")
            }
            selection.paths.append(glob)
        }
        return selection
    }

    private static func time(_ time: Timestamp?) -> JSONValue { time.map { .string($0.rfc3339) } ?? .null }
}

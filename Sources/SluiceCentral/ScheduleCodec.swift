internal import SluiceJSON
internal import SluiceModel
internal import SluicePorts

/// Reads Central's schedules (oo-central-api.md section 5): strict about id and `enabled`, lenient about the rest.
enum ScheduleCodec {
    /// - Throws: `CentralError` `.unreadable` unless it is an array of objects with `id` and `enabled`.
    static func schedules(_ body: [UInt8], limits: JSONLimits, call: String) throws -> [CentralSchedule] {
        let value = try AnswerJSON.read(body, limits: limits, call: call)
        guard let elements = value.array else {
            throw CentralError(.unreadable, "\(call) answered \(value.kind), not a list of schedules")
        }
        guard elements.count <= CentralLimits.scheduleCountMax else {
            throw CentralError(
                .unreadable,
                "\(call) answered \(elements.count) schedules; more than \(CentralLimits.scheduleCountMax) are not read"
            )
        }
        var seen: Set<ScheduleID> = []
        // A schedule that is skipped would go on firing, so none is; one that is listed twice while the list moves
        // counts once.
        return try elements.enumerated().compactMap { index, element in
            guard let object = element.object, let id = object["id"].flatMap(text), let id = ScheduleID(checking: id),
                let isEnabled = object["enabled"].flatMap(flag)
            else {
                throw CentralError(
                    .unreadable, "\(call) answered a list whose element \(index) has no id, or no truth in enabled")
            }
            guard seen.insert(id).inserted else { return nil }
            return schedule(id, isEnabled, object)
        }
    }

    private static func schedule(_ id: ScheduleID, _ isEnabled: Bool, _ object: JSONObject) -> CentralSchedule {
        var schedule = CentralSchedule(
            id: id, name: object["flowScheduleName"]?.string ?? id.text,
            triggerExpression: object["triggerExpression"]?.string ?? "", isEnabled: isEnabled)
        schedule.flow = object["flowUuid"]?.string.flatMap { FlowID(checking: $0) }
        schedule.flowPath = object["flowPath"]?.string
        schedule.startDate = object["startDate"].flatMap(SummaryCodec.time)
        schedule.endDate = object["endDate"].flatMap(SummaryCodec.time)
        schedule.timeZone = object["timeZone"]?.string
        let count = object["numOfOccurrences"].flatMap(text).flatMap { Int64($0) } ?? 0
        schedule.occurrenceCount = min(max(count, 0), CentralSchedule.occurrenceCountMax)
        schedule.runLogLevel = object["runLogLevel"]?.string
        schedule.inputPromptUseBlank = object["inputPromptUseBlank"].flatMap(flag)
        schedule.inputs = (object["inputs"]?.object?.members ?? []).compactMap { member in
            text(member.value).map { LaunchInput(name: member.name, value: .clear($0)) }
        }
        let (names, shown) = sensitive(object["sensitiveInputs"])
        schedule.sensitiveInputNames = names
        schedule.misfireInstruction = object["misfireInstruction"].flatMap(text)
        schedule.username = object["username"]?.string
        schedule.nextFireTime = object["nextFireTime"].flatMap(SummaryCodec.time)
        schedule.prevFireTime = object["prevFireTime"].flatMap(SummaryCodec.time)
        var record = object
        if record["sensitiveInputs"] != nil { record["sensitiveInputs"] = shown }
        schedule.record = Secret(record.write())
        return schedule
    }

    /// The names, and the member without any value. In a shape that is not known there may be any number, so one
    /// without a name stands for them: what has a sensitive input is never replayed.
    private static func sensitive(_ value: JSONValue?) -> ([String], JSONValue) {
        let names = value?.namesOfHiddenValues ?? (value == nil ? [] : ["?"])
        return (names, .array(names.map { .string($0) }))
    }

    /// A text, a number or a truth value as text; nil for null and structures.
    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// A truth value, or its word as text, as vendor content sends it.
    private static func flag(_ value: JSONValue) -> Bool? {
        switch value {
        case .bool(let flag): flag
        case .string("true"): true
        case .string("false"): false
        default: nil
        }
    }
}

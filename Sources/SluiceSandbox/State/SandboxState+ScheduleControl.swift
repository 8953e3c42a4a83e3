/// What a person does to schedules in Central's user interface, and what tests read of them.
extension SandboxState {
    /// Nil when the route is none of the schedules'.
    mutating func scheduleControl(
        _ method: String, _ rest: [String], _ body: [UInt8], at now: EpochMilliseconds
    ) -> SandboxReply? {
        switch (method, rest.first, rest.count) {
        case ("GET", "schedules", 1): return .json(200, .list(schedules.map(shown)))
        case ("POST", "schedules", 1): return addSchedules(body, at: now)
        case ("PUT", "schedules", 2):
            guard let index = scheduleIndex(rest[1]) else { return Self.noSchedule }
            return editSchedule(index, body, at: now)
        case ("DELETE", "schedules", 2):
            guard let index = scheduleIndex(rest[1]) else { return Self.noSchedule }
            schedules.remove(at: index)
            return .json(200, ["deleted": .text(rest[1])])
        default: return nil
        }
    }

    private struct Draft: Decodable {
        var name: String
        var flow: String
        var triggerExpression: String
        var startDate: EpochMilliseconds?
        var endDate: EpochMilliseconds?
        var timeZone: String?
        var numOfOccurrences: Int64?
        var enabled: Bool?
        var inputs: [String: String]?
        var sensitiveInputs: [String: String]?
        var misfireInstruction: Int64?
    }

    private mutating func addSchedules(_ body: [UInt8], at now: EpochMilliseconds) -> SandboxReply {
        do {
            let drafts = try SandboxCodec.decode(OneOrMany<Draft>.self, from: body).values
            var ids: [LooseValue] = []
            for draft in drafts {
                let schedule = SandboxSchedule(
                    name: draft.name, flow: draft.flow, triggerExpression: draft.triggerExpression,
                    startDate: draft.startDate, endDate: draft.endDate, timeZone: draft.timeZone,
                    occurrenceCount: draft.numOfOccurrences ?? 0, isEnabled: draft.enabled ?? true,
                    inputs: draft.inputs ?? [:], sensitiveInputs: draft.sensitiveInputs ?? [:],
                    misfireInstruction: draft.misfireInstruction)
                ids.append(.text(String(try add(schedule, at: now))))
            }
            return .json(201, ["ids": .list(ids)])
        } catch let refusal as ScheduleRefusal {
            return .error(400, refusal.text)
        } catch {
            return .error(400, SandboxCodec.explain(error))
        }
    }

    /// `enabled` and `flowScheduleName`, as a person changes them.
    private mutating func editSchedule(_ index: Int, _ body: [UInt8], at now: EpochMilliseconds) -> SandboxReply {
        guard let members = (try? SandboxCodec.decode(LooseValue.self, from: body))?.asObject,
            members.keys.allSatisfy({ ["enabled", "flowScheduleName"].contains($0) })
        else { return .error(400, "give enabled, flowScheduleName, or both") }
        if let name = members["flowScheduleName"]?.asText { schedules[index].name = name }
        if let flag = members["enabled"]?.asBool { switchSchedule(index, to: flag, at: now) }
        return .json(200, shown(schedules[index]))
    }

    /// A person comes in between, as faults say: turns a schedule on or off, or copies it (the copy is enabled).
    mutating func meddle(_ effects: FaultTable.Effects, at now: EpochMilliseconds) {
        for (id, isEnabled) in effects.personSwitches {
            if let index = scheduleIndex(id) { switchSchedule(index, to: isEnabled, at: now) }
        }
        for id in effects.personCopies {
            guard let index = scheduleIndex(id) else { continue }
            var copy = schedules[index]
            copy.name += " (copy)"
            copy.isEnabled = true
            copy.disabledAt = nil
            copy.prevFireTime = nil
            _ = try? add(copy, at: now)
        }
    }
}

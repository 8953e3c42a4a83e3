/// Why a schedule was not taken.
struct ScheduleRefusal: Error { let text: String }

/// Schedules: keeping them, and firing them at their own times.
extension SandboxState {
    /// Takes a schedule in; fires come at their own times from now on.
    mutating func add(_ schedule: SandboxSchedule, at now: EpochMilliseconds) throws(ScheduleRefusal) -> Int64 {
        guard schedules.count < SandboxLimits.scheduleCountMax else {
            throw ScheduleRefusal(text: "too many schedules")
        }
        guard flows[schedule.flow] != nil else { throw ScheduleRefusal(text: "no flow \(schedule.flow)") }
        guard schedule.beat != nil else {
            throw ScheduleRefusal(
                text: "the sandbox does not fire '\(schedule.triggerExpression)' in \(schedule.timeZone ?? "UTC"): "
                    + "give */N of \(SandboxLimits.scheduleIntervals.lowerBound) to "
                    + "\(SandboxLimits.scheduleIntervals.upperBound) ms, or plain cron of 6 fields in UTC")
        }
        for (name, date) in [("startDate", schedule.startDate), ("endDate", schedule.endDate)] {
            guard let date, !SandboxLimits.scheduleDates.contains(date) else { continue }
            throw ScheduleRefusal(text: "\(name) \(date) is no time of the years 1 to 9999, in milliseconds since 1970")
        }
        var schedule = schedule
        schedule.id = nextScheduleID
        nextScheduleID += 1
        schedule.startDate = schedule.startDate ?? now
        if schedule.username.isEmpty { schedule.username = account.user }
        // A start in the past fires at once (fact 11); its grid stays where it was.
        let start = schedule.startDate ?? now
        schedule.nextFireTime =
            schedule.isEnabled ? (start <= now && schedule.isOneShot ? now : schedule.gridTime(after: now - 1)) : nil
        schedules.append(schedule)
        plan(schedule)
        return schedule.id
    }

    func scheduleIndex(_ id: String) -> Int? {
        guard let number = Int64(id) else { return nil }
        return schedules.firstIndex { $0.id == number }
    }

    /// Turns one on or off; on, missed times may launch one at once, as the settings say.
    mutating func switchSchedule(_ index: Int, to isEnabled: Bool, at now: EpochMilliseconds) {
        guard schedules[index].isEnabled != isEnabled else { return }
        schedules[index].isEnabled = isEnabled
        guard isEnabled else {
            schedules[index].disabledAt = now
            schedules[index].nextFireTime = nil
            return
        }
        let schedule = schedules[index]
        let missed = schedule.gridTime(after: schedule.disabledAt ?? now).map { $0 <= now } ?? false
        let catchesUp =
            switch settings.catchUpOnEnable {
            case .never: false
            case .always: missed
            case .byQuartz: missed && schedule.catchesUp
            }
        schedules[index].nextFireTime = schedule.gridTime(after: now)
        schedules[index].disabledAt = nil
        if catchesUp { launch(index, at: now) }
        plan(schedules[index])
    }

    /// Its time has come; entries of a time that is no longer its next are left over and mean nothing.
    mutating func fireSchedule(_ id: Int64, at instant: EpochMilliseconds) {
        guard let index = schedules.firstIndex(where: { $0.id == id }), schedules[index].isEnabled,
            schedules[index].nextFireTime == instant
        else { return }
        launch(index, at: instant)
        schedules[index].nextFireTime = schedules[index].gridTime(after: instant)
        plan(schedules[index])
    }

    private mutating func launch(_ index: Int, at instant: EpochMilliseconds) {
        let schedule = schedules[index]
        schedules[index].prevFireTime = instant
        var order = StartOrder(flowID: schedule.flow, runName: schedule.name, logLevel: schedule.runLogLevel)
        order.inputs = schedule.inputs.merging(schedule.sensitiveInputs) { $1 }
        order.usesBlanks = true
        // A refusal is counted with the other refused starts; the schedule goes on, as Quartz would.
        _ = try? start(order, at: instant)
    }

    private mutating func plan(_ schedule: SandboxSchedule) {
        if let at = schedule.nextFireTime { deadlines.insert(.scheduleFires, of: schedule.id, at: at) }
    }

    // MARK: Central's REST

    /// Nil when the route is none of the schedules'.
    mutating func scheduleReply(
        _ request: SandboxRequest, _ root: CentralRoot, at now: EpochMilliseconds
    ) -> SandboxReply? {
        let rest = root.rest
        switch (request.method, rest.first, rest.count) {
        case ("GET", "all-schedules", 1) where settings.hasAllSchedules, ("GET", "schedules", 1):
            return .json(200, .list(schedules.map(shown)))
        case ("POST", "schedules", 1): return createSchedule(request, at: now)
        case ("DELETE", "schedules", 2):
            guard let index = scheduleIndex(rest[1]) else { return Self.noSchedule }
            schedules.remove(at: index)
            return .json(200, .null)
        case ("PUT", "schedules", 3) where rest[2] == "enabled":
            guard let index = scheduleIndex(rest[1]) else { return Self.noSchedule }
            guard let flag = (try? SandboxCodec.decode(LooseValue.self, from: request.body))?.asBool else {
                return .error(400, "the body is neither true nor false")
            }
            switchSchedule(index, to: flag, at: now)
            return .json(settings.scheduleSwitchedCode, .bool(flag))
        default: return nil
        }
    }

    static let noSchedule = SandboxReply.error(404, "no such schedule")

    private mutating func createSchedule(_ request: SandboxRequest, at now: EpochMilliseconds) -> SandboxReply {
        guard let body = try? SandboxCodec.decode(LooseValue.self, from: request.body), let members = body.asObject,
            let flow = members["flowUuid"]?.asText, let expression = members["triggerExpression"]?.asText
        else { return .error(400, "flowUuid and triggerExpression are required") }
        var schedule = SandboxSchedule(
            name: members["flowScheduleName"]?.asText ?? flow, flow: flow, triggerExpression: expression,
            startDate: members["startDate"]?.asInteger, endDate: members["endDate"]?.asInteger,
            timeZone: members["timeZone"]?.asText, isEnabled: members["enabled"]?.asBool ?? true)
        let count = members["numOfOccurrences"]
        schedule.occurrenceCount = count?.asInteger ?? count?.asText.flatMap { Int64($0) } ?? 0
        schedule.runLogLevel = members["runLogLevel"]?.asText
        schedule.inputs = (members["inputs"]?.asObject ?? [:]).compactMapValues(\.asText)
        schedule.sensitiveInputs = (members["sensitiveInputs"]?.asObject ?? [:]).compactMapValues(\.asText)
        schedule.misfireInstruction = members["misfireInstruction"]?.asInteger
        do {
            let id = try add(schedule, at: now)
            return .json(201, schedules.first { $0.id == id }.map(shown) ?? .null)
        } catch {
            return .error(400, error.text)
        }
    }

    /// As Central lists it; values of sensitive inputs are surely not echoed (INFERRED).
    func shown(_ schedule: SandboxSchedule) -> LooseValue {
        let flow = flows[schedule.flow]
        var members: [String: LooseValue] = [
            "id": .text(String(schedule.id)), "flowScheduleName": .text(schedule.name),
            "flowUuid": .text(schedule.flow), "flowName": .text(orNull: flow?.name),
            "flowPath": .text(orNull: flow?.path), "triggerExpression": .text(schedule.triggerExpression),
            "startDate": .integer(orNull: schedule.startDate), "endDate": .integer(orNull: schedule.endDate),
            "timeZone": .text(orNull: schedule.timeZone),
            "numOfOccurrences": settings.occurrencesAsText
                ? .text(String(schedule.occurrenceCount)) : .integer(schedule.occurrenceCount),
            "runLogLevel": .text(orNull: schedule.runLogLevel), "enabled": .bool(schedule.isEnabled),
            "inputPromptUseBlank": true, "inputs": .object(schedule.inputs.mapValues(LooseValue.text)),
            "misfireInstruction": .integer(orNull: schedule.misfireInstruction),
            "username": .text(schedule.username), "nextFireTime": .integer(orNull: schedule.nextFireTime),
            "prevFireTime": .integer(orNull: schedule.prevFireTime),
        ]
        if settings.namesSensitiveInputs {
            members["sensitiveInputs"] = .object(schedule.sensitiveInputs.mapValues { _ in .null })
        }
        return .object(members)
    }
}

public import SluiceJSON
public import SluiceModel

extension Forecast {
    /// Version of the JSON's shape.
    public static let format = 1

    /// The forecast as the API and the command line give it; the shape is in docs/openapi.yaml, `Forecast`.
    public var json: JSONObject {
        JSONObject([
            ("format", .int(Self.format)), ("from", .time(query.span.lowerBound)), ("to", .time(query.span.upperBound)),
            ("window", .span(query.window)), ("counts", .object(counts.json)),
            ("countsInWindow", .object(countsInWindow.json)), ("drain", .object(drain.json)),
            ("release", .object(releaseJSON)),
            (
                "schedules",
                .array(
                    schedules.filter { $0.counts.total > 0 || $0.isCut }.prefix(ForecastLimits.listedScheduleCountMax)
                        .map { .object($0.json) })
            ),
            ("scheduleCount", .int(schedules.count)),
            ("launches", .array(launches.map { .object(json($0)) })), ("listedUntil", .time(listedUntil)),
            ("complete", .bool(listedUntil >= query.listed.upperBound && !isCut)),
            ("walkedUntil", walkedUntil.map { .time($0) } ?? .null), ("load", .object(load.json)),
            ("notes", .array(notes.map { .string($0) })),
        ])
    }

    /// What to know about how far it can be trusted, in sentences.
    public var notes: [String] {
        var notes: [String] = []
        if Self.isPast(query.window.lowerBound, at: query.now) { notes.append(Self.pastNote) }
        if let walkedUntil { notes.append(Self.cutNote(walkedUntil)) }
        if drain.isCut { notes.append(Self.drainNote) }
        if schedules.isEmpty { notes.append(Self.emptyNote) }
        return notes + AskingNotes.of(schedules.filter { $0.countsInWindow.total > 0 }.map(\.asking))
    }

    /// Whether a span began before now: by more than `ForecastLimits.nowSeconds`, for whoever asks for it from now on.
    public static func isPast(_ start: Timestamp, at now: Timestamp) -> Bool {
        now.since(start) > .seconds(ForecastLimits.nowSeconds)
    }

    static let pastNote =
        "It begins in the past: what the gate did then is in the events and holds; here the rules, modes and schedules "
        + "of today are applied to it."

    static func cutNote(_ time: Timestamp) -> String {
        "There are more launches than were gone through: all before \(time) are counted, of later ones only some, so "
            + "the numbers are too low. Look at a shorter span."
    }

    static let drainNote =
        "More launches may run when the drain starts than were gone through "
        + "(\(ForecastLimits.drainStepCountMax) steps): it may take longer than is said."

    static let emptyNote =
        "No schedule is known, so nothing can be said: name schedule files (schedules.files), or let Sluice read "
        + "Central's (central.url)."

    private var releaseJSON: JSONObject {
        let end = query.window.upperBound
        return JSONObject([
            ("count", .int(backlog.count)), ("ratePerMinute", .int(query.ratePerMinute)),
            ("ceiling", .int(query.ceiling)),
            ("clearedAt", .time(end.advanced(by: .milliseconds(backlog.clearedMilliseconds)))),
            ("endedAt", .time(end.advanced(by: .milliseconds(backlog.endedMilliseconds)))),
            ("isBound", .bool(backlog.isBound)), ("assumed", .int(releaseAssumedCount)),
            (
                "curve",
                .array(
                    backlog.curve.map { point in
                        .object([
                            "at": .time(end.advanced(by: .milliseconds(point.milliseconds))),
                            "waiting": .int(point.waiting),
                        ])
                    })
            ),
        ])
    }

    private func json(_ launch: PlannedLaunch) -> JSONObject {
        let schedule = schedules[launch.schedule].schedule
        var object: JSONObject = [
            "time": .time(launch.time), "schedule": .string(schedule.id.text), "name": .string(schedule.name),
            "flow": .optional(schedule.flow?.text), "zone": .optional(schedule.trigger.zoneName),
            "decision": .string(launch.decision.word), "reason": .string(launch.decision.code),
            "fate": .string(launch.fate.word),
        ]
        if case .standsFor(let count) = launch.fate { object["standsFor"] = .int(count) }
        return object
    }
}

extension ScheduleForecast {
    var json: JSONObject {
        JSONObject([
            ("id", .string(schedule.id.text)), ("name", .string(schedule.name)),
            ("origin", .string(schedule.origin.word)), ("flow", .optional(schedule.flow?.text)),
            ("flowPath", .optional(schedule.flowPath)), ("zone", .optional(schedule.trigger.zoneName)),
            ("policy", .string(schedule.policy.word)), ("decision", .string(decision.word)),
            ("reason", .string(decision.code)), ("asks", .string(asking.rawValue)),
            ("unsafeToMiss", .bool(schedule.isUnsafeToMiss)),
            ("first", first.map { .time($0) } ?? .null), ("last", last.map { .time($0) } ?? .null),
            ("counts", .object(counts.json)), ("countsInWindow", .object(countsInWindow.json)),
            ("complete", .bool(!isCut)),
        ])
    }
}

extension PlannedSchedule.Origin {
    /// `central`, or the file it was read from.
    var word: String {
        switch self {
        case .central: "central"
        case .file(let path): path
        }
    }
}

extension Trigger {
    /// The zone that its wall times are in; nil for a fixed beat, which has none.
    public var zoneName: String? {
        switch timing {
        case .cron(_, let zone), .cronEither(_, _, let zone): zone.identifier
        case .calendarInterval(let interval): interval.zone.identifier
        case .simple: nil
        }
    }
}

extension LaunchCounts {
    var json: JSONObject {
        JSONObject([
            ("launches", .int(total)), ("run", .int(runs)), ("held", .int(held)), ("released", .int(released)),
            ("dropped", .int(dropped)), ("notReplayable", .int(notReplayable)), ("rejected", .int(rejected)),
        ])
    }
}

extension LaunchLoad {
    /// Minute by minute, or in longer steps where these would be more than `ForecastLimits.loadStepCountMax`.
    var json: JSONObject {
        let minutes = [1, 5, 15].first { count / $0 <= ForecastLimits.loadStepCountMax } ?? 60
        func sums(_ value: (Int) -> Int) -> JSONValue {
            .array(
                stride(from: 0, to: count, by: minutes).map { first in
                    .int((first..<min(first + minutes, count)).reduce(0) { $0 + value($1) })
                })
        }
        return JSONObject([
            ("from", .time(start)), ("stepSeconds", .int(minutes * 60)), ("launches", sums(total)),
            ("held", sums(held)),
        ])
    }
}

extension DrainEstimate {
    /// With at most `ForecastLimits.assumedFlowCountMax` names of flows whose duration is assumed.
    public var json: JSONObject {
        JSONObject([
            ("start", .time(start)), ("running", .tenths(expectedRunningCount)),
            ("p50", end(withChance: 0.5).map { .time($0) } ?? .null),
            ("p90", end(withChance: 0.9).map { .time($0) } ?? .null), ("assumedRunning", .tenths(assumedCount)),
            (
                "assumedFlows",
                .array(assumedFlows.prefix(ForecastLimits.assumedFlowCountMax).map { .string($0.text) })
            ),
            ("blockers", .array(blockers.map { .object($0.json) })),
            ("complete", .bool(!isCut)),
        ])
    }
}

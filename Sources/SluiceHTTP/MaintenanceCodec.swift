import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel

/// Maintenances on the wire.
enum MaintenanceCodec {
    static func object(_ view: MaintenanceView) -> JSONObject {
        var object = object(view.record)
        object["parts"] = .array(view.parts.map { .object(part($0)) })
        object["blockers"] = .array(view.blockers.map { .object(blocker($0)) })
        object["unnamedBlockers"] = .int(view.unnamedBlockerCount)
        object["history"] = .array(view.record.steps.map { .object(step($0)) })
        object["waivers"] = .array(
            view.record.waivers.map { waiver in
                .object(
                    JSONObject([
                        ("blocker", .string(waiver.blocker)), ("at", .time(waiver.at)), ("by", .string(waiver.by.text)),
                        ("reason", .string(waiver.reason)),
                    ]))
            })
        return object
    }

    static func object(_ record: MaintenanceRecord) -> JSONObject {
        let plan = record.plan
        return JSONObject([
            ("id", .string(record.id.text)), ("title", .string(plan.title)), ("reason", .string(plan.reason)),
            ("owner", .string(plan.owner)), ("systems", .string(plan.systems.rawValue)), ("scope", .text(plan.scope)),
            ("start", time(plan.startsAt)), ("window", .text(plan.window)), ("expectedEnd", .time(plan.expectedEnd)),
            ("drainDeadlineSeconds", plan.drainSeconds.map { .int($0) } ?? .null),
            ("onDeadline", .string(plan.onDeadline.rawValue)), ("csaMode", .string(plan.csaMode.rawValue)),
            ("unpublishOfferings", .bool(plan.unpublishesOfferings)),
            ("replayParkedRequests", .bool(plan.replaysParkedRequests)), ("phase", .string(record.phase.rawValue)),
            ("phaseSince", .time(record.phaseSince)), ("dry", .bool(record.phase == .quiesced)),
            ("aborting", .bool(record.isAborting)), ("startedAt", time(record.startedAt)),
            ("openedAt", time(record.openedAt)), ("plannedAt", .time(record.plannedAt)),
            ("by", .string(record.by.text)), ("revision", .int(record.revision)),
        ])
    }

    private static func time(_ time: Timestamp?) -> JSONValue { time.map { .time($0) } ?? .null }

    private static func part(_ part: MaintenanceView.PartView) -> JSONObject {
        JSONObject([
            ("part", .string(part.wish.part.rawValue)), ("goal", .string(part.wish.goal.rawValue)),
            ("reached", .bool(part.fact?.isReached ?? false)), ("seen", .bool(part.fact != nil)),
            ("done", .int(part.fact?.doneCount ?? 0)), ("total", .int(part.fact?.totalCount ?? 0)),
        ])
    }

    private static func blocker(_ blocker: MaintenanceBlocker) -> JSONObject {
        JSONObject([
            ("name", .string(blocker.name)), ("part", .string(blocker.part.rawValue)), ("text", .string(blocker.text)),
            ("remedy", .string(blocker.remedy)), ("since", .time(blocker.since)),
            ("canBeWaived", .bool(blocker.canBeWaived)),
        ])
    }

    private static func step(_ step: MaintenanceStep) -> JSONObject {
        JSONObject([
            ("phase", .string(step.phase.rawValue)), ("at", .time(step.at)), ("by", .string(step.by.text)),
            ("cause", .string(step.cause)),
        ])
    }

    static func finding(_ finding: PreflightFinding) -> JSONObject {
        JSONObject([
            ("severity", .string(finding.severity.rawValue)), ("code", .string(finding.code)),
            ("part", .string(finding.part.rawValue)), ("text", .string(finding.text)),
            ("remedy", .string(finding.remedy)),
        ])
    }

    /// A plan as it is asked for.
    static func plan(_ body: inout JSONObjectReader) throws(JSONFieldError) -> MaintenancePlan {
        func words<Word: CaseIterable & RawRepresentable<String>>(_: Word.Type) -> String {
            Word.allCases.map(\.rawValue).joined(separator: " or ")
        }
        let texts = "1 to \(MaintenanceLimits.textByteCountMax) bytes of text in one line"
        func line(_ text: String) -> String? {
            text.isEmpty || text.utf8.count > MaintenanceLimits.textByteCountMax || !text.isOneLine ? nil : text
        }
        let systems = try body.optionalParsed("systems", expected: words(MaintenancePlan.Systems.self)) {
            MaintenancePlan.Systems(rawValue: $0)
        }
        let title = try body.parsed("title", expected: texts, line)
        let reason = try body.optionalParsed("reason", expected: texts, line)
        var plan = MaintenancePlan(
            title: title, reason: reason ?? title, owner: try body.parsed("owner", expected: texts, line),
            systems: systems ?? .both,
            scope: try body.optionalParsed(
                "scope", expected: "flow:ID, path:GLOB, pack:NAME, source:SOURCE or tenant:NAME"
            ) { text in text.isOneLine ? Scope(text) : nil },
            startsAt: try body.optionalTimestamp("start"), expectedEnd: try body.timestamp("expectedEnd"))
        plan.window = try body.optionalParsed("window", expected: "the id of a window, such as w_01KB…") {
            WindowID(checking: $0)
        }
        let limits = MaintenanceLimits.drainSeconds
        plan.drainSeconds = try body.optionalInt(
            "drainDeadlineSeconds", in: Int(limits.lowerBound)...Int(limits.upperBound)
        ).map { Int64($0) }
        if let outcome = try body.optionalParsed(
            "onDeadline", expected: words(MaintenancePlan.DeadlineOutcome.self),
            { MaintenancePlan.DeadlineOutcome(rawValue: $0) })
        {
            plan.onDeadline = outcome
        }
        if let mode = try body.optionalParsed(
            "csaMode", expected: words(MaintenancePlan.CSAMode.self), { MaintenancePlan.CSAMode(rawValue: $0) })
        {
            plan.csaMode = mode
        }
        plan.unpublishesOfferings = try body.optionalBool("unpublishOfferings") ?? false
        plan.replaysParkedRequests = try body.optionalBool("replayParkedRequests") ?? true
        return plan
    }
}

extension JSONObjectReader {
    /// An RFC 3339 time.
    fileprivate mutating func timestamp(_ name: String) throws(JSONFieldError) -> Timestamp {
        try parsed(name, expected: "a time such as 2026-12-05T22:00:00Z") { Timestamp(rfc3339: $0) }
    }

    fileprivate mutating func optionalTimestamp(_ name: String) throws(JSONFieldError) -> Timestamp? {
        try optionalParsed(name, expected: "a time such as 2026-12-05T22:00:00Z") { Timestamp(rfc3339: $0) }
    }

    /// What is to be extended, and to when.
    mutating func extensionMove() throws(JSONFieldError) -> MaintenanceMove {
        let limits = MaintenanceLimits.drainSeconds
        return .extend(
            expectedEnd: try optionalTimestamp("expectedEnd"),
            drainSeconds: try optionalInt(
                "drainDeadlineSeconds", in: Int(limits.lowerBound)...Int(limits.upperBound)
            ).map { Int64($0) })
    }
}

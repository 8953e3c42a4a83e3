import SluiceModel

/// What the audit, and whoever follows the events, hear of a maintenance.
extension AuditNote {
    /// That a maintenance was planned, moved, or changed: its newest step.
    static func entered(_ record: MaintenanceRecord) -> AuditNote {
        let step =
            record.steps.last
            ?? MaintenanceStep(phase: record.phase, at: record.phaseSince, by: record.by, cause: record.plan.title)
        return AuditNote(
            kind: "maintenance-\(record.phase.rawValue)", at: step.at, by: step.by,
            text: "\(record.id) (\(record.plan.title)): \(step.cause)")
    }

    /// What a change of a record means to people; none for what Sluice only remembers for itself.
    /// - Parameter old: nil: it is not known, as after another replica led.
    static func notes(of record: MaintenanceRecord, after old: MaintenanceRecord?) -> [AuditNote] {
        guard let old else { return [entered(record)] }
        var notes = record.steps == old.steps ? [] : [entered(record)]
        func note(_ kind: String, at time: Timestamp, by principal: Principal, _ text: String) {
            notes.append(
                AuditNote(
                    kind: "maintenance-\(kind)", at: time, by: principal,
                    text: "\(record.id) (\(record.plan.title)): \(text)"))
        }
        for waiver in record.waivers.dropFirst(old.waivers.count) {
            note("waived", at: waiver.at, by: waiver.by, "it goes on without \(waiver.blocker): \(waiver.reason)")
        }
        if let at = record.deadlineAskedAt, at != old.deadlineAskedAt {
            note(
                "deadline", at: at, by: .sluice, "its drain is not over by its deadline; \(record.plan.owner) is asked")
        }
        // A start that failed has a step of its own.
        if let at = record.remindedAt, at != old.remindedAt, record.isUnderWay {
            let end = record.plan.expectedEnd
            note(
                "reminder", at: at, by: .sluice, "it should have been over at \(end); \(record.plan.owner) is reminded")
        }
        return notes
    }
}

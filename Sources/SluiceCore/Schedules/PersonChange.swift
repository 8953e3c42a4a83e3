import SluiceModel

/// What counts as a person's change of a schedule: one rule for the thaw and for the restore of a snapshot.
enum PersonChange {
    /// Fields that Central, an upgrade or a content pack that moves the flow may change by itself.
    static let looseFields = ["flowPath", "owner", "runLogLevel", "misfireInstruction"]

    /// Of the names of fields that differ, those that a person changed, in the same order.
    /// - Parameter now: All fields as they are now: a Central that names no sensitive inputs any more has lost none.
    static func fields(_ differing: [String], now: [JournalField]) -> [String] {
        let prefix = JournalField.sensitivePrefix
        let namesSensitive = now.contains { $0.name.hasPrefix(prefix) }
        return differing.filter { !looseFields.contains($0) && (namesSensitive || !$0.hasPrefix(prefix)) }
    }
}

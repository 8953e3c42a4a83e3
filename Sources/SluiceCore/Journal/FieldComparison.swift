public import SluiceModel

/// The three-way compare: our fields as they were, as we made them, and as they are now.
public struct FieldComparison: Hashable, Sendable {
    /// Fields that are as we made them and were otherwise before: to be put back.
    public private(set) var made: [JournalField] = []
    /// Fields that are as before and are otherwise in what we make of them: to be made.
    public private(set) var unmade: [JournalField] = []
    /// Fields that are neither: somebody changed them. With their values of now.
    public private(set) var clashing: [JournalField] = []

    /// - Parameters:
    ///   - before: Of all fields; those that are not ours do not count, whoever changed them.
    ///   - ours: Our fields alone.
    ///   - now: Of all fields.
    ///   - overwritten: What an operator saw and decided to overwrite: it does not clash.
    ///   - isReturning: Whether what is overwritten is to be put back, or to be made.
    public init(
        before: [JournalField], ours: [JournalField], now: [JournalField], overwritten: [JournalField] = [],
        isReturning: Bool = false
    ) {
        for field in ours {
            let old = before.value(of: field.name)
            let value = now.value(of: field.name)
            if value == field.value {
                if value != old { made.append(field) }
            } else if value == old {
                unmade.append(JournalField(field.name, value))
            } else if overwritten.contains(JournalField(field.name, value)) {
                if isReturning { made.append(field) } else { unmade.append(JournalField(field.name, value)) }
            } else {
                clashing.append(JournalField(field.name, value))
            }
        }
    }

    /// Whether all is as we make it.
    public var isMade: Bool { unmade.isEmpty && clashing.isEmpty }
    /// Whether none is as before, and some are neither: right after the system said yes, it spells them its own way.
    public var isSpeltAnew: Bool {
        unmade.isEmpty && !clashing.isEmpty && !clashing.contains { $0.value == JournalField.absent }
    }
    /// Whether all is as before.
    public var isBefore: Bool { made.isEmpty && clashing.isEmpty }
}

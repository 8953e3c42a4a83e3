/// What an operator makes of a conflict of the journal.
public struct JournalDecision: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The fields that clash stay as they are, and are none of ours any more; the rest goes on.
        case keep
        /// It goes on over what was found: what clashes is overwritten.
        case putBack
    }

    public var kind: Kind
    /// Names of the fields that it is about.
    public var fields: [String]
    public var by: Principal
    public var at: Timestamp
    /// Why; never a secret.
    public var reason: String

    public init(_ kind: Kind, fields: [String], by: Principal, at: Timestamp, reason: String) {
        self.kind = kind
        self.fields = fields
        self.by = by
        self.at = at
        self.reason = reason
    }
}

/// One change of an outside system that a maintenance plans.
public struct PlannedChange: Hashable, Sendable {
    /// The system's word, such as `csa`; the object is unique in it.
    public var system: String
    public var object: String
    /// The object's name, for people.
    public var title: String
    /// The fields to be changed, as they are to be; 1 to `JournalField.countMax`, none of them sensitive.
    public var wanted: [JournalField]
    /// Changes of a lower step are made before this one is.
    public var step: Int
    /// Changes of a lower one are put back before this one is: not always the order of steps turned round
    /// (csa-api.md 11: assignments before templates both ways, the fence first and last).
    public var returnStep: Int

    public init(
        system: String, object: String, title: String, wanted: [JournalField], step: Int, returnStep: Int
    ) {
        self.system = system
        self.object = object
        self.title = title
        self.wanted = wanted
        self.step = step
        self.returnStep = returnStep
    }
}

/// An object of an outside system as it is read.
public struct OutsideImage: Hashable, Sendable {
    /// What a person decides about it, in the system's normal form, at most `JournalField.countMax`: what changes by
    /// itself is not in it. A secret is a keyed hash, under a name with `JournalField.sensitivePrefix`.
    public var fields: [JournalField]
    /// The system's own text of it, sealed; nil when there is none.
    public var record: SealedBytes?
    /// Whose mark it carries, where the system has room for one: a controller of ours, perhaps with another store.
    public var marker: MaintenanceID?

    public init(fields: [JournalField], record: SealedBytes? = nil, marker: MaintenanceID? = nil) {
        self.fields = fields
        self.record = record
        self.marker = marker
    }
}

extension JournalField {
    /// Most fields of an image, and of a change.
    public static let countMax = 500
    /// How a value is shown at most, in characters.
    public static let shownCountMax = 100
    /// Fields of a change that its `intended` tells.
    public static let toldCountMax = 10
    /// The value of a field that an image does not have.
    public static let absent = "(absent)"

    public var isSensitive: Bool { name.hasPrefix(Self.sensitivePrefix) }

    /// Its value for people: cut, and never a secret.
    public var shownValue: String {
        guard !isSensitive else { return "(secret)" }
        return value.count > Self.shownCountMax ? value.prefix(Self.shownCountMax) + "…" : value
    }

    /// As `name=value`.
    public var shown: String { "\(name)=\(shownValue)" }
}

extension [JournalField] {
    /// The value of the first field of a name; `JournalField.absent` when there is none.
    public func value(of name: String) -> String { first { $0.name == name }?.value ?? JournalField.absent }
}

extension JournalEntry {
    /// A change that a maintenance plans, not yet sent; its before-image is taken right before that.
    public init(_ change: PlannedChange, of maintenance: MaintenanceID, at now: Timestamp, by: Principal, cause: String)
    {
        self.init(
            system: change.system, object: change.object, title: change.title,
            intended: change.wanted.prefix(JournalField.toldCountMax).map(\.shown).joined(separator: ", ")
                + (change.wanted.count > JournalField.toldCountMax ? ", …" : ""), at: now, by: by, cause: cause)
        self.maintenance = maintenance
        wanted = change.wanted
        step = change.step
        returnStep = change.returnStep
    }

    /// Our fields as they were before.
    public var ourBefore: [JournalField] { wanted.map { JournalField($0.name, before.value(of: $0.name)) } }

    /// Our fields as we made them: as read back, where they were.
    public var ours: [JournalField] {
        wanted.map { field in after.first { $0.name == field.name } ?? field }
    }

    /// Whether the object was changed, or may have been.
    public var mayBeChanged: Bool { returnOrderedAt != nil || doneAt != nil || attempt > 0 }

    /// Whether what was changed, or may have been, was not there any more: deleted, or not shown by a system that was
    /// starting, or to an account that lost a role. Nothing is done about it by itself; `JournalDecision.Kind.putBack`
    /// looks once more.
    public var isLost: Bool { state == .gone && mayBeChanged }

    /// Whether its before-image is as it was written.
    public var isIntact: Bool { checksum == nil || checksum == Self.checksum(of: before, record) }

    /// FNV-1a of a before-image, 64 bits in hexadecimal: shows a damaged row, not a forged one.
    public static func checksum(of fields: [JournalField], _ record: SealedBytes?) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for field in fields {
            // 0xFF is in no UTF-8 text.
            for byte in field.name.utf8 { add(byte) }
            add(0xFF)
            for byte in field.value.utf8 { add(byte) }
            add(0xFF)
        }
        for byte in record?.bytes ?? [] { add(byte) }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Names one entry of the journal.
public struct JournalID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }

    /// Takes text from outside: a system's and an object's name with the time, see `JournalEntry.init`.
    /// - Returns: nil when it is none.
    public init?(checking text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 2 * IdentifierLimits.byteCountMax + 32, let time = parts.last, Int64(time) != nil,
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }), text.contains("/")
        else { return nil }
        self.init(text)
    }
}

/// One change made to an outside system, written down before it is made (product.md, "journal").
public struct JournalEntry: Hashable, Sendable {
    public var id: JournalID
    /// Which system, such as `central` or `csa`.
    public var system: String
    /// What in it: a schedule's id, or `JournalEntry.wholeObject` for the order that all others follow from.
    public var object: String
    /// Its name, for people.
    public var title: String
    /// How it was before, field by field; inputs as keyed hashes. What a person changes meanwhile shows against this.
    public var before: [JournalField]
    /// The system's own text of how it was before, sealed; nil when there is none.
    public var record: SealedBytes?
    /// What is made of it, such as `enabled=false`.
    public var intended: String
    public var state: JournalState
    /// How often the present change was sent, the making or the reverting.
    public var attempt: Int
    /// When the change was intended.
    public var at: Timestamp
    /// When it was read back as made.
    public var doneAt: Timestamp?
    /// When its reverting was first sent.
    public var revertedAt: Timestamp?
    /// For a schedule: its times after this one, up to `gapTo`, were missed.
    public var gapFrom: Timestamp?
    public var gapTo: Timestamp?
    /// Whether its times after `gapTo` and before this one fired cannot be told.
    public var uncertainTo: Timestamp?
    /// When it entered its state.
    public var since: Timestamp
    public var by: Principal
    /// Why, in one sentence; never a secret.
    public var cause: String
    /// Whose change it is; nil for schedules that a freeze disabled: those have an order of their own.
    public var maintenance: MaintenanceID?
    /// Our fields as they are sent: the change is of these alone. Empty for schedules.
    public var wanted: [JournalField] = []
    /// Our fields as the system showed them once the change was made: it may spell them its own way.
    public var after: [JournalField] = []
    /// Of a conflict: our fields that are neither as before nor as we made them, as they were seen.
    public var found: [JournalField] = []
    /// Of `before` and `record`, `JournalEntry.checksum(of:)`; nil until there is a before-image.
    public var checksum: String?
    /// Changes of a lower step are made before this one is.
    public var step = 0
    /// Changes of a lower one are put back before this one is.
    public var returnStep = 0
    /// When it was ordered to be put back.
    public var returnOrderedAt: Timestamp?
    /// Until then what was sent to make it, and whose answer was lost, may still be carried out.
    public var lateUntil: Timestamp?
    /// What an operator made of its last conflict.
    public var decision: JournalDecision?

    /// The object of an order.
    public static let wholeObject = "*"

    public init(
        system: String, object: String, title: String, before: [JournalField] = [], record: SealedBytes? = nil,
        intended: String, at: Timestamp, by: Principal, cause: String
    ) {
        id = JournalID("\(system)/\(object)@\(at.milliseconds)")
        self.system = system
        self.object = object
        self.title = title
        self.before = before
        self.record = record
        self.intended = intended
        state = .intended
        attempt = 0
        self.at = at
        since = at
        self.by = by
        self.cause = cause
    }

    /// Names of a schedule's sensitive inputs before the change.
    public var sensitiveInputNames: [String] {
        before.filter { $0.name.hasPrefix(JournalField.sensitivePrefix) }.map {
            String($0.name.dropFirst(JournalField.sensitivePrefix.count))
        }
    }

    /// Whether something is still to be done, or to be decided by an operator.
    public var isUnsettled: Bool { state.isOpen || state == .conflict && maintenance != nil && decision == nil }

    /// The kind of the event that each new state of an entry appends.
    public var eventKind: String { "journal-\(state.rawValue)" }

    /// That event's text.
    public var eventText: String { "\(system) \(object) (\(title)): \(cause)" }

    /// This entry in another state.
    public func moved(to state: JournalState, at now: Timestamp, cause: String) -> JournalEntry {
        var moved = self
        if moved.state != state { moved.since = now }
        moved.state = state
        moved.cause = cause
        return moved
    }
}

/// One field of a before-image.
public struct JournalField: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// How the name of a field begins whose input is sensitive; its value is never in it.
    public static let sensitivePrefix = "sensitive input "

    /// Names of the fields that differ between two images, in the order of the first, then of the second.
    ///
    /// Its time grows with the number of fields: an image may come from outside, with very many.
    public static func differences(_ before: [JournalField], _ now: [JournalField]) -> [String] {
        func names(_ left: [JournalField], without right: [JournalField]) -> [String] {
            let others = Set(right)
            return left.filter { field in !others.contains(field) }.map(\.name)
        }
        let gone = names(before, without: now)
        let goneNames = Set(gone)
        return gone + names(now, without: before).filter { !goneNames.contains($0) }
    }
}

/// Where a change of an outside system is in its life.
public enum JournalState: String, Hashable, Sendable, CaseIterable {
    /// On disk before it is sent. Left when it is read back, or found impossible.
    case intended
    /// The system said that it is made; not read back yet. Left when it is. Schedules skip it.
    case applied
    /// Verified: read back as made. Left by its reverting, or when somebody else changed the same thing.
    case done
    /// Its reverting is on disk before it is sent. Left when it is read back.
    case reverting
    /// Read back as it was before. Final.
    case reverted
    /// Somebody else changed it, and that stays as it is; or the system does not do it. A person's turn: final for a
    /// schedule; what a maintenance changed is left as it is, or goes on, as the operator decides.
    case conflict
    /// What was changed, or was to be, is not there any more. Final, but an operator may have it looked for once more
    /// (`JournalEntry.isLost`).
    case gone

    /// Whether something is still to be done.
    public var isOpen: Bool {
        switch self {
        case .intended, .applied, .done, .reverting: true
        case .reverted, .conflict, .gone: false
        }
    }
}

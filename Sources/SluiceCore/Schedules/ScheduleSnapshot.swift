public import SluiceModel

/// Central's schedules as they were at one time, to compare and to put `enabled` back by.
public struct ScheduleSnapshot: Hashable, Sendable {
    /// Of the file; another one is not read.
    public static let format = 1
    /// Most schedules of one.
    public static let scheduleCountMax = 100_000
    /// Most fields of one schedule.
    public static let fieldCountMax = 1000

    public var takenAt: Timestamp
    /// Names the key that values of inputs are hashed with; of two snapshots with other keys they cannot be compared.
    public var keyID: String
    /// In Central's order.
    public var schedules: [Entry]

    public init(takenAt: Timestamp, keyID: String, schedules: [Entry]) {
        self.takenAt = takenAt
        self.keyID = keyID
        self.schedules = schedules
    }

    /// One schedule.
    public struct Entry: Hashable, Sendable {
        public var id: ScheduleID
        public var isEnabled: Bool
        /// What a person decides about it, then what Central may spell anew by itself; inputs as keyed hashes.
        public var fields: [JournalField]

        public init(id: ScheduleID, isEnabled: Bool, fields: [JournalField]) {
            self.id = id
            self.isEnabled = isEnabled
            self.fields = fields
        }

        public var name: String { fields.first { $0.name == "name" }?.value ?? id.text }

        /// Of each field by its name, the first.
        var firstValues: [String: String] {
            Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// How values of inputs are named among the fields.
    public static let inputPrefix = "input "
}

/// How one schedule differs between two snapshots.
public struct ScheduleDifference: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Only the newer one has it.
        case added
        /// Only the older one has it.
        case removed
        case changed
    }

    /// One field; nil: there is none.
    public struct Field: Hashable, Sendable {
        public var name: String
        public var from: String?
        public var to: String?

        public init(_ name: String, from: String?, to: String?) {
            self.name = name
            self.from = from
            self.to = to
        }

        /// In words; values of inputs are hashes, and not shown.
        public var sentence: String {
            guard !name.hasPrefix(ScheduleSnapshot.inputPrefix) else {
                return from == nil ? "\(name) is new" : to == nil ? "\(name) is gone" : "\(name) has another value"
            }
            return "\(name) was \(from ?? "not there"), now \(to ?? "not there")"
        }
    }

    public var id: ScheduleID
    public var name: String
    public var kind: Kind
    /// `enabled` first, if that differs.
    public var fields: [Field]

    /// In words.
    public var sentence: String {
        switch kind {
        case .added: "is new"
        case .removed: "is gone"
        case .changed: fields.map(\.sentence).joined(separator: "; ")
        }
    }
}

extension ScheduleSnapshot {
    /// What differs in a newer one: in this one's order, then what only the newer one has.
    public func differences(to newer: ScheduleSnapshot) -> [ScheduleDifference] {
        let compares = keyID == newer.keyID
        let places = newer.places
        var found: [ScheduleDifference] = []
        for entry in schedules {
            guard let index = places[entry.id] else {
                found.append(.init(id: entry.id, name: entry.name, kind: .removed, fields: []))
                continue
            }
            let fields = Self.fields(entry, newer.schedules[index], comparesInputs: compares)
            guard !fields.isEmpty else { continue }
            found.append(.init(id: entry.id, name: newer.schedules[index].name, kind: .changed, fields: fields))
        }
        let own = self.places
        for entry in newer.schedules where own[entry.id] == nil {
            found.append(.init(id: entry.id, name: entry.name, kind: .added, fields: []))
        }
        return found
    }

    private static func fields(
        _ older: Entry, _ newer: Entry, comparesInputs: Bool
    ) -> [ScheduleDifference.Field] {
        var fields: [ScheduleDifference.Field] = []
        if older.isEnabled != newer.isEnabled {
            fields.append(.init("enabled", from: "\(older.isEnabled)", to: "\(newer.isEnabled)"))
        }
        let differing = JournalField.differences(older.fields, newer.fields)
        guard !differing.isEmpty else { return fields }
        let (olds, news) = (older.firstValues, newer.firstValues)
        for name in differing {
            let (from, to) = (olds[name], news[name])
            // Of other keys only that an input came or went can be told.
            if !comparesInputs, name.hasPrefix(inputPrefix), from != nil, to != nil { continue }
            fields.append(.init(name, from: from, to: to))
        }
        return fields
    }

    private var places: [ScheduleID: Int] {
        var places: [ScheduleID: Int] = [:]
        for (index, entry) in schedules.enumerated() { places[entry.id] = index }
        return places
    }

    /// What putting `enabled` back would switch, and what it would leave because somebody changed it since.
    public func restoring(_ live: ScheduleSnapshot) -> RestorePlan {
        var plan = RestorePlan()
        let places = live.places
        for difference in differences(to: live) {
            let now = places[difference.id].map { live.schedules[$0].fields } ?? []
            let changed = PersonChange.fields(difference.fields.map(\.name), now: now)
            switch difference.kind {
            case .added: continue
            case .removed:
                plan.conflicts.append(
                    .init(id: difference.id, name: difference.name, cause: "it was deleted in Central"))
            case .changed:
                guard changed.first == "enabled", let wanted = difference.fields.first?.from else { continue }
                guard changed.count == 1 else {
                    let names = changed.dropFirst().joined(separator: ", ")
                    plan.conflicts.append(
                        .init(
                            id: difference.id, name: difference.name,
                            cause: "somebody changed its \(names) since the snapshot, so it is left as it is"))
                    continue
                }
                plan.switches.append(.init(id: difference.id, name: difference.name, isEnabled: wanted == "true"))
            }
        }
        return plan
    }
}

/// What a restore does.
public struct RestorePlan: Hashable, Sendable {
    public struct Switch: Hashable, Sendable {
        public var id: ScheduleID
        public var name: String
        public var isEnabled: Bool
    }

    public struct Conflict: Hashable, Sendable {
        public var id: ScheduleID
        public var name: String
        public var cause: String
    }

    public var switches: [Switch] = []
    public var conflicts: [Conflict] = []
}

package import FoundationEssentials
package import SluiceModel
package import SluicePorts

/// What a journal entry of a maintenance has besides a schedule's, as JSON, and back; and fields as JSON.
///
/// A field is only ever added, and then optional: older rows must stay readable.
package enum JournalRecord {
    /// - Returns: nil for an entry that has nothing of it.
    package static func encode(_ entry: JournalEntry) throws -> Data? {
        let stored = StoredChange(entry)
        return stored == StoredChange() ? nil : try JSONEncoder().encode(stored)
    }

    package static func decode(_ json: Data, into entry: inout JournalEntry) throws {
        try JSONDecoder().decode(StoredChange.self, from: json).apply(to: &entry)
    }

    package static func encode(_ fields: [JournalField]) throws -> Data {
        try JSONEncoder().encode(fields.map { [$0.name, $0.value] })
    }

    package static func fields(_ json: Data) throws -> [JournalField] {
        read(try JSONDecoder().decode([[String]].self, from: json))
    }

    private static func read(_ pairs: [[String]]?) -> [JournalField] {
        (pairs ?? []).compactMap { $0.count == 2 ? JournalField($0[0], $0[1]) : nil }
    }

    private struct StoredChange: Codable, Equatable {
        var wanted: [[String]]?
        var after: [[String]]?
        var found: [[String]]?
        var checksum: String?
        var step: Int?
        var returnStep: Int?
        var returnOrderedAt: Int64?
        var lateUntil: Int64?
        var decision: StoredDecision?

        init() {}

        init(_ entry: JournalEntry) {
            func pairs(_ fields: [JournalField]) -> [[String]]? {
                fields.isEmpty ? nil : fields.map { [$0.name, $0.value] }
            }
            wanted = pairs(entry.wanted)
            after = pairs(entry.after)
            found = pairs(entry.found)
            checksum = entry.checksum
            step = entry.step == 0 ? nil : entry.step
            returnStep = entry.returnStep == 0 ? nil : entry.returnStep
            returnOrderedAt = entry.returnOrderedAt?.milliseconds
            lateUntil = entry.lateUntil?.milliseconds
            decision = entry.decision.map(StoredDecision.init)
        }

        func apply(to entry: inout JournalEntry) throws {
            entry.wanted = read(wanted)
            entry.after = read(after)
            entry.found = read(found)
            entry.checksum = checksum
            entry.step = step ?? 0
            entry.returnStep = returnStep ?? 0
            entry.returnOrderedAt = returnOrderedAt.map { Timestamp(milliseconds: $0) }
            entry.lateUntil = lateUntil.map { Timestamp(milliseconds: $0) }
            entry.decision = try decision?.decision()
        }
    }

    private struct StoredDecision: Codable, Equatable {
        var kind: String
        var fields: [String]
        var by: String
        var at: Int64
        var reason: String

        init(_ decision: JournalDecision) {
            kind = decision.kind.rawValue
            fields = decision.fields
            by = decision.by.text
            at = decision.at.milliseconds
            reason = decision.reason
        }

        func decision() throws -> JournalDecision {
            JournalDecision(
                try StoredWord.decode(kind), fields: fields, by: Principal(by), at: Timestamp(milliseconds: at),
                reason: reason)
        }
    }
}

extension JournalQuery {
    /// What it asks of an entry besides its system, its time and its maintenance's id; every word is our own, so it may
    /// stand in the text, where the indexes of few entries need it.
    package var fixedFilter: String {
        var terms: [String] = []
        switch owner {
        case .anybody: break
        case .nobody: terms.append("maintenance IS NULL")
        case .anyMaintenance, .maintenance: terms.append("maintenance IS NOT NULL")
        }
        if let states {
            let words = JournalState.allCases.filter { states.contains($0) }.map { "'\($0.rawValue)'" }
            terms.append(words.isEmpty ? "1 = 0" : "state IN (\(words.joined(separator: ", ")))")
        }
        if isUnsettledOnly { terms.append(StoredJournal.unsettled) }
        return terms.map { " AND \($0)" }.joined()
    }
}

/// Conditions over the table `events`, the same in its indexes and in what asks for them.
package enum StoredNotes {
    /// That a drain is over.
    package static let drains = "kind = '\(AuditNote.drainEnded)'"
}

/// Conditions over the table `journal`, the same in its indexes and in what asks for them.
package enum StoredJournal {
    /// `JournalState.isOpen`.
    package static let open = "state IN ('intended', 'applied', 'done', 'reverting')"
    /// `JournalEntry.isUnsettled`.
    package static let unsettled =
        "(\(open) OR state = 'conflict' AND maintenance IS NOT NULL AND decided_at IS NULL)"
}

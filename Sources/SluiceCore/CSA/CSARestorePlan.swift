public import SluiceModel

/// What a restore of a snapshot changes in CSA, and what it leaves. Pure.
///
/// Put back are whether policies decide by themselves, which policy an offering has, and offerings that are not
/// published any more. What was added since is left alone, and so is what somebody renamed.
public struct CSARestorePlan: Hashable, Sendable {
    /// What is left, and why.
    public struct Conflict: Hashable, Sendable {
        public var title: String
        public var cause: String

        init(_ entry: CSASnapshot.Entry, _ cause: String) {
            title = entry.title
            self.cause = cause
        }
    }

    /// For the journal; what closes CSA comes first, what opens it last.
    public private(set) var changes: [PlannedChange] = []
    public private(set) var conflicts: [Conflict] = []
    /// What there is now.
    private let nowByKey: [CSASnapshot.Key: CSASnapshot.Entry]
    private let placesByName: [String: CSASnapshot.Place]
    private let catalogsByName: [String: [CSASnapshot.Place]]
    /// How often each key is there.
    private var counts: [CSASnapshot.Key: Int] = [:]
    private var sameIDs: [ID: [CSASnapshot.Entry]] = [:]

    private struct ID: Hashable {
        var kind: CSASnapshot.Key.Kind
        var place: String
        var id: String

        init(_ entry: CSASnapshot.Entry) {
            kind = entry.key.kind
            place = entry.key.place
            id = entry.id
        }
    }

    /// - Parameter live: CSA as it is now, not strange to the snapshot (`CSASnapshot.strangeness`).
    public init(_ snapshot: CSASnapshot, _ live: CSASnapshot) {
        nowByKey = live.firstEntries
        placesByName = Dictionary(live.organizations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        catalogsByName = Dictionary(grouping: live.catalogs, by: \.name)
        var olds: [CSASnapshot.Key: Int] = [:]
        for entry in snapshot.entries { olds[entry.key, default: 0] += 1 }
        for entry in live.entries {
            counts[entry.key, default: 0] += 1
            sameIDs[ID(entry), default: []].append(entry)
        }
        var told: Set<CSASnapshot.Key> = []
        for entry in snapshot.entries {
            if max(olds[entry.key] ?? 0, counts[entry.key] ?? 0) > 1 {
                if told.insert(entry.key).inserted { leave(entry, "its name is there more than once") }
                continue
            }
            switch entry.key.kind {
            case .policy: restorePolicy(entry)
            case .offering: restoreOffering(entry)
            }
        }
    }

    private mutating func leave(_ entry: CSASnapshot.Entry, _ cause: String) {
        conflicts.append(Conflict(entry, cause))
    }

    /// What has its id, under another name.
    private func renamed(_ entry: CSASnapshot.Entry) -> CSASnapshot.Entry? {
        sameIDs[ID(entry)]?.first
    }

    /// Whether somebody gave it another name for people.
    private mutating func isRenamed(_ entry: CSASnapshot.Entry, _ now: CSASnapshot.Entry) -> Bool {
        guard let name = now["displayName"], name != entry["displayName"] else { return false }
        leave(entry, "it was renamed to '\(name)' since the snapshot, so it is left as it is")
        return true
    }

    // MARK: Policies

    private mutating func restorePolicy(_ entry: CSASnapshot.Entry) {
        guard let now = nowByKey[entry.key] else {
            let name = renamed(entry).map { "it was renamed to '\($0.key.name)' since the snapshot" }
            return leave(entry, name ?? "it was deleted in CSA")
        }
        var wanted: [JournalField] = []
        for name in ApprovalPolicy.automaticFieldNames {
            // One that decided nothing keeps what it was given since: there is no way to take it away.
            guard let value = entry[name], !(value.isEmpty && name == ApprovalPolicy.automaticFieldNames[2])
            else { continue }
            wanted.append(JournalField(name, value))
        }
        guard wanted.contains(where: { now[$0.name] != $0.value }), !isRenamed(entry, now) else { return }
        guard now["kind"] == entry["kind"] else { return leave(entry, "it is a policy of another kind now") }
        guard let place = placesByName[entry.key.place] else {
            return leave(entry, "its organization is not there")
        }
        let isAutomatic = entry[ApprovalPolicy.automaticFieldNames[0]] == "true"
        changes.append(
            PlannedChange(
                system: CSAChangePlan.policies, object: CSAObjectName([place.id, now.id]).text, title: entry.title,
                wanted: wanted, step: isAutomatic ? 3 : 0, returnStep: 0))
    }

    // MARK: Offerings

    private mutating func restoreOffering(_ entry: CSASnapshot.Entry) {
        let homonyms = catalogsByName[entry.key.place] ?? []
        guard let catalog = homonyms.first, homonyms.count == 1 else {
            return leave(entry, homonyms.isEmpty ? "its catalog is not there" : "its catalog's name is there twice")
        }
        if let now = nowByKey[entry.key] {
            assign(entry, now, in: catalog)
        } else if let now = renamed(entry) {
            let what =
                now.key.name == entry.key.name ? "it is in the category '\(now.key.category)'" : "it was renamed"
            leave(entry, "\(what) since the snapshot, so it is left as it is")
        } else {
            publish(entry, in: catalog)
        }
    }

    private mutating func publish(_ entry: CSASnapshot.Entry, in catalog: CSASnapshot.Place) {
        guard !entry.key.category.isEmpty else { return leave(entry, "the snapshot says no category to publish it in") }
        var wanted = [JournalField(CSAChangePlan.publishedField, "true")]
        if let names = entry[CSASnapshot.policyField], !names.isEmpty {
            guard let policy = policy(names, of: entry) else { return }
            wanted.append(JournalField(CSAChangePlan.policyField, policy))
        } else if entry[CSASnapshot.policyField] == nil, entry["hasApproval"] != "false" {
            return leave(entry, "which policy it had is not known, and without one anybody could order it")
        }
        changes.append(
            PlannedChange(
                system: CSAChangePlan.offerings,
                object: CSAObjectName([catalog.id, entry.id, entry.key.category, entry.key.name]).text,
                title: entry.title, wanted: wanted, step: 1, returnStep: 0))
    }

    private mutating func assign(
        _ entry: CSASnapshot.Entry, _ now: CSASnapshot.Entry, in catalog: CSASnapshot.Place
    ) {
        guard let old = entry[CSASnapshot.policyField], let new = now[CSASnapshot.policyField], old != new,
            !isRenamed(entry, now)
        else { return }
        guard !old.isEmpty else {
            return leave(entry, "it had no approval policy, and CSA has no call to take one away (csa-api.md 4.3)")
        }
        guard !catalog.isShared else { return leave(entry, "the shared catalog takes no policy") }
        guard sameIDs[ID(now)]?.count == 1 else {
            return leave(entry, "it is listed more than once in its catalog")
        }
        guard let policy = policy(old, of: entry) else { return }
        changes.append(
            PlannedChange(
                system: CSAChangePlan.assignments, object: CSAObjectName([catalog.id, now.id]).text,
                title: entry.title, wanted: [JournalField(CSAChangePlan.policyField, policy)], step: 2, returnStep: 0))
    }

    /// The id that a policy has now; nil, and it is told, when there is not that one.
    private mutating func policy(_ names: String, of entry: CSASnapshot.Entry) -> String? {
        guard !names.contains("\n") else {
            leave(entry, "it had several approval policies; which of them is whose cannot be put back")
            return nil
        }
        guard let name = CSAObjectName(names, count: 2) else {
            leave(entry, "its approval policy \(names) is none that can be given to it")
            return nil
        }
        let key = CSASnapshot.Key(.policy, place: name.parts[0], name: name.parts[1])
        guard counts[key] == 1, let policy = nowByKey[key] else {
            leave(entry, "its approval policy \(names) is not there")
            return nil
        }
        return policy.id
    }
}

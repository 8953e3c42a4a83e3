public import SluiceModel

/// CSA's approval policies and published offerings with their policies, as they were at one time.
///
/// Each is known again by CSA's own name for it, in its organization or catalog: names keep, ids change with a restore
/// of CSA's database (csa-api.md section 12). Only documented fields are in it, none of them secret.
public struct CSASnapshot: Hashable, Sendable {
    /// Of the file; another one is not read.
    public static let format = 1
    /// Most policies and offerings of one, together.
    public static let entryCountMax = 100_000
    /// Most fields of one entry, and organizations and catalogs of one snapshot.
    public static let fieldCountMax = 1000

    public var takenAt: Timestamp
    /// Of CSA, as it is configured.
    public var address: String
    public var organizations: [Place]
    public var catalogs: [Place]
    /// Policies by organization, then offerings by catalog, each in CSA's order.
    public var entries: [Entry]

    public init(
        takenAt: Timestamp, address: String, organizations: [Place], catalogs: [Place], entries: [Entry]
    ) {
        self.takenAt = takenAt
        self.address = address
        self.organizations = organizations
        self.catalogs = catalogs
        self.entries = entries
    }

    /// An organization, or a catalog.
    public struct Place: Hashable, Sendable {
        public var id: String
        public var name: String
        /// Whether it is the Global Shared Catalog, which takes no policy.
        public var isShared: Bool

        public init(id: String, name: String, isShared: Bool = false) {
            self.id = id
            self.name = name
            self.isShared = isShared
        }
    }

    /// What people know an entry by.
    public struct Key: Hashable, Sendable {
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            case policy
            /// A place of an offering in its catalog.
            case offering
        }

        public var kind: Kind
        /// The organization's name, or the catalog's.
        public var place: String
        public var name: String
        /// Of an offering; "" where CSA does not say it.
        public var category: String

        public init(_ kind: Kind, place: String, name: String, category: String = "") {
            self.kind = kind
            self.place = place
            self.name = name
            self.category = category
        }
    }

    /// A policy, or an offering in one place.
    public struct Entry: Hashable, Sendable {
        public var key: Key
        /// CSA's id at that time.
        public var id: String
        public var fields: [JournalField]

        public init(_ key: Key, id: String, fields: [JournalField]) {
            self.key = key
            self.id = id
            self.fields = fields
        }

        /// For people: its name with its organization or catalog.
        public var title: String {
            let name = self["displayName"] ?? key.name
            switch key.kind {
            case .policy: return "\(name) (organization \(key.place))"
            case .offering:
                return "\(name) (catalog \(key.place)\(key.category.isEmpty ? "" : ", category \(key.category)"))"
            }
        }

        /// The value of a field; nil: there is none.
        public subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }
    }

    /// Of an offering: its policies, a line each, by `policyName`; without the field they could not be read.
    public static let policyField = CSAChangePlan.policyField

    /// A policy with its organization, as an offering's field names it.
    static func policyName(_ organization: String, _ name: String) -> String {
        CSAObjectName([organization, name]).text
    }

    // MARK: What differs

    /// Why two snapshots cannot be of the same CSA; nil when they can.
    public func strangeness(of newer: CSASnapshot) -> String? {
        guard address == newer.address else {
            return "the snapshot is of the CSA at \(address), not of \(newer.address)"
        }
        let names = Set(newer.organizations.map(\.name))
        guard let missing = organizations.first(where: { !names.contains($0.name) }) else { return nil }
        return "the snapshot has the organization \(missing.name), which is not there: it is of another CSA, or the "
            + "organization was deleted"
    }

    /// What differs in a newer one: in this one's order, then what only the newer one has.
    public func differences(to newer: CSASnapshot) -> [CSADifference] {
        let (olds, news) = (firstEntries, newer.firstEntries)
        var found: [CSADifference] = []
        for entry in entries where olds[entry.key]?.id == entry.id {
            guard let now = news[entry.key] else {
                found.append(CSADifference(entry, .removed))
                continue
            }
            // Whether an offering's policies can be read is a matter of the configuration, not of CSA.
            let names = JournalField.differences(entry.fields, now.fields).filter { name in
                name != Self.policyField || entry[name] != nil && now[name] != nil
            }
            guard !names.isEmpty else { continue }
            found.append(
                CSADifference(now, .changed, names.map { .init($0, from: entry[$0], to: now[$0]) }))
        }
        return found
            + newer.entries.filter { olds[$0.key] == nil && news[$0.key]?.id == $0.id }.map {
                CSADifference($0, .added)
            }
    }

    /// By key, the first of several.
    var firstEntries: [Key: Entry] {
        Dictionary(entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// How one policy or offering differs between two snapshots.
public struct CSADifference: Hashable, Sendable {
    /// The newer one's entry, where it has it.
    public var entry: CSASnapshot.Entry
    public var kind: ScheduleDifference.Kind
    public var fields: [ScheduleDifference.Field]

    init(
        _ entry: CSASnapshot.Entry, _ kind: ScheduleDifference.Kind, _ fields: [ScheduleDifference.Field] = []
    ) {
        self.entry = entry
        self.kind = kind
        self.fields = fields
    }

    /// In words.
    public var sentence: String {
        let isOffering = entry.key.kind == .offering
        return switch kind {
        case .added: isOffering ? "is published" : "is new"
        case .removed: isOffering ? "is not published any more" : "is gone"
        case .changed: fields.map(\.line).joined(separator: "; ")
        }
    }
}

extension ScheduleDifference.Field {
    /// In words, on one line.
    public var line: String {
        func shown(_ value: String?) -> String? {
            value.map { $0.isEmpty ? "none" : $0.replacing("\n", with: ", ") }
        }
        return ScheduleDifference.Field(name, from: shown(from), to: shown(to)).sentence
    }
}

// MARK: Taking one

extension CSASnapshot {
    /// From one reading; the policy that Sluice made itself to hold requests is left out.
    public init(
        _ reading: CSAChangePlan.Reading, organizations: [CSAOrganization], address: String, at time: Timestamp
    ) {
        let names = Dictionary(organizations.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        var policyNames: [ApprovalPolicyID: String] = [:]
        var entries: [Entry] = []
        for policy in reading.policies where !CSAChangePlan.isHolding(policy) {
            let organization = names[policy.organizationID] ?? policy.organizationID.text
            policyNames[policy.id] = Self.policyName(organization, policy.name)
            // What else CSA's text has is not documented, so nobody knows what it tells.
            var plain = policy
            plain.otherFields = []
            entries.append(
                Entry(
                    Key(.policy, place: organization, name: policy.name), id: policy.id.text,
                    fields: plain.fields.gathered.filter { $0.name != "name" }))
        }
        for catalog in reading.catalogs {
            for offering in catalog.offerings {
                var fields = [JournalField("displayName", offering.displayName)]
                if let hasApproval = offering.hasApproval { fields.append(.init("hasApproval", "\(hasApproval)")) }
                if let policies = offering.policyIDs {
                    let lines = Set(policies).map { policyNames[$0] ?? $0.text }.sorted()
                    fields.append(JournalField(Self.policyField, lines.joined(separator: "\n")))
                }
                entries.append(
                    Entry(
                        Key(
                            .offering, place: catalog.catalog.name, name: offering.name,
                            category: offering.categoryName ?? ""), id: offering.id.text, fields: fields))
            }
        }
        self.init(
            takenAt: time, address: address, organizations: organizations.map { Place(id: $0.id.text, name: $0.name) },
            catalogs: reading.catalogs.map {
                Place(id: $0.catalog.id.text, name: $0.catalog.name, isShared: $0.catalog.isShared)
            }, entries: entries)
    }
}

extension [JournalField] {
    /// Fields of one name, such as approvers, as one field with a line each; where the first of them is.
    public var gathered: [JournalField] {
        var gathered: [JournalField] = []
        var places: [String: Int] = [:]
        for field in self {
            guard let place = places[field.name] else {
                places[field.name] = gathered.count
                gathered.append(field)
                continue
            }
            gathered[place].value += "\n\(field.value)"
        }
        return gathered
    }
}

/// A policy for the schedules that a rule names; the first rule that matches counts.
public struct MisfireRule: Hashable, Sendable {
    public var id: ScheduleID?
    /// Over the schedule's name.
    public var name: PathGlob?
    public var flow: FlowID?
    public var path: PathGlob?
    public var policy: MisfirePolicy
    /// Whether no time of these schedules may be missed: quiet windows avoid them.
    public var isUnsafeToMiss: Bool

    public init(
        id: ScheduleID? = nil, name: PathGlob? = nil, flow: FlowID? = nil, path: PathGlob? = nil,
        policy: MisfirePolicy, isUnsafeToMiss: Bool = false
    ) {
        self.id = id
        self.name = name
        self.flow = flow
        self.path = path
        self.policy = policy
        self.isUnsafeToMiss = isUnsafeToMiss
    }

    /// All conditions that are given must match; a rule without any matches nothing.
    public func matches(id: ScheduleID, name: String?, flow: FlowID?, path: String?) -> Bool {
        guard self.id != nil || self.name != nil || self.flow != nil || self.path != nil else { return false }
        if let wanted = self.id, wanted != id { return false }
        if let glob = self.name, !(name.map(glob.matches) ?? false) { return false }
        if let wanted = self.flow, wanted != flow { return false }
        if let glob = self.path, !(path.map(glob.matches) ?? false) { return false }
        return true
    }
}

/// The configured misfire policies.
public struct MisfirePolicies: Hashable, Sendable {
    /// For schedules that no rule names.
    public var standard: MisfirePolicy
    /// In the order written; the first that matches counts.
    public var rules: [MisfireRule]

    public init(standard: MisfirePolicy = .latest, rules: [MisfireRule] = []) {
        self.standard = standard
        self.rules = rules
    }

    /// What holds for one schedule.
    public func choice(
        id: ScheduleID, name: String?, flow: FlowID?, path: String?
    ) -> (policy: MisfirePolicy, isUnsafeToMiss: Bool) {
        let rule = rules.first { $0.matches(id: id, name: name, flow: flow, path: path) }
        return (rule?.policy ?? standard, rule?.isUnsafeToMiss ?? false)
    }
}

extension MisfirePolicy {
    /// The word, with its age in seconds where it has one: `not-older-than 3600 s`.
    public var sentence: String {
        if case .notOlderThan(let seconds) = self { "\(word) \(seconds) s" } else { word }
    }

    /// The form that `init(text:)` reads: `not-older-than 3600s`.
    public var text: String {
        if case .notOlderThan(let seconds) = self { "\(word) \(seconds)s" } else { word }
    }

    /// Reads `skip`, `latest`, `all`, or `not-older-than 2h` (s, m, h or d, 1 s to 366 d); nil for anything else.
    ///
    /// A colon may stand for the blank: `not-older-than:2h` needs no quotes in a shell.
    public init?(text: String) {
        let separator: Character = text.hasPrefix("not-older-than:") ? ":" : " "
        let words = text.split(separator: separator, omittingEmptySubsequences: separator == " ")
        switch (words.first, words.count) {
        case ("skip", 1): self = .skip
        case ("latest", 1): self = .latest
        case ("all", 1): self = .all
        case ("not-older-than", 2):
            let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
            guard let last = words[1].last, let unit = units[last], case let digits = words[1].dropLast(),
                (1...9).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let count = Int64(digits), (1...366 * 86_400).contains(count * unit)
            else { return nil }
            self = .notOlderThan(seconds: count * unit)
        default: return nil
        }
    }
}

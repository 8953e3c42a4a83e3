/// What the content packs that were loaded say of one flow.
public struct KnownFlow: Hashable, Sendable {
    public var id: FlowID
    public var name: String
    /// As Central spells it: `Library/…`, without the file's suffix.
    public var path: String
    /// The pack's name.
    public var contentPack: String
    /// The revision of that pack; nil when the pack is not on record.
    public var packRevision: Int?
    /// Whether its first step asks the gate.
    public var isGated: Bool
    public var inputs: [KnownInput]
    /// Whether it reads the identity of whoever runs it (lint's OO108): launched by Sluice it sees Sluice's account.
    public var readsIdentity: Bool

    public init(
        id: FlowID, name: String, path: String, contentPack: String, packRevision: Int? = nil,
        isGated: Bool, inputs: [KnownInput], readsIdentity: Bool = false
    ) {
        self.id = id
        self.name = name
        self.path = path
        self.contentPack = contentPack
        self.packRevision = packRevision
        self.isGated = isGated
        self.inputs = inputs
        self.readsIdentity = readsIdentity
    }
}

/// One declared input of a flow.
public struct KnownInput: Hashable, Sendable {
    public var name: String
    /// Whether whoever starts the flow must give it: it is required, and nothing else has a value for it.
    public var isRequired: Bool
    /// Its type is ENCRYPTED: its value is a secret.
    public var isEncrypted: Bool
    /// What becomes of a value that a launch gives for it; nil when it was recorded before that was looked at.
    public var reading: Reading?

    /// What becomes of a value that a launch gives for an input.
    public struct Reading: Hashable, Sendable {
        /// Whether it counts; false when the flow always takes a constant, a variable or an account instead.
        public var isTaken: Bool
        /// The document's word: `STRING`, `OBJECT`, `ENCRYPTED` …, in CloudSlang `string` or `sensitive`.
        public var type: String
        /// What separates the elements of a list; nil when it is no list.
        public var listDelimiter: String?

        public init(isTaken: Bool = true, type: String = "STRING", listDelimiter: String? = nil) {
            self.isTaken = isTaken
            self.type = type
            self.listDelimiter = listDelimiter
        }
    }

    public init(name: String, isRequired: Bool, isEncrypted: Bool, reading: Reading? = nil) {
        self.name = name
        self.isRequired = isRequired
        self.isEncrypted = isEncrypted
        self.reading = reading
    }
}

extension KnownInput {
    /// How a value that a launch gives is read otherwise than before, each to complete "the input is …".
    ///
    /// What was not looked at when one of the two was recorded is no difference.
    func changedReading(since before: KnownInput) -> [String] {
        var found: [String] = []
        if isEncrypted != before.isEncrypted { found.append(isEncrypted ? "ENCRYPTED now" : "no longer ENCRYPTED") }
        guard let now = reading, let past = before.reading else { return found }
        if isEncrypted == before.isEncrypted, now.type.uppercased() != past.type.uppercased() {
            found.append("of the type \(now.type.shortened) now, which was \(past.type.shortened)")
        }
        if now.isTaken != past.isTaken {
            found.append(now.isTaken ? "taken from the launch now" : "no longer taken from the launch")
        }
        if now.listDelimiter != past.listDelimiter {
            let isChanged = now.listDelimiter != nil && past.listDelimiter != nil
            let isList = now.listDelimiter == nil ? "no longer a list" : "a list now"
            found.append(isChanged ? "a list with another delimiter now" : isList)
        }
        return found
    }

    /// A record from before `reading` was kept may call an input required that has a constant.
    fileprivate func agrees(with other: KnownInput) -> Bool {
        guard reading != nil, other.reading != nil else {
            return name == other.name && isEncrypted == other.isEncrypted
        }
        return self == other
    }
}

extension KnownFlow {
    /// Whether it is the same flow of the same pack, as far as both records say.
    public func agrees(with other: KnownFlow) -> Bool {
        guard inputs.elementsEqual(other.inputs, by: { $0.agrees(with: $1) }) else { return false }
        var plain = other
        plain.packRevision = packRevision
        plain.inputs = inputs
        return self == plain
    }
}

extension String {
    /// Names come from a pack and may be as long as somebody likes.
    var shortened: String {
        guard let end = index(startIndex, offsetBy: 200, limitedBy: endIndex), end < endIndex else { return self }
        return self[..<end] + "…"
    }
}

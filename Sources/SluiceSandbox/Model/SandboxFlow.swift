/// A flow as the sandbox's Central has it deployed.
public struct SandboxFlow: Hashable, Sendable {
    /// One declared input.
    public struct Input: Hashable, Sendable {
        public var name: String
        /// A start without it is refused with 400, unless it asks for blanks or a default value exists.
        public var isMandatory: Bool
        /// Its values are secrets: shown only as SHA-256, named in `sensitiveInputs` to the gate.
        public var isEncrypted: Bool
        public var defaultValue: String?

        public init(
            _ name: String, isMandatory: Bool = false, isEncrypted: Bool = false, defaultValue: String? = nil
        ) {
            self.name = name
            self.isMandatory = isMandatory
            self.isEncrypted = isEncrypted
            self.defaultValue = defaultValue
        }
    }

    /// `resultStatusType` of an execution that got to its end step.
    public enum Result: String, Codable, Hashable, Sendable {
        case resolved = "RESOLVED"
        case error = "ERROR"
        case diagnosed = "DIAGNOSED"
        case noActionTaken = "NO_ACTION_TAKEN"
    }

    /// What the gate step does when told `hold`.
    public enum AtHold: String, Codable, Hashable, Sendable {
        /// The execution ends at the gate; Sluice relaunches it.
        case end
        /// The execution stays parked and asks on, with the ticket, until it may proceed.
        case wait
    }

    /// What the gate step does when the gate cannot be reached.
    public enum FailMode: String, Codable, Hashable, Sendable {
        case closed
        case open
    }

    /// A UUID, or a dotted CloudSlang name.
    public var id: String
    public var name: String
    /// `Library/…`
    public var path: String
    public var contentPack: String
    public var isGated: Bool
    public var atHold: AtHold
    public var failMode: FailMode
    public var inputs: [Input]
    /// How long its body runs.
    public var durationMilliseconds: Int64
    public var result: Result
    /// Free text of the end step; nil is `success` or `failure`, by the result.
    public var resultName: String?
    /// Non-nil: the body always breaks down with this text, and the execution ends SYSTEM_FAILURE.
    public var failure: String?
    /// False for a flow that is one long step: a pause of it stays PENDING_PAUSE until it ends.
    public var isPausable: Bool
    /// Whether its last step reports to CSA, when it was started with a `CSA_PROCESS_ID`: what CSA's flows do. One
    /// that breaks down does not come to that step.
    public var callsBack: Bool

    public init(
        id: String, name: String? = nil, path: String? = nil, contentPack: String = "Sandbox", isGated: Bool = false,
        atHold: AtHold = .end, failMode: FailMode = .closed, inputs: [Input] = [], durationMilliseconds: Int64 = 0,
        result: Result = .resolved, resultName: String? = nil, failure: String? = nil, isPausable: Bool = true,
        callsBack: Bool = false
    ) {
        self.id = id
        self.name = name ?? id
        self.path = path ?? "Library/Sandbox/\(name ?? id)"
        self.contentPack = contentPack
        self.isGated = isGated
        self.atHold = atHold
        self.failMode = failMode
        self.inputs = inputs
        self.durationMilliseconds = durationMilliseconds
        self.result = result
        self.resultName = resultName
        self.failure = failure
        self.isPausable = isPausable
        self.callsBack = callsBack
    }

    /// Names of the inputs whose values must never be shown; the pass is one of them, declared or not.
    var secretInputNames: Set<String> {
        var names = Set(inputs.filter(\.isEncrypted).map(\.name))
        names.insert(Self.passInputName)
        return names
    }

    /// The input that carries Sluice's pass.
    static let passInputName = "sluicePass"
}

extension SandboxFlow: Codable {
    private enum Member: String, CodingKey, CaseIterable {
        case id, name, path, contentPack, isGated, atHold, failMode, inputs, durationMilliseconds, result, resultName
        case failure, isPausable, callsBack
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownMembers(besides: Member.self)
        let members = try decoder.container(keyedBy: Member.self)
        self.init(
            id: try members.decode(String.self, forKey: .id),
            name: try members.decodeIfPresent(String.self, forKey: .name),
            path: try members.decodeIfPresent(String.self, forKey: .path),
            contentPack: try members.decodeIfPresent(String.self, forKey: .contentPack) ?? "Sandbox",
            isGated: try members.decodeIfPresent(Bool.self, forKey: .isGated) ?? false,
            atHold: try members.decodeIfPresent(AtHold.self, forKey: .atHold) ?? .end,
            failMode: try members.decodeIfPresent(FailMode.self, forKey: .failMode) ?? .closed,
            inputs: try members.decodeIfPresent([Input].self, forKey: .inputs) ?? [],
            durationMilliseconds: try members.decodeIfPresent(Int64.self, forKey: .durationMilliseconds) ?? 0,
            result: try members.decodeIfPresent(Result.self, forKey: .result) ?? .resolved,
            resultName: try members.decodeIfPresent(String.self, forKey: .resultName),
            failure: try members.decodeIfPresent(String.self, forKey: .failure),
            isPausable: try members.decodeIfPresent(Bool.self, forKey: .isPausable) ?? true,
            callsBack: try members.decodeIfPresent(Bool.self, forKey: .callsBack) ?? false)
        guard !id.isEmpty, (0...SandboxLimits.spanMillisecondsMax).contains(durationMilliseconds),
            inputs.count <= SandboxLimits.inputCountMax
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .id, in: members,
                debugDescription: "id must not be empty, durationMilliseconds 0 to 7 days, at most 1000 inputs")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        try members.encode(id, forKey: .id)
        try members.encode(name, forKey: .name)
        try members.encode(path, forKey: .path)
        try members.encode(contentPack, forKey: .contentPack)
        try members.encode(isGated, forKey: .isGated)
        try members.encode(atHold, forKey: .atHold)
        try members.encode(failMode, forKey: .failMode)
        try members.encode(inputs, forKey: .inputs)
        try members.encode(durationMilliseconds, forKey: .durationMilliseconds)
        try members.encode(result, forKey: .result)
        try members.encodeIfPresent(resultName, forKey: .resultName)
        try members.encodeIfPresent(failure, forKey: .failure)
        try members.encode(isPausable, forKey: .isPausable)
        try members.encode(callsBack, forKey: .callsBack)
    }
}

extension SandboxFlow.Input: Codable {
    private enum Member: String, CodingKey, CaseIterable {
        case name
        case isMandatory = "mandatory"
        case isEncrypted = "encrypted"
        case defaultValue
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownMembers(besides: Member.self)
        let members = try decoder.container(keyedBy: Member.self)
        self.init(
            try members.decode(String.self, forKey: .name),
            isMandatory: try members.decodeIfPresent(Bool.self, forKey: .isMandatory) ?? false,
            isEncrypted: try members.decodeIfPresent(Bool.self, forKey: .isEncrypted) ?? false,
            defaultValue: try members.decodeIfPresent(String.self, forKey: .defaultValue))
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        try members.encode(name, forKey: .name)
        try members.encode(isMandatory, forKey: .isMandatory)
        try members.encode(isEncrypted, forKey: .isEncrypted)
        try members.encodeIfPresent(defaultValue, forKey: .defaultValue)
    }
}

extension SandboxFlow {
    /// Reads a JSON list of flows (or a single one); the error says in one line what is wrong.
    public static func list(fromJSON bytes: some Sequence<UInt8>) throws -> [SandboxFlow] {
        do {
            return try SandboxCodec.decode(OneOrMany<SandboxFlow>.self, from: Array(bytes)).values
        } catch {
            throw SandboxFlowError(description: SandboxCodec.explain(error))
        }
    }
}

/// Why a list of flows could not be read.
public struct SandboxFlowError: Error, CustomStringConvertible {
    public let description: String
}

/// One flow or operation of a content pack.
public struct PackFlow: Hashable, Sendable {
    /// What a document is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case flow
        case operation
        case cloudSlangFlow = "cloudslang-flow"
        case cloudSlangOperation = "cloudslang-operation"
        case cloudSlangDecision = "cloudslang-decision"
    }

    /// UUID of an XML document; `namespace.name` of a CloudSlang one, which Central takes in its place.
    public var id: String
    public var name: String
    /// The file's place in the pack.
    public var path: String
    public var kind: Kind
    public var inputs: [PackInput]
    public var responses: [PackResponse]
    public var counts: PackPartCounts
    /// What its steps call, in the order of first use; for an operation, the operation it is a soft copy of.
    public var references: [PackReference]
    /// Id of the first step; nil in unfinished flows and in operations.
    public var startStep: String?
    /// Whether its first step asks the Sluice gate.
    public var isGated: Bool
    /// What it does, in its author's words; nil when nobody has written it.
    public var description: String?
    /// For an operation: the action plugin that does its work; its jar is in the pack's `Lib/`.
    public var plugin: FlowPlugin?
    /// For an operation: name of the group of workers that does its work; its id where it has no name.
    public var groupAlias: String?

    public init(
        id: String, name: String, path: String, kind: Kind, inputs: [PackInput] = [], responses: [PackResponse] = [],
        counts: PackPartCounts = PackPartCounts(), references: [PackReference] = [], startStep: String? = nil,
        isGated: Bool = false
    ) {
        self.id = id
        self.name = name
        self.path = path
        self.kind = kind
        self.inputs = inputs
        self.responses = responses
        self.counts = counts
        self.references = references
        self.startStep = startStep
        self.isGated = isGated
    }
}

extension PackFlow {
    /// Bytes of its texts, names and ids.
    var textBytes: Int {
        var count = id.utf8.count + name.utf8.count + path.utf8.count + (description?.utf8.count ?? 0)
        for input in inputs {
            count += input.name.utf8.count + input.type.utf8.count
            count += (input.description?.utf8.count ?? 0) + (input.prompt?.utf8.count ?? 0)
            count += input.listDelimiter?.utf8.count ?? 0
        }
        for response in responses { count += response.name.utf8.count + response.type.utf8.count }
        for reference in references { count += reference.id.utf8.count }
        return count
    }
}

/// A declared input. It has no value here, on purpose.
public struct PackInput: Hashable, Sendable {
    public var name: String
    public var isRequired: Bool
    /// The document's word: `STRING`, `ENCRYPTED`, `OBJECT` … In CloudSlang `string` or `sensitive`.
    public var type: String
    /// The element's name, such as `userInputBinding`. In CloudSlang `input`, `default` or `private`.
    public var binding: String
    /// What it is for; nil when nobody has written it.
    public var description: String?
    /// What a person who starts the flow is asked; nil when nobody has written it.
    public var prompt: String?
    /// Whether the pack or Central has a value for it: a constant, a default, a variable, an account, a prompt.
    public var hasOwnValue = false
    /// Whether a value that whoever starts the flow gives for it counts.
    public var takesGivenValue = true
    /// What separates the elements of a list; nil when it is no list.
    public var listDelimiter: String?

    public init(name: String, isRequired: Bool, type: String, binding: String) {
        self.name = name
        self.isRequired = isRequired
        self.type = type
        self.binding = binding
    }

    /// Whether its values are secrets.
    public var isSecret: Bool { type == "ENCRYPTED" || type == "sensitive" }

    /// Whether the flow cannot do its work unless whoever starts it gives it.
    public var mustBeGiven: Bool { isRequired && takesGivenValue && !hasOwnValue }
}

/// A way in which a flow or operation ends.
public struct PackResponse: Hashable, Sendable {
    public var name: String
    /// `RESOLVED`, `ERROR`, `DIAGNOSED` or `NO_ACTION_TAKEN`; empty in CloudSlang, which has none.
    public var type: String

    public init(name: String, type: String) {
        self.name = name
        self.type = type
    }
}

/// A document that steps call.
public struct PackReference: Hashable, Sendable {
    /// UUID or CloudSlang name of what is called.
    public var id: String
    /// Whether it is in this pack.
    public var isResolved: Bool
    /// Steps that name it.
    public var count: Int

    public init(id: String, isResolved: Bool, count: Int) {
        self.id = id
        self.isResolved = isResolved
        self.count = count
    }
}

/// How many parts of each kind a document has, at any depth.
public struct PackPartCounts: Hashable, Sendable {
    /// Plain steps.
    public var steps = 0
    public var returnSteps = 0
    public var endBranchSteps = 0
    /// Containers whose branches run side by side (`parallelMultiStep`, CloudSlang `parallel_loop`).
    public var parallelSteps = 0
    /// Containers that run once per list element (`multiInstanceStep`).
    public var multiInstanceSteps = 0
    public var transitions = 0
    /// Results kept in variables (`flowVariableAssignment`).
    public var assignments = 0
    public var callouts = 0
    /// Scriptlets, empty shells too.
    public var scriptlets = 0

    public init() {}
}

/// The gate flow that Sluice brings: a flow whose first step calls it is gated.
public enum PackGate {
    /// UUID of the gate as an XML flow.
    public static let flowID = "6f1c5f0e-5a7e-4c8e-9a39-5b1ce5a7e001"
    /// Name of the gate as a CloudSlang flow.
    public static let cloudSlangName = "sluice.maintenance_gate"

    /// What the gate flow answers; in CloudSlang in capitals.
    public static let responses = ["proceed", "held", "rejected", "unreachable"]

    /// Name of the operation that encodes a CloudSlang flow's inputs before its gate step.
    static let cloudSlangEncoderName = "sluice.encode_inputs"

    /// What our gate flows call of others' content: with a gate of its own each would ask the gate for ever.
    public static let callees = [
        "c18c55a3-157d-42b2-bf0e-947feaed89bb", "ddd79f22-8b1e-4605-88d5-d912bb2da2b9",
        "7c2f47aa-a4b3-4a7d-b3d4-007f285f7d29", "d1bbf441-824a-450e-afae-2ddec0e0f35e",
        "fcf29035-446d-4868-b2e5-50e3dd0cbd0a", "io.cloudslang.base.http.http_client_post",
        "io.cloudslang.base.strings.string_equals", "io.cloudslang.base.utils.sleep",
    ]

    /// Whether a reference calls the gate; UUIDs compare without case.
    public static func isGate(_ reference: String) -> Bool {
        reference == cloudSlangName || reference.lowercased() == flowID
    }
}

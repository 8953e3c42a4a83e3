/// The whole graph of one flow or operation, XML or CloudSlang: what lint judges, the flow runner walks and the gate is
/// put into.
///
/// `PackFlow` is the short form for inventories. Elements and counts: oo-content-pack.md sections 3 to 5 and 9.2.
public struct FlowDocument: Hashable, Sendable {
    /// UUID of an XML document; `namespace.name` of a CloudSlang one.
    public var id: String
    public var name: String
    /// The file's place in the pack.
    public var path: String
    public var kind: PackFlow.Kind
    /// Line of the document's own element, from 1.
    public var line: Int
    /// What it does, in its author's words; nil when nobody has written it.
    public var description: String?
    public var inputs: [FlowBinding] = []
    public var responses: [FlowResponse] = []
    /// What the flow gives to its caller (`availableResultExpressions`; CloudSlang `outputs`), in order.
    public var outputs: [FlowExpression] = []
    /// Id of the first step; nil in unfinished flows and in operations.
    public var startStep: String?
    /// Line on which the first step is named; nil when none is.
    public var startStepLine: Int?
    /// The steps of the outermost level, in the order of the file; containers hold their own.
    public var steps: [FlowStep] = []
    /// For an operation: what it is a soft copy of.
    public var softCopyOf: String?
    /// For an operation: the action plugin that does its work.
    public var plugin: FlowPlugin?
    /// For an operation: name of the group of workers that does its work; its id where it has no name.
    public var groupAlias: String?
    /// For a CloudSlang operation: the Python that does its work, for an interpreter outside the worker
    /// (`python_action` with `use_jython: false`).
    public var python: FlowValue?

    public init(id: String, name: String, path: String, kind: PackFlow.Kind, line: Int = 1) {
        self.id = id
        self.name = name
        self.path = path
        self.kind = kind
        self.line = line
    }

    /// Every step at any depth, a container before its own steps.
    public var allSteps: [FlowStep] {
        var result: [FlowStep] = []
        var pending = Array(steps.reversed())
        while let step = pending.popLast() {
            result.append(step)
            pending += step.steps.reversed()
        }
        return result
    }
}

/// An action plugin by its maven coordinates (oo-content-pack.md section 5); the jar lies in `Lib/` under them.
public struct FlowPlugin: Hashable, Sendable {
    public var groupID: String
    public var artifactID: String
    public var version: String
    /// The action inside the plugin.
    public var actionName: String

    public init(groupID: String, artifactID: String, version: String, actionName: String) {
        self.groupID = groupID
        self.artifactID = artifactID
        self.version = version
        self.actionName = actionName
    }
}

/// A way in which a flow or operation ends (`opResponse`; CloudSlang `results`).
public struct FlowResponse: Hashable, Sendable {
    public var name: String
    /// `RESOLVED`, `ERROR`, `DIAGNOSED` or `NO_ACTION_TAKEN`; empty in CloudSlang.
    public var type: String
    public var isDefault: Bool
    /// The expression by which a CloudSlang operation or decision ends so; nil where it always holds.
    public var condition: String?
    public var line: Int

    public init(
        name: String, type: String, isDefault: Bool = false, condition: String? = nil, line: Int = 1
    ) {
        self.name = name
        self.type = type
        self.isDefault = isDefault
        self.condition = condition
        self.line = line
    }
}

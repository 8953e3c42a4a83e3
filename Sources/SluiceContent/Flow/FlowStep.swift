/// One step of a flow's graph.
public struct FlowStep: Hashable, Sendable {
    /// What a step is, by the element's name.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Calls an operation or a flow.
        case step
        /// Ends the flow with one of its responses.
        case returnStep
        /// Where every branch of a container ends.
        case endBranchStep
        /// Runs its branches side by side; CloudSlang `parallel_loop` has one branch and no steps of its own.
        case parallelMultiStep
        /// Runs its steps once per list element.
        case multiInstanceStep
    }

    /// UUID; in CloudSlang the step's name.
    public var id: String
    public var name: String
    public var kind: Kind
    public var line: Int
    /// Id of the operation or flow called; nil where nothing is.
    public var called: String?
    /// Line on which it is named.
    public var calledLine: Int?
    public var bindings: [FlowBinding] = []
    public var transitions: [FlowTransition] = []
    public var assignments: [FlowAssignment] = []
    /// `returnStepType` of a return step: `RESOLVED`, `ERROR`, `DIAGNOSED` or `NO_ACTION_TAKEN`.
    public var returnType: String?
    /// Goes on by its one transition, whatever the callee answers (oo-content-pack.md section 3.1).
    public var isSingleResponse = false
    /// The flow goes on without waiting for the step's answer.
    public var isNonBlocking = false
    /// The container's own steps.
    public var steps: [FlowStep] = []
    /// Where the container's branches begin: two or more in a parallel one, one in a multi-instance one.
    public var startSteps: [String] = []
    /// What a CloudSlang `loop` or `parallel_loop` goes through; nil where the step runs once.
    public var loop: FlowLoop?
    /// Place on Studio's canvas; nil in CloudSlang.
    public var bounds: FlowBounds?
    /// Its scriptlet's text; nil when it has none, or only an empty shell (oo-content-pack.md section 4.5).
    public var script: FlowValue?

    /// Whether it has a scriptlet that is more than an empty shell.
    public var hasScriptlet: Bool { script != nil }
    /// What it does, in its author's words; nil when nobody has written it.
    public var description: String?

    public init(id: String, name: String, kind: Kind, line: Int = 1) {
        self.id = id
        self.name = name
        self.kind = kind
        self.line = line
    }
}

/// What a CloudSlang step goes through (CloudSlang DSL reference, `for` and `break`).
public struct FlowLoop: Hashable, Sendable {
    /// The loop's variables: one for a list, key and value for a map.
    public var variables: [String]
    /// The expression behind `in`, as written.
    public var list: String
    /// Results that end the loop early; CloudSlang's default is `FAILURE`.
    public var breaks: [String]

    public init(variables: [String], list: String, breaks: [String] = ["FAILURE"]) {
        self.variables = variables
        self.list = list
        self.breaks = breaks
    }
}

/// A place on Studio's canvas, in its units; coordinates may be negative.
public struct FlowBounds: Hashable, Sendable {
    public var x: Double
    public var y: Double
    /// Nil when the document does not say.
    public var width: Double?
    public var height: Double?

    public init(x: Double, y: Double, width: Double? = nil, height: Double? = nil) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// An arrow from a step to the next.
public struct FlowTransition: Hashable, Sendable {
    /// The callee's response it is taken on (`responseSymbol`); authors relabel `name`, so branch on this.
    public var response: String
    /// Label of the arrow.
    public var name: String
    /// Id of the step it leads to; a return step's points to itself.
    /// In CloudSlang a step's name, or a result of the flow.
    public var destination: String
    public var line: Int

    public init(response: String, name: String, destination: String, line: Int = 1) {
        self.response = response
        self.name = name
        self.destination = destination
        self.line = line
    }
}

/// A result of a step kept in a variable (`flowVariableAssignment`; CloudSlang `publish`).
public struct FlowAssignment: Hashable, Sendable {
    /// The variable or output set.
    public var target: String
    /// Whether it is an output of the flow (`FLOW_OUTPUT_FIELD`), not a flow variable.
    public var isOutput: Bool
    /// Whether it adds to what is there (`APPEND`).
    public var appends: Bool
    /// Whether the variable is kept encrypted (`encrypted`, newer than OO's schema; CloudSlang `sensitive`).
    public var isEncrypted: Bool
    public var expression: FlowExpression

    public init(
        target: String, isOutput: Bool, appends: Bool = false, isEncrypted: Bool = false, expression: FlowExpression
    ) {
        self.target = target
        self.isOutput = isOutput
        self.appends = appends
        self.isEncrypted = isEncrypted
        self.expression = expression
    }
}

/// Where a value is taken from, and what filters it passes (oo-content-pack.md section 4.3).
public struct FlowExpression: Hashable, Sendable {
    public var name: String
    /// Field of the source, such as `returnResult`; in CloudSlang the expression as written.
    public var field: String
    /// `RAWRESULT`, `AVAILABLE_RESULT` or `INPUT`; empty in CloudSlang.
    public var source: String
    /// Element names of its filters in order, such as `stripTrailingFilter`.
    public var filters: [String]
    /// Whether what it gives is a secret; in CloudSlang `sensitive`.
    public var isSecret: Bool

    public init(name: String, field: String, source: String = "", filters: [String] = [], isSecret: Bool = false) {
        self.name = name
        self.field = field
        self.source = source
        self.filters = filters
        self.isSecret = isSecret
    }
}

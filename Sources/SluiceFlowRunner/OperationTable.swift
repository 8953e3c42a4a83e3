/// What answers for operations: by id (UUID or CloudSlang name), and for all others the fallback.
///
/// An entry goes before a document of the library with the same id, so that a test can stand in for a sub-flow.
public struct OperationTable: Sendable {
    /// Answers one call; what it throws ends the run as `call-failed`.
    public typealias Operation = @Sendable (OperationCall) async throws -> OperationAnswer

    private var entries: [String: Operation] = [:]
    /// Asked when there is no entry and no document; nil or its nil ends the run as `unknown-operation`.
    public var fallback: (@Sendable (OperationCall) async throws -> OperationAnswer?)?

    public init(_ entries: [String: Operation] = [:]) { self.entries = entries }

    /// The entry for an operation.
    public subscript(id: String) -> Operation? {
        get { entries[id] }
        set { entries[id] = newValue }
    }

    /// This table with the entries of another, which win.
    public func merging(_ other: OperationTable) -> OperationTable {
        var table = self
        table.entries.merge(other.entries) { _, new in new }
        table.fallback = other.fallback ?? fallback
        return table
    }

    /// A table whose fallback answers `success`, or the first response where a step has no transition for that.
    ///
    /// With it the body of a flow whose operations nobody knows can be walked as if all went well.
    public func answeringSuccess() -> OperationTable {
        var table = self
        table.fallback = { call in
            let isSuccess = { (response: String) in response.lowercased() == "success" }
            return OperationAnswer(call.responses.first(where: isSuccess) ?? call.responses.first ?? "success")
        }
        return table
    }
}

/// What an operation is asked. It prints no values: they may be secrets.
public struct OperationCall: Sendable, CustomStringConvertible, CustomReflectable {
    /// Id as the step names it.
    public var operation: String
    /// Id of the step.
    public var step: String
    /// The bound inputs by name.
    public var inputs: [String: String]
    /// Responses that the step has transitions for, in order.
    public var responses: [String]
    /// The flow's variables, for operations that look at them by name.
    public var variables: [String: String]
    /// What the operation's last answer at this step of this flow kept; nil the first time.
    public var memory: String?
    /// The virtual clock: seconds slept since the run began.
    public var seconds: Double

    public init(
        operation: String, step: String = "", inputs: [String: String] = [:], responses: [String] = [],
        variables: [String: String] = [:], memory: String? = nil, seconds: Double = 0
    ) {
        self.operation = operation
        self.step = step
        self.inputs = inputs
        self.responses = responses
        self.variables = variables
        self.memory = memory
        self.seconds = seconds
    }

    /// An input's value; empty when it is not bound.
    public subscript(input: String) -> String { inputs[input] ?? "" }

    public var description: String { "\(operation)(\(inputs.keys.sorted().joined(separator: ", ")))" }
    public var customMirror: Mirror {
        Mirror(self, children: ["operation": operation, "step": step, "inputNames": inputs.keys.sorted()])
    }
}

/// What an operation answers. It prints no values: they may be secrets.
public struct OperationAnswer: Sendable, CustomStringConvertible, CustomReflectable {
    /// By which the step goes on.
    public var response: String
    /// Result fields by name.
    public var results: [String: String]
    /// Flow variables that it sets.
    public var variables: [String: String]
    /// What the next call at the same step of the same flow finds as its memory.
    public var memory: String?
    /// Seconds that it slept; the virtual clock advances by them.
    public var sleptSeconds: Double

    public init(
        _ response: String, results: [String: String] = [:], variables: [String: String] = [:], memory: String? = nil,
        sleptSeconds: Double = 0
    ) {
        self.response = response
        self.results = results
        self.variables = variables
        self.memory = memory
        self.sleptSeconds = sleptSeconds
    }

    public var description: String { response }
    public var customMirror: Mirror {
        Mirror(self, children: ["response": response, "resultNames": results.keys.sorted()])
    }
}

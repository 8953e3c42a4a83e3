/// Runs in place of a step's scriptlet, which is JavaScript that this room cannot run.
///
/// What it throws ends the run as `call-failed`.
public typealias FlowScript = @Sendable (inout FlowScriptContext) async throws -> Void

/// Runs in place of the filters of one assignment or output: the value in, the value out.
public typealias FlowFilterScript = @Sendable (String) async throws -> String

/// Runs the Python of a CloudSlang operation, which this room cannot run: the script, and every input that the
/// operation has, nil where it has no value; answers what the script's `execute` returns.
///
/// What it throws ends the run as `call-failed`.
public typealias FlowPython =
    @Sendable (_ script: String, _ inputs: [String: String?]) async throws -> [String: String]

/// What a scriptlet sees and changes. It prints no values: they may be secrets.
///
/// The names in scriptlets are `scriptletContext`, `scriptletRawResult`, `scriptletResponse` and `scriptletInput`
/// (oo-content-pack.md section 4.5). That a scriptlet runs after the operation and before the assignments is inferred
/// from its being able to set results and response.
public struct FlowScriptContext: Sendable, CustomStringConvertible, CustomReflectable {
    /// The flow's variables.
    public var variables: [String: String]
    /// Result fields of the operation.
    public var results: [String: String]
    /// The operation's response; the step goes on by what stands here afterwards.
    public var response: String
    /// The step's bound inputs.
    public let inputs: [String: String]
    /// The virtual clock: seconds slept since the run began.
    public let seconds: Double

    public var description: String { "script context with \(variables.count) variables" }
    public var customMirror: Mirror { Mirror(self, children: ["variableNames": variables.keys.sorted()]) }
}

/// The place of something inside a flow's step: an input, or the target of an assignment.
public struct FlowPlace: Hashable, Sendable {
    /// Id of the step; for a flow's own inputs and outputs the id of the flow.
    public var owner: String
    /// Name of the input, variable or output.
    public var name: String

    public init(_ owner: String, _ name: String) {
        self.owner = owner
        self.name = name
    }
}

public import SluiceContent

/// Walks the graph of a flow and answers its operations from a table: for rehearsals, and to prove what a gate does.
///
/// XML and CloudSlang flows are walked alike. Where the documents do not say what Central does, the comment at the
/// place says what is inferred. Nothing here touches the network, the clock or the disk; what operations and scripts
/// that are given to it do is theirs.
public struct FlowRunner: Sendable {
    /// What to do about a scriptlet or filter for which there is no script.
    public enum Unscripted: Hashable, Sendable {
        /// End the run with `not-runnable`.
        case fail
        /// Go on as if it were not there, and mark the step in the trace.
        case skip
    }

    /// The flows and operations that steps may call.
    public var library: FlowLibrary
    /// Who answers for operations.
    public var operations: OperationTable
    /// System properties by name, folders included: `Hosts/Git`, in CloudSlang `namespace.name`.
    public var systemProperties: [String: String] = [:]
    /// What Central would supply: users and passwords of system accounts, and answers of users to prompts.
    public var supplied: [FlowPlace: FlowValue] = [:]
    /// By step id, what runs in place of its scriptlet.
    public var scripts: [String: FlowScript] = [:]
    /// What runs the Python of CloudSlang operations; without it they need entries in the table.
    public var python: FlowPython?
    /// What runs in place of the filters of an assignment or output, by step and target.
    public var filters: [FlowPlace: FlowFilterScript] = [:]
    /// Asked for CloudSlang expressions beyond the built-in ones, with the names it may use; nil is an error.
    public var expressions: (@Sendable (String, [String: String]) throws -> String?)?
    /// What to do where no script is given.
    public var unscripted = Unscripted.fail
    /// Where a run that does not end is ended.
    public var limits = FlowRunLimits()
    /// CloudSlang's `run_id`.
    public var runID = "0"

    public init(library: FlowLibrary, operations: OperationTable = OperationTable()) {
        self.library = library
        self.operations = operations
    }

    /// Runs a flow to its end.
    ///
    /// - Parameter inputs: Values of the flow's inputs by name, as a launch would give them.
    public func run(_ flow: String, inputs: [String: String] = [:]) async -> FlowRun {
        var walk = FlowWalk(runner: self)
        let outcome: FlowRun.Outcome
        do throws(FlowFault) {
            let graph = try walk.flow(flow)
            outcome = .ended(try await walk.run(graph, inputs: inputs, depth: 0).end)
        } catch {
            outcome = .failed(FlowRunError(error))
        }
        return FlowRun(
            outcome: outcome, trace: walk.trace, seconds: walk.seconds, isTraceComplete: walk.isTraceComplete)
    }
}

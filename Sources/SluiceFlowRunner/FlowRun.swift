public import SluiceContent

/// What one run did: how it ended, and every step it visited on the way.
public struct FlowRun: Sendable {
    /// How a run ends.
    public enum Outcome: Hashable, Sendable {
        /// By a return step, or in CloudSlang by a result of the flow.
        case ended(FlowEnd)
        /// By trouble; the trace shows how far it came.
        case failed(FlowRunError)
    }

    /// How it ended.
    public let outcome: Outcome
    /// Every visited step in the order in which the visits began.
    public let trace: [FlowTraceEntry]
    /// Seconds that the run would have slept; the virtual clock's time at the end.
    public let seconds: Double
    /// Whether the trace has all input values; false when `traceBytesMax` was reached.
    public let isTraceComplete: Bool

    /// How it ended.
    ///
    /// - Throws: `FlowRunError` when it did not end by itself.
    public func end() throws(FlowRunError) -> FlowEnd {
        switch outcome {
        case .ended(let end): return end
        case .failed(let error): throw error
        }
    }

    /// The response with which it ended; nil when it failed.
    public var response: String? {
        guard case .ended(let end) = outcome else { return nil }
        return end.response
    }

    /// What went wrong; nil when it ended by itself.
    public var error: FlowRunError? {
        guard case .failed(let error) = outcome else { return nil }
        return error
    }

    /// Whether a step was visited, in one flow or in whichever.
    public func visited(_ step: String, in flow: String? = nil) -> Bool {
        trace.contains { $0.step == step && (flow == nil || $0.flow == flow) }
    }
}

/// The end of a flow: its response, and what it gives to its caller.
public struct FlowEnd: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The flow's response; in CloudSlang its result.
    public let response: String
    /// `RESOLVED`, `ERROR`, `DIAGNOSED` or `NO_ACTION_TAKEN`; empty in CloudSlang.
    public let type: String
    /// The flow's outputs by name. May hold secrets: they do not print.
    public let outputs: [String: String]

    public var description: String { type.isEmpty ? response : "\(response) (\(type))" }
    public var customMirror: Mirror {
        Mirror(self, children: ["response": response, "type": type, "outputNames": outputs.keys.sorted()])
    }
}

/// One visit of a step. Printing it shows no value of an input.
public struct FlowTraceEntry: Hashable, Sendable, CustomStringConvertible {
    /// Id of the flow.
    public let flow: String
    /// Id of the step.
    public let step: String
    /// Name of the step.
    public let name: String
    /// What the step is.
    public let kind: FlowStep.Kind
    /// Sub-flows and containers around it.
    public let depth: Int
    /// Id of the operation or flow that it calls; nil where nothing is called.
    public let called: String?
    /// What its operation or sub-flow answered, `done` for a container, the flow's response for a return step; nil when
    /// the visit did not get that far.
    public internal(set) var response: String?
    /// What was bound, in order, as a step log would show it.
    public internal(set) var inputs: [FlowTraceValue] = []
    /// The raw results of what was called, by name, as a step log would show them that records all.
    public internal(set) var results: [FlowTraceValue] = []
    /// Variables and result fields that were read and not there, in order of first use.
    public internal(set) var missing: [String] = []
    /// Whether a scriptlet or filter was passed over because the runner was told to.
    public internal(set) var isUnscripted = false

    public var description: String { "\(name) -> \(response ?? "?")" }
}

/// An input or a raw result of a visited step.
public struct FlowTraceValue: Hashable, Sendable {
    /// The input's or result's name.
    public let name: String
    /// Nil for a secret binding or output and beyond `traceBytesMax`. A secret that the flow copied into a plain
    /// binding is here, as it would be in Central's step log: that is how a test finds the leak. It prints as `…`.
    public let value: FlowValue?
}

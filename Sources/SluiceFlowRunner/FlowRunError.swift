import SluiceContent

/// Why a run did not end by itself, and where; it never shows a value of an input or variable.
public struct FlowRunError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of trouble it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The code in kebab case.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// The library has no such flow, or what has the id is no flow.
        public static let unknownFlow = Code("unknown-flow")
        /// The flow, or a container of it, does not say where it begins.
        public static let noStart = Code("no-start")
        /// A transition leads to a step that is not there.
        public static let unknownStep = Code("unknown-step")
        /// Nobody answers for the operation that a step calls.
        public static let unknownOperation = Code("unknown-operation")
        /// The step has no transition for what its operation or sub-flow answered.
        public static let unknownResponse = Code("unknown-response")
        /// A required input has no value.
        public static let missingInput = Code("missing-input")
        /// A scriptlet or filter that this room cannot run, and the caller gave nothing in its place.
        public static let notRunnable = Code("not-runnable")
        /// A CloudSlang expression that is wrong or beyond what this room evaluates.
        public static let expression = Code("expression")
        /// A branch ended where it may not, or a flow on a branch's end.
        public static let branchEnd = Code("branch-end")
        /// The operation's, script's or filter's own code threw.
        public static let callFailed = Code("call-failed")
        /// A limit of ``FlowRunLimits`` was reached.
        public static let limit = Code("limit")
        /// The task that runs it was cancelled.
        public static let cancelled = Code("cancelled")
    }

    /// What kind of trouble it is.
    public let code: Code
    /// What failed and what to do.
    public let message: String
    /// Id of the flow.
    public let flow: String
    /// Id of the step; nil when it is the flow itself.
    public let step: String?
    /// Name of the step; nil when it is the flow itself.
    public let stepName: String?
    /// The response that led nowhere; nil with other codes.
    public let response: String?
    /// The responses for which the step has transitions, in order; empty with other codes.
    public let transitions: [String]

    public var description: String {
        let place = stepName.map { "step \(shown($0)) (\(shown(step ?? ""))) of " } ?? ""
        return "\(place)flow \(shown(flow)): \(message) [\(code)]"
    }

    init(_ fault: FlowFault) {
        code = fault.code
        message = fault.message
        response = fault.response
        transitions = fault.transitions
        flow = fault.flow ?? ""
        step = fault.step?.id
        stepName = fault.step?.name
    }
}

/// Trouble on its way out; its place is where it is first known.
struct FlowFault: Error {
    let code: FlowRunError.Code
    let message: String
    var response: String?
    var transitions: [String] = []
    private(set) var flow: String?
    private(set) var step: FlowStep?

    init(_ code: FlowRunError.Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// With its place, unless it has one.
    func at(flow: String, step: FlowStep? = nil) -> FlowFault {
        guard self.flow == nil else { return self }
        var fault = self
        fault.flow = flow
        fault.step = step
        return fault
    }

    static func limit(_ what: String, _ max: Int, _ advice: String) -> FlowFault {
        FlowFault(.limit, "\(what) than \(max); \(advice)")
    }

    /// What was thrown by code that is not ours: its type only, for its text may hold a value.
    static func thrown(_ error: any Error, by what: String) -> FlowFault {
        FlowFault(.callFailed, "\(what) threw \(type(of: error)); mend it, or have it answer a response instead")
    }
}

import SluiceContent

/// One run: the trace, the counts and the virtual clock.
struct FlowWalk {
    let runner: FlowRunner
    var trace: [FlowTraceEntry] = []
    private(set) var seconds = 0.0
    private(set) var isTraceComplete = true
    private var traceBytes = 0

    /// What a flow gives its caller: the end, and the fields behind its outputs.
    struct FlowAnswer {
        let end: FlowEnd
        let fields: [String: String]
    }

    /// How a flow or a branch ends.
    enum LevelEnd {
        case returned(response: String, type: String)
        case branchEnded
    }

    /// What a visited step leads to.
    enum Next {
        case step(String)
        case end(LevelEnd)
    }

    init(runner: FlowRunner) { self.runner = runner }

    var limits: FlowRunLimits { runner.limits }

    /// A flow of the library that can be run.
    func flow(_ id: String) throws(FlowFault) -> FlowGraph {
        guard let graph = runner.library.graph(id) else {
            throw FlowFault(.unknownFlow, "the library has no such flow; add its document").at(flow: id)
        }
        guard graph.document.kind == .flow || graph.document.kind == .cloudSlangFlow else {
            let kind = graph.document.kind.rawValue
            throw FlowFault(.unknownFlow, "is no flow but of kind \(kind); run a flow that calls it").at(flow: id)
        }
        return graph
    }

    /// Runs a flow in a context of its own.
    mutating func run(_ graph: FlowGraph, inputs: [String: String], depth: Int) async throws(FlowFault) -> FlowAnswer {
        var frame = FlowFrame(graph: graph, depth: depth)
        do throws(FlowFault) {
            try checkDepth(depth)
            try bindInputs(given: inputs, frame: &frame)
            guard let start = graph.document.startStep else {
                throw FlowFault(.noStart, "names no start step; finish the flow")
            }
            guard case .returned(let response, let type) = try await walk(graph.top, from: start, frame: &frame) else {
                throw FlowFault(.branchEnd, "ended on a branch's end outside a container; lead to a return step")
            }
            let outputs = try await outputs(of: frame)
            return FlowAnswer(
                end: FlowEnd(response: response, type: type, outputs: outputs), fields: frame.outputs)
        } catch {
            throw error.at(flow: graph.document.id)
        }
    }

    /// Goes from step to step until something ends the flow or branch.
    mutating func walk(
        _ level: FlowLevel, from start: String, frame: inout FlowFrame
    ) async throws(FlowFault) -> LevelEnd {
        let document = frame.graph.document
        var next = start
        while true {
            guard let step = level[next] else {
                if frame.graph.isCloudSlang, document.responses.contains(where: { $0.name == next }) {
                    return .returned(response: next, type: "")
                }
                throw FlowFault(.unknownStep, "leads to \(shown(next)), which is no step here; mend the transition")
            }
            do throws(FlowFault) {
                switch try await visit(step, frame: &frame) {
                case .step(let id): next = id
                case .end(let end): return end
                }
            } catch {
                throw error.at(flow: document.id, step: step)
            }
        }
    }

    func checkDepth(_ depth: Int) throws(FlowFault) {
        guard depth > limits.depthMax else { return }
        throw .limit(
            "sub-flows and containers are nested deeper", limits.depthMax, "look for flows that call each other")
    }

    // MARK: Trace and clock

    /// Begins a visit; answers its place in the trace.
    mutating func begin(_ step: FlowStep, frame: FlowFrame) throws(FlowFault) -> Int {
        if Task.isCancelled { throw FlowFault(.cancelled, "the run was cancelled; start it again") }
        guard trace.count < limits.stepCountMax else {
            throw .limit("the run visits more steps", limits.stepCountMax, "look for a loop without exit")
        }
        trace.append(
            FlowTraceEntry(
                flow: frame.graph.document.id, step: step.id, name: step.name, kind: step.kind, depth: frame.depth,
                called: step.called))
        return trace.count - 1
    }

    /// Keeps what was bound, without secrets.
    mutating func note(_ binding: FlowBinding, _ value: String, at entry: Int) {
        trace[entry].inputs.append(traced(binding.name, binding.isSecret ? nil : value))
    }

    /// Keeps what the callee gave, without the outputs that it declares secret.
    mutating func note(_ answer: StepAnswer, of called: String?, at entry: Int) {
        let outputs = called.flatMap { runner.library[$0] }?.outputs ?? []
        let secrets = Set(outputs.filter(\.isSecret).map(\.name))
        let all = answer.fields.merging(answer.available) { field, _ in field }
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            trace[entry].results.append(traced(name, secrets.contains(name) ? nil : value))
        }
    }

    private mutating func traced(_ name: String, _ value: String?) -> FlowTraceValue {
        traceBytes += value?.utf8.count ?? 0
        if traceBytes > limits.traceBytesMax { isTraceComplete = false }
        return FlowTraceValue(name: name, value: isTraceComplete ? value.map { FlowValue($0) } : nil)
    }

    mutating func noteMissing(_ name: String, at entry: Int?) {
        guard let entry, !trace[entry].missing.contains(name) else { return }
        trace[entry].missing.append(name)
    }

    mutating func sleep(_ slept: Double) {
        if slept.isFinite, slept > 0 { seconds += slept }
    }
}

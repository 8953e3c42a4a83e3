import SluiceModel

/// After another answer than proceed, the flow goes on to its work all the same.
struct GateThatDoesNotStop: LintRule {
    let code = "OO106"
    let severity = Diagnostic.Severity.error
    let summary = "The gate does not stop the flow: its work begins after another answer than proceed."
    let fix = "Let only proceed lead to the work, and held, rejected and unreachable to ends of the flow."

    func findings(in context: LintContext) -> [LintFinding] {
        context.flows.flatMap { subject -> [LintFinding] in
            guard subject.graph.isGate.contains(true) else { return [] }
            let work = GatedWork(subject)
            return subject.graph.steps.indices.filter { subject.graph.isGate[$0] }.flatMap {
                findings(at: subject.graph.steps[$0], work, in: subject)
            }
        }
    }

    private func findings(at gate: FlowStep, _ work: GatedWork, in subject: LintSubject) -> [LintFinding] {
        let name = "the gate step '\(shown(gate.name))'"
        if gate.isSingleResponse {
            return [
                finding("\(name) has one way on, whatever the gate answers", in: subject, line: gate.line)
            ]
        }
        if gate.isNonBlocking {
            return [
                finding("\(name) is non-blocking: the flow goes on before the answer", in: subject, line: gate.line)
            ]
        }
        return gate.transitions.filter { !GatedWork.isProceed($0) }.compactMap { transition in
            guard let step = work.step(after: transition) else { return nil }
            let answer = "after '\(shown(transition.response))' \(name)"
            return work.isEmpty
                ? finding(
                    "\(answer) leads to '\(shown(step.name))', and after proceed to no step at all", in: subject,
                    line: transition.line)
                : finding(
                    "\(answer) leads to '\(shown(step.name))', as after proceed", in: subject, line: transition.line,
                    severity: work.isFirst(step) ? nil : .warning)
        }
    }
}

/// The steps of a flow that its gate lets run or not: what `proceed` leads to, up to the next gate.
///
/// What runs before any gate is asked is not among them, nor is the handler of CloudSlang's `on_failure`.
private struct GatedWork {
    private let graph: StepGraph
    private let isWork: [Bool]
    /// Whether each step is what `proceed` itself leads to.
    private let isFirst: [Bool]

    /// Whether `proceed` leads to no step.
    let isEmpty: Bool

    init(_ subject: LintSubject) {
        let graph = subject.graph
        let isBefore = graph.reached { graph.isGate[$0] }
        let isStep = graph.steps.indices.map { place in
            let step = graph.steps[place]
            return step.kind != .returnStep && step.kind != .endBranchStep && !graph.isGate[place]
                && !isBefore[place] && !subject.isFailureHandler(step)
        }
        let first = graph.steps.indices.filter { graph.isGate[$0] }.flatMap { gate in
            graph.steps[gate].transitions.filter(Self.isProceed).compactMap { graph.place(of: $0.destination) }
        }
        let reached = graph.reached(from: first) { graph.isGate[$0] }
        let proceeds = graph.steps.indices.map { reached[$0] && isStep[$0] }
        self.graph = graph
        isEmpty = !proceeds.contains(true)
        // A gate whose answers were mixed up proceeds to an end and is held to the work.
        isWork = isEmpty ? isStep : proceeds
        let places = Set(first)
        isFirst = graph.steps.indices.map { places.contains($0) && proceeds[$0] }
    }

    static func isProceed(_ transition: FlowTransition) -> Bool { transition.response.lowercased() == "proceed" }

    /// The step of the work that a transition leads to, however far; what `proceed` leads to comes first.
    func step(after transition: FlowTransition) -> FlowStep? {
        guard let place = graph.place(of: transition.destination) else { return nil }
        let reached = graph.reached(from: [place]) { graph.isGate[$0] }
        let places = graph.steps.indices.filter { reached[$0] && isWork[$0] }
        return (places.first { isFirst[$0] } ?? places.first).map { graph.steps[$0] }
    }

    func isFirst(_ step: FlowStep) -> Bool { graph.place(of: step.id).map { isFirst[$0] } ?? false }
}

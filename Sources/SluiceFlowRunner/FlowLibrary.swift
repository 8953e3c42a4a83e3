public import SluiceContent

/// The documents that a run may call, by id, made ready for walking.
public struct FlowLibrary: Sendable {
    private var graphs: [String: FlowGraph] = [:]

    /// - Parameter documents: Of several with one id the first counts; lint tells of the others.
    public init(_ documents: some Sequence<FlowDocument> = []) {
        for document in documents where graphs[document.id] == nil { graphs[document.id] = FlowGraph(document) }
    }

    /// The document with an id.
    public subscript(id: String) -> FlowDocument? { graphs[id]?.document }

    func graph(_ id: String) -> FlowGraph? { graphs[id] }
}

/// A document with its steps by id, level for level: a transition leads to a step of its own level.
struct FlowGraph: Sendable {
    let document: FlowDocument
    let top: FlowLevel
    private let containers: [String: FlowLevel]

    init(_ document: FlowDocument) {
        self.document = document
        top = FlowLevel(document.steps)
        var containers: [String: FlowLevel] = [:]
        for step in document.allSteps where !step.steps.isEmpty && containers[step.id] == nil {
            containers[step.id] = FlowLevel(step.steps)
        }
        self.containers = containers
    }

    var isCloudSlang: Bool { document.kind != .flow && document.kind != .operation }

    func level(inside container: FlowStep) -> FlowLevel { containers[container.id] ?? FlowLevel([]) }
}

/// The steps of a flow, or of one container.
struct FlowLevel: Sendable {
    private let steps: [String: FlowStep]

    init(_ steps: [FlowStep]) {
        self.steps = Dictionary(steps.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(id: String) -> FlowStep? { steps[id] }
}

/// What a picture of a flow shows: its steps and ends as nodes, and the arrows between them.
struct DrawingGraph {
    /// A step, or an end of the flow that is no step of the document.
    struct Node {
        var name: String
        var look: DrawingLook
        /// The step; nil for a result of CloudSlang and for what does not exist.
        var step: FlowStep?
        /// Place of the container around it.
        var parent: Int?
        /// Places of a container's own steps.
        var children: [Int] = []
        /// Words above it, such as `start`.
        var marks: [String] = []
        /// Whether gating put it in.
        var isPutIn = false
    }

    /// The transitions from one node to another.
    struct Arrow {
        var source: Int
        var destination: Int
        var transitions: [FlowTransition]
    }

    let document: FlowDocument
    private(set) var nodes: [Node] = []
    private(set) var arrows: [Arrow] = []
    /// Place of the first step; nil when there is none, or it is not drawn.
    private(set) var start: Int?
    /// Whether each node has arrows, and all lead to errors.
    private(set) var onlyFails: [Bool] = []
    /// Steps that are not drawn.
    private(set) var leftOutStepCount = 0
    /// Transitions that are not drawn, of those between drawn steps.
    private(set) var leftOutTransitionCount = 0

    init(_ document: FlowDocument, limits: ContentLimits) {
        self.document = document
        addSteps(countMax: limits.drawingStepCountMax)
        var index: [String: Int] = [:]
        for (place, node) in nodes.enumerated() {
            guard let id = node.step.map({ lintKey($0.id) }), index[id] == nil else { continue }
            index[id] = place
        }
        start = document.startStep.flatMap { index[lintKey($0)] }
        addMarks(index)
        addArrows(index, countMax: limits.drawingTransitionCountMax)
        onlyFails = [Bool](repeating: false, count: nodes.count)
        for arrow in arrows { onlyFails[arrow.source] = true }
        for arrow in arrows where nodes[arrow.destination].look != .error { onlyFails[arrow.source] = false }
    }

    private mutating func addSteps(countMax: Int) {
        let gate = document.gateStep?.id
        var pending = document.steps.reversed().map { (step: $0, parent: Int?.none) }
        while let (step, parent) = pending.popLast() {
            guard nodes.count < countMax else {
                leftOutStepCount += 1
                pending += step.steps.reversed().map { ($0, parent) }
                continue
            }
            let place = nodes.count
            let isPutIn = GateMark(step.id) != nil
            var look = DrawingLook(step)
            if step.id == gate || step.called.map(PackGate.isGate) == true {
                look = .gate
            } else if step.called == PackGate.cloudSlangEncoderName || (isPutIn && look == .step) {
                look = .encoder
            }
            var shell = step
            shell.steps = []
            nodes.append(Node(name: step.name, look: look, step: shell, parent: parent, isPutIn: isPutIn))
            if let parent { nodes[parent].children.append(place) }
            pending += step.steps.reversed().map { ($0, place) }
        }
        for place in nodes.indices where nodes[place].look == .container && nodes[place].children.isEmpty {
            nodes[place].look = .loop
        }
    }

    private mutating func addMarks(_ index: [String: Int]) {
        if let start { nodes[start].marks.append("start") }
        for place in nodes.indices {
            guard let step = nodes[place].step else { continue }
            if nodes[place].look == .gate { nodes[place].marks.append("gate") }
            for id in step.startSteps {
                guard let first = index[lintKey(id)], nodes[first].parent == place else { continue }
                let mark = step.kind == .parallelMultiStep ? "branch" : "each"
                if !nodes[first].marks.contains(mark) { nodes[first].marks.append(mark) }
            }
        }
    }

    private mutating func addArrows(_ index: [String: Int], countMax: Int) {
        /// Two places; the arrow between them is one, whatever the responses.
        struct Way: Hashable {
            var source: Int
            var destination: Int
        }
        var ways: [Way: Int] = [:]
        var ends: [String: Int] = [:]
        var count = 0
        for place in nodes.indices {
            guard let step = nodes[place].step else { continue }
            let isEnd = step.kind == .returnStep || step.kind == .endBranchStep
            for transition in step.transitions {
                let known = index[lintKey(transition.destination)]
                if isEnd && known == place { continue }
                guard count < countMax else {
                    leftOutTransitionCount += 1
                    continue
                }
                count += 1
                if known == nil, leftOutStepCount > 0, document.kind == .flow { continue }
                let destination = known ?? end(transition.destination, parent: nodes[place].parent, &ends)
                let way = Way(source: place, destination: destination)
                if let arrow = ways[way] {
                    arrows[arrow].transitions.append(transition)
                } else {
                    ways[way] = arrows.count
                    arrows.append(Arrow(source: place, destination: destination, transitions: [transition]))
                }
            }
        }
    }

    /// The node of a result, or of something that does not exist.
    private mutating func end(_ name: String, parent: Int?, _ ends: inout [String: Int]) -> Int {
        if let place = ends[name] { return place }
        var look = DrawingLook.nowhere
        if document.kind == .cloudSlangFlow, document.responses.contains(where: { $0.name == name }) {
            look = name == "SUCCESS" ? .resolved : name == "FAILURE" ? .error : .result
        }
        let place = nodes.count
        ends[name] = place
        nodes.append(Node(name: name, look: look, parent: look == .nowhere ? parent : nil))
        if look == .nowhere, let parent { nodes[parent].children.append(place) }
        return place
    }
}

/// What a node is, as a reader of the picture sees it.
enum DrawingLook: Hashable, CaseIterable {
    case step
    case gate
    case encoder
    /// CloudSlang's `parallel_loop`, or a container without steps.
    case loop
    case container
    case endBranch
    case resolved
    case error
    case diagnosed
    case noAction
    /// A way out whose meaning only its name tells.
    case result
    /// Where a transition leads that leads to no step.
    case nowhere

    init(_ step: FlowStep) {
        switch step.kind {
        case .step: self = .step
        case .endBranchStep: self = .endBranch
        case .parallelMultiStep, .multiInstanceStep: self = .container
        case .returnStep:
            switch step.returnType {
            case "RESOLVED": self = .resolved
            case "ERROR": self = .error
            case "DIAGNOSED": self = .diagnosed
            case "NO_ACTION_TAKEN": self = .noAction
            default: self = .result
            }
        }
    }

    /// Whether the flow ends here.
    var isEnd: Bool {
        switch self {
        case .resolved, .error, .diagnosed, .noAction, .result, .nowhere: true
        case .step, .gate, .encoder, .loop, .container, .endBranch: false
        }
    }
}

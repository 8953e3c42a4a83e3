/// The steps of one flow and where each can go next, for questions about paths; no method recurses.
///
/// A container goes on to its branches and also past them: an empty list runs a multi-instance container's branch not
/// once. CloudSlang's own defaults are edges too: the reader has made them explicit.
struct StepGraph: Sendable {
    /// Every step at any depth, in the order of the file.
    let steps: [FlowStep]
    /// Places in `steps` that a step can go to.
    let successors: [[Int]]
    /// Whether the flow, or a container's branch, can end at the step.
    let isExit: [Bool]
    /// Whether the step asks the gate.
    let isGate: [Bool]
    /// Place of the first step; nil when there is none, or it does not exist.
    let start: Int?
    private let index: [String: Int]

    init(_ document: FlowDocument) {
        steps = document.allSteps
        var index: [String: Int] = [:]
        for (place, step) in steps.enumerated() where index[lintKey(step.id)] == nil {
            index[lintKey(step.id)] = place
        }
        self.index = index
        var successors: [[Int]] = []
        var isExit: [Bool] = []
        for step in steps {
            let names = step.transitions.map(\.destination) + step.startSteps
            let next = names.compactMap { index[lintKey($0)] }
            // A CloudSlang step ends the flow where it navigates to a result.
            let ends = document.kind == .cloudSlangFlow && next.count < step.transitions.count
            successors.append(next)
            isExit.append(ends || step.kind == .returnStep || step.kind == .endBranchStep)
        }
        self.successors = successors
        self.isExit = isExit
        isGate = steps.map { $0.called.map(PackGate.isGate) ?? false }
        let first = document.startStep ?? (document.kind == .cloudSlangFlow ? steps.first?.id : nil)
        start = first.flatMap { index[lintKey($0)] }
    }

    /// Place of a step by its id.
    func place(of id: String) -> Int? { index[lintKey(id)] }

    /// Whether each step can be come to from the start; steps for which `stops` holds are not gone through or counted.
    func reached(stops: (Int) -> Bool = { _ in false }) -> [Bool] {
        reached(from: start.map { [$0] } ?? [], stops: stops)
    }

    /// Whether each step can be come to from some places, which count too; stops as above.
    func reached(from places: [Int], stops: (Int) -> Bool) -> [Bool] {
        var reached = [Bool](repeating: false, count: steps.count)
        var pending = places.filter { !stops($0) }
        for place in pending { reached[place] = true }
        while let place = pending.popLast() {
            for next in successors[place] where !reached[next] && !stops(next) {
                reached[next] = true
                pending.append(next)
            }
        }
        return reached
    }

    /// Whether each step has a way to an end.
    func canEnd() -> [Bool] {
        let predecessors = reversedEdges(successors)
        var result = isExit
        var pending = steps.indices.filter { isExit[$0] }
        while let place = pending.popLast() {
            for previous in predecessors[place] where !result[previous] {
                result[previous] = true
                pending.append(previous)
            }
        }
        return result
    }
}

/// How ids compare: without case, as UUIDs and CloudSlang names do.
func lintKey(_ id: String) -> String { id.lowercased() }

/// The same edges, each the other way round.
func reversedEdges(_ successors: [[Int]]) -> [[Int]] {
    var result = [[Int]](repeating: [], count: successors.count)
    for (place, nexts) in successors.enumerated() {
        for next in nexts { result[next].append(place) }
    }
    return result
}

/// The circles of a graph, each as its places in ascending order (Kosaraju's two walks, without recursion).
func circles(_ successors: [[Int]]) -> [[Int]] {
    var order: [Int] = []
    var seen = [Bool](repeating: false, count: successors.count)
    for root in successors.indices where !seen[root] {
        var path = [(place: root, next: 0)]
        seen[root] = true
        while let top = path.last {
            guard top.next < successors[top.place].count else {
                order.append(top.place)
                path.removeLast()
                continue
            }
            path[path.count - 1].next += 1
            let next = successors[top.place][top.next]
            guard !seen[next] else { continue }
            seen[next] = true
            path.append((next, 0))
        }
    }
    let predecessors = reversedEdges(successors)
    var isTaken = [Bool](repeating: false, count: successors.count)
    var result: [[Int]] = []
    for root in order.reversed() where !isTaken[root] {
        var members: [Int] = []
        var pending = [root]
        isTaken[root] = true
        while let place = pending.popLast() {
            members.append(place)
            for previous in predecessors[place] where !isTaken[previous] {
                isTaken[previous] = true
                pending.append(previous)
            }
        }
        if members.count > 1 || successors[root].contains(root) { result.append(members.sorted()) }
    }
    return result.sorted { $0[0] < $1[0] }
}

import SluiceContent

/// The context of one flow while it runs: its variables, what it has for its caller, what its operations keep.
struct FlowFrame {
    let graph: FlowGraph
    /// Sub-flows and containers around its steps.
    var depth: Int
    private(set) var variables: [String: String] = [:]
    /// Bound inputs of the flow by name.
    var inputs: [String: String] = [:]
    /// Fields set as outputs of the flow.
    private(set) var outputs: [String: String] = [:]
    /// What operations keep between two calls, by step.
    var memory: [String: String] = [:]
    /// The last answer, for `resultBinding`.
    var last: [String: String] = [:]
    /// Variables and outputs that were added to, not only set.
    private var appended: Set<String> = []
    private var bytes = 0

    init(graph: FlowGraph, depth: Int) {
        self.graph = graph
        self.depth = depth
    }

    mutating func set(_ name: String, to value: String, appends: Bool = false, limits: FlowRunLimits) throws(FlowFault)
    {
        let value = appends ? (variables[name] ?? "") + value : value
        if appends { appended.insert(name) }
        try grow(name, value, over: variables[name], limits)
        variables[name] = value
    }

    mutating func setOutput(
        _ name: String, to value: String, appends: Bool = false, limits: FlowRunLimits
    ) throws(FlowFault) {
        let value = appends ? (outputs[name] ?? "") + value : value
        if appends { appended.insert(name) }
        try grow(name, value, over: outputs[name], limits)
        outputs[name] = value
    }

    /// Takes all variables of a script.
    mutating func replaceVariables(_ new: [String: String], limits: FlowRunLimits) throws(FlowFault) {
        for name in variables.keys where new[name] == nil {
            bytes -= Self.size(name, variables[name] ?? "")
            variables[name] = nil
        }
        for name in new.keys.sorted() where variables[name] != new[name] {
            try set(name, to: new[name] ?? "", limits: limits)
        }
    }

    private mutating func grow(
        _ name: String, _ value: String, over old: String?, _ limits: FlowRunLimits
    ) throws(FlowFault) {
        guard value.utf8.count <= limits.valueBytesMax else {
            throw .limit(
                "the value of \(shown(name)) has more bytes", limits.valueBytesMax, "look for a loop that makes it grow"
            )
        }
        bytes += Self.size(name, value) - (old.map { Self.size(name, $0) } ?? 0)
        guard bytes <= limits.contextBytesMax else {
            throw .limit(
                "the flow's variables have more bytes", limits.contextBytesMax, "look for a loop that makes them grow")
        }
    }

    private static func size(_ name: String, _ value: String) -> Int { name.utf8.count + value.utf8.count }
}

extension FlowFrame {
    /// What a branch begins with: the same variables, in a copy of its own, one level deeper.
    func branch() -> FlowFrame {
        var frame = self
        frame.depth += 1
        return frame
    }

    /// Takes over what a branch changed; of several branches that set one variable, the last in order counts, and what
    /// they added to one is all there.
    mutating func merge(_ branch: FlowFrame, since start: FlowFrame, limits: FlowRunLimits) throws(FlowFault) {
        for name in branch.variables.keys.sorted() {
            guard let value = branch.changed(branch.variables[name], start.variables[name], name) else { continue }
            try set(name, to: value.text, appends: value.isAdded, limits: limits)
        }
        for name in branch.outputs.keys.sorted() {
            guard let value = branch.changed(branch.outputs[name], start.outputs[name], name) else { continue }
            try setOutput(name, to: value.text, appends: value.isAdded, limits: limits)
        }
        last = branch.last
    }

    private func changed(_ new: String?, _ old: String?, _ name: String) -> (text: String, isAdded: Bool)? {
        guard let new, new != old else { return nil }
        let old = old ?? ""
        guard appended.contains(name), new.utf8.starts(with: old.utf8) else { return (new, false) }
        return (String(decoding: new.utf8.dropFirst(old.utf8.count), as: UTF8.self), true)
    }
}

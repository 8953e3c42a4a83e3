import SluiceContent

/// Containers: several branches, or the same steps for each element of a list (oo-content-pack.md section 3.4).
///
/// Branches run one after the other, each in a copy of the variables; what they changed is taken over in their order.
/// Central runs them side by side, so a flow that relies on more than this is wrong there.
extension FlowWalk {
    private static let done = "done"

    mutating func branches(
        _ step: FlowStep, entry: Int, frame: inout FlowFrame
    ) async throws(FlowFault) -> String {
        let inputs = try bind(step, entry: entry, frame: &frame)
        guard !step.startSteps.isEmpty else {
            throw FlowFault(.noStart, "is a container that names no first step; finish it")
        }
        try checkBranches(step.startSteps.count)
        let start = frame
        for first in step.startSteps {
            let branch = try await self.branch(step, from: first, start.branch())
            try frame.merge(branch, since: start, limits: limits)
        }
        return try await end(step, inputs, entry: entry, frame: &frame)
    }

    /// Goes through the lists among the inputs together; one that is shorter gives nothing for the later elements.
    mutating func instances(
        _ step: FlowStep, entry: Int, frame: inout FlowFrame
    ) async throws(FlowFault) -> String {
        let inputs = try bind(step, entry: entry, frame: &frame)
        guard let first = step.startSteps.first else {
            throw FlowFault(.noStart, "is a container that names no first step; finish it")
        }
        let lists = step.bindings.compactMap { binding in
            binding.listDelimiter.map { (binding.name, elements(of: inputs[binding.name] ?? "", separator: $0)) }
        }
        guard !lists.isEmpty else {
            throw FlowFault(.missingInput, "has no input that is a list; mark the one to go through")
        }
        let count = lists.map(\.1.count).max() ?? 0
        try checkBranches(count)
        let start = frame
        for index in 0..<count {
            var branch = start.branch()
            for (name, value) in inputs.sorted(by: { $0.key < $1.key }) {
                try branch.set(name, to: value, limits: limits)
            }
            for (name, elements) in lists {
                try branch.set(name, to: index < elements.count ? elements[index] : "", limits: limits)
            }
            let given = branch
            branch = try await self.branch(step, from: first, branch)
            try frame.merge(branch, since: given, limits: limits)
        }
        return try await end(step, inputs, entry: entry, frame: &frame)
    }

    private mutating func branch(
        _ step: FlowStep, from first: String, _ frame: FlowFrame
    ) async throws(FlowFault) -> FlowFrame {
        try checkDepth(frame.depth)
        var frame = frame
        let end = try await walk(frame.graph.level(inside: step), from: first, frame: &frame)
        guard case .branchEnded = end else {
            throw FlowFault(.branchEnd, "has a branch that ends the flow; lead the branch to the container's end")
        }
        return frame
    }

    /// The container's own assignments see the results of the last step of the last branch.
    private mutating func end(
        _ step: FlowStep, _ inputs: [String: String], entry: Int, frame: inout FlowFrame
    ) async throws(FlowFault) -> String {
        try await finish(step, StepAnswer(response: Self.done, fields: frame.last), inputs, entry: entry, frame: &frame)
    }

    func checkBranches(_ count: Int) throws(FlowFault) {
        guard count > limits.branchCountMax else { return }
        throw .limit("has more branches or elements", limits.branchCountMax, "look at the list it goes through")
    }
}

/// The elements of a delimited list, white space around them left out; an empty text has none.
func elements(of list: String, separator: String) -> [String] {
    guard !list.isEmpty else { return [] }
    guard !separator.isEmpty else { return [list] }
    return list.parts(between: separator).map { String($0).trimmed }
}

extension String {
    /// Without the white space around it.
    var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}

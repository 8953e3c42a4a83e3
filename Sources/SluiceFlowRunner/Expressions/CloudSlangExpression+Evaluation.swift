import SluiceContent

/// What an expression as read gives for names: of `if`, `and` and `or` only the sides that Python would look at.
extension CloudSlangExpression {
    static func value(of node: Node, _ names: Names, _ limits: FlowRunLimits) throws(FlowFault) -> CloudSlangValue {
        switch node {
        case .value(let value): return value
        case .name(let name):
            guard let value = names[name] else { throw fault("names \(shown(name)), which is not there") }
            return value
        case .list(let nodes): return .list(try values(of: nodes, names, limits))
        case .call(let name, let arguments): return try function(name, try values(of: arguments, names, limits), names)
        case .choice(let node, let condition, let other):
            let isTaken = try value(of: condition, names, limits).isTrue
            return try value(of: isTaken ? node : other, names, limits)
        case .any(let nodes): return try firstThat(isTrue: true, of: nodes, names, limits)
        case .all(let nodes): return try firstThat(isTrue: false, of: nodes, names, limits)
        case .not(let node): return .truth(!(try value(of: node, names, limits).isTrue))
        case .comparison(let left, let comparison, let right):
            return .truth(
                try isTrue(try value(of: left, names, limits), comparison, try value(of: right, names, limits)))
        case .sum(let nodes): return try sum(of: nodes, names, limits)
        case .suffixed(let node, let suffixes):
            var result = try value(of: node, names, limits)
            for suffix in suffixes { result = try value(of: result, with: suffix, names, limits) }
            return result
        }
    }

    private static func values(
        of nodes: [Node], _ names: Names, _ limits: FlowRunLimits
    ) throws(FlowFault) -> [CloudSlangValue] {
        var values: [CloudSlangValue] = []
        for node in nodes { values.append(try value(of: node, names, limits)) }
        return values
    }

    /// The first value that decides, or the last; those behind it are not looked at.
    private static func firstThat(
        isTrue: Bool, of nodes: [Node], _ names: Names, _ limits: FlowRunLimits
    ) throws(FlowFault) -> CloudSlangValue {
        var result = CloudSlangValue.none
        for node in nodes {
            result = try value(of: node, names, limits)
            if result.isTrue == isTrue { break }
        }
        return result
    }

    private static func isTrue(
        _ left: CloudSlangValue, _ comparison: Comparison, _ right: CloudSlangValue
    ) throws(FlowFault) -> Bool {
        switch comparison {
        case .equal: return left == right
        case .unequal: return left != right
        case .isIn, .isNotIn:
            guard let isPart = left.isPart(of: right) else { throw fault("looks for a part in what has none") }
            return isPart == (comparison == .isIn)
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard case .number(let left) = left, case .number(let right) = right else {
                throw fault("compares what are no numbers")
            }
            switch comparison {
            case .less: return left < right
            case .lessOrEqual: return left <= right
            case .greater: return left > right
            default: return left >= right
            }
        }
    }

    private static func sum(
        of nodes: [Node], _ names: Names, _ limits: FlowRunLimits
    ) throws(FlowFault) -> CloudSlangValue {
        var result: CloudSlangValue?
        for node in nodes {
            let value = try value(of: node, names, limits)
            guard let sum = result.map({ CloudSlangValue.sum($0, value) }) ?? value else {
                throw fault("adds what cannot be added; write str(…) around numbers")
            }
            guard sum.text?.utf8.count ?? 0 <= limits.valueBytesMax else {
                throw .limit("an expression's value has more bytes", limits.valueBytesMax, "look for a growing loop")
            }
            result = sum
        }
        return result ?? .none
    }

    private static func value(
        of value: CloudSlangValue, with suffix: Suffix, _ names: Names, _ limits: FlowRunLimits
    ) throws(FlowFault) -> CloudSlangValue {
        switch suffix {
        case .method(let name, let arguments):
            return try method(name, of: value, try values(of: arguments, names, limits), limits: limits)
        case .part(let node):
            guard let part = part(of: value, at: try whole(node, names, limits)) else {
                throw fault("takes a part that is not there")
            }
            return part
        case .slice(let from, let to):
            let from = try from.map { node throws(FlowFault) in try whole(node, names, limits) }
            let to = try to.map { node throws(FlowFault) in try whole(node, names, limits) }
            guard let part = slice(of: value, from: from, to: to) else { throw fault("takes a part of what has none") }
            return part
        }
    }

    private static func whole(_ node: Node, _ names: Names, _ limits: FlowRunLimits) throws(FlowFault) -> Int {
        guard case .number(let number) = try value(of: node, names, limits) else {
            throw fault("counts by what is no number")
        }
        return number
    }
}

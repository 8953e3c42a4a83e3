import SluiceContent

/// The part of CloudSlang's Python expressions that flows use to bind and hand on values.
///
/// Texts, whole numbers, names, `+`, comparisons, `in`, `and`, `or`, `not`, `a if b else c`, slices, the functions of
/// the DSL reference and the common text methods. All else is an error that names it; no code of a flow runs here.
/// Like Python it reads the whole expression first and then evaluates only the sides that count.
struct CloudSlangExpression {
    /// What names mean; `systemProperties` and `runID` are for `get_sp` and `run_id`.
    struct Names {
        var variables: [String: String]
        let systemProperties: [String: String]
        let runID: String

        subscript(name: String) -> CloudSlangValue? {
            if let value = variables[name] { return .text(value) }
            return name == "run_id" ? .text(runID) : nil
        }
    }

    /// An expression as read. Chains are lists, so that only brackets and `else` make it deep.
    indirect enum Node {
        case value(CloudSlangValue)
        case name(String)
        case list([Node])
        case call(String, [Node])
        case choice(Node, if: Node, else: Node)
        case any([Node])
        case all([Node])
        case not(Node)
        case comparison(Node, Comparison, Node)
        case sum([Node])
        case suffixed(Node, [Suffix])
    }

    enum Comparison {
        case equal, unequal, less, lessOrEqual, greater, greaterOrEqual, isIn, isNotIn
    }

    /// What follows a value.
    enum Suffix {
        case method(String, [Node])
        case part(Node)
        case slice(from: Node?, to: Node?)
    }

    private let tokens: [CloudSlangToken]
    private let limits: FlowRunLimits
    private var index = 0
    private var depth = 0

    private init(tokens: [CloudSlangToken], limits: FlowRunLimits) {
        self.tokens = tokens
        self.limits = limits
    }

    /// The text between `${` and `}`; nil when the value is a literal.
    static func body(of value: String) -> String? {
        let text = value.trimmed
        guard text.hasPrefix("${"), text.hasSuffix("}") else { return nil }
        return String(text.dropFirst(2).dropLast())
    }

    /// Evaluates what stands between `${` and `}`.
    static func evaluate(_ body: String, _ names: Names, limits: FlowRunLimits) throws(FlowFault) -> CloudSlangValue {
        let tokens = try CloudSlangToken.tokens(of: body, countMax: limits.expressionPartCountMax)
        var expression = CloudSlangExpression(tokens: tokens, limits: limits)
        let node = try expression.choice()
        guard expression.index == tokens.count else { throw expression.unexpected() }
        return try value(of: node, names, limits)
    }

    // MARK: Grammar, loosest first

    private mutating func choice() throws(FlowFault) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.expressionDepthMax else {
            throw .limit("an expression is nested deeper", limits.expressionDepthMax, "split it")
        }
        let node = try either()
        guard take(name: "if") else { return node }
        let condition = try either()
        guard take(name: "else") else { throw unexpected() }
        return .choice(node, if: condition, else: try choice())
    }

    private mutating func either() throws(FlowFault) -> Node {
        var nodes = [try both()]
        while take(name: "or") { nodes.append(try both()) }
        return nodes.count == 1 ? nodes[0] : .any(nodes)
    }

    private mutating func both() throws(FlowFault) -> Node {
        var nodes = [try negation()]
        while take(name: "and") { nodes.append(try negation()) }
        return nodes.count == 1 ? nodes[0] : .all(nodes)
    }

    private mutating func negation() throws(FlowFault) -> Node {
        var isNegated = false
        var hasNot = false
        while take(name: "not") {
            isNegated.toggle()
            hasNot = true
        }
        let node = try comparison()
        guard hasNot else { return node }
        return isNegated ? .not(node) : .not(.not(node))
    }

    private mutating func comparison() throws(FlowFault) -> Node {
        let left = try sum()
        guard let comparison = try takeComparison() else { return left }
        return .comparison(left, comparison, try sum())
    }

    private mutating func takeComparison() throws(FlowFault) -> Comparison? {
        let marks: [(String, Comparison)] = [
            ("==", .equal), ("!=", .unequal), ("<=", .lessOrEqual), (">=", .greaterOrEqual), ("<", .less),
            (">", .greater),
        ]
        for (mark, comparison) in marks where take(mark: mark) { return comparison }
        if take(name: "is") { return take(name: "not") ? .unequal : .equal }
        if take(name: "in") { return .isIn }
        guard take(name: "not") else { return nil }
        guard take(name: "in") else { throw unexpected() }
        return .isNotIn
    }

    private mutating func sum() throws(FlowFault) -> Node {
        var nodes = [try postfix()]
        while take(mark: "+") { nodes.append(try postfix()) }
        return nodes.count == 1 ? nodes[0] : .sum(nodes)
    }

    private mutating func postfix() throws(FlowFault) -> Node {
        let node = try primary()
        var suffixes: [Suffix] = []
        while true {
            if take(mark: ".") {
                guard case .name(let method) = peek else { throw unexpected() }
                index += 1
                suffixes.append(.method(method, try arguments()))
            } else if take(mark: "[") {
                suffixes.append(try part())
            } else {
                return suffixes.isEmpty ? node : .suffixed(node, suffixes)
            }
        }
    }

    private mutating func primary() throws(FlowFault) -> Node {
        guard let token = peek else { throw unexpected() }
        index += 1
        switch token {
        case .text(let text): return .value(.text(text))
        case .number(let number): return .value(.number(number))
        case .name("None"): return .value(.none)
        case .name("True"): return .value(.truth(true))
        case .name("False"): return .value(.truth(false))
        case .name(let name) where peek == .mark("("): return .call(name, try arguments())
        case .name(let name): return .name(name)
        case .mark("-"):
            guard case .number(let number) = peek else { throw fault("has a minus before no number") }
            index += 1
            return .value(.number(-number))
        case .mark("("):
            let node = try choice()
            guard take(mark: ")") else { throw unexpected() }
            return node
        case .mark("["): return .list(try list(until: "]"))
        case .mark:
            index -= 1
            throw unexpected()
        }
    }

    private mutating func arguments() throws(FlowFault) -> [Node] {
        guard take(mark: "(") else { throw unexpected() }
        return try list(until: ")")
    }

    private mutating func list(until end: String) throws(FlowFault) -> [Node] {
        var nodes: [Node] = []
        while !take(mark: end) {
            if !nodes.isEmpty, !take(mark: ",") { throw unexpected() }
            if take(mark: end) { break }
            nodes.append(try choice())
        }
        return nodes
    }

    /// `[i]` and `[from:to]`, counted from the end when negative.
    private mutating func part() throws(FlowFault) -> Suffix {
        let from = peek == .mark(":") ? nil : try choice()
        guard take(mark: ":") else {
            guard let from, take(mark: "]") else { throw unexpected() }
            return .part(from)
        }
        let to = peek == .mark("]") ? nil : try choice()
        guard take(mark: "]") else { throw unexpected() }
        return .slice(from: from, to: to)
    }

    // MARK: Tokens

    private var peek: CloudSlangToken? { index < tokens.count ? tokens[index] : nil }

    private mutating func take(_ token: CloudSlangToken) -> Bool {
        guard peek == token else { return false }
        index += 1
        return true
    }

    private mutating func take(mark: String) -> Bool { take(.mark(mark)) }
    private mutating func take(name: String) -> Bool { take(.name(name)) }

    private func unexpected() -> FlowFault { fault("is not read here beyond its part \(index + 1)") }
    private func fault(_ what: String) -> FlowFault { Self.fault(what) }

    static func fault(_ what: String) -> FlowFault {
        FlowFault(.expression, "has an expression that \(what); mend it, or answer it by `expressions`")
    }
}

import SluiceContent

/// Evaluates the part of CloudSlang's Python expressions that flows use to bind and hand on values.
///
/// Texts, whole numbers, names, `+`, comparisons, `in`, `and`, `or`, `not`, `a if b else c`, slices, the functions of
/// the DSL reference and the common text methods. All else is an error that names it; no code of a flow runs here.
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

    private let tokens: [CloudSlangToken]
    private let names: Names
    private let limits: FlowRunLimits
    private var index = 0
    private var depth = 0

    private init(tokens: [CloudSlangToken], names: Names, limits: FlowRunLimits) {
        self.tokens = tokens
        self.names = names
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
        var expression = CloudSlangExpression(tokens: tokens, names: names, limits: limits)
        let value = try expression.choice()
        guard expression.index == tokens.count else { throw expression.unexpected() }
        return value
    }

    // MARK: Grammar, loosest first

    private mutating func choice() throws(FlowFault) -> CloudSlangValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.expressionDepthMax else {
            throw .limit("an expression is nested deeper", limits.expressionDepthMax, "split it")
        }
        let value = try either()
        guard take(name: "if") else { return value }
        let condition = try either()
        guard take(name: "else") else { throw unexpected() }
        let other = try choice()
        return condition.isTrue ? value : other
    }

    private mutating func either() throws(FlowFault) -> CloudSlangValue {
        var value = try both()
        while take(name: "or") {
            let other = try both()
            value = value.isTrue ? value : other
        }
        return value
    }

    private mutating func both() throws(FlowFault) -> CloudSlangValue {
        var value = try negation()
        while take(name: "and") {
            let other = try negation()
            value = value.isTrue ? other : value
        }
        return value
    }

    private mutating func negation() throws(FlowFault) -> CloudSlangValue {
        var isNegated = false
        var hasNot = false
        while take(name: "not") {
            isNegated.toggle()
            hasNot = true
        }
        let value = try comparison()
        return hasNot ? .truth(value.isTrue != isNegated) : value
    }

    private mutating func comparison() throws(FlowFault) -> CloudSlangValue {
        let left = try sum()
        if take(mark: "==") { return .truth(left == (try sum())) }
        if take(mark: "!=") { return .truth(left != (try sum())) }
        if take(name: "is") {
            let isNegated = take(name: "not")
            return .truth((left == (try sum())) != isNegated)
        }
        for mark in ["<=", ">=", "<", ">"] where take(mark: mark) {
            guard case .number(let left) = left, case .number(let right) = try sum() else {
                throw fault("compares what are no numbers")
            }
            return .truth(
                mark == "<=" ? left <= right : mark == ">=" ? left >= right : mark == "<" ? left < right : left > right)
        }
        let isNegated = peek == .name("not") && take(name: "not")
        guard take(name: "in") else {
            if isNegated { throw unexpected() }
            return left
        }
        guard let isPart = left.isPart(of: try sum()) else { throw fault("looks for a part in what has none") }
        return .truth(isPart != isNegated)
    }

    private mutating func sum() throws(FlowFault) -> CloudSlangValue {
        var value = try postfix()
        while take(mark: "+") {
            guard let sum = CloudSlangValue.sum(value, try postfix()) else {
                throw fault("adds what cannot be added; write str(…) around numbers")
            }
            guard sum.text?.utf8.count ?? 0 <= limits.valueBytesMax else {
                throw .limit("an expression's value has more bytes", limits.valueBytesMax, "look for a growing loop")
            }
            value = sum
        }
        return value
    }

    private mutating func postfix() throws(FlowFault) -> CloudSlangValue {
        var value = try primary()
        while true {
            if take(mark: ".") {
                guard case .name(let method) = peek else { throw unexpected() }
                index += 1
                value = try Self.method(method, of: value, try arguments(), limits: limits)
            } else if take(mark: "[") {
                value = try subscripted(value)
            } else {
                return value
            }
        }
    }

    private mutating func primary() throws(FlowFault) -> CloudSlangValue {
        guard let token = peek else { throw unexpected() }
        index += 1
        switch token {
        case .text(let text): return .text(text)
        case .number(let number): return .number(number)
        case .name("None"): return .none
        case .name("True"): return .truth(true)
        case .name("False"): return .truth(false)
        case .name(let name) where peek == .mark("("): return try call(name, try arguments())
        case .name(let name):
            guard let value = names[name] else { throw fault("names \(shown(name)), which is not there") }
            return value
        case .mark("-"):
            guard case .number(let number) = peek else { throw fault("has a minus before no number") }
            index += 1
            return .number(-number)
        case .mark("("):
            let value = try choice()
            guard take(mark: ")") else { throw unexpected() }
            return value
        case .mark("["): return .list(try list(until: "]"))
        case .mark:
            index -= 1
            throw unexpected()
        }
    }

    private mutating func arguments() throws(FlowFault) -> [CloudSlangValue] {
        guard take(mark: "(") else { throw unexpected() }
        return try list(until: ")")
    }

    private mutating func list(until end: String) throws(FlowFault) -> [CloudSlangValue] {
        var values: [CloudSlangValue] = []
        while !take(mark: end) {
            if !values.isEmpty, !take(mark: ",") { throw unexpected() }
            if take(mark: end) { break }
            values.append(try choice())
        }
        return values
    }

    /// `value[i]` and `value[from:to]`, counted from the end when negative.
    private mutating func subscripted(_ value: CloudSlangValue) throws(FlowFault) -> CloudSlangValue {
        let from = peek == .mark(":") ? nil : try whole()
        guard take(mark: ":") else {
            guard let from, take(mark: "]") else { throw unexpected() }
            guard let part = Self.part(of: value, at: from) else {
                throw fault("takes a part that is not there")
            }
            return part
        }
        let to = peek == .mark("]") ? nil : try whole()
        guard take(mark: "]") else { throw unexpected() }
        guard let part = Self.slice(of: value, from: from, to: to) else { throw fault("takes a part of what has none") }
        return part
    }

    private mutating func whole() throws(FlowFault) -> Int {
        guard case .number(let number) = try choice() else { throw fault("counts by what is no number") }
        return number
    }

    private func call(_ name: String, _ arguments: [CloudSlangValue]) throws(FlowFault) -> CloudSlangValue {
        try Self.function(name, arguments, names)
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

/// Compares the graphs of two versions of a flow, in the words of who draws them.
struct GraphComparison {
    private(set) var changes: [DocumentChange] = []
    private let old: FlowDocument
    private let new: FlowDocument
    private let names: StepNames

    init(from old: FlowDocument, to new: FlowDocument) {
        self.old = old
        self.new = new
        names = StepNames(old: Self.names(old), new: Self.names(new))
        changes = []
        let found =
            heads() + named("input", old.inputs, new.inputs, by: \.name, Self.binding)
            + named("response", old.responses, new.responses, by: \.name) { old, new in
                old.type == new.type ? [] : [Words("ends as \(shown(new.type)), was \(shown(old.type))", ["type"])]
            } + named("output", old.outputs, new.outputs, by: \.name, Self.output)
            + named("step", old.allSteps, new.allSteps, by: \.id, title: \.name, step)
        changes = found.map { words in
            DocumentChange(
                parts: words.inner, covers: words.covers, words: words.words, isCoarse: words.isCoarse)
        }
    }

    /// What is said of one part, and which elements below it that covers.
    private struct Words {
        var words: String
        var covers: [String]
        var isCoarse = false
        /// The parts around it, outermost first.
        var inner: [DocumentPart] = []

        init(_ words: String, _ covers: [String], isCoarse: Bool = false) {
            self.words = words
            self.covers = covers
            self.isCoarse = isCoarse
        }
    }

    private func heads() -> [Words] {
        var found: [Words] = []
        if old.name != new.name {
            found.append(Words("is named \(shown(new.name)), was \(shown(old.name))", ["name"]))
        }
        if old.path != new.path { found.append(Words("moved from \(shown(old.path))", [])) }
        if old.kind != new.kind {
            found.append(Words("is a \(new.kind.rawValue), was a \(old.kind.rawValue)", [""]))
        }
        if old.startStep != new.startStep {
            found.append(
                Words("starts with \(names.new(new.startStep)), was \(names.old(old.startStep))", ["startSteps"]))
        }
        if old.softCopyOf != new.softCopyOf || old.plugin != new.plugin {
            found.append(
                Words(
                    "does its work by another action",
                    ["plugin", "opRef", "java_action/gav", "java_action/class_name", "java_action/method_name"]))
        }
        return found
    }

    private func step(_ old: FlowStep, _ new: FlowStep) -> [Words] {
        var found: [Words] = []
        if old.name != new.name { found.append(Words("was \(shown(old.name))", ["name"])) }
        if old.kind != new.kind {
            found.append(
                Words(
                    "is a \(new.kind.rawValue), was a \(old.kind.rawValue)",
                    ["", "do", "loop", "parallel_loop"]))
        }
        if old.called != new.called {
            found.append(
                Words(
                    "calls \(shown(new.called ?? "nothing")), was \(shown(old.called ?? "nothing"))",
                    ["opRef", "do", "do_external"].flatMap { [$0, "loop/\($0)", "parallel_loop/\($0)"] }))
        }
        if old.returnType != new.returnType {
            found.append(
                Words(
                    "returns \(shown(new.returnType ?? "nothing")), was \(shown(old.returnType ?? "nothing"))",
                    ["returnStepType"]))
        }
        if old.isSingleResponse != new.isSingleResponse {
            found.append(
                Words(
                    new.isSingleResponse ? "goes on whatever it is answered" : "looks at what it is answered",
                    ["isSingleResponse"]))
        }
        if old.loop != new.loop {
            found.append(
                Words("loops over other things", ["loop/for", "loop/break", "parallel_loop/for"]))
        }
        found += named("input", old.bindings, new.bindings, by: \.name, Self.binding)
        found += named("transition", old.transitions, new.transitions, by: \.response) { one, other in
            one.destination == other.destination
                ? []
                : [
                    Words(
                        "leads to \(names.new(other.destination)), was \(names.old(one.destination))",
                        ["", "destination", "next_step"])
                ]
        }
        if old.assignments != new.assignments {
            found.append(Words("keeps other results", [], isCoarse: true))
        }
        found += Self.scriptlet(old, new)
        return found
    }

    private static func scriptlet(_ old: FlowStep, _ new: FlowStep) -> [Words] {
        if old.script == new.script { return [] }
        if old.hasScriptlet, new.hasScriptlet { return [Words("has another scriptlet", ["scriptlet/script"])] }
        return [Words(new.hasScriptlet ? "has a scriptlet" : "has no scriptlet any more", ["scriptlet"])]
    }

    private static func output(_ old: FlowExpression, _ new: FlowExpression) -> [Words] {
        var found: [Words] = []
        if old.field != new.field || old.source != new.source {
            found.append(Words("is taken from elsewhere", ["", "value", "fieldName", "sourceType"]))
        }
        if old.filters != new.filters { found.append(Words("passes other filters", [], isCoarse: true)) }
        return found
    }

    private static func binding(_ old: FlowBinding, _ new: FlowBinding) -> [Words] {
        var found: [Words] = []
        if old.kind != new.kind {
            found.append(Words("is a \(shown(new.kind)), was a \(shown(old.kind))", ["", "default", "private"]))
        }
        if old.type != new.type {
            found.append(Words("has type \(shown(new.type)), was \(shown(old.type))", ["inputType", "sensitive"]))
        }
        if old.isRequired != new.isRequired {
            found.append(Words(new.isRequired ? "is required now" : "is not required any more", ["required"]))
        }
        if old.fromVariable != new.fromVariable || old.toVariable != new.toVariable {
            found.append(
                Words(
                    "uses another variable",
                    ["", "fromContextKey", "toContextKey", "assignFromContext", "assignToContext"]))
        }
        if old.value != new.value { found.append(Words("has another value", ["", "value", "default"])) }
        return found
    }

    private static func names(_ document: FlowDocument) -> [String: String] {
        Dictionary(document.allSteps.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    }

    /// Steps by their names where a document has them, so that a reader need not look ids up.
    private struct StepNames {
        let oldByID: [String: String]
        let newByID: [String: String]

        init(old: [String: String], new: [String: String]) { (oldByID, newByID) = (old, new) }

        func old(_ id: String?) -> String { label(id, oldByID) }
        func new(_ id: String?) -> String { label(id, newByID) }

        private func label(_ id: String?, _ names: [String: String]) -> String {
            guard let id else { return "nothing" }
            return names[id].map { "\u{201C}\(shown($0))\u{201D}" } ?? shown(id)
        }
    }

    /// What is gone, what differs and what is new of two lists whose elements have names.
    private func named<Element>(
        _ what: String, _ old: [Element], _ new: [Element], by key: (Element) -> String,
        title: ((Element) -> String)? = nil, _ compare: (Element, Element) -> [Words]
    ) -> [Words] {
        let before = Dictionary(old.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let after = Dictionary(new.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let isCloudSlang = ![.flow, .operation].contains(self.new.kind)
        func inside(_ element: Element, _ words: Words) -> Words {
            var words = words
            let name = title?(element) ?? key(element)
            let part = DocumentPart(
                what, key: key(element), title: isCloudSlang ? CloudSlangCompiler.NameRule.shownName(name) : name)
            words.inner.insert(part, at: 0)
            return words
        }
        var seen: Set<String> = []
        var found: [Words] = []
        for element in old where seen.insert(key(element)).inserted {
            guard let other = after[key(element)] else {
                found.append(inside(element, Words("is gone", [DocumentChange.presence])))
                continue
            }
            found += compare(element, other).map { inside(other, $0) }
        }
        for element in new where before[key(element)] == nil && seen.insert(key(element)).inserted {
            found.append(inside(element, Words("is new", [DocumentChange.presence])))
        }
        return found
    }
}

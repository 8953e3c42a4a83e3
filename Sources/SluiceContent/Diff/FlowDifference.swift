/// What changed between two versions of a flow, in words of the graph and not in lines of XML.
///
/// No value is told, old or new: it may be a secret.
public struct FlowDifference: Hashable, Sendable {
    /// Id of the flow; `namespace.name` in CloudSlang.
    public var id: String
    /// Its place in the newer version, or in the older one when it is gone.
    public var path: String
    /// One sentence for each change: the head, inputs, responses, outputs, steps in the older order, then new ones.
    public var changes: [String]

    /// Compares two versions of one flow; nil when nothing that matters to its graph changed.
    public init?(from old: FlowDocument, to new: FlowDocument) {
        id = new.id
        path = new.path
        changes = Self.head(old, new)
        changes += Self.named("input", old.inputs, new.inputs, by: \.name, Self.binding)
        changes += Self.named("response", old.responses, new.responses, by: \.name) { old, new in
            old.type == new.type ? [] : ["ends as \(shown(new.type)), was \(shown(old.type))"]
        }
        changes += Self.named("output", old.outputs, new.outputs, by: \.name) { old, new in
            old == new ? [] : ["is taken from elsewhere"]
        }
        changes += Self.steps(old, new)
        if changes.isEmpty { return nil }
    }

    private static func head(_ old: FlowDocument, _ new: FlowDocument) -> [String] {
        var changes: [String] = []
        if old.name != new.name { changes.append("is named \(shown(new.name)), was \(shown(old.name))") }
        if old.path != new.path { changes.append("moved from \(shown(old.path))") }
        if old.kind != new.kind { changes.append("is a \(new.kind.rawValue), was a \(old.kind.rawValue)") }
        if old.startStep != new.startStep {
            changes.append("starts with \(label(new.startStep, new)), was \(label(old.startStep, old))")
        }
        if old.softCopyOf != new.softCopyOf || old.plugin != new.plugin {
            changes.append("does its work by another action")
        }
        return changes
    }

    private static func steps(_ old: FlowDocument, _ new: FlowDocument) -> [String] {
        named(
            "step", old.allSteps, new.allSteps, by: \.id, title: { $0.name },
            { before, after in
                var changes: [String] = []
                if before.name != after.name { changes.append("was \(shown(before.name))") }
                if before.kind != after.kind {
                    changes.append("is a \(after.kind.rawValue), was a \(before.kind.rawValue)")
                }
                if before.called != after.called {
                    changes.append(
                        "calls \(shown(after.called ?? "nothing")), was \(shown(before.called ?? "nothing"))")
                }
                if before.returnType != after.returnType {
                    changes.append(
                        "returns \(shown(after.returnType ?? "nothing")), was \(shown(before.returnType ?? "nothing"))")
                }
                if before.isSingleResponse != after.isSingleResponse {
                    changes.append(
                        after.isSingleResponse ? "goes on whatever it is answered" : "looks at what it is answered")
                }
                changes += named("input", before.bindings, after.bindings, by: \.name, binding)
                changes += transitions(before, old, after, new)
                if before.assignments != after.assignments { changes.append("keeps other results") }
                if before.hasScriptlet != after.hasScriptlet {
                    changes.append(after.hasScriptlet ? "has a scriptlet" : "has no scriptlet any more")
                }
                return changes
            })
    }

    private static func transitions(
        _ before: FlowStep, _ old: FlowDocument, _ after: FlowStep, _ new: FlowDocument
    ) -> [String] {
        named("transition", before.transitions, after.transitions, by: \.response) { before, after in
            before.destination == after.destination
                ? [] : ["leads to \(label(after.destination, new)), was \(label(before.destination, old))"]
        }
    }

    private static func binding(_ old: FlowBinding, _ new: FlowBinding) -> [String] {
        var changes: [String] = []
        if old.kind != new.kind { changes.append("is a \(shown(new.kind)), was a \(shown(old.kind))") }
        if old.type != new.type { changes.append("has type \(shown(new.type)), was \(shown(old.type))") }
        if old.isRequired != new.isRequired {
            changes.append(new.isRequired ? "is required now" : "is not required any more")
        }
        if old.fromVariable != new.fromVariable || old.toVariable != new.toVariable {
            changes.append("uses another variable")
        }
        if old.value != new.value { changes.append("has another value") }
        return changes
    }

    /// A step by its name where the document has it, so that a reader need not look ids up.
    private static func label(_ id: String?, _ document: FlowDocument) -> String {
        guard let id else { return "nothing" }
        guard let step = document.allSteps.first(where: { $0.id == id }) else { return shown(id) }
        return "\u{201C}\(shown(step.name))\u{201D}"
    }

    /// What is gone, what differs and what is new of two lists whose elements have names.
    private static func named<Element>(
        _ what: String, _ old: [Element], _ new: [Element], by key: (Element) -> String,
        title: ((Element) -> String)? = nil, _ compare: (Element, Element) -> [String]
    ) -> [String] {
        let before = Dictionary(old.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let after = Dictionary(new.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        func show(_ element: Element) -> String {
            "\(what) \u{201C}\(shown(title?(element) ?? key(element)))\u{201D}"
        }
        var seen: Set<String> = []
        var changes: [String] = []
        for element in old where seen.insert(key(element)).inserted {
            guard let other = after[key(element)] else {
                changes.append("\(show(element)) is gone")
                continue
            }
            changes += compare(element, other).map { "\(show(other)) \($0)" }
        }
        for element in new where before[key(element)] == nil && seen.insert(key(element)).inserted {
            changes.append("\(show(element)) is new")
        }
        return changes
    }
}

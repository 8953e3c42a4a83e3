/// How changes of elements are said; what is not named here is said by the element's own name.
enum ChangeWords {
    /// Elements with all below them that one sentence speaks of.
    static func isToldAsOne(_ node: DocumentNode) -> Bool {
        if let part = node.part { return part.what == "filter" || node.name == "entry" }
        return ["matchRules", "plugin", "iconSpec"].contains(node.name)
    }

    /// The key of a CloudSlang file in which its editor keeps the canvas.
    static let yamlLayout = "extensions"

    /// Keys of a CloudSlang file below which its document stands.
    static let yamlBodies: Set<String> = ["flow", "operation", "decision"]

    /// The node that stands for a CloudSlang file's describing comments; no key is called so.
    static let yamlComments = "#!"

    /// Whether an element only says where something lies on the canvas, or how it looks there.
    static func isLayout(_ name: String, in parent: String) -> Bool {
        switch name {
        case "bounds", "layer": isStep(parent) || parent == "callout" || parent == "parallelLane"
        case "hideInbound": isStep(parent)
        case "positions", "labelPosition": parent == "transition"
        case "iconSpec": parent == "flow" || parent == "operation" || isStep(parent)
        default: false
        }
    }

    private static func isStep(_ name: String) -> Bool { PackElement(rawValue: name)?.stepKind != nil }

    static func attribute(_ name: String) -> String {
        name == "id" ? "has another id" : "differs in its attribute `\(shown(name))`"
    }

    /// What a list holds, for its order.
    static func list(_ name: String) -> String {
        switch name {
        case "inputs", "bindings": "its inputs"
        case "possibleResponses", "results": "its responses"
        case "availableResultExpressions", "outputs": "its outputs"
        case "assignments", "publish": "its results"
        case "matchRules": "its match rules"
        case "filters": "its filters"
        case "workflow": "its steps"
        case "navigate": "its transitions"
        default: "`\(shown(name))`"
        }
    }

    /// What differs at the end of a path; nil for the version that has nothing there.
    static func words(
        _ path: [String], _ old: DocumentNode?, _ new: DocumentNode?, in part: DocumentPart?
    ) -> String {
        guard let name = path.last else { return ofPart(part) }
        if let flag = new?.flag, old?.flag == !flag, let words = flags[name] { return flag ? words.on : words.off }
        if name == "scriptlet", old == nil { return "has a scriptlet" }
        if name == "scriptlet", new == nil { return "has no scriptlet any more" }
        if path.suffix(2) == ["scriptlet", "script"] { return "has another scriptlet" }
        if path.suffix(2) == ["scriptlet", "type"] { return "has a scriptlet of another type" }
        if path.first == "expression", part?.what == "result" { return "is taken from elsewhere" }
        if name == "type", part?.what == "response" { return "ends in another way" }
        if name == "name" { return part == nil || part?.what == "step" ? "has another name" : "has another label" }
        return texts[name] ?? "differs in `\(path.map(shownName).joined(separator: "/"))`"
    }

    private static func ofPart(_ part: DocumentPart?) -> String {
        switch part?.what {
        case "filter": "has other settings"
        case "response": "holds on another condition"
        case "result", "output": "is taken from elsewhere"
        case "transition": "leads elsewhere"
        default: "has another value"
        }
    }

    private static func shownName(_ name: String) -> String { CloudSlangCompiler.NameRule.shownName(name) }

    private static let texts = [
        yamlComments: "has other texts", "script": "has another script", "matchRules": "has other match rules",
        "value": "has another value",
        "default": "has another value", "descriptionCdata": "has other texts", "listDelimiter": "has another delimiter",
        "throttleSize": "has another throttle", "transitionValue": "has another ROI value", "text": "has another text",
        "fieldName": "is taken from elsewhere", "sourceType": "is taken from elsewhere",
        "startSteps": "starts elsewhere",
        "action": "is kept in another way", "plugin": "does its work by another action",
        "for": "loops over other things",
        "opRef": "calls another", "do": "calls another", "do_external": "calls another",
        "fromContextKey": "uses another variable", "toContextKey": "uses another variable",
        "assignFromContext": "uses another variable", "assignToContext": "uses another variable",
    ]

    private static let flags: [String: (on: String, off: String)] = [
        "isDefault": ("is the default now", "is no longer the default"),
        "onFailure": ("is the one for failures now", "is no longer the one for failures"),
        "isList": ("is a list now", "is no list any more"),
        "isNonBlocking": ("is non-blocking now", "is no longer non-blocking"),
        "isCriticalStep": ("is critical now", "is no longer critical"),
        "checkPointStep": ("is a checkpoint now", "is no longer a checkpoint"),
        "shouldHandoff": ("hands the run over now", "no longer hands the run over"),
        "encrypted": ("is kept encrypted now", "is no longer kept encrypted"),
        "record": ("is recorded now", "is no longer recorded"),
        "sensitive": ("is a secret now", "is no longer a secret"),
    ]
}

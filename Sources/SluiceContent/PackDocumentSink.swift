/// Collects the facts of one OO 10 XML document: a flow, an operation or a configuration item.
///
/// Children are looked up by name, because their order differs between versions; unknown ones are passed over
/// (oo-content-pack.md section 6). Values are never asked for.
final class PackDocumentSink: XMLEventSink {
    private(set) var root = ""
    private(set) var id = ""
    private(set) var name = ""
    private(set) var inputs: [PackInput] = []
    private(set) var responses: [PackResponse] = []
    private(set) var counts = PackPartCounts()
    private(set) var startStep: String?
    /// The operation's own `opRef`: what it is a soft copy of.
    private(set) var softCopyOf: String?
    /// What steps call, in the order of first use.
    private(set) var references: [PackReference] = []

    private let file: String
    private let partCountMax: Int
    private var ancestors: [String] = []
    private var referenceIndex: [String: Int] = [:]
    private var stepID = ""
    private var referenceOfStep: [String: String] = [:]

    init(file: String, partCountMax: Int) {
        self.file = file
        self.partCountMax = partCountMax
    }

    /// Whether the flow's first step calls the gate; a start step that is a container calls nothing itself.
    var isGated: Bool {
        guard let startStep, let called = referenceOfStep[startStep] else { return false }
        return PackGate.isGate(called)
    }

    func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool {
        let depth = ancestors.count
        let parent = ancestors.last ?? ""
        defer { ancestors.append(element.name) }
        if depth == 0 {
            root = element.name
            id = element.attribute("id") ?? ""
            return false
        }
        count(element, parent: parent)
        if depth == 1 { return element.name == "name" || element.name == "startSteps" }
        switch ancestors[1] {
        case "inputs":
            if depth == 2 {
                inputs.append(PackInput(name: "", isRequired: false, type: "", binding: element.name))
                try check(inputs.count, "inputs", element)
            }
            return depth == 3
                && (element.name == "inputSymbol" || element.name == "inputType" || element.name == "required")
        case "possibleResponses":
            if depth == 2, element.name == "opResponse" {
                responses.append(PackResponse(name: "", type: ""))
                try check(responses.count, "responses", element)
            }
            return depth == 3 && parent == "opResponse" && (element.name == "name" || element.name == "type")
        case "opRef":
            return depth == 2 && element.name == "refId"
        case "steps":
            if element.name == "step", parent == "steps" {
                stepID = element.attribute("id") ?? ""
                try check(counts.steps, "steps", element)
            }
            return element.name == "refId" && parent == "opRef" && grandparentIsStep
        default:
            return false
        }
    }

    func endElement(_ name: String, text: String?) throws(ContentError) {
        ancestors.removeLast()
        guard let text else { return }
        let value = trimmed(text)
        switch (ancestors.count, name) {
        case (1, "name"): self.name = value
        case (1, "startSteps"): startStep = value.isEmpty ? nil : value
        case (_, "refId"):
            guard !value.isEmpty else { return }
            if ancestors.count == 2 {
                softCopyOf = value
            } else {
                refer(to: value)
            }
        case (3, _) where ancestors[1] == "inputs": setInput(name, value)
        case (3, "name"): responses[responses.count - 1].name = value
        case (3, "type"): responses[responses.count - 1].type = value
        default: break
        }
    }

    private var grandparentIsStep: Bool { ancestors.count >= 2 && ancestors[ancestors.count - 2] == "step" }

    private func count(_ element: XMLStartElement, parent: String) {
        switch (element.name, parent) {
        case ("step", "steps"): counts.steps += 1
        case ("returnStep", "steps"): counts.returnSteps += 1
        case ("endBranchStep", "steps"): counts.endBranchSteps += 1
        case ("parallelMultiStep", "steps"): counts.parallelSteps += 1
        case ("multiInstanceStep", "steps"): counts.multiInstanceSteps += 1
        case ("transition", "transitions"): counts.transitions += 1
        case ("flowVariableAssignment", _): counts.assignments += 1
        case ("callout", "callouts"): counts.callouts += 1
        case ("scriptlet", _): counts.scriptlets += 1
        default: break
        }
    }

    private func setInput(_ name: String, _ value: String) {
        let last = inputs.count - 1
        switch name {
        case "inputSymbol": inputs[last].name = value
        case "inputType": inputs[last].type = value
        default: inputs[last].isRequired = value == "true"
        }
    }

    private func refer(to id: String) {
        if !stepID.isEmpty { referenceOfStep[stepID] = id }
        if let index = referenceIndex[id] {
            references[index].count += 1
        } else {
            referenceIndex[id] = references.count
            references.append(PackReference(id: id, isResolved: false, count: 1))
        }
    }

    private func check(_ count: Int, _ what: String, _ element: XMLStartElement) throws(ContentError) {
        guard count > partCountMax else { return }
        throw ContentError(
            "pack-too-many-parts", "the document has more than \(partCountMax) \(what)", file: file,
            line: element.line, column: element.column)
    }
}

/// Text without the XML white space around it.
func trimmed(_ text: String) -> String {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    guard let first = text.utf8.first, let last = text.utf8.last, isSpace(first) || isSpace(last) else { return text }
    let bytes = text.utf8.drop(while: isSpace)
    let end = bytes.lastIndex { !isSpace($0) }.map { text.utf8.index(after: $0) } ?? bytes.startIndex
    return String(text[bytes.startIndex..<end])
}

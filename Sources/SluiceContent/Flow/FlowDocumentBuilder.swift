/// Builds the whole graph of one OO 10 XML document, and the counts that an inventory shows.
///
/// Children are looked up by name, because their order differs between versions (oo-content-pack.md section 6). Of a
/// configuration item only root, id and name are kept: its value may be a secret.
struct FlowDocumentBuilder {
    private(set) var root = ""
    private(set) var id = ""
    private(set) var name = ""
    private(set) var line = 1
    private(set) var counts = PackPartCounts()
    /// The graph so far; its id and name are those above.
    var document = FlowDocument(id: "", name: "", path: "", kind: .flow)
    /// Names that no reference knows, with the line each was first seen on, in the order seen.
    private(set) var unknown: [(name: String, line: Int)] = []

    let file: String
    let limits: ContentLimits
    /// Texts of the pack, for documents that have none themselves.
    let packTexts: PackTexts
    let detail: Detail
    var ownTexts = PackTexts()
    /// Ids of the document's inputs, in their order.
    var inputIDs: [String] = []
    var ancestors: [PackElement?] = []
    /// Steps that are open, outermost first.
    var openSteps: [FlowStep] = []
    /// The input that is open, and how many elements stand around it: its own children stand one deeper.
    var binding: FlowBinding?
    var bindingID = ""
    var bindingDepth = 0
    var bindingUses = (from: false, to: false, list: false)
    var transition: FlowTransition?
    var transitionDepth = 0
    var assignment: FlowAssignment?
    var assignmentDepth = 0
    var expression: FlowExpression?
    var expressionDepth = 0
    /// Line of the last reference that began.
    var openedLine = 1
    private var isFlow = false
    private var partCount = 0

    /// Unknown names that are listed of one document.
    static let unknownCountMax = 20

    init(file: String, limits: ContentLimits, texts: PackTexts, detail: Detail) {
        self.file = file
        self.limits = limits
        packTexts = texts
        self.detail = detail
    }

    /// An element opens; answers whether its text is wanted.
    mutating func start(_ element: XMLStartElement) throws(ContentError) -> Bool {
        let kind = element.packElement
        defer { ancestors.append(kind) }
        guard let parent = ancestors.last else {
            root = element.name
            id = element.attribute("id") ?? ""
            line = element.line
            isFlow = kind == .flow || kind == .operation
            return false
        }
        if ancestors.count == 1, kind == .name { return true }
        guard isFlow else { return false }
        if parent == .filters { try addFilter(element) }
        guard let kind else {
            noteUnknown(element)
            return false
        }
        try count(kind, parent: parent, element)
        return try open(kind, parent: parent, element)
    }

    /// An element closes, with its text where that was wanted.
    mutating func end(text: String?) throws(ContentError) {
        guard let kind = ancestors.removeLast() else { return }
        let parent = ancestors.last ?? nil
        if let text {
            if ancestors.count == 1, kind == .name {
                self.name = trimmed(text)
            } else if ancestors.count == 1, kind == .descriptionCdata {
                try takeTexts(text)
            } else if isFlow {
                set(kind, parent: parent, text)
            }
        }
        if isFlow { close(kind, parent: parent) }
    }

    private mutating func noteUnknown(_ element: XMLStartElement) {
        // What stands inside filters and properties has names of its own.
        guard unknown.count < Self.unknownCountMax, !ancestors.contains(where: { $0 == .filters || $0 == .properties }),
            !PackElement.otherNames.contains(element.name), !unknown.contains(where: { $0.name == element.name })
        else { return }
        unknown.append((element.name, element.line))
    }

    private mutating func count(
        _ kind: PackElement, parent: PackElement?, _ element: XMLStartElement
    ) throws(ContentError) {
        switch kind {
        case .step where parent == .steps:
            counts.steps += 1
            try check(counts.steps, "steps", element)
        case .returnStep where parent == .steps: counts.returnSteps += 1
        case .endBranchStep where parent == .steps: counts.endBranchSteps += 1
        case .parallelMultiStep where parent == .steps: counts.parallelSteps += 1
        case .multiInstanceStep where parent == .steps: counts.multiInstanceSteps += 1
        case .transition where parent == .transitions:
            counts.transitions += 1
            try check(counts.transitions, "transitions", element)
        case .flowVariableAssignment:
            counts.assignments += 1
            try check(counts.assignments, "results", element)
        case .callout where parent == .callouts: counts.callouts += 1
        case .scriptlet: counts.scriptlets += 1
        default: break
        }
    }

    func check(_ count: Int, _ what: String, _ element: XMLStartElement) throws(ContentError) {
        guard count > limits.documentPartCountMax else { return }
        throw tooMany(limits.documentPartCountMax, what, element)
    }

    /// Counts one more part of the graph, whatever its kind.
    mutating func countPart(_ element: XMLStartElement) throws(ContentError) {
        partCount += 1
        guard partCount > limits.documentGraphPartCountMax else { return }
        throw tooMany(limits.documentGraphPartCountMax, "parts", element)
    }

    private func tooMany(_ countMax: Int, _ what: String, _ element: XMLStartElement) -> ContentError {
        ContentError(
            "pack-too-many-parts", "the document has more than \(countMax) \(what)", file: file, line: element.line,
            column: element.column)
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

/// Builds the tree of a whole XML document, with fingerprints in place of texts.
final class XMLNodeSink: XMLEventSink {
    private(set) var root: DocumentNode?
    private var open: [OpenNode] = []
    private var nodeCount = 0
    private let file: String
    private let limits: ContentLimits

    private struct OpenNode {
        var node: DocumentNode
        var hasher = Hasher()
        var byteCount = 0
        var isBlank = true
        /// The text's beginning; of most elements only enough to know `true` and `false`.
        var start: [UInt8] = []
        let startMax: Int
        let id: String?

        init(_ name: String, id: String?) {
            node = DocumentNode(name: name)
            self.id = id
            startMax = XMLNodeSink.labelNames.contains(name) ? XMLNodeSink.labelBytesMax : XMLNodeSink.flagBytesMax
        }
    }

    /// Elements whose text is the name of what they stand in.
    private static let labelNames: Set<String> = [
        "name", "inputSymbol", "responseSymbol", "contextKey", "assignmentTargetType", "key",
    ]
    private static let labelBytesMax = 4096
    private static let flagBytesMax = 5
    private static let listNames: Set<String> = [
        "inputs", "bindings", "possibleResponses", "availableResultExpressions", "callouts", "steps", "transitions",
        "positions", "assignments", "filters", "matchRules", "properties", "categories", "fieldValues", "lanes",
        "parallelSteps", "layers", "dependencies",
    ]
    private static let orderedNames: Set<String> = [
        "inputs", "bindings", "possibleResponses", "availableResultExpressions", "assignments", "filters", "matchRules",
    ]

    init(file: String, limits: ContentLimits) {
        self.file = file
        self.limits = limits
    }

    func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool {
        nodeCount += 1
        guard nodeCount <= limits.documentGraphPartCountMax else {
            throw ContentError(
                "pack-too-many-parts", "the document has more than \(limits.documentGraphPartCountMax) elements",
                file: file, line: element.line, column: element.column)
        }
        var opened = OpenNode(element.name, id: element.attribute("id"))
        opened.node.isList = Self.listNames.contains(opened.node.name)
        opened.node.isOrdered = Self.orderedNames.contains(opened.node.name)
        if let namespace = element.namespace {
            opened.node.attributes.append(.init(name: "xmlns", value: ContentFingerprint(namespace)))
        }
        element.forEachAttribute { name, value in
            // Documents are known by their ids, whatever the case.
            if open.isEmpty, name == "id", let id = opened.id {
                return opened.node.attributes.append(.init(name: name, value: ContentFingerprint(id.lowercased())))
            }
            opened.node.attributes.append(.init(name: name, value: ContentFingerprint(value)))
        }
        open.append(opened)
        return false
    }

    func characters(_ bytes: UnsafeRawBufferPointer) {
        guard let last = open.indices.last else { return }
        open[last].hasher.combine(bytes: bytes)
        open[last].byteCount += bytes.count
        if open[last].isBlank { open[last].isBlank = bytes.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) } }
        // One byte more than is kept: a longer text is neither.
        let room = open[last].startMax + 1 - open[last].start.count
        if room > 0 { open[last].start.append(contentsOf: bytes.prefix(room)) }
    }

    func endElement(text: String?) {
        guard var closed = open.popLast() else { return }
        let isBetween = closed.isBlank && (!closed.node.children.isEmpty || closed.node.isList)
        if closed.byteCount > 0, !isBetween {
            closed.node.text = ContentFingerprint(closed.hasher)
            if closed.start.count <= closed.startMax {
                let text = trimmed(String(decoding: closed.start, as: UTF8.self))
                closed.node.flag = text == "true" ? true : text == "false" ? false : nil
                if Self.labelNames.contains(closed.node.name) { closed.node.label = text }
            }
        }
        closed.node.part = part(closed.node, id: closed.id, in: open.last?.node.name ?? "")
        guard let parent = open.indices.last else {
            root = closed.node
            return
        }
        open[parent].node.children.append(closed.node)
    }

    /// What an element is, by where it stands; found again by what the graph finds it by.
    private func part(_ node: DocumentNode, id: String?, in parent: String) -> DocumentPart? {
        let kind = PackElement(rawValue: node.name)
        func named(_ what: String, _ label: String) -> DocumentPart {
            let name = node.label(label) ?? ""
            return DocumentPart(what, key: name, title: name)
        }
        switch parent {
        case "steps":
            return kind?.stepKind == nil
                ? nil : DocumentPart("step", key: id ?? "", title: node.label("name") ?? id ?? "")
        case "inputs", "bindings": return kind?.isBinding == true ? named("input", "inputSymbol") : nil
        case "possibleResponses": return named("response", "name")
        case "availableResultExpressions": return named("output", "name")
        case "transitions": return named("transition", "responseSymbol")
        case "assignments":
            let name = node.label("contextKey") ?? ""
            return DocumentPart("result", key: "\(name) \(node.label("assignmentTargetType") ?? "")", title: name)
        case "filters": return DocumentPart("filter", key: id ?? node.name, title: node.name)
        case "properties", "fieldValues": return named("property", "key")
        case "callouts": return DocumentPart("callout", key: id ?? "", title: "")
        default: return nil
        }
    }
}

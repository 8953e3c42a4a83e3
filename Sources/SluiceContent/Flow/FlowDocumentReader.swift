public import SluiceModel

/// Reads one OO 10 XML document as a whole graph.
public struct FlowDocumentReader: Sendable {
    private let limits: ContentLimits

    public init(limits: ContentLimits = ContentLimits()) { self.limits = limits }

    /// Reads a document's bytes; never throws.
    ///
    /// - Parameters:
    ///   - path: Its place in the pack, as the document will have it.
    ///   - file: What diagnostics name.
    /// - Returns: nil as the document when it cannot be read, and the diagnostics say why; nil without an error when it
    ///   is a configuration item.
    public func read(
        bytes: [UInt8], path: String, file: String
    ) -> (document: FlowDocument?, diagnostics: [Diagnostic]) {
        let reading = read(bytes: bytes, path: path, file: file, detail: .steps)
        return (reading.document, reading.diagnostics)
    }

    /// The same as an outline, with what `XMLSpans` is compared with.
    func readForEditing(
        bytes: [UInt8], path: String, file: String
    ) -> (document: FlowDocument?, diagnostics: [Diagnostic], names: XMLNameSequence) {
        read(bytes: bytes, path: path, file: file, detail: .outline)
    }

    private func read(
        bytes: [UInt8], path: String, file: String, detail: FlowDocumentBuilder.Detail
    ) -> (document: FlowDocument?, diagnostics: [Diagnostic], names: XMLNameSequence) {
        let sink = FlowDocumentSink(file: file, limits: limits, detail: detail)
        let parser = XMLPushParser(file: file, limits: limits, sink: sink)
        _ = bytes.withUnsafeBytes { parser.feed($0) }
        if let problem = parser.finish() { return (nil, [problem], parser.names) }
        do throws(ContentError) {
            return (try sink.finished(path: path), sink.unknownNote.map { [$0] } ?? [], parser.names)
        } catch {
            return (nil, [error.diagnostic], parser.names)
        }
    }
}

extension FlowDocumentBuilder {
    /// The document's graph; nil when it is a configuration item.
    func finished(path: String) throws(ContentError) -> FlowDocument? {
        guard root != "root" else {
            throw ContentError(
                "pack-oo9-document", "is an OO 9 document; export the pack from OO 10", file: file, line: line)
        }
        guard !id.isEmpty else {
            throw ContentError("pack-no-id", "the document <\(shown(root))> has no id", file: file, line: line)
        }
        guard let kind = PackFlow.Kind(rawValue: root), kind == .flow || kind == .operation else { return nil }
        var document = document
        document.id = id
        document.name = name
        document.path = path
        document.kind = kind
        document.line = line
        document.description = ownDescription
        return document
    }

    /// What the document has that no reference knows; nil when there is none.
    var unknownNote: Diagnostic? {
        guard let first = unknown.first else { return nil }
        let names = unknown.map { "<\(shown($0.name))>" }.joined(separator: ", ")
        return Diagnostic(
            severity: .note, code: "pack-unknown-element",
            message: "unknown elements are passed over here and kept on rewriting: \(names)", file: file,
            line: first.line)
    }
}

extension PackFlow {
    /// The short form of a graph.
    init(_ document: FlowDocument, counts: PackPartCounts) {
        self.init(
            id: document.id, name: document.name, path: document.path, kind: document.kind,
            inputs: document.inputs.map(PackInput.init),
            responses: document.responses.map { PackResponse(name: $0.name, type: $0.type) }, counts: counts)
        description = document.description
        if document.kind == .operation {
            plugin = document.plugin
            groupAlias = document.groupAlias
            references = document.softCopyOf.map { [PackReference(id: $0, isResolved: false, count: 1)] } ?? []
            return
        }
        startStep = document.startStep
        isGated = document.gateStep != nil
        var places: [String: Int] = [:]
        for step in document.allSteps {
            guard let called = step.called else { continue }
            if let place = places[called] {
                references[place].count += 1
            } else {
                places[called] = references.count
                references.append(PackReference(id: called, isResolved: false, count: 1))
            }
        }
    }
}

extension PackInput {
    /// The short form of an input, without its value.
    fileprivate init(_ binding: FlowBinding) {
        self.init(
            name: binding.name, isRequired: binding.isRequired, type: binding.type, binding: binding.kind)
        description = binding.description
        prompt = binding.prompt
        listDelimiter = binding.listDelimiter
        // A launch's inputs become flow variables: who reads the variable of its own name is given the launch's value.
        let isFromAnother = binding.fromVariable.map { $0 != binding.name } ?? false
        takesGivenValue = isFromAnother ? false : binding.kind == "userInputBinding" || binding.fromVariable != nil
        let isElsewhere = !["staticBinding", "userInputBinding"].contains(binding.kind)
        hasOwnValue = isFromAnother || isElsewhere || !(binding.value?.exposed.isEmpty ?? true)
    }
}

import SluiceModel
import Yams

/// The state of reading one pack.
struct PackReading {
    var diagnostics: DiagnosticList
    private var pack: ContentPack
    private let limits: ContentLimits
    private var partCount = 0
    private var texts = PackTexts()
    private var keptTextBytes = 0
    private var byteCount = 0
    private var isFull = false

    init(path: String, limits: ContentLimits) {
        diagnostics = DiagnosticList(countMax: limits.diagnosticCountMax)
        pack = ContentPack(path: path)
        self.limits = limits
    }

    /// The pack with its references resolved.
    var result: ContentPack {
        var result = pack
        let ids = Set(result.flows.map { PackGraph.key($0.id) })
        for flow in result.flows.indices {
            for index in result.flows[flow].references.indices {
                let id = PackGraph.key(result.flows[flow].references[index].id)
                result.flows[flow].references[index].isResolved = ids.contains(id)
            }
        }
        result.diagnostics = diagnostics.all
        return result
    }

    mutating func read(from source: PackSource, _ receiver: Receiver) throws(ContentError) {
        let files = source.files(limits: limits, diagnostics: &diagnostics)
        var hasProperties = false
        var hasContent = false
        // Documents need it, and come before it.
        if let bundle = files.first(where: { PackPlace($0.path) == .texts }) { readTexts(bundle, from: source) }
        let sources = source.copies(limits.threadCountMax)
        let batches = ParallelWork.batches(
            files, countMax: limits.batchFileCountMax, bytesMax: limits.batchBytesMax, bytes: \.size)
        for batch in batches where !isFull {
            var parsed = documents(of: batch, from: sources, detail: receiver.detail)
            for file in batch where !isFull {
                switch PackPlace(file.path) {
                case .properties:
                    hasProperties = true
                    readProperties(file, from: source)
                case .pom: readPom(file, from: source)
                case .document:
                    hasContent = true
                    if let document = parsed.popLast() { take(document, file, receiver) }
                case .cloudSlang:
                    hasContent = true
                    readCloudSlang(file, from: source, receiver)
                case .texts: break
                case .folderTexts: readTexts(file, from: source)
                case .library: if keep(1) { pack.libraries.append(PackLibrary(path: file.path)) }
                case .signature: if keep(1) { pack.signatures.append(file.path) }
                case .other: break
                }
            }
        }
        addFolders()
        warnOfDuplicates(source)
        guard !hasProperties else { return }
        guard hasContent else {
            throw ContentError(
                "pack-no-content", "is no content pack: it has neither contentpack.properties nor a Content folder",
                file: pack.path)
        }
        diagnostics.warn("pack-no-properties", "contentpack.properties is missing", file: pack.path)
    }

    /// The documents of a batch, parsed on several threads; the first stands last.
    private func documents(
        of batch: ArraySlice<PackSource.File>, from sources: [PackSource], detail: FlowDocumentBuilder.Detail
    ) -> [ParsedDocument] {
        let files = batch.filter { PackPlace($0.path) == .document }
        let limits = limits
        let texts = texts
        // why: a source is not Sendable, and each thread uses its own copy.
        nonisolated(unsafe) let sources = sources
        return ParallelWork.map(files.count, threads: sources.count) { thread, index in
            ParsedDocument(files[index], from: sources[thread], limits: limits, texts: texts, detail: detail)
        }.reversed()
    }

    // MARK: Files

    private mutating func readProperties(_ file: PackSource.File, from source: PackSource) {
        guard let bytes = bytes(file, from: source, bytesMax: limits.propertiesBytesMax) else { return }
        let properties = JavaProperties(bytes)
        pack.name = properties["content.pack.name"]
        pack.version = properties["content.pack.version"]
        pack.uuid = properties["content.pack.uuid"]
        pack.publisher = properties["content.pack.publisher"]
        pack.description = properties["content.pack.description"]
        if pack.name == nil {
            diagnostics.warn(
                "pack-no-name", "content.pack.name is missing", file: source.shownPath(file.path))
        }
    }

    private mutating func readTexts(_ file: PackSource.File, from source: PackSource) {
        guard let bytes = bytes(file, from: source, bytesMax: limits.textsBytesMax) else { return }
        guard !texts.take(properties: bytes, countMax: limits.textCountMax) else { return }
        diagnostics.append(
            ContentError(
                "pack-too-many-texts", "has more than \(limits.textCountMax) texts; the rest is not read",
                file: source.shownPath(file.path)))
    }

    /// The folders above flows and items that have a description.
    private mutating func addFolders() {
        guard !texts.isEmpty else { return }
        var seen: Set<Substring> = []
        for path in pack.flows.map(\.path) + pack.items.map(\.path) {
            var folder = path[...]
            while let slash = folder.lastIndex(of: "/"), seen.insert(folder[..<slash]).inserted {
                folder = folder[..<slash]
                guard let description = texts.description(ofFolder: folder), keep(1, text: description.utf8.count)
                else { continue }
                pack.folders.append(PackFolder(path: String(folder), description: description))
            }
        }
        pack.folders.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private mutating func readPom(_ file: PackSource.File, from source: PackSource) {
        let sink = PomSink(file: source.shownPath(file.path), partCountMax: limits.documentPartCountMax)
        guard parse(file, from: source, into: sink) != nil, keep(sink.dependencies.count) else { return }
        pack.dependencies = sink.dependencies
    }

    private mutating func take(_ parsed: ParsedDocument, _ file: PackSource.File, _ receiver: Receiver) {
        guard take(parsed.byteCount) else { return }
        if let problem = parsed.problem {
            diagnostics.append(problem)
            leaveUnread(file)
            return
        }
        guard let document = parsed.document else {
            guard keep(1) else { return }
            pack.items.append(PackItem(kind: parsed.root, id: parsed.id, name: parsed.name, path: file.path))
            return
        }
        if let note = parsed.note { diagnostics.append(note) }
        guard add(PackFlow(document, counts: parsed.counts)) else { return }
        // Whoever receives graphs may keep them.
        switch receiver {
        case .nobody: break
        case .outlines(let receive):
            guard document.kind == .flow, keep(0, text: parsed.keptTextBytes) else { return }
            receive(FlowOutline(document: document, fingerprint: parsed.fingerprint))
        case .documents(let receive): if keep(0, text: parsed.keptTextBytes) { receive(document) }
        }
    }

    private mutating func readCloudSlang(
        _ file: PackSource.File, from source: PackSource, _ receiver: Receiver
    ) {
        guard let bytes = bytes(file, from: source, bytesMax: limits.yamlBytesMax) else { return }
        let place = source.shownPath(file.path)
        do throws(ContentError) {
            let root = try YAMLDocument.compose(bytes, file: place, limits: limits)
            let read = try CloudSlangReader(limits: limits).read(root, path: file.path, file: place)
            var graph: FlowDocument?
            if receiver.isCompiled {
                var compiler = CloudSlangCompiler(path: file.path, file: place, limits: limits)
                graph = compiler.document(root)
                YAMLDocument.inside(bytes, compiler.diagnostics.all).forEach { diagnostics.append($0) }
            }
            switch read {
            case .flow(var flow):
                flow.addTexts(texts)
                guard add(flow), case .documents(let receive) = receiver, var graph, keep(0, text: bytes.count)
                else { return }
                graph.addTexts(texts)
                receive(graph)
            case .item(var item):
                item.clearSecrets = PackClearSecret.all(in: root, namespace: item.id, limits: limits)
                if keep(1 + item.sensitiveProperties.count + item.clearSecrets.count) { pack.items.append(item) }
            }
        } catch {
            diagnostics.append(YAMLDocument.inside(bytes, error))
            leaveUnread(file)
        }
    }

    private mutating func leaveUnread(_ file: PackSource.File) { if keep(1) { pack.unread.append(file.path) } }

    private mutating func add(_ flow: PackFlow) -> Bool {
        let count = 1 + flow.inputs.count + flow.responses.count + flow.references.count
        guard keep(count, text: flow.textBytes) else { return false }
        pack.flows.append(flow)
        return true
    }

    // MARK: Bytes

    /// Streams a document through the XML parser.
    ///
    /// - Returns: Bytes of text that the sink was given; nil when the document was not read well, and there is a
    ///   diagnostic.
    private mutating func parse(
        _ file: PackSource.File, from source: PackSource, into sink: some XMLEventSink
    ) -> Int? {
        let parser = XMLPushParser(file: source.shownPath(file.path), limits: limits, sink: sink)
        var count = 0
        let problem = source.read(file, limits: limits) { piece in
            count += piece.count
            return parser.feed(piece)
        }
        guard take(count), let problem = problem ?? parser.finish() else { return isFull ? nil : parser.keptTextBytes }
        diagnostics.append(problem)
        return nil
    }

    /// A small file's bytes; nil when it cannot be read or is too large, and there is a diagnostic.
    private mutating func bytes(_ file: PackSource.File, from source: PackSource, bytesMax: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        let problem = source.read(file, limits: limits) { piece in
            bytes.append(contentsOf: piece)
            return bytes.count <= bytesMax
        }
        if let problem {
            diagnostics.append(problem)
            return nil
        }
        guard bytes.count <= bytesMax else {
            diagnostics.append(
                ContentError(
                    "file-size", "is larger than \(bytesMax) bytes", file: source.shownPath(file.path)))
            return nil
        }
        return take(bytes.count) ? bytes : nil
    }

    // MARK: Limits

    private mutating func take(_ count: Int) -> Bool {
        byteCount += count
        return byteCount <= limits.packBytesMax || stop("reads more than \(limits.packBytesMax) bytes")
    }

    private mutating func keep(_ count: Int, text textBytes: Int = 0) -> Bool {
        partCount += count
        keptTextBytes += textBytes
        guard partCount <= limits.packPartCountMax else {
            return stop("holds more than \(limits.packPartCountMax) flows, items and their parts")
        }
        return keptTextBytes <= limits.keptTextBytesMax
            || stop("holds more than \(limits.keptTextBytesMax) bytes of names")
    }

    private mutating func stop(_ reason: String) -> Bool {
        if !isFull {
            diagnostics.append(ContentError("pack-too-large", "\(reason); the rest is not read", file: pack.path))
        }
        isFull = true
        return false
    }

    private mutating func warnOfDuplicates(_ source: PackSource) {
        var places: [String: String] = [:]
        for (id, path) in pack.flows.map({ ($0.id, $0.path) }) + pack.items.map({ ($0.id, $0.path) })
        where !path.hasSuffix(".prop.sl") {
            if let first = places[PackGraph.key(id)] {
                diagnostics.warn(
                    "pack-duplicate-id", "the id \(shown(id)) is also that of \(shown(first))",
                    file: source.shownPath(path))
            } else {
                places[PackGraph.key(id)] = path
            }
        }
    }
}

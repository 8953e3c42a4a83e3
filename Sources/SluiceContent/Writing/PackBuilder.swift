public import SluiceModel

/// Builds a pack's jar from a Studio project tree, with the same bytes each time (oo-content-pack.md section 1).
public enum PackBuilder {
    private static let manifestName = "META-INF/MANIFEST.MF"
    private static let bundleName = "resource-bundles/cp.properties"

    /// Builds the jar; without an error among the remarks it was written, otherwise nothing was.
    ///
    /// Texts move from the documents to `resource-bundles/cp.properties`; private files and scripts stay behind. What
    /// the reader of content packs cannot read is an error, and so is a pack without a name. CloudSlang's own rules are
    /// left to lint and to Central.
    public static func build(project: String, output: String) -> [Diagnostic] {
        let limits = ContentLimits()
        var remarks = DiagnosticList(countMax: limits.diagnosticCountMax)
        let source = PackSource.tree(root: project)
        let files = source.files(limits: limits, diagnostics: &remarks)
        guard files.contains(where: { $0.path == "contentpack.properties" }) else {
            remarks.append(
                ContentError(
                    "not-a-project", "has no contentpack.properties; give the folder of a Studio project",
                    file: project))
            return remarks.all
        }
        var texts = PackTexts()
        var entries = [manifestName: Array("Manifest-Version: 1.0\r\n\r\n".utf8)]
        var total = 0
        for file in files where isPart(file.path) {
            do throws(ContentError) {
                let bytes = try source.bytes(file, limits: limits)
                total += bytes.count
                guard total <= limits.packBytesMax else {
                    remarks.append(
                        ContentError("pack-size", "is larger than \(limits.packBytesMax) bytes", file: project))
                    break
                }
                let place = source.shownPath(file.path)
                entries[file.path] = try packed(bytes, path: file.path, file: place, limits: limits, texts: &texts)
            } catch {
                remarks.append(error)
            }
        }
        guard !remarks.all.contains(where: { $0.severity == .error }) else { return remarks.all }
        entries[bundleName] = texts.bundle
        do throws(ContentError) {
            try ZipArchiveWriter.write(ordered(entries), to: output)
        } catch {
            remarks.append(error)
        }
        return remarks.all
    }

    /// A file's bytes as they belong into the jar; nil where only its texts do.
    private static func packed(
        _ bytes: [UInt8], path: String, file: String, limits: ContentLimits, texts: inout PackTexts
    ) throws(ContentError) -> [UInt8]? {
        switch PackPlace(path) {
        case .texts, .folderTexts:
            texts.take(properties: bytes)
            return nil
        case .document:
            let document = try ProjectDocument(bytes, path: path, file: file, limits: limits)
            for text in document.texts { texts.take(properties: Array(text.utf8)) }
            return document.bytes
        case .cloudSlang: _ = try CloudSlangReader(limits: limits).read(bytes, path: path, file: file)
        case .pom:
            let sink = PomSink(file: file, partCountMax: limits.documentPartCountMax)
            let parser = XMLPushParser(file: file, limits: limits, sink: sink)
            _ = bytes.withUnsafeBytes { parser.feed($0) }
            if let problem = parser.finish() { throw ContentError(problem) }
        case .properties:
            guard trimmed(JavaProperties(bytes)["content.pack.name"] ?? "").isEmpty else { break }
            throw ContentError(
                "pack-no-name", "content.pack.name is missing; write `content.pack.name=` and the pack's name",
                file: file)
        case .library, .signature, .other: break
        }
        return bytes
    }

    /// The manifest first, as a jar has it, then by name.
    private static func ordered(_ entries: [String: [UInt8]]) -> [ZipArchiveWriter.Entry] {
        let names = entries.keys.sorted { left, right in
            if (left == manifestName) != (right == manifestName) { return left == manifestName }
            return left.utf8.lexicographicallyPrecedes(right.utf8)
        }
        return names.map { ZipArchiveWriter.Entry(name: $0, bytes: entries[$0] ?? []) }
    }

    /// Whether a file of the project belongs into the jar.
    private static func isPart(_ path: String) -> Bool {
        let folders = path.split(separator: "/")
        guard !folders.contains(where: { $0.hasPrefix(".") && $0 != ".properties" }) else { return false }
        guard folders.count > 1 else { return path == "contentpack.properties" || path == "pom.xml" }
        return path == bundleName || path == manifestName || folders[0] == "Lib" || isContent(path)
    }

    private static func isContent(_ path: String) -> Bool { path.lowercased().hasPrefix("content/") }
}

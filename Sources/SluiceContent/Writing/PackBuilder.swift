public import SluiceModel

/// Builds a pack's jar from a Studio project tree, with the same bytes each time (oo-content-pack.md section 1).
public enum PackBuilder {
    private static let manifestName = "META-INF/MANIFEST.MF"
    private static let bundleName = "resource-bundles/cp.properties"

    /// Builds the jar; without an error among the remarks it was written, otherwise nothing was.
    ///
    /// Texts move from the documents to `resource-bundles/cp.properties`; private files and scripts stay behind.
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
            var bytes: [UInt8] = []
            let problem = source.read(file, limits: limits) {
                bytes += $0
                return bytes.count <= limits.documentBytesMax
            }
            if let problem { remarks.append(problem) }
            total += bytes.count
            guard total <= limits.packBytesMax else {
                remarks.append(
                    ContentError("pack-size", "is larger than \(limits.packBytesMax) bytes", file: project))
                break
            }
            if isSideFile(file.path) || file.path == bundleName {
                texts.take(properties: bytes)
            } else {
                entries[file.path] = isDocument(file.path) ? texts.take(from: bytes) : bytes
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

    private static func isDocument(_ path: String) -> Bool { isContent(path) && path.hasSuffix(".xml") }

    /// Whether it holds the texts of a folder.
    private static func isSideFile(_ path: String) -> Bool { isContent(path) && path.hasSuffix(".properties") }
}

extension Collection where Element == UInt8 {
    /// Where the bytes stand first.
    func firstRange(of wanted: [UInt8]) -> Range<Index>? {
        var start = startIndex
        while let at = self[start...].firstIndex(of: wanted[0]) {
            if self[at...].starts(with: wanted) { return at..<index(at, offsetBy: wanted.count) }
            start = index(after: at)
        }
        return nil
    }
}

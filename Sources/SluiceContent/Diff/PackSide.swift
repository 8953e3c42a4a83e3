import SluiceModel

/// One version of a pack while it is compared: what an inventory knows of it, and a fingerprint of every file.
struct PackSide {
    let pack: ContentPack
    /// Every file with its fingerprint, nil where it cannot be read, by path.
    let prints: [String: ContentFingerprint?]
    /// The files in the order of their paths.
    let files: [PackSource.File]
    /// So many sources of the files as there are threads.
    let sources: [PackSource]
    /// What could not be read of the pack and its files.
    let diagnostics: [Diagnostic]
    /// Places of flows and items.
    let documentPaths: Set<String>
    /// Whether there is anything to compare.
    let isReadable: Bool

    /// Reads a pack; blocks while it does.
    init(path: String, limits: ContentLimits) {
        let reader = ContentPackReader(limits: limits)
        pack = reader.read(path: path)
        var remarks = DiagnosticList(countMax: limits.diagnosticCountMax)
        pack.diagnostics.forEach { remarks.append($0) }
        // Jars in `Lib/` may be larger than any document.
        var limits = limits
        limits.documentBytesMax = limits.packBytesMax
        var files: [PackSource.File] = []
        var sources: [PackSource] = []
        var prints: [String: ContentFingerprint?] = [:]
        // An error of the pack as a whole: nothing is known of it, or not all.
        let isBroken = pack.diagnostics.contains { $0.severity == .error && $0.file == path }
        if !isBroken, let source = try? ContentPackReader(limits: limits).source(path) {
            // The reader has remarked on the list of files already.
            var again = DiagnosticList(countMax: 1)
            files = source.files(limits: limits, diagnostics: &again)
            sources = source.copies(limits.threadCountMax)
            for (file, print) in zip(files, Self.prints(files, sources, limits)) {
                prints[file.path] = .some(print.value)
                let isKnown = remarks.all.contains { $0.severity == .error && $0.file == print.problem?.file }
                if let problem = print.problem, !isKnown { remarks.append(problem) }
            }
        }
        self.files = files
        self.sources = sources
        self.prints = prints
        documentPaths = Set(pack.flows.map(\.path) + pack.items.map(\.path))
        diagnostics = remarks.all
        isReadable = !sources.isEmpty
    }

    private static func prints(
        _ files: [PackSource.File], _ sources: [PackSource], _ limits: ContentLimits
    ) -> [(value: ContentFingerprint?, problem: Diagnostic?)] {
        // why: a source is not Sendable, and each thread uses its own copy.
        nonisolated(unsafe) let sources = sources
        return ParallelWork.map(files.count, threads: sources.count) { thread, index in
            var hasher = Hasher()
            let problem = sources[thread].read(files[index], limits: limits) { piece in
                hasher.combine(bytes: piece)
                return true
            }
            return (problem == nil ? ContentFingerprint(hasher) : nil, problem)
        }
    }

    /// A file by its path.
    func file(_ path: String) -> PackSource.File? {
        var low = files.startIndex
        var high = files.endIndex
        while low < high {
            let middle = (low + high) / 2
            if files[middle].path.utf8.lexicographicallyPrecedes(path.utf8) { low = middle + 1 } else { high = middle }
        }
        return low < files.endIndex && files[low].path == path ? files[low] : nil
    }
}

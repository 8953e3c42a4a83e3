import Glibc
import SluiceModel

/// Copies a pack with some of its files changed.
extension PackGating {
    typealias FlowEdit = @Sendable (PackSource.File, _ bytes: [UInt8], _ place: String) -> FlowGating.Outcome
    typealias FlowTake = (FlowGating.Outcome, PackFlow, inout Report) -> Void
    typealias PomEdit = ([UInt8], String) throws(ContentError) -> [UInt8]?

    /// Writes the pack to `output`, aside and renamed; with an error in the report nothing is left.
    ///
    /// - Parameters:
    ///   - flows: Those that are edited, by path.
    ///   - flow: Edits one, on any thread.
    ///   - take: Takes down what became of one, in the order of the pack.
    func write(
        _ path: String, _ output: String, _ dropsSignature: Bool, flows: [String: PackFlow], _ report: inout Report,
        flow: @escaping FlowEdit, take: FlowTake, pom: PomEdit
    ) {
        do throws(ContentError) {
            let source = try ContentPackReader(limits: limits).source(path)
            try Self.check(output, for: source, path)
            var remarks = DiagnosticList(countMax: limits.diagnosticCountMax)
            let files = source.parts(limits: limits, diagnostics: &remarks)
            report.diagnostics += Self.copyRemarks(remarks.all)
            guard !report.hasErrors else { return }
            var target = try CopyTarget(output, source: source)
            do throws(ContentError) {
                let sources = source.copies(limits.threadCountMax)
                let batches = ParallelWork.batches(
                    files, countMax: limits.batchFileCountMax, bytesMax: limits.batchBytesMax, bytes: \.size)
                for batch in batches {
                    var edited = edit(batch.filter { flows[$0.path] != nil }, from: sources, flow)
                    for file in batch {
                        if case .file = file.kind, let known = flows[file.path], let edit = edited.popLast() {
                            let result = try edit.get()
                            take(result.outcome, known, &report)
                            try target.put(result, file, from: source, limits: limits)
                        } else {
                            try copy(file, from: source, to: &target, dropsSignature, pom)
                        }
                    }
                }
                guard !report.hasErrors else {
                    target.discard()
                    return
                }
                var root = stat()
                try target.finish(files, rootRights: stat(path, &root) == 0 ? root.st_mode & 0o777 : 0o755)
            } catch {
                target.discard()
                throw error
            }
        } catch {
            report.diagnostics.append(error.diagnostic)
        }
    }

    /// The flows of a batch, edited on several threads; the first stands last.
    private func edit(
        _ files: [PackSource.File], from sources: [PackSource], _ flow: @escaping FlowEdit
    ) -> [Result<EditedFile, ContentError>] {
        let limits = limits
        // why: a source is not Sendable, and each thread uses its own copy.
        nonisolated(unsafe) let sources = sources
        return ParallelWork.map(files.count, threads: sources.count) { thread, index in
            let (file, source) = (files[index], sources[thread])
            do throws(ContentError) {
                let bytes = try source.bytes(file, limits: limits)
                return .success(
                    EditedFile(
                        flow(file, bytes, source.shownPath(file.path)), of: file, isPacked: source.isArchive))
            } catch {
                return .failure(error)
            }
        }.reversed()
    }

    private func copy(
        _ file: PackSource.File, from source: PackSource, to target: inout CopyTarget, _ dropsSignature: Bool,
        _ pom: PomEdit
    ) throws(ContentError) {
        guard case .file = file.kind else { return try target.make(file) }
        let lowered = file.path.lowercased()
        if dropsSignature, PackPlace.isSignature(lowered) { return }
        var changed: [UInt8]?
        if lowered == "pom.xml" {
            changed = try pom(try source.bytes(file, limits: limits), source.shownPath(file.path))
        } else if lowered == "meta-inf/manifest.mf", dropsSignature {
            changed = JarManifest.withoutDigests(try source.bytes(file, limits: limits))
        }
        if let changed {
            try target.write(changed, to: file)
        } else {
            try target.copy(file, from: source, limits: limits)
        }
    }

    /// The output must be something new: not the pack itself, whose only copy it may be, and nothing inside it.
    private static func check(_ output: String, for source: PackSource, _ path: String) throws(ContentError) {
        guard !output.isEmpty else {
            throw ContentError("file-write", "is no path; say where the pack is to be written", file: output)
        }
        var there = stat()
        var own = stat()
        let exists = lstat(output, &there) == 0
        if stat(output, &there) == 0, stat(path, &own) == 0, there.st_ino == own.st_ino, there.st_dev == own.st_dev {
            throw ContentError("file-exists", "is the pack itself; give another path", file: output)
        }
        guard !source.isArchive else { return }
        guard !exists else {
            throw ContentError("file-exists", "is there already; give a folder that is not", file: output)
        }
        if let root = resolved(path), let beside = resolved(parent(of: output)), (beside + "/").hasPrefix(root + "/") {
            throw ContentError("file-exists", "is inside the pack itself; give a place outside it", file: output)
        }
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func parent(of path: String) -> String {
        let trimmed = String(path.reversed().drop { $0 == "/" }.reversed())
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    /// What a copy says of the tree: what it leaves out, and errors. Links are copied as they are.
    private static func copyRemarks(_ remarks: [Diagnostic]) -> [Diagnostic] {
        remarks.filter { $0.severity == .error || $0.code == "tree-private" }.map { remark in
            guard remark.code == "tree-private" else { return remark }
            var remark = remark
            remark.message += ": it is not copied"
            return remark
        }
    }
}

/// A flow after its edit, packed if it goes into an archive.
struct EditedFile: Sendable {
    var outcome: FlowGating.Outcome
    var packed: ZipArchiveWriter.Packed?

    init(_ outcome: FlowGating.Outcome, of file: PackSource.File, isPacked: Bool) {
        self.outcome = outcome
        packed =
            isPacked
            ? outcome.bytes.map { .init(ZipArchiveWriter.Entry(name: file.path, bytes: $0), level: .fast) } : nil
    }
}

/// A jar's manifest (JAR File Specification, "Manifest Specification").
enum JarManifest {
    /// The main section alone: the others hold the digests of signed files.
    static func withoutDigests(_ bytes: [UInt8]) -> [UInt8] {
        var place = 0
        var isLineEmpty = true
        while place < bytes.count {
            let byte = bytes[place]
            if byte == 0x0A {
                if isLineEmpty { return Array(bytes[...place]) }
                isLineEmpty = true
            } else if byte != 0x0D {
                isLineEmpty = false
            }
            place += 1
        }
        return bytes
    }
}

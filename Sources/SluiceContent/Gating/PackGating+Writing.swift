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
            guard !Self.exists(output) || source.isArchive else {
                throw ContentError("file-exists", "is there already; give a folder that is not", file: output)
            }
            var remarks = DiagnosticList(countMax: limits.diagnosticCountMax)
            let files = source.parts(limits: limits, diagnostics: &remarks)
            var target = try CopyTarget(output, source: source)
            do throws(ContentError) {
                let sources = source.copies(limits.threadCountMax)
                let batches = ParallelWork.batches(
                    files, countMax: limits.batchFileCountMax, bytesMax: limits.batchBytesMax, bytes: \.size)
                for batch in batches {
                    var edited = edit(batch.filter { flows[$0.path] != nil }, from: sources, flow)
                    for file in batch {
                        if let known = flows[file.path], let edit = edited.popLast() {
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
                try target.finish()
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
        let lowered = file.path.lowercased()
        if dropsSignature, PackPlace.isSignature(lowered) { return }
        var changed: [UInt8]?
        if lowered == "pom.xml" {
            changed = try pom(try source.bytes(file, limits: limits), source.shownPath(file.path))
        } else if lowered == "meta-inf/manifest.mf", dropsSignature {
            changed = JarManifest.withoutDigests(try source.bytes(file, limits: limits))
        }
        if let changed {
            try target.write(changed, to: file.path)
        } else {
            try target.copy(file, from: source, limits: limits)
        }
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }
}

/// A flow after its edit, packed if it goes into an archive.
private struct EditedFile: Sendable {
    var outcome: FlowGating.Outcome
    var packed: ZipArchiveWriter.Packed?

    init(_ outcome: FlowGating.Outcome, of file: PackSource.File, isPacked: Bool) {
        self.outcome = outcome
        packed =
            isPacked
            ? outcome.bytes.map { .init(ZipArchiveWriter.Entry(name: file.path, bytes: $0), level: .fast) } : nil
    }
}

/// Where a changed copy of a pack goes: an archive or a folder, complete or not there.
private enum CopyTarget {
    case archive(ZipArchiveWriter)
    case tree(temporary: String, path: String)

    init(_ path: String, source: PackSource) throws(ContentError) {
        if source.isArchive {
            self = .archive(try ZipArchiveWriter(path: path))
        } else {
            // A folder's name may end with a slash; what stands beside it must not.
            let path = String(path.reversed().drop { $0 == "/" }.reversed())
            let temporary = try ReplacedFile.temporaryPlace(beside: path) { mkdir($0, 0o755) }
            self = .tree(temporary: temporary.path, path: path)
        }
    }

    /// Writes an edited flow; one that was not changed is copied.
    mutating func put(
        _ edited: EditedFile, _ file: PackSource.File, from source: PackSource, limits: ContentLimits
    ) throws(ContentError) {
        if case .archive(var writer) = self, let packed = edited.packed {
            defer { self = .archive(writer) }
            return try writer.append(packed)
        }
        if let bytes = edited.outcome.bytes {
            try write(bytes, to: file.path)
        } else {
            try copy(file, from: source, limits: limits)
        }
    }

    mutating func copy(
        _ file: PackSource.File, from source: PackSource, limits: ContentLimits
    ) throws(ContentError) {
        if case .archive(var writer) = self, case .archive(let reader, _) = source, let entry = file.entry {
            defer { self = .archive(writer) }
            return try writer.append(copyOf: entry, in: reader)
        }
        try write(try source.bytes(file, limits: limits), to: file.path)
    }

    mutating func write(_ bytes: [UInt8], to path: String) throws(ContentError) {
        switch self {
        case .archive(var writer):
            defer { self = .archive(writer) }
            try writer.append(ZipArchiveWriter.Entry(name: path, bytes: bytes))
        case .tree(let temporary, _):
            try Self.makeFolders(of: path, below: temporary)
            let file = try ReplacedFile(path: "\(temporary)/\(path)")
            do throws(ContentError) {
                try file.write(bytes)
                try file.commit()
            } catch {
                file.discard()
                throw error
            }
        }
    }

    mutating func finish() throws(ContentError) {
        switch self {
        case .archive(var writer):
            defer { self = .archive(writer) }
            try writer.finish()
        case .tree(let temporary, let path):
            guard rename(temporary, path) == 0 else {
                throw ContentError("file-write", "cannot be given its name: \(systemMessage(errno))", file: path)
            }
        }
    }

    func discard() {
        switch self {
        case .archive(let writer): writer.discard()
        case .tree(let temporary, _): Self.remove(temporary)
        }
    }

    private static func makeFolders(of path: String, below root: String) throws(ContentError) {
        var folder = root
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
                throw ContentError("file-write", "cannot be made: \(systemMessage(errno))", file: folder)
            }
        }
    }

    /// Removes the folder that `init` made, with what was written into it.
    private static func remove(_ folder: String) {
        guard let directory = opendir(folder) else { return }
        while let item = readdir(directory) {
            let name = withUnsafePointer(to: &item.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            let path = "\(folder)/\(name)"
            if unlink(path) != 0 { remove(path) }
        }
        closedir(directory)
        rmdir(folder)
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

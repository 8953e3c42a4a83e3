import Glibc
import SluiceModel

/// Copies a pack with some of its files changed.
extension PackGating {
    typealias FlowEdit = (String, [UInt8], String, inout Report) -> [UInt8]?
    typealias PomEdit = ([UInt8], String) throws(ContentError) -> [UInt8]?

    /// Writes the pack to `output`, aside and renamed; with an error in the report nothing is left.
    func write(
        _ path: String, _ output: String, _ dropsSignature: Bool, _ report: inout Report, flow: FlowEdit, pom: PomEdit
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
                for file in files {
                    let place = source.shownPath(file.path)
                    let lowered = file.path.lowercased()
                    if dropsSignature, PackPlace.isSignature(lowered) { continue }
                    guard
                        lowered == "pom.xml" || lowered == "meta-inf/manifest.mf" || PackPlace(file.path) == .document
                            || PackPlace(file.path) == .cloudSlang
                    else {
                        try target.copy(file, from: source, limits: limits)
                        continue
                    }
                    let bytes = try source.bytes(file, limits: limits)
                    var changed: [UInt8]?
                    if lowered == "pom.xml" {
                        changed = try pom(bytes, place)
                    } else if lowered == "meta-inf/manifest.mf" {
                        changed = dropsSignature ? JarManifest.withoutDigests(bytes) : nil
                    } else {
                        changed = flow(file.path, bytes, place, &report)
                    }
                    if let changed {
                        try target.write(changed, to: file.path)
                    } else {
                        try target.copy(file, from: source, limits: limits)
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

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
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
            let temporary = "\(path).\(getpid()).partial"
            guard mkdir(temporary, 0o755) == 0 else {
                throw ContentError("file-write", "cannot be made: \(systemMessage(errno))", file: temporary)
            }
            self = .tree(temporary: temporary, path: path)
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

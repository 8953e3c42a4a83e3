import Glibc
import SluiceModel

/// Where a pack's files come from: an archive, or a project tree on disk.
enum PackSource {
    case archive(ZipArchiveReader, path: String)
    case tree(root: String)

    /// One file of a pack.
    struct File: Sendable {
        /// Its place in the pack, `/` between folders.
        let path: String
        /// Bytes that it has, or says that it has.
        let size: Int
        let entry: ZipEntry?
        /// What it is in a tree.
        var kind = Kind.file(rights: 0o644)

        /// What stands at a path of a tree.
        enum Kind: Hashable, Sendable {
            case file(rights: UInt32)
            case folder(rights: UInt32)
            case link(target: String)
        }

        init(_ entry: ZipEntry) { (path, size, self.entry) = (entry.name, entry.size, entry) }

        init(path: String, size: Int, kind: Kind) {
            (self.path, self.size, entry) = (path, size, nil)
            self.kind = kind
        }
    }

    /// So many sources of the same files, each for a thread of its own; this one is the first.
    func copies(_ count: Int) -> [PackSource] {
        (0..<max(1, count)).map { number in
            guard number > 0, case .archive(let reader, let path) = self else { return self }
            return .archive(ZipArchiveReader(sharing: reader), path: path)
        }
    }

    var isArchive: Bool {
        if case .archive = self { return true }
        return false
    }

    /// A file's bytes, all of them.
    func bytes(_ file: File, limits: ContentLimits) throws(ContentError) -> [UInt8] {
        var bytes: [UInt8] = []
        if let entry = file.entry { bytes.reserveCapacity(min(entry.size, limits.documentBytesMax)) }
        let problem = read(file, limits: limits) {
            bytes.append(contentsOf: $0)
            return bytes.count <= limits.documentBytesMax
        }
        if let problem { throw ContentError(problem) }
        return bytes
    }

    /// How diagnostics name a file of the pack: its name is from outside, the pack's path is the user's.
    func shownPath(_ path: String) -> String { place(of: shownName(path)) }

    private func place(of path: String) -> String {
        switch self {
        case .archive(_, let archive): "\(archive)!/\(path)"
        case .tree(let root): root.hasSuffix("/") ? root + path : "\(root)/\(path)"
        }
    }

    /// The pack's files in the order of their paths, bytewise; folders are left out.
    func files(limits: ContentLimits, diagnostics: inout DiagnosticList) -> [File] {
        var files: [File]
        switch self {
        case .archive(let reader, _):
            reader.diagnostics.forEach { diagnostics.append($0) }
            files = reader.entries.filter { !$0.isFolder }.map { File($0) }
        case .tree(let root):
            var walk = TreeWalk(root: root, limits: limits)
            files = walk.files(diagnostics: &diagnostics)
        }
        return sorted(files, diagnostics: &diagnostics)
    }

    private func sorted(_ files: [File], diagnostics: inout DiagnosticList) -> [File] {
        var files = files
        files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        warnOfCase(files, diagnostics: &diagnostics)
        return files
    }

    /// Warns of paths that differ only in case: on Windows, where Studio runs, one replaces the other.
    private func warnOfCase(_ files: [File], diagnostics: inout DiagnosticList) {
        var firstByLowered: [String: String] = [:]
        firstByLowered.reserveCapacity(files.count)
        for file in files {
            let lowered = file.path.lowercased()
            if let first = firstByLowered[lowered] {
                diagnostics.warn(
                    "pack-case-collision",
                    "differs only in case from \(shown(first)): Windows keeps one of them; rename it",
                    file: shownPath(shown(file.path)))
            } else {
                firstByLowered[lowered] = file.path
            }
        }
    }

    /// All that a copy of the pack has: an archive's entries in its own order, folders too; a tree's folders, files and
    /// links in the order of their paths.
    func parts(limits: ContentLimits, diagnostics: inout DiagnosticList) -> [File] {
        switch self {
        case .archive(let reader, _): return reader.entries.map { File($0) }
        case .tree(let root):
            var walk = TreeWalk(root: root, limits: limits, namesPrivate: true)
            let files = walk.files(diagnostics: &diagnostics)
            return sorted(files + walk.others, diagnostics: &diagnostics)
        }
    }

    /// A file's bytes in pieces, until the receiver answers false; answers what is wrong with it.
    func read(_ file: File, limits: ContentLimits, into receive: (UnsafeRawBufferPointer) -> Bool) -> Diagnostic? {
        if case .archive(let reader, _) = self, let entry = file.entry { return reader.read(entry, into: receive) }
        let path = shownPath(file.path)
        do throws(ContentError) {
            let source = try RandomAccessFile(path: place(of: file.path))
            guard source.size <= limits.documentBytesMax else {
                throw ContentError("file-size", "is larger than \(limits.documentBytesMax) bytes", file: path)
            }
            try source.forEachChunk(receive)
            return nil
        } catch {
            var diagnostic = error.diagnostic
            diagnostic.file = path
            return diagnostic
        }
    }
}

/// A file's path inside a pack, as far as a remark shows it; the deepest real ones have some 200 characters.
private func shownName(_ path: String) -> String { shown(path, charactersMax: 1_000) }

/// Lists the files of a project tree without following links: a link could lead anywhere.
private struct TreeWalk {
    let root: String
    let limits: ContentLimits
    /// Whether what is left out is remarked on.
    let namesPrivate: Bool
    /// Studio's and git's private folders (oo-content-pack.md section 1).
    private static let skippedNames: Set<String> = [".git", ".idx", ".tmp", ".lock", ".metadata", ".svn"]
    private var files: [PackSource.File] = []
    /// Folders and links.
    private(set) var others: [PackSource.File] = []
    private var seenCount = 0

    init(root: String, limits: ContentLimits, namesPrivate: Bool = false) {
        self.root = root
        self.limits = limits
        self.namesPrivate = namesPrivate
    }

    mutating func files(diagnostics: inout DiagnosticList) -> [PackSource.File] {
        var pending = [(folder: "", depth: 0)]
        while let (folder, depth) = pending.popLast() {
            let place = folder.isEmpty ? root : "\(root)/\(shownName(folder))"
            guard depth <= limits.treeDepthMax else {
                diagnostics.append(
                    ContentError("tree-depth", "folders are nested deeper than \(limits.treeDepthMax)", file: place))
                continue
            }
            guard let directory = opendir(folder.isEmpty ? root : "\(root)/\(folder)") else {
                diagnostics.append(
                    ContentError("file-unreadable", "cannot list the folder: \(systemMessage(errno))", file: place))
                continue
            }
            defer { closedir(directory) }
            while let item = readdir(directory) {
                guard let name = name(of: item) else {
                    diagnostics.append(
                        ContentError(
                            "tree-name", "has a file whose name is not UTF-8; rename it: no pack can have it",
                            file: place))
                    continue
                }
                guard name != ".", name != ".." else { continue }
                if Self.skippedNames.contains(name) {
                    guard namesPrivate else { continue }
                    diagnostics.append(
                        Diagnostic(
                            severity: .note, code: "tree-private", message: "is a tool's own and no part of the pack",
                            file: "\(root)/\(shownName(folder.isEmpty ? name : "\(folder)/\(name)"))"))
                    continue
                }
                seenCount += 1
                guard seenCount <= limits.treeFileCountMax else {
                    diagnostics.append(
                        ContentError("tree-files", "has more than \(limits.treeFileCountMax) files", file: root))
                    return files
                }
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                var status = stat()
                guard lstat("\(root)/\(path)", &status) == 0 else { continue }
                let rights = status.st_mode & 0o777
                switch status.st_mode & S_IFMT {
                case S_IFDIR:
                    pending.append((path, depth + 1))
                    others.append(PackSource.File(path: path, size: 0, kind: .folder(rights: rights)))
                case S_IFREG:
                    files.append(PackSource.File(path: path, size: Int(status.st_size), kind: .file(rights: rights)))
                case S_IFLNK:
                    if let target = target(ofLink: "\(root)/\(path)") {
                        others.append(PackSource.File(path: path, size: 0, kind: .link(target: target)))
                    }
                    diagnostics.warn("tree-link", "a symbolic link is not followed", file: "\(root)/\(shownName(path))")
                default: break
                }
            }
        }
        return files
    }

    private func target(ofLink path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { readlink(path, $0.assumingMemoryBound(to: CChar.self), buffer.count) } ?? -1
        }
        return count > 0 ? String(validating: bytes[..<count], as: UTF8.self) : nil
    }

    private func name(of item: UnsafeMutablePointer<dirent>) -> String? {
        withUnsafePointer(to: &item.pointee.d_name) { tuple in
            tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                String(validatingCString: $0)
            }
        }
    }
}

import Glibc

/// Where a changed copy of a pack goes: an archive or a folder, complete or not there.
enum CopyTarget {
    case archive(ZipArchiveWriter)
    case tree(temporary: String, path: String)

    init(_ path: String, source: PackSource) throws(ContentError) {
        if source.isArchive {
            self = .archive(try ZipArchiveWriter(path: path))
        } else {
            // A folder's name may end with a slash; what stands beside it must not.
            let path = String(path.reversed().drop { $0 == "/" }.reversed())
            let temporary = try ReplacedFile.temporaryPlace(beside: path) { mkdir($0, 0o700) }
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
            try write(bytes, to: file)
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
        try write(try source.bytes(file, limits: limits), to: file)
    }

    /// Makes a folder or a link of a tree; they come before what is in them.
    func make(_ part: PackSource.File) throws(ContentError) {
        guard case .tree(let temporary, _) = self else { return }
        let place = "\(temporary)/\(part.path)"
        switch part.kind {
        case .file: break
        case .folder(let rights):
            // The right to write into it is needed until the end.
            guard mkdir(place, rights | 0o700) == 0 else { throw Self.failure(part.path) }
        case .link(let target):
            guard symlink(target, place) == 0 else { throw Self.failure(part.path) }
        }
    }

    mutating func write(_ bytes: [UInt8], to file: PackSource.File) throws(ContentError) {
        switch self {
        case .archive(var writer):
            defer { self = .archive(writer) }
            try writer.append(ZipArchiveWriter.Entry(name: file.path, bytes: bytes))
        case .tree(let temporary, _):
            guard case .file(let rights) = file.kind else { return }
            // The folder has its name only when all is in it, so a file need not be written aside.
            let descriptor = open("\(temporary)/\(file.path)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw Self.failure(file.path) }
            defer { close(descriptor) }
            guard ReplacedFile.write(bytes, to: descriptor), fchmod(descriptor, rights) == 0 else {
                throw Self.failure(file.path)
            }
        }
    }

    private static func failure(_ path: String) -> ContentError {
        ContentError(
            "file-write", "cannot be written: \(systemMessage(errno)); check the folder, its rights and the free space",
            file: path)
    }

    /// Gives it its name, complete.
    ///
    /// - Parameters:
    ///   - parts: All that was copied; a tree's folders get their rights now.
    ///   - rootRights: Those of the tree's own folder.
    mutating func finish(_ parts: [PackSource.File], rootRights: mode_t) throws(ContentError) {
        switch self {
        case .archive(var writer):
            defer { self = .archive(writer) }
            try writer.finish()
        case .tree(let temporary, let path):
            for part in parts.reversed() {
                guard case .folder(let rights) = part.kind else { continue }
                guard chmod("\(temporary)/\(part.path)", rights) == 0 else { throw Self.failure(part.path) }
            }
            guard chmod(temporary, rootRights) == 0 else { throw Self.failure(path) }
            // All at once: a call for each file takes longer than all else together.
            sync()
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

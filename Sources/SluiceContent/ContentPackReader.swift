import Glibc
import SluiceModel

/// Reads a content pack: an archive (`.jar`, `.zip`) or a project tree on disk.
///
/// It never throws for bad content: what cannot be read becomes a diagnostic and the other documents are read all the
/// same. Documents stream through in pieces of 64 KiB, so memory grows with the facts and not with the files.
public struct ContentPackReader: Sendable {
    private let limits: ContentLimits

    public init(limits: ContentLimits = ContentLimits()) { self.limits = limits }

    /// Reads the pack at a path; blocks while it does.
    ///
    /// - Parameter isCompiled: Holds CloudSlang files to the language's rules too. Without it that is left to Central,
    ///   whose compiler has the last word on what can be launched.
    public func read(path: String, isCompiled: Bool = false) -> ContentPack {
        read(path: path, .nobody(isCompiled: isCompiled))
    }

    /// Reads the pack at a path and hands over the whole graph of each flow and operation, in the order of paths;
    /// blocks while it does. One graph is in memory at a time, if the receiver keeps none.
    ///
    /// CloudSlang files are held to the language's rules.
    public func documents(path: String, _ receive: (FlowDocument) -> Void) -> ContentPack {
        withoutActuallyEscaping(receive) { read(path: path, .documents($0)) }
    }

    /// Reads the pack at a path and hands over what gating has to know of each XML flow; blocks while it does.
    func outlines(path: String, _ receive: (FlowOutline) -> Void) -> ContentPack {
        withoutActuallyEscaping(receive) { read(path: path, .outlines($0)) }
    }

    private func read(path: String, _ receiver: PackReading.Receiver) -> ContentPack {
        var run = PackReading(path: path, limits: limits)
        do throws(ContentError) {
            try run.read(from: source(path), receiver)
        } catch {
            run.diagnostics.append(error)
        }
        return run.result
    }

    /// Where the pack's files come from.
    func source(_ path: String) throws(ContentError) -> PackSource {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code = errno == ENOENT ? "file-not-found" : "file-unreadable"
            throw ContentError(code, "cannot read the content pack: \(systemMessage(errno))", file: path)
        }
        if status.st_mode & S_IFMT == S_IFDIR { return .tree(root: path) }
        let file = try RandomAccessFile(path: path)
        return .archive(try ZipArchiveReader(file: file, limits: limits), path: path)
    }
}

extension PackReading {
    /// Who is given the graphs.
    enum Receiver {
        case nobody(isCompiled: Bool)
        case outlines((FlowOutline) -> Void)
        case documents((FlowDocument) -> Void)

        /// Whether CloudSlang files are held to the language's rules.
        var isCompiled: Bool {
            switch self {
            case .nobody(let isCompiled): isCompiled
            case .outlines: false
            case .documents: true
            }
        }

        var detail: FlowDocumentBuilder.Detail {
            switch self {
            case .nobody: .inputs
            case .outlines: .outline
            case .documents: .steps
            }
        }
    }
}

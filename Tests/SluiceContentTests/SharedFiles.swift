import Foundation

/// Files outside the repository that some tests compare with; those tests are skipped where the files are absent.
enum SharedFiles {
    private static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The project of the gate's own pack, inside the package.
    static let gatePack = packageRoot.appendingPathComponent("ContentPack").path

    /// The folder of samples and vectors, beside the package.
    static let samples = packageRoot.deletingLastPathComponent().appendingPathComponent("shared/samples").path

    /// The folder of mirrored repositories, beside the package.
    static let mirror = packageRoot.deletingLastPathComponent().appendingPathComponent(".mirror").path

    static let hasSchedules = exists(samples + "/scheduler/oracle-own.jsonl")
    static let hasContent = exists(samples + "/content/golden-facts.json")

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Paths below a folder that end in a suffix, sorted.
    static func files(below folder: String, suffix: String) -> [String] {
        let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(suffix) }.sorted().map { folder + "/" + $0 }
    }

    static func json(_ path: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

/// A folder for one test, gone when the test lets go of it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/sluice-content-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file below the folder and answers its path.
    @discardableResult
    func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        let file = path + "/" + name
        let folder = (file as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }
}

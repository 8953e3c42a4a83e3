import FoundationEssentials
import Glibc

/// The file that a stand-in loads at its start and writes as it changes.
struct StateFile {
    let path: String?

    init(_ path: String?) { self.path = path }

    /// Nil when there is none yet.
    func load<Value: Decodable>(_ type: Value.Type) throws -> Value? {
        guard let path, FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return try SandboxCodec.decode(type, from: Array(try Data(contentsOf: URL(filePath: path))))
        } catch {
            throw SandboxServerError.stateFile(path, reason: SandboxCodec.explain(error))
        }
    }

    /// Written beside it under its final rights, then renamed over it: never half a file, never none, never readable
    /// by others. It survives the end of the process, not that of the machine: nothing is synced.
    func save(_ value: some Encodable) throws {
        guard let path else { return }
        do {
            let bytes = try SandboxCodec.encode(value, isSorted: false)
            let draft = path + ".new"
            try? FileManager.default.removeItem(atPath: draft)
            guard
                FileManager.default.createFile(
                    atPath: draft, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
            else { throw SandboxServerError.stateFile(draft, reason: "cannot be written") }
            guard rename(draft, path) == 0 else {
                throw SandboxServerError.stateFile(path, reason: String(cString: strerror(errno)))
            }
        } catch let error as SandboxServerError {
            throw error
        } catch {
            throw SandboxServerError.stateFile(path, reason: "\(error)")
        }
    }
}

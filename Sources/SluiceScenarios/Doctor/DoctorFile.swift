import SluiceConfig
import SluiceModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The configuration file that the doctor writes switches into.
public struct DoctorFile: Sendable {
    public let path: String
    /// `-old`, `+new` and the number of each line that changes.
    public let difference: [String]
    private let text: String

    /// Longest file that is edited.
    static let byteCountMax = 4 << 20

    /// - Throws: `ServiceError` when the file cannot be read, or must be edited by hand.
    public init(_ path: String, setting changes: [DoctorSwitch]) throws {
        // A link stays one: what it names is written.
        let url = URL(filePath: path).resolvingSymlinksInPath()
        self.path = url.path
        guard let bytes = FileManager.default.contents(atPath: self.path), bytes.count <= Self.byteCountMax,
            let old = String(validating: bytes, as: UTF8.self)
        else { throw ServiceError("\(path) cannot be read as a configuration; nothing was written") }
        do {
            let edit = try ConfigurationEdit(old, setting: changes.map { ($0.key, $0.value) }, file: path)
            text = edit.text
            difference = edit.difference
        } catch {
            let lines = changes.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
            throw ServiceError("\(path) is not edited, for \(error); set by hand: \(lines)")
        }
    }

    /// Replaces the file at once, with its rights, and keeps the old one beside it.
    /// - Returns: The backup's path.
    /// - Throws: `ServiceError`; the file is as it was then.
    public func write() throws -> String {
        let time = SystemTime.now().cutToSecond.rfc3339.filter { $0 != ":" && $0 != "-" }
        let backup = "\(path).\(time).bak"
        let fresh = "\(path).\(time).new"
        do {
            try FileManager.default.copyItem(atPath: path, toPath: backup)
            // A copy has the file's rights already.
            try FileManager.default.copyItem(atPath: path, toPath: fresh)
        } catch {
            throw ServiceError(
                "no backup can be made at \(backup): check the rights of its folder; nothing was written")
        }
        var failure: String?
        let descriptor = open(fresh, O_WRONLY | O_TRUNC)
        if descriptor < 0 {
            failure = "\(fresh) cannot be written"
        } else {
            let bytes = Array(text.utf8)
            let isWritten = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) == $0.count }
            if !isWritten || fsync(descriptor) != 0 { failure = "\(fresh) cannot be written whole" }
            close(descriptor)
        }
        if failure == nil, rename(fresh, path) != 0 { failure = "\(path) cannot be replaced" }
        if let failure {
            unlink(fresh)
            unlink(backup)
            throw ServiceError("\(failure); nothing was changed")
        }
        return backup
    }
}

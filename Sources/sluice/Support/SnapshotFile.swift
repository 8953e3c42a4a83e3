import SluiceContent
import SluiceJSON
import SluiceModel

/// A snapshot that the command line names.
enum SnapshotFile {
    private static let byteCountMax = 64 << 20

    /// - Parameter command: What makes such a snapshot, such as `oo`.
    static func read(_ path: String, of command: String) throws -> JSONObject {
        let advice = "make one with sluice \(command) snapshot --out FILE"
        let bytes = try InputFile.read(path, byteCountMax: byteCountMax, named: "snapshot")
        var limits = JSONLimits()
        limits.byteCountMax = byteCountMax
        do {
            if let object = try JSONReader.read(bytes, limits: limits).object { return object }
            throw CommandFailure(.usage, "\(path.printable) is JSON, but no snapshot", advice: advice)
        } catch let error as JSONError {
            throw CommandFailure(.usage, "\(path.printable) is no JSON: \(error)", advice: advice)
        }
    }

    static func write(_ snapshot: JSONObject, to path: String) throws {
        guard let problem = PictureFile.write(snapshot.write(.pretty) + "\n", to: path) else { return }
        throw CommandFailure(.failed, problem.description)
    }
}

public import SluiceForecast
import SluiceJSON
import SluiceModel

/// Reads past durations: a line for each execution, `{"flow": "…", "seconds": 12.5}`, the oldest first.
public enum DurationFile {
    /// Largest file read, in bytes.
    public static let byteCountMax = 64 << 20
    /// Longest duration taken: 30 days.
    static let secondsMax = 30.0 * 86_400

    /// - Throws: `ServiceError` naming the first line that is not so.
    public static func read(_ bytes: [UInt8]) throws -> DurationHistory {
        var history = DurationHistory()
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) else { continue }
            guard let object = (try? JSONReader.read(Array(line)))?.object, let flow = object["flow"]?.string,
                let id = FlowID(checking: flow), let seconds = object["seconds"]?.number?.double,
                (0...secondsMax).contains(seconds)
            else {
                throw ServiceError(
                    "line \(index + 1) of the past durations is not like {\"flow\": \"…\", \"seconds\": 12.5} "
                        + "with 0 to 2592000 seconds")
            }
            history.add(id, milliseconds: Int64(seconds * 1000))
        }
        return history
    }
}

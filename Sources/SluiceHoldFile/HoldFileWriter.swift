internal import FoundationEssentials
public import SluiceModel
public import SluiceSealing

/// Makes a file of exported holds, line by line; what it keeps is less than two chunks.
public struct HoldFileWriter: Sendable {
    private var stream: SealedStream.Writer
    /// Lines so far.
    public private(set) var count = HoldFileCount()

    public init(_ secret: HoldFileSecret, salt: [UInt8]) { stream = SealedStream.Writer(secret, salt: salt) }

    /// Writes one line; the end is for `finish`.
    /// - Returns: The bytes of the file that are complete by now.
    /// - Throws: `SealingError` when a secret was not opened first.
    public mutating func append(_ line: HoldFileLine) throws -> [UInt8] {
        switch line {
        case .hold: count.holds += 1
        case .leftOut: count.leftOut += 1
        case .start, .end: break
        }
        return try stream.append(try Self.bytes(line))
    }

    /// - Returns: The end of the file.
    public mutating func finish() throws -> [UInt8] {
        let bytes = try stream.append(try Self.bytes(.end(count)))
        return bytes + (try stream.finish())
    }

    private static func bytes(_ line: HoldFileLine) throws -> [UInt8] {
        // JSON has no line feed within a line: strings escape it.
        Array(try JSONEncoder().encode(HoldFileRecord(line))) + [UInt8(ascii: "\n")]
    }
}

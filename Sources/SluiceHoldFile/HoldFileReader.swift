internal import FoundationEssentials
public import SluiceModel
public import SluicePorts
public import SluiceSealing

/// Reads a file of exported holds, piece by piece; what it keeps is a line and a chunk.
public struct HoldFileReader: Sendable {
    private var stream: SealedStream.Reader
    private var rest: [UInt8] = []
    private var hasStarted = false
    private var hasEnded = false
    /// Lines so far.
    public private(set) var count = HoldFileCount()

    public init(_ secret: HoldFileSecret) { stream = SealedStream.Reader(secret) }

    /// - Returns: The lines that are complete by now.
    /// - Throws: `SealingError` for a wrong key, and for a file that is not as it was made.
    public mutating func append(_ bytes: some Collection<UInt8>) throws -> [HoldFileLine] {
        try lines(stream.append(bytes))
    }

    /// - Returns: The last lines of a file that is whole.
    /// - Throws: `SealingError` when it is not.
    public mutating func finish() throws -> [HoldFileLine] {
        let last = try lines(stream.finish())
        guard hasEnded, rest.isEmpty else { throw SealingError("the file has no end: it was cut off") }
        return last
    }

    private mutating func lines(_ text: [UInt8]) throws -> [HoldFileLine] {
        var lines: [HoldFileLine] = []
        var remaining = text[...]
        while let feed = remaining.firstIndex(of: UInt8(ascii: "\n")) {
            rest += remaining[..<feed]
            remaining = remaining[(feed + 1)...]
            lines.append(try line(rest))
            rest.removeAll(keepingCapacity: true)
        }
        rest += remaining
        guard rest.count <= HoldFileLimits.lineByteCountMax else {
            throw SealingError("a line of the file has more than \(HoldFileLimits.lineByteCountMax) bytes")
        }
        return lines
    }

    private mutating func line(_ bytes: [UInt8]) throws -> HoldFileLine {
        guard !hasEnded else { throw SealingError("the file goes on after its end") }
        let line: HoldFileLine
        do {
            line = try JSONDecoder().decode(HoldFileRecord.self, from: Data(bytes)).line()
        } catch let error as SealingError {
            throw error
        } catch {
            // What it says could name a value.
            throw SealingError("line \(count.holds + count.leftOut + 2) of the file is not one that this Sluice reads")
        }
        if case .start = line {
            guard !hasStarted else { throw SealingError("the file begins twice") }
            hasStarted = true
            return line
        }
        guard hasStarted else { throw SealingError("the file does not begin with what it is") }
        switch line {
        case .start: break
        case .hold:
            count.holds += 1
            guard count.holds <= HoldFileLimits.holdCountMax else {
                throw SealingError("the file has more than \(HoldFileLimits.holdCountMax) holds; export it in parts")
            }
        case .leftOut: count.leftOut += 1
        case .end(let told):
            guard told == count else {
                throw SealingError(
                    "the file has \(count.holds) holds, and says that it has \(told.holds): it is not whole")
            }
            hasEnded = true
        }
        return line
    }
}

internal import Crypto
public import SluicePorts

/// The outer form of a file of exported holds: a header, then chunks that are sealed with AES-256-GCM one by one.
///
/// The header is a magic of 8 bytes, the version 1, the salt of the file's key (32 bytes) and a nonce (16 bytes). Each
/// chunk is 64 KiB of text, the last at most that, with a tag of 16 bytes. A chunk's GCM nonce is its number and
/// whether it is the last (the STREAM construction, Hoang, Reyhanitabar, Rogaway, Vizár 2015), and the header is
/// authenticated with it: what is changed, missing, doubled, in another order, appended, or of another file does not
/// open.
public enum SealedStream {
    /// `SLUICEHF`.
    static let magic = [UInt8]("SLUICEHF".utf8)
    static let version: UInt8 = 1
    /// Bytes of the salt from which the file's key is derived.
    public static let saltByteCount = 32
    static let nonceByteCount = 16
    public static let headerByteCount = 8 + 1 + saltByteCount + nonceByteCount
    /// Bytes of text in a chunk.
    public static let chunkByteCount = 64 * 1024
    static let tagByteCount = 16

    /// A salt for a new file.
    public static func makeSalt() -> [UInt8] { random(saltByteCount) }

    /// As text for a header.
    public static func text(ofSalt salt: [UInt8]) -> String { Base64.url.encode(salt) }

    /// Reads what `text(ofSalt:)` gives; nil for anything else.
    public static func salt(_ text: some StringProtocol) -> [UInt8]? {
        Base64.url.decode(text.utf8).flatMap { $0.count == saltByteCount ? $0 : nil }
    }

    /// The salt that a file's header names.
    /// - Throws: `SealingError` when it is no such file, or one of a newer version.
    public static func salt(ofHeader header: some Collection<UInt8>) throws -> [UInt8] {
        let bytes = Array(header.prefix(headerByteCount))
        guard bytes.count == headerByteCount, bytes.starts(with: magic) else {
            throw SealingError("this is no file of exported holds, or only the beginning of one")
        }
        guard bytes[magic.count] == version else {
            throw SealingError("the file has version \(bytes[magic.count]), made by a newer Sluice; this one reads 1")
        }
        return Array(bytes[(magic.count + 1)..<(magic.count + 1 + saltByteCount)])
    }

    fileprivate static func random(_ count: Int) -> [UInt8] {
        SymmetricKey(size: .init(bitCount: count * 8)).withUnsafeBytes { Array($0) }
    }

    fileprivate static func nonce(_ number: UInt64, isLast: Bool) throws -> AES.GCM.Nonce {
        let bytes = (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }
        return try AES.GCM.Nonce(data: [0, 0, 0, isLast ? 1 : 0] + bytes)
    }

    /// Makes a file: text in, bytes of the file out.
    public struct Writer: Sendable {
        private let header: [UInt8]
        private let key: SymmetricKey
        private var text: [UInt8] = []
        private var number: UInt64 = 0
        private var isBegun = false

        public init(_ secret: HoldFileSecret, salt: [UInt8]) {
            precondition(salt.count == saltByteCount)
            let nonce = SealedStream.random(nonceByteCount)
            header = magic + [version] + salt + nonce
            key = secret.chunkKey(nonce: nonce)
        }

        /// - Returns: What of the file is complete by now.
        public mutating func append(_ more: some Collection<UInt8>) throws -> [UInt8] {
            text += more
            var bytes = begin()
            // A whole chunk is kept back: only its successor tells that it is not the last.
            var start = 0
            while text.count - start > chunkByteCount {
                bytes += try seal(text[start..<(start + chunkByteCount)], isLast: false)
                start += chunkByteCount
            }
            text.removeFirst(start)
            return bytes
        }

        /// - Returns: The end of the file.
        public mutating func finish() throws -> [UInt8] {
            let bytes = begin() + (try seal(text[...], isLast: true))
            text = []
            return bytes
        }

        private mutating func begin() -> [UInt8] {
            defer { isBegun = true }
            return isBegun ? [] : header
        }

        private mutating func seal(_ chunk: ArraySlice<UInt8>, isLast: Bool) throws -> [UInt8] {
            let box = try AES.GCM.seal(
                chunk, using: key, nonce: SealedStream.nonce(number, isLast: isLast), authenticating: header)
            number += 1
            return Array(box.ciphertext) + Array(box.tag)
        }
    }

    /// Reads a file: its bytes in, text out. Nothing of a chunk comes out before all of it was authenticated.
    public struct Reader: Sendable {
        private let secret: HoldFileSecret
        private var header: [UInt8] = []
        private var key: SymmetricKey?
        private var bytes: [UInt8] = []
        private var number: UInt64 = 0

        public init(_ secret: HoldFileSecret) { self.secret = secret }

        /// - Returns: The text that is authenticated by now.
        /// - Throws: `SealingError`.
        public mutating func append(_ more: some Collection<UInt8>) throws -> [UInt8] {
            bytes += more
            guard try begin() else { return [] }
            var text: [UInt8] = []
            var start = 0
            while bytes.count - start > chunkByteCount + tagByteCount {
                text += try open(bytes[start..<(start + chunkByteCount + tagByteCount)], isLast: false)
                start += chunkByteCount + tagByteCount
            }
            bytes.removeFirst(start)
            return text
        }

        /// - Returns: The rest of the text, now that the file is known to be whole.
        /// - Throws: `SealingError` when it is not.
        public mutating func finish() throws -> [UInt8] {
            guard try begin(), bytes.count > tagByteCount else {
                throw SealingError("the file is cut off: it ends within its beginning, or where a piece should follow")
            }
            defer { bytes = [] }
            return try open(bytes[...], isLast: true)
        }

        /// - Returns: Whether the header is complete.
        private mutating func begin() throws -> Bool {
            if key != nil { return true }
            guard bytes.count >= headerByteCount else { return false }
            _ = try SealedStream.salt(ofHeader: bytes)
            header = Array(bytes.prefix(headerByteCount))
            bytes.removeFirst(headerByteCount)
            key = secret.chunkKey(nonce: header.suffix(nonceByteCount))
            return true
        }

        private mutating func open(_ chunk: ArraySlice<UInt8>, isLast: Bool) throws -> [UInt8] {
            guard let key, let nonce = try? SealedStream.nonce(number, isLast: isLast),
                let box = try? AES.GCM.SealedBox(
                    nonce: nonce, ciphertext: chunk.dropLast(tagByteCount), tag: chunk.suffix(tagByteCount)),
                let text = try? AES.GCM.open(box, using: key, authenticating: header)
            else {
                throw SealingError(
                    number == 0
                        ? "the file cannot be opened: it was made with another key, or it was changed or cut off"
                        : "piece \(number + 1) of the file does not follow: the file was changed or cut off, or its "
                            + "pieces are in another order")
            }
            number += 1
            return Array(text)
        }
    }
}

internal import Crypto
internal import SluicePorts

/// The key that files of exported holds are made and read with: 32 random bytes that both sites have.
///
/// Prints as `‹key›`.
public struct HoldFileKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let key: SymmetricKey

    /// How an operator makes one.
    public static let recipe = "make one with: (umask 077; openssl rand -base64 32 > sluice-holds.key)"

    /// Reads the text of a key: 64 hexadecimal digits or the Base64 of 32 bytes; white space around it does not matter.
    /// - Parameter origin: Where the text is from, for the message.
    public init(text: some StringProtocol, origin: String) throws {
        let digits = text.trimmingASCIIWhitespace()
        guard let bytes = Self.hexadecimal(digits) ?? Base64.standard.decode(digits) else {
            throw SealingError("\(origin) is neither Base64 nor hexadecimal; \(Self.recipe)")
        }
        guard bytes.count == MasterKey.byteCount else {
            throw SealingError(
                "\(origin) holds \(bytes.count) bytes, a key has \(MasterKey.byteCount); \(Self.recipe)")
        }
        key = SymmetricKey(data: bytes)
    }

    /// Reads a key file, which nobody but its owner may be able to read or change.
    public static func load(file: String) throws -> HoldFileKey {
        guard let text = try KeyFile.read(file) else {
            throw SealingError("there is no key file \(file); \(recipe)")
        }
        return try HoldFileKey(text: text, origin: "the key file \(file)")
    }

    /// The key of one file: with it that file alone can be made or read.
    public func secret(salt: [UInt8]) -> HoldFileSecret {
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, salt: salt, info: [UInt8]("sluice hold file v1".utf8),
            outputByteCount: MasterKey.byteCount)
        return HoldFileSecret(key: derived)
    }

    private static func hexadecimal(_ digits: [UInt8]) -> [UInt8]? {
        guard digits.count == 2 * MasterKey.byteCount else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Character(Unicode.Scalar(digits[index])).hexDigitValue,
                let low = Character(Unicode.Scalar(digits[index + 1])).hexDigitValue
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    public var description: String { "‹key›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The key of one file of exported holds. Prints as `‹key›`.
public struct HoldFileSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let key: SymmetricKey

    fileprivate init(key: SymmetricKey) { self.key = key }

    /// Reads what `exposed` gives; nil for anything else.
    public init?(text: some StringProtocol) {
        guard let bytes = Base64.url.decode(text.utf8), bytes.count == MasterKey.byteCount else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// As text for a header. Whoever reads it answers for where it goes.
    public var exposed: String { key.withUnsafeBytes { Base64.url.encode($0) } }

    /// The key of its chunks: another one each time a file is made, even with the same salt.
    func chunkKey(nonce: some Collection<UInt8>) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, salt: Array(nonce), info: [UInt8]("chunks".utf8),
            outputByteCount: MasterKey.byteCount)
    }

    public var description: String { "‹key›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

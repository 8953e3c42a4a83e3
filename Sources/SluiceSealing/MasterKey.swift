internal import Crypto
internal import SluicePorts

/// The one key from which all others are derived: 32 random bytes. Prints as `‹key›`.
public struct MasterKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let key: SymmetricKey

    /// Bytes of a key.
    public static let byteCount = 32
    /// The environment variable that holds a key as Base64; it wins over the file.
    public static let environmentName = "SLUICE_KEY"
    /// How an operator makes a key by hand.
    static let recipe = "make one with: openssl rand -base64 32"

    /// A new random key.
    public init() { key = SymmetricKey(size: .bits256) }

    /// - Throws: `SealingError` unless there are exactly 32 bytes.
    public init(bytes: [UInt8]) throws {
        guard bytes.count == MasterKey.byteCount else {
            throw SealingError("a key has \(MasterKey.byteCount) bytes, not \(bytes.count); \(MasterKey.recipe)")
        }
        key = SymmetricKey(data: bytes)
    }

    /// Reads the Base64 text of a key; white space around it does not matter.
    /// - Parameter origin: Where the text is from, for the message: the variable or the file.
    public init(base64 text: some StringProtocol, origin: String) throws {
        guard let bytes = Base64.standard.decode(text.trimmingASCIIWhitespace()) else {
            throw SealingError("\(origin) is not Base64; \(MasterKey.recipe)")
        }
        guard bytes.count == MasterKey.byteCount else {
            throw SealingError(
                "\(origin) holds \(bytes.count) bytes, a key has \(MasterKey.byteCount); \(MasterKey.recipe)")
        }
        key = SymmetricKey(data: bytes)
    }

    /// The key as Base64, for the key file alone.
    var base64: String { key.withUnsafeBytes { Base64.standard.encode($0) } }

    /// A key for one purpose. The purposes' names are part of the format: never change one.
    func subkey(_ purpose: StaticString) -> SymmetricKey {
        let info = purpose.withUTF8Buffer { Array($0) }
        return HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, salt: [UInt8]("sluice".utf8), info: info, outputByteCount: 32)
    }

    public var description: String { "‹key›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension StringProtocol {
    /// Its bytes without the white space around them.
    func trimmingASCIIWhitespace() -> [UInt8] {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let bytes = Array(utf8.drop(while: isSpace))
        return Array(bytes.prefix((bytes.lastIndex { !isSpace($0) } ?? -1) + 1))
    }
}

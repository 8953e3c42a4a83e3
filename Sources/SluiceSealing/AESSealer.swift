internal import Crypto
public import SluiceModel
public import SluicePorts

/// Seals secrets with AES-256-GCM and makes passes with HMAC-SHA256, each under a key of its own, derived from the
/// master key by HKDF-SHA256. Prints as `‹sealer›`.
///
/// A sealed value is a version byte, a random nonce of 12 bytes, the cipher text, and a tag of 16 bytes; its context is
/// authenticated with it. Random nonces are safe up to 2³² values a key (NIST SP 800-38D section 8.3); a site never
/// has as many secret inputs.
public struct AESSealer: Sealer, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let inputKey: SymmetricKey
    private let passes: PassSeal
    private let fingerprintKey: SymmetricKey
    private let checkKey: SymmetricKey

    public init(_ masterKey: MasterKey) {
        inputKey = masterKey.subkey("inputs v1")
        passes = PassSeal(masterKey.subkey("passes v2"), firstKey: masterKey.subkey("passes v1"))
        fingerprintKey = masterKey.subkey("fingerprints v1")
        checkKey = masterKey.subkey("key check v1")
    }

    public func seal(_ secret: Secret, context: String) throws -> SealedBytes {
        SealedBytes(SealedBox.seal(Array(secret.exposed.utf8), inputKey, context: context))
    }

    public func open(_ sealed: SealedBytes, context: String) throws -> Secret {
        guard let bytes = SealedBox.open(sealed.bytes, inputKey, context: context) else {
            throw SealingError(
                """
                the sealed value \(quoted(context)) cannot be opened: it was sealed with another key or under another \
                name, or it was changed; check that \(MasterKey.environmentName) or key.file is the key of this database
                """)
        }
        return Secret(String(decoding: bytes, as: UTF8.self))
    }

    public func makePass(_ claims: PassClaims) -> String {
        Base64.url.encode(passes.seal(claims), after: PassText.prefix)
    }

    public func readPass(_ text: String) -> PassPresented {
        guard !text.isEmpty else { return .none }
        guard text.utf8.count <= PassText.byteCountMax, text.hasPrefix(PassText.prefix.description),
            let sealed = Base64.url.decode(text.utf8.dropFirst(PassText.prefix.utf8CodeUnitCount)),
            let claims = passes.open(sealed)
        else { return .forged }
        return .genuine(claims)
    }

    public func fingerprint(_ bytes: some Sequence<UInt8>) -> Fingerprint {
        Fingerprint(Array(HMAC<SHA256>.authenticationCode(for: Array(bytes), using: fingerprintKey)))
    }

    /// A text to store in the database, by which the key is known again; it tells nothing about the key.
    public func keyCheck() -> String {
        "v1:" + Base64.url.encode(Array(HMAC<SHA256>.authenticationCode(for: [UInt8]("sluice".utf8), using: checkKey)))
    }

    /// - Parameter check: What `keyCheck` gave when the database was made.
    /// - Throws: `SealingError` when this is not that key.
    public func verify(keyCheck check: String) throws {
        guard check == keyCheck() else {
            throw SealingError(
                """
                this key is not the one the database was sealed with; set \(MasterKey.environmentName) or key.file to \
                that key, or start with another store.path
                """)
        }
    }

    public var description: String { "‹sealer›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A name from outside, short and in quotes, for a message.
private func quoted(_ text: String) -> String {
    let shown = text.unicodeScalars.prefix(60).map { $0.value < 0x20 || $0 == "\"" ? "?" : Character($0) }
    return "\"\(String(shown))\""
}

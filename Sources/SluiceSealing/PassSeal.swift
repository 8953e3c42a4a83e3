internal import Crypto
internal import SluiceModel

/// Proves that a site made a pass: version byte 2, the claims, and HMAC-SHA256 over both (RFC 2104, FIPS 198-1).
///
/// The claims can be read by whoever has the pass; none of them is a secret. Unlike a cipher, it needs no nonce: one
/// key is good for any number of passes of any number of replicas (SLU-0013). Passes of version 1 were sealed with
/// AES-256-GCM; they are opened, not made.
struct PassSeal: Sendable {
    static let version: UInt8 = 2
    static let tagByteCount = SHA256.byteCount

    private let key: SymmetricKey
    /// Knows the key and no claims yet: a copy of it saves deriving the key's pads for each pass.
    private let keyed: HMAC<SHA256>
    private let firstKey: SymmetricKey

    /// - Parameter firstKey: The key of version 1.
    init(_ key: SymmetricKey, firstKey: SymmetricKey) {
        self.key = key
        self.firstKey = firstKey
        keyed = HMAC(key: key)
    }

    func seal(_ claims: PassClaims) -> [UInt8] {
        var bytes = PassText.encode(claims, after: Self.version, spare: Self.tagByteCount)
        var code = keyed
        bytes.withUnsafeBytes { code.update(data: $0) }
        code.finalize().withUnsafeBytes { bytes += $0 }
        return bytes
    }

    /// nil when any byte is another than it was made, or the site is another.
    func open(_ bytes: [UInt8]) -> PassClaims? {
        guard bytes.first == Self.version else {
            return SealedBox.open(bytes, firstKey, context: PassText.context).flatMap { PassText.decode($0[...]) }
        }
        let signed = bytes.dropLast(Self.tagByteCount)
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                Array(bytes[signed.endIndex...]), authenticating: signed, using: key)
        else { return nil }
        return PassText.decode(signed.dropFirst())
    }
}

public import SluiceModel

/// Keeps secrets shut at rest and makes passes. Implemented by `AESSealer` (SluiceSealing).
public protocol Sealer: Sendable {
    /// Shuts a secret. The context (such as the input's name) must be the same when it is opened.
    func seal(_ secret: Secret, context: String) throws -> SealedBytes

    /// Opens what `seal` made.
    /// - Throws: `SealingError` when the key, the context or a byte is not the same.
    func open(_ sealed: SealedBytes, context: String) throws -> Secret

    /// A pass as sealed text, safe in a URL and in a flow's input.
    func makePass(_ claims: PassClaims) -> String

    /// What a presented pass says; `.forged` for anything not made with this key.
    func readPass(_ text: String) -> PassPresented

    /// A keyed hash, the same for the same bytes.
    func fingerprint(_ bytes: some Sequence<UInt8>) -> Fingerprint
}

/// Why something sealed could not be opened, or the key not be used.
public struct SealingError: Error, Sendable, CustomStringConvertible {
    /// What failed and what to do; never a secret.
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}

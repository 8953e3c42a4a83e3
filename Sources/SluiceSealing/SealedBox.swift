internal import Crypto

/// The one format of everything sealed: version, nonce, cipher text, tag.
enum SealedBox {
    /// Changes when the cipher or the layout does.
    static let version: UInt8 = 1

    static func seal(_ bytes: [UInt8], _ key: SymmetricKey, context: String) -> [UInt8] {
        do {
            let box = try AES.GCM.seal(bytes, using: key, nonce: AES.GCM.Nonce(), authenticating: header(context))
            return [version] + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
        } catch {
            // AES-GCM refuses only wrong key sizes and texts beyond 64 GiB; neither can come here.
            preconditionFailure("sealing failed")
        }
    }

    /// nil when the version, the key, the context or any byte is another.
    static func open(_ bytes: [UInt8], _ key: SymmetricKey, context: String) -> [UInt8]? {
        guard bytes.first == version, let box = try? AES.GCM.SealedBox(combined: bytes.dropFirst()),
            let opened = try? AES.GCM.open(box, using: key, authenticating: header(context))
        else { return nil }
        return Array(opened)
    }

    private static func header(_ context: String) -> [UInt8] { [version] + Array(context.utf8) }
}

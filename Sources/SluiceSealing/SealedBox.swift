internal import Crypto
import SluicePorts

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The one format of everything sealed: a head, nonce, cipher text, tag. The head is a version byte and, of passes,
/// what their key was derived with (`PassSealer`).
enum SealedBox {
    /// Changes when the cipher or the layout does.
    static let version: UInt8 = 1

    private static let nonceByteCount = 12

    private static let random = SystemRandomSource()

    /// Random, and never given twice (`AESSealer` says how many a key bears).
    ///
    /// The random numbers are drawn many at a time. A copy of this process, of a machine that was restored from a
    /// snapshot, has those that are not used yet, too: the time, to the nanosecond, keeps the two apart.
    private static func nonce() throws -> AES.GCM.Nonce {
        let first = random.next() ^ nanoseconds()
        let second = random.next()
        return try withUnsafeBytes(of: (first, second)) { try AES.GCM.Nonce(data: $0.prefix(nonceByteCount)) }
    }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(truncatingIfNeeded: Int64(time.tv_sec)) &* 1_000_000_000
            &+ UInt64(truncatingIfNeeded: Int64(time.tv_nsec))
    }

    static func seal(
        _ bytes: [UInt8], _ key: SymmetricKey, head: [UInt8], authenticating header: [UInt8]
    ) -> [UInt8] {
        do {
            let box = try AES.GCM.seal(bytes, using: key, nonce: nonce(), authenticating: header)
            // Nonce, cipher text and tag; there with every nonce of 12 bytes.
            guard let combined = box.combined else { preconditionFailure("sealing failed") }
            return [UInt8](unsafeUninitializedCapacity: head.count + combined.count) { sealed, count in
                _ = sealed.initialize(fromContentsOf: head)
                combined.withUnsafeBytes { _ = sealed.dropFirst(head.count).initialize(fromContentsOf: $0) }
                count = head.count + combined.count
            }
        } catch {
            // AES-GCM refuses only wrong key sizes and texts beyond 64 GiB; neither can come here.
            preconditionFailure("sealing failed")
        }
    }

    /// - Parameter box: What follows the head.
    static func open(_ box: ArraySlice<UInt8>, _ key: SymmetricKey, authenticating header: [UInt8]) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: box),
            let opened = try? AES.GCM.open(box, using: key, authenticating: header)
        else { return nil }
        return Array(opened)
    }

    static func seal(_ bytes: [UInt8], _ key: SymmetricKey, context: String) -> [UInt8] {
        seal(bytes, key, head: [version], authenticating: header(context))
    }

    /// nil when the version, the key, the context or any byte is another.
    static func open(_ bytes: [UInt8], _ key: SymmetricKey, context: String) -> [UInt8]? {
        guard bytes.first == version else { return nil }
        return open(bytes.dropFirst(), key, authenticating: header(context))
    }

    private static func header(_ context: String) -> [UInt8] { [version] + Array(context.utf8) }
}

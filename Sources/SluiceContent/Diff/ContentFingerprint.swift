/// What stands for a text when two packs are compared: equal for equal bytes, and of no use to whoever sees it.
///
/// Swift seeds it anew in each process (SipHash), so nobody can make two texts of one fingerprint, or guess a secret.
struct ContentFingerprint: Hashable, Sendable {
    private let value: Int

    init(_ hasher: Hasher) { value = hasher.finalize() }

    init(_ bytes: UnsafeRawBufferPointer) {
        var hasher = Hasher()
        hasher.combine(bytes: bytes)
        self.init(hasher)
    }

    init(_ text: String) {
        var hasher = Hasher()
        hasher.combine(text)
        self.init(hasher)
    }
}

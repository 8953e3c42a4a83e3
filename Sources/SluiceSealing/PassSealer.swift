internal import Crypto
internal import SluiceModel
internal import SluicePorts
internal import Synchronization

/// Seals passes with AES-256-GCM, each process under keys of its own: derived by HKDF-SHA256 from the site's pass key
/// with a random salt, which stands in the pass.
///
/// A pass is the version byte 2, the salt (16 bytes), a nonce (12), the cipher text and a tag (16). One key seals at
/// most `sealCountMax` passes, so that all replicas of a site together never come near what a key bears. Version 1 had
/// one key for the whole site; such passes are opened, not made.
final class PassSealer: Sendable {
    static let version: UInt8 = 2
    static let saltByteCount = 16
    /// Passes that are sealed under one key: random nonces are safe up to 2³² (NIST SP 800-38D section 8.3).
    static let sealCountMax = 1 << 31
    /// Keys of other processes, and of earlier starts, that are kept for opening; another one is derived again.
    static let otherKeyCountMax = 64

    private struct OwnKey {
        var key: SymmetricKey
        var salt: [UInt8]
        var sealCount = 0
        /// The version and the salt, as they begin a pass.
        let head: [UInt8]

        init(key: SymmetricKey, salt: [UInt8]) {
            self.key = key
            self.salt = salt
            head = [PassSealer.version] + salt
        }
    }

    private struct State {
        var own: OwnKey
        var others: [[UInt8]: SymmetricKey] = [:]
        /// In the order in which they came.
        var otherSalts: [[UInt8]] = []
    }

    private let siteKey: SymmetricKey
    private let sealCountMax: Int
    private let state: Mutex<State>

    private static let header = [version] + [UInt8](PassText.context.utf8)

    init(_ siteKey: SymmetricKey, sealCountMax: Int = PassSealer.sealCountMax) {
        self.siteKey = siteKey
        self.sealCountMax = sealCountMax
        state = Mutex(State(own: Self.ownKey(from: siteKey)))
    }

    func seal(_ claims: [UInt8]) -> [UInt8] {
        let (key, head) = state.withLock { state in
            if state.own.sealCount >= sealCountMax {
                Self.keep(state.own.key, state.own.salt, &state)
                state.own = Self.ownKey(from: siteKey)
            }
            state.own.sealCount += 1
            return (state.own.key, state.own.head)
        }
        return SealedBox.seal(claims, key, head: head, authenticating: Self.header)
    }

    /// nil when any byte is another than it was made, or the site is another.
    func open(_ sealed: [UInt8]) -> [UInt8]? {
        guard sealed.first == Self.version, sealed.count > 1 + Self.saltByteCount else {
            return SealedBox.open(sealed, siteKey, context: PassText.context)
        }
        let salt = Array(sealed[1..<(1 + Self.saltByteCount)])
        let box = sealed.dropFirst(1 + Self.saltByteCount)
        let kept = state.withLock { $0.own.salt == salt ? $0.own.key : $0.others[salt] }
        let key = kept ?? Self.key(from: siteKey, salt)
        guard let claims = SealedBox.open(box, key, authenticating: Self.header) else { return nil }
        // Only what was genuine is kept: nobody can push the keys of others out.
        if kept == nil { state.withLock { Self.keep(key, salt, &$0) } }
        return claims
    }

    private static func keep(_ key: SymmetricKey, _ salt: [UInt8], _ state: inout State) {
        guard state.others.updateValue(key, forKey: salt) == nil else { return }
        state.otherSalts.append(salt)
        guard state.otherSalts.count > otherKeyCountMax else { return }
        state.others[state.otherSalts.removeFirst()] = nil
    }

    /// A key of this process alone.
    private static func ownKey(from siteKey: SymmetricKey) -> OwnKey {
        // Straight from the system, not from a buffer that a copy of this process would have, too.
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<saltByteCount).map { _ in generator.next() as UInt8 }
        return OwnKey(key: key(from: siteKey, salt), salt: salt)
    }

    private static func key(from siteKey: SymmetricKey, _ salt: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: siteKey, salt: salt, info: [UInt8]("passes v2".utf8), outputByteCount: 32)
    }
}

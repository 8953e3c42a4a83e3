import SluiceModel
import SluicePorts
import SluiceSealing
import Testing

@Suite struct AESSealerTests {
    private let sealer = AESSealer(MasterKey())

    @Test(arguments: ["", "x", "pässwörd\n\0", String(repeating: "s", count: 100_000)])
    func opensWhatItSealed(text: String) throws {
        let sealed = try sealer.seal(Secret(text), context: "password")
        #expect(try sealer.open(sealed, context: "password") == Secret(text))
        #expect(sealed.bytes.count == 1 + 12 + text.utf8.count + 16)
    }

    @Test func sealsTheSameDifferently() throws {
        #expect(try sealer.seal(Secret("x"), context: "a") != sealer.seal(Secret("x"), context: "a"))
    }

    @Test func refusesAnyBitFlipped() throws {
        let sealed = try sealer.seal(Secret("hunter2"), context: "password").bytes
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: SealingError.self) { try sealer.open(SealedBytes(changed), context: "password") }
        }
    }

    @Test func refusesAnyPart() throws {
        let sealed = try sealer.seal(Secret("hunter2"), context: "password").bytes
        for length in sealed.indices {
            #expect(throws: SealingError.self) {
                try sealer.open(SealedBytes(Array(sealed[..<length])), context: "password")
            }
        }
        #expect(throws: SealingError.self) { try sealer.open(SealedBytes(sealed + [0]), context: "password") }
    }

    @Test func refusesAnotherContextAndAnotherKey() throws {
        let sealed = try sealer.seal(Secret("hunter2"), context: "password")
        let context = #expect(throws: SealingError.self) { try sealer.open(sealed, context: "passwor") }
        #expect(context?.message.contains("hunter2") == false)
        #expect(throws: SealingError.self) { try AESSealer(MasterKey()).open(sealed, context: "password") }
    }

    @Test func makesTheSameKeysFromTheSameBytes() throws {
        let bytes = [UInt8](0..<32)
        let (one, other) = (AESSealer(try MasterKey(bytes: bytes)), AESSealer(try MasterKey(bytes: bytes)))
        #expect(try other.open(one.seal(Secret("x"), context: "c"), context: "c") == Secret("x"))
        #expect(one.keyCheck() == other.keyCheck())
        // Written once with this key: the format must not change without a new version.
        #expect(one.keyCheck() == "v1:Y1yW7UWdBdCDBViBAss6Q5TZI5Hkh2shhnJbCevcXcY")
    }

    @Test func knowsItsKeyAgain() throws {
        try sealer.verify(keyCheck: sealer.keyCheck())
        for check in [AESSealer(MasterKey()).keyCheck(), "", "v1:", sealer.keyCheck() + " "] {
            let error = #expect(throws: SealingError.self) { try sealer.verify(keyCheck: check) }
            #expect(error?.message.hasPrefix("this key is not the one the database was sealed with") == true)
        }
    }

    @Test func fingerprintsByKeyAndBytes() {
        let bytes = Array("body".utf8)
        #expect(sealer.fingerprint(bytes) == sealer.fingerprint(bytes[...]))
        #expect(sealer.fingerprint(bytes).bytes.count == 32)
        #expect(sealer.fingerprint(bytes) != sealer.fingerprint(bytes + [0]))
        #expect(sealer.fingerprint(bytes) != AESSealer(MasterKey()).fingerprint(bytes))
    }

    @Test func showsNoKeyAndNoSecret() throws {
        let key = try MasterKey(bytes: [UInt8](repeating: 0x41, count: 32))
        let sealed = try AESSealer(key).seal(Secret("hunter2"), context: "password")
        var shown = "\(key) \(AESSealer(key)) \(sealed) \(Secret("hunter2"))"
        for value: Any in [key, AESSealer(key), sealed, Secret("hunter2")] {
            dump(value, to: &shown)
            shown += String(reflecting: value)
        }
        #expect(shown.contains("‹key›") && shown.contains("‹sealer›"))
        for clear in ["hunter2", "AAAA", "65", "SymmetricKey"] { #expect(!shown.contains(clear)) }
    }
}

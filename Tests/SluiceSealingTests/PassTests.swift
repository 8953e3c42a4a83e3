import SluiceModel
import SluicePorts
import Testing

@testable import SluiceSealing

@Suite struct PassTests {
    private let sealer = AESSealer(MasterKey())
    private static let id = PassID(ULID(high: 0x0123_4567_89AB_CDEF, low: .max))
    private static let ticket = Ticket(ULID(high: .max >> 1, low: 0xFEDC_BA98_7654_3210))

    private static let claims = [
        PassClaims(
            id: id, kind: .attempt, flow: FlowID("a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"), ticket: ticket, attempt: 2,
            epoch: Epoch(7), expiresAt: Timestamp(milliseconds: 1_795_000_000_123)),
        PassClaims(
            id: id, kind: .admission, flow: FlowID("io.cloudslang.my_flow"), epoch: Epoch(-1),
            expiresAt: Timestamp(milliseconds: .min)),
        PassClaims(
            id: id, kind: .attempt, flow: FlowID(String(repeating: "é", count: 256)), attempt: .max, epoch: Epoch(.max),
            expiresAt: Timestamp(milliseconds: .max)),
    ]

    @Test(arguments: claims)
    func readsWhatItMade(claims: PassClaims) {
        let text = sealer.makePass(claims)
        #expect(sealer.readPass(text) == .genuine(claims))
        #expect(text.hasPrefix("p_"))
        #expect(text.utf8.allSatisfy { $0 == 0x2D || $0 == 0x5F || (0x30...0x7A).contains($0) })
    }

    @Test(arguments: ["1", "150084121", String(repeating: "9", count: 512)])
    func carriesTheExecutionThatItAdmits(runID: String) {
        for var pass in Self.claims {
            pass.runID = ExecutionID(runID)
            #expect(sealer.readPass(sealer.makePass(pass)) == .genuine(pass))
        }
    }

    // MARK: Versions

    /// Made once by another implementation (Python's `cryptography` and `hmac`) with the key 0, 1, … 31: `claims[0]` as
    /// version 1, which was sealed, and as version 2.
    private static let known = [
        "p_AQABAgMEBQYHCAkKC_acLmsCwGXFxe9nOAPcnPTe2KgNOXD_wNFu0z3TvAzLXdrcup3ORjGWoKsbSpDwRv-nvWW2vwSqna5nUrcRo5qgJIfm"
            + "4n9zUR3zlb1B10n9NBoARbEVAVurFUgm-HD-hLpx3CrLcOzhhDHJwtwtaQ",
        "p_AgEBAQEjRWeJq83v__________8AAAAAAAAABwAAAaHuVl57AAAAAAAAAAJ___________7cuph2VDIQYTk4YzNmZTctOWM5MC"
            + "00MjM3LWEwMjUtZTJkZjRhN2NmMWY5yWkxTTzhGxCU9X-Iv-F6HFpkXKD0lu0zhZlX5WmXWj4",
    ]

    @Test("passes of both versions open: a rolling upgrade has both", arguments: known)
    func opensWhatEitherVersionMade(text: String) throws {
        let sealer = AESSealer(try MasterKey(bytes: [UInt8](0..<32)))
        #expect(sealer.readPass(text) == .genuine(Self.claims[0]))
        #expect(self.sealer.readPass(text) == .forged)
    }

    @Test("what it makes is what another implementation makes, byte for byte")
    func makesTheKnownPass() throws {
        #expect(AESSealer(try MasterKey(bytes: [UInt8](0..<32))).makePass(Self.claims[0]) == Self.known[1])
    }

    @Test func isShortEnoughForAnInput() {
        #expect(sealer.makePass(Self.claims[0]).count < 200)
    }

    @Test func refusesAnyBitFlipped() {
        let text = Array(sealer.makePass(Self.claims[0]).utf8)
        for bit in 0..<(text.count * 8) {
            var changed = text
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(sealer.readPass(String(decoding: changed, as: UTF8.self)) == .forged)
        }
    }

    @Test func refusesAnyPartAndAnyAddition() {
        let text = sealer.makePass(Self.claims[1])
        for length in 1..<text.count { #expect(sealer.readPass(String(text.prefix(length))) == .forged) }
        for more in ["A", "=", "==", " ", "\n", "\0"] { #expect(sealer.readPass(text + more) == .forged) }
        #expect(sealer.readPass(" " + text) == .forged)
        #expect(sealer.readPass(String(text.dropFirst(2))) == .forged)
    }

    @Test(arguments: ["p_", "p", "x", "p_====", "p_\u{1F600}", "p_" + String(repeating: "A", count: 100_000)])
    func refusesWhatWasNeverAPass(text: String) {
        #expect(sealer.readPass(text) == .forged)
    }

    @Test func tellsNoneFromForged() {
        #expect(sealer.readPass("") == .none)
    }

    @Test func refusesAPassOfAnotherKey() {
        #expect(sealer.readPass(AESSealer(MasterKey()).makePass(Self.claims[0])) == .forged)
    }

    @Test func takesNoSealedSecretForAPass() throws {
        // The same bytes, sealed as an input: another key and another context.
        let sealed = try sealer.seal(Secret("anything"), context: "pass").bytes
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = "p_"
        for start in stride(from: 0, to: sealed.count - 2, by: 3) {
            let bits = sealed[start..<start + 3].reduce(0) { $0 << 8 | Int($1) }
            for shift in [18, 12, 6, 0] { text.append(digits[bits >> shift & 63]) }
        }
        #expect(sealer.readPass(text) == .forged)
    }
}

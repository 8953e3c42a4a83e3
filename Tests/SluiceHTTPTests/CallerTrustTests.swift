import SluiceModel
import Testing

@testable import SluiceHTTP

/// How long a record of a caller is believed, and when it is written anew. Seconds, of a trust of 1000 s.
@Suite struct CallerTrustTests {
    private static let caller = Fingerprint([1, 2, 3])
    private static let now = Timestamp(milliseconds: 1_764_500_000_000)
    private let trust = CallerTrust(verifiedFor: .seconds(60), trustedFor: .seconds(1000))

    private static func time(_ seconds: Int64) -> Timestamp { now.advanced(by: .seconds(seconds)) }

    private static func record(at seconds: Int64, isRefused: Bool = false, for duration: Int64 = 1000) -> KnownCaller {
        KnownCaller(
            fingerprint: caller, at: time(seconds), isRefused: isRefused, forgetAt: time(seconds + duration))
    }

    @Test(
        "what is left of the trust in a record",
        arguments: [
            // Written at, to be forgotten after, left.
            (0, 1000, 1000), (-1, 1000, 999), (-999, 1000, 1), (-1000, 1000, nil), (-5000, 1000, nil),
            // Of another configuration: the shorter trust counts.
            (-100, 300, 200), (-300, 300, nil), (-100, 9000, 900), (-1000, 9000, nil),
            // From the future: as of now, never for longer than the trust, and not from too far ahead.
            (1, 1000, 1000), (500, 1000, 1000), (100, 200, 300), (999, 1000, 1000), (1000, 1000, nil),
            (1_000_000, 1000, nil),
        ] as [(Int64, Int64, Int64?)])
    func leaves(at: Int64, duration: Int64, left: Int64?) {
        #expect(trust.left(of: Self.record(at: at, for: duration), at: Self.now) == left.map { .seconds($0) })
        #expect(trust.left(of: Self.record(at: at, isRefused: true, for: duration), at: Self.now) == nil)
    }

    @Test("a record at the end of the range breaks nothing", arguments: [Int64.min, .max])
    func survivesTheRange(milliseconds: Int64) {
        let end = Timestamp(milliseconds: milliseconds)
        let record = KnownCaller(fingerprint: Self.caller, at: end, forgetAt: end)
        #expect(trust.left(of: record, at: Self.now) == nil)
        #expect(trust.left(of: Self.record(at: 0), at: end) == nil)
    }

    @Test(
        "that Central knows a caller is written when nothing, a refusal or nothing new enough is on record",
        arguments: [
            (nil, false, true), (0, false, false), (-249, false, false), (-250, false, true), (-5000, false, true),
            (-1, true, true), (-5000, true, true),
            // A newer record stays, and of one time the refusal; one that is too far ahead does not.
            (0, true, false), (60, true, false), (60, false, false), (61, true, true), (61, false, true),
        ] as [(Int64?, Bool, Bool)])
    func writesGrants(storedAt: Int64?, isRefused: Bool, isWritten: Bool) {
        let word = trust.word(
            on: Self.caller, isRefused: false, at: Self.now,
            stored: storedAt.map { Self.record(at: $0, isRefused: isRefused) }, wasKnown: true, now: Self.now)
        #expect(word == (isWritten ? .putCaller(Self.record(at: 0), horizon: Self.time(60)) : nil))
    }

    @Test(
        "a refusal is written of whom was known here or is on record, and not each time",
        arguments: [
            (nil, false, true, true), (nil, false, false, false), (-500, false, false, true), (0, false, false, true),
            // Refused before.
            (-59, true, true, false), (-60, true, true, true), (0, true, true, false),
            // Known again since it was refused; but a time that is ahead of now is none.
            (5, false, true, false), (10, false, true, false), (11, false, true, true), (11, true, true, true),
        ] as [(Int64?, Bool, Bool, Bool)])
    func writesRefusals(storedAt: Int64?, isRefused: Bool, wasKnown: Bool, isWritten: Bool) {
        // Heard 10 s ago.
        let word = trust.word(
            on: Self.caller, isRefused: true, at: Self.now,
            stored: storedAt.map { Self.record(at: $0, isRefused: isRefused) }, wasKnown: wasKnown,
            now: Self.time(10))
        let expected = Change.putCaller(Self.record(at: 0, isRefused: true), horizon: Self.time(10))
        #expect(word == (isWritten ? expected : nil))
    }

    @Test(
        "a caller is written down a few times within its trust, and not more often than Central is asked",
        arguments: [(60, 86_400, 21_600), (60, 1000, 250), (60, 100, 60), (0, 8, 2), (3600, 60, 3600)])
    func recordsSeldom(verified: Int, trusted: Int, interval: Int) {
        let trust = CallerTrust(verifiedFor: .seconds(verified), trustedFor: .seconds(trusted))
        #expect(trust.recordInterval == .seconds(interval))
        #expect(trust.trustedFor >= trust.verifiedFor)
    }
}

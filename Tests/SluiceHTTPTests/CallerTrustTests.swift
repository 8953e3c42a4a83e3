import SluiceModel
import Testing

@testable import SluiceHTTP

/// How long a record of a caller is believed, and when it is written anew. Seconds, of a trust of 1000 s.
@Suite struct CallerTrustTests {
    private static let caller = Fingerprint([1, 2, 3])
    private static let now = Timestamp(milliseconds: 1_764_500_000_000)
    private let trust = CallerTrust(verifiedFor: .seconds(60), trustedFor: .seconds(1000))

    private static func time(_ seconds: Int64) -> Timestamp { now.advanced(by: .seconds(seconds)) }

    private static func record(at seconds: Int64, for duration: Int64 = 1000) -> KnownCaller {
        KnownCaller(fingerprint: caller, at: time(seconds), forgetAt: time(seconds + duration))
    }

    @Test(
        "what is left of the trust in a record",
        arguments: [
            // Written at, to be forgotten after, left.
            (0, 1000, 1000), (-1, 1000, 999), (-999, 1000, 1), (-1000, 1000, nil), (-5000, 1000, nil),
            // Of another configuration: the shorter trust counts.
            (-100, 300, 200), (-300, 300, nil), (-100, 9000, 900), (-1000, 9000, nil),
            // From the future: as of now, never for longer than the trust.
            (1, 1000, 1000), (500, 1000, 1000), (1_000_000, 1000, 1000), (100, 200, 300),
        ] as [(Int64, Int64, Int64?)])
    func leaves(at: Int64, duration: Int64, left: Int64?) {
        #expect(trust.left(of: Self.record(at: at, for: duration), at: Self.now) == left.map { .seconds($0) })
    }

    @Test("a record at the end of the range breaks nothing", arguments: [Int64.min, .max])
    func survivesTheRange(milliseconds: Int64) {
        let end = Timestamp(milliseconds: milliseconds)
        let record = KnownCaller(fingerprint: Self.caller, at: end, forgetAt: end)
        #expect(trust.left(of: record, at: Self.now) == (milliseconds > 0 ? .seconds(1000) : nil))
        #expect(trust.left(of: Self.record(at: 0), at: end) == (milliseconds > 0 ? nil : .seconds(1000)))
    }

    @Test(
        "a caller is written down when nothing, or nothing new enough, is on record",
        arguments: [
            (nil, ["put"]), (0, []), (-249, []), (-250, ["put"]), (-5000, ["put"]),
            // The clock stepped back: a newer record is only replaced when it goes first.
            (1, ["forget", "put"]), (1_000_000, ["forget", "put"]),
        ] as [(Int64?, [String])])
    func renews(recordedAt: Int64?, expected: [String]) {
        let changes = trust.renewal(of: Self.caller, recordedAt: recordedAt.map(Self.time), at: Self.now)
        #expect(changes.map(Self.word) == expected)
        #expect(changes.last.map { $0 == .putCaller(Self.record(at: 0)) } ?? expected.isEmpty)
    }

    @Test("a record that was read is set back when it is from the future, and is else left alone")
    func corrects() {
        for at: Int64 in [0, -1, -999, -5000] {
            #expect(trust.correction(of: Self.record(at: at), at: Self.now).isEmpty, "\(at)")
        }
        let changes = trust.correction(of: Self.record(at: 7), at: Self.now)
        #expect(changes == [.forgetCaller(Self.caller), .putCaller(Self.record(at: 0))])
    }

    @Test(
        "a caller is written down a few times within its trust, and not more often than Central is asked",
        arguments: [(60, 86_400, 21_600), (60, 1000, 250), (60, 100, 60), (0, 8, 2), (3600, 60, 3600)])
    func recordsSeldom(verified: Int, trusted: Int, interval: Int) {
        let trust = CallerTrust(verifiedFor: .seconds(verified), trustedFor: .seconds(trusted))
        #expect(trust.recordInterval == .seconds(interval))
        #expect(trust.trustedFor >= trust.verifiedFor)
    }

    private static func word(_ change: Change) -> String {
        switch change {
        case .putCaller: "put"
        case .forgetCaller: "forget"
        default: "\(change)"
        }
    }
}

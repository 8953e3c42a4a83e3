import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

@Suite struct ReconciliationStateTests {
    private static let start = Moment.fixture.monotonic

    private func doubt(isGated: Bool, isRedeemed: Bool = false) -> ReconciliationState {
        ReconciliationState(
            ticket: .fixture(1), attempt: 1, isGated: isGated, isRedeemed: isRedeemed, intendedAt: Moment.fixture.wall,
            begunAt: Self.start, cause: "timed out")
    }

    private func word(_ verdict: ReconciliationState.Verdict) -> String {
        switch verdict {
        case .undecided: "undecided"
        case .found: "found"
        case .relaunch: "relaunch"
        case .awaitOperator: "operator"
        case .gone: "gone"
        }
    }

    enum Evidence: CaseIterable { case none, failed, partial, early, oneFull, twoFull, twoWithLate }

    /// The verdict after the evidence, a minute and a half after the doubt began.
    @Test(arguments: Evidence.allCases, [true, false])
    func settlesByTheEvidenceAsTheTableSays(evidence: Evidence, isGated: Bool) {
        for isRedeemed in [true, false] {
            for relaunchAfter in [nil, Duration.seconds(80), .seconds(3600)] {
                let policy = ReleasePolicy(listingLag: .seconds(60), relaunchAfter: relaunchAfter)
                var state = doubt(isGated: isGated, isRedeemed: isRedeemed)
                let now = Self.start.advanced(by: .seconds(90))
                func scan(_ seconds: Int, isFull: Bool = true) -> ReconciliationState.Event {
                    .scanned(hit: nil, begunAt: Self.start.advanced(by: .seconds(seconds)), isFull: isFull)
                }
                let events: [ReconciliationState.Event]
                switch evidence {
                case .none: events = [.ticked]
                case .failed: events = [.scanFailed, .scanFailed, .scanFailed]
                case .partial: events = [scan(70, isFull: false), scan(80, isFull: false)]
                case .early: events = [scan(-1), scan(-1)]
                case .oneFull: events = [scan(70)]
                case .twoFull: events = [scan(1), scan(2)]
                case .twoWithLate: events = [scan(1), scan(61)]
                }
                var verdict = "undecided"
                for event in events where verdict == "undecided" {
                    verdict = word(state.step(event, policy: policy, at: now))
                }
                let expected: String
                switch (evidence, isRedeemed, isGated, relaunchAfter) {
                case (.none, _, _, _), (.failed, _, _, _), (.partial, _, _, _), (.early, _, _, _):
                    expected = "undecided"
                case (.twoWithLate, true, _, _): expected = "gone"
                case (_, true, _, _): expected = "undecided"
                case (.twoFull, false, true, _): expected = "undecided"
                case (_, false, true, _): expected = "relaunch"
                case (.oneFull, false, false, _): expected = "undecided"
                case (_, false, false, .seconds(80)?): expected = "relaunch"
                case (_, false, false, .some(_)): expected = "undecided"
                case (.twoWithLate, false, false, nil): expected = "operator"
                case (.twoFull, false, false, nil): expected = "undecided"
                }
                #expect(
                    verdict == expected, "redeemed \(isRedeemed) relaunchAfter \(String(describing: relaunchAfter))")
            }
        }
    }

    @Test func aHitIsBelievedWheneverItComes() {
        var state = doubt(isGated: true)
        let summary = ExecutionSummary(id: ExecutionID("5"), status: .running)
        let event = ReconciliationState.Event.scanned(
            hit: summary, begunAt: MonotonicTime(nanoseconds: 0), isFull: false)
        #expect(state.step(event, policy: ReleasePolicy(), at: Self.start) == .found(summary))
    }

    @Test func aRedemptionEndsEveryThoughtOfAnotherAttempt() {
        var state = doubt(isGated: true)
        #expect(state.step(.redeemed, policy: ReleasePolicy(), at: Self.start) == .undecided)
        let scan = ReconciliationState.Event.scanned(
            hit: nil, begunAt: Self.start.advanced(by: .seconds(61)), isFull: true)
        #expect(word(state.step(scan, policy: ReleasePolicy(), at: Self.start)) == "undecided")
        #expect(word(state.step(scan, policy: ReleasePolicy(), at: Self.start)) == "gone")
    }

    @Test func noDoubtLastsForEverWhateverWasFoundBefore() {
        for isGated in [true, false] {
            for isRedeemed in [true, false] {
                for relaunchAfter in [nil, Duration.seconds(7200)] {
                    for scanCount in 0...1 {
                        let policy = ReleasePolicy(relaunchAfter: relaunchAfter)
                        var state = doubt(isGated: isGated, isRedeemed: isRedeemed)
                        var verdict = "undecided"
                        for _ in 0..<scanCount {
                            verdict = word(
                                state.step(
                                    .scanned(hit: nil, begunAt: Self.start, isFull: true), policy: policy,
                                    at: Self.start))
                        }
                        for minute in 1...200 where verdict == "undecided" {
                            let now = Self.start.advanced(by: .seconds(minute * 60))
                            verdict = word(state.step(.scanFailed, policy: policy, at: now))
                        }
                        #expect(verdict == "operator")
                    }
                }
            }
        }
    }

    @Test func scansAreSpaced() {
        var state = doubt(isGated: false)
        #expect(state.nextScanAt == Self.start)
        _ = state.step(.scanFailed, policy: ReleasePolicy(), at: Self.start)
        #expect(state.nextScanAt == Self.start.advanced(by: ReleaseLimits.scanInterval))
    }

    // MARK: The rate

    @Test(arguments: [1, 7, 59, 60, 61, 600, 100_000])
    func tokensComeInEvenStepsAndNeverFasterThanTheRate(perMinute: Int) {
        var random = SeededGenerator(seed: UInt64(perMinute))
        var now = Self.start
        var bucket = TokenBucket(perMinute: perMinute, at: now)
        var taken = 0
        let burst = max(1, perMinute / 60) + 1
        for _ in 0..<2000 {
            now = now.advanced(by: .milliseconds(Int.random(in: 0...700, using: &random)))
            let available = bucket.available(at: now)
            #expect(available >= 0 && available <= burst)
            let count = Int.random(in: 0...max(0, available), using: &random)
            bucket.take(count)
            taken += count
            let elapsed = now.since(Self.start).wholeMilliseconds
            #expect(Int64(taken) <= Int64(perMinute) * (elapsed + 1) / 60_000 + Int64(burst))
        }
        // A clock that seems to go back gives nothing.
        #expect(bucket.available(at: MonotonicTime(nanoseconds: 0)) <= burst)
        // It never dries up.
        #expect(bucket.available(at: now.advanced(by: .seconds(60))) >= 1)
    }

    @Test func theWaitDoublesUpToItsLimit() {
        let policy = ReleasePolicy(backoff: .seconds(2), backoffMax: .seconds(300))
        let waits = (1...12).map { policy.backoff(afterFailures: $0).components.seconds }
        #expect(waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300])
        #expect(policy.backoff(afterFailures: .max) == .seconds(300))
        #expect(policy.backoff(afterFailures: 0) == .seconds(2))
    }

    @Test("R25 what was redeemed just now has just started: scans of before prove nothing, nor do those of its lag")
    func aRedemptionShowsThatItStartedLate() {
        let policy = ReleasePolicy(listingLag: .seconds(60))
        var state = doubt(isGated: true)
        func at(_ seconds: Int) -> MonotonicTime { Self.start.advanced(by: .seconds(seconds)) }
        func scan(_ seconds: Int) -> String {
            word(
                state.step(
                    .scanned(hit: nil, begunAt: at(seconds), isFull: true), policy: policy, at: at(seconds + 1)))
        }
        #expect(scan(1) == "undecided")
        #expect(scan(50) == "undecided")
        #expect(word(state.step(.redeemed, policy: policy, at: at(55))) == "undecided")
        #expect(scan(54) == "undecided")
        #expect(scan(62) == "undecided")
        // Heard of twice.
        #expect(word(state.step(.redeemed, policy: policy, at: at(63))) == "undecided")
        #expect(scan(110) == "undecided")
        #expect(scan(116) == "gone")
    }
}

import SluiceModel
import Testing

@testable import SluiceCore

/// Every state of the breaker met with every end of a question.
@Suite struct PluginBreakerTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private static func breaker(faults: Int) -> PluginBreaker {
        var breaker = PluginBreaker()
        for _ in 0..<faults { breaker.ended(well: false, isProbe: false, at: start) }
        return breaker
    }

    @Test func itOpensAfterFaultsInARowAndNotBefore() {
        for count in 0..<PluginBreaker.faultCountMax {
            var breaker = Self.breaker(faults: count)
            #expect(breaker.state == .closed(faultCount: count))
            #expect(breaker.admit(at: Self.start) == .ordinary)
            breaker.ended(well: true, isProbe: false, at: Self.start)
            #expect(breaker.state == .closed(faultCount: 0))
        }
        let open = Self.breaker(faults: PluginBreaker.faultCountMax)
        #expect(open.state == .open(until: Self.start.advanced(by: PluginBreaker.pause)))
    }

    @Test func afterItsPauseOneQuestionDecides() {
        for isWell in [true, false] {
            var breaker = Self.breaker(faults: PluginBreaker.faultCountMax)
            let due = Self.start.advanced(by: PluginBreaker.pause)
            #expect(breaker.admit(at: due.advanced(by: .milliseconds(-1))) == .refused)
            #expect(breaker.admit(at: due) == .probe)
            #expect(breaker.admit(at: due) == .refused)
            // Those from before it opened decide nothing.
            breaker.ended(well: !isWell, isProbe: false, at: due)
            #expect(breaker.state == .probing)
            breaker.ended(well: isWell, isProbe: true, at: due)
            let next = due.advanced(by: PluginBreaker.pause + PluginBreaker.pause)
            #expect(breaker.state == (isWell ? .closed(faultCount: 0) : .open(until: next)))
        }
    }

    @Test func pausesGrowToALimitAndStartAnewAfterAGoodAnswer() {
        var breaker = Self.breaker(faults: PluginBreaker.faultCountMax)
        var now = Self.start
        for _ in 0..<20 {
            guard case .open(let until) = breaker.state else { return #expect(Bool(false)) }
            #expect(until.since(now) <= PluginBreaker.pauseMax)
            now = until
            #expect(breaker.admit(at: now) == .probe)
            breaker.ended(well: false, isProbe: true, at: now)
        }
        guard case .open(let until) = breaker.state else { return #expect(Bool(false)) }
        #expect(until.since(now) == PluginBreaker.pauseMax)
        _ = breaker.admit(at: until)
        breaker.ended(well: true, isProbe: true, at: until)
        #expect(breaker == PluginBreaker())
    }

    @Test func anOpenBreakerIsNotMovedByLateAnswers() {
        for isWell in [true, false] {
            for isProbe in [true, false] {
                var breaker = Self.breaker(faults: PluginBreaker.faultCountMax)
                let before = breaker
                breaker.ended(well: isWell, isProbe: isProbe, at: Self.start)
                #expect(breaker == before)
            }
        }
    }
}

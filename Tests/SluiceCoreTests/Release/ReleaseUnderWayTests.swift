import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// Launches under way of which nothing was heard: found by the simulator (seed 59, storm), where a caller's hold stayed
/// in `launching` because the answer of its commit was lost, and its ordering key with it.
@Suite struct ReleaseUnderWayTests {
    private func isLook(_ effect: ReleaseEffect) -> Bool {
        if case .fetchUnderWay = effect { true } else { false }
    }

    private func taken() -> Hold {
        Hold.fixture(1, state: .launching, request: .fixture(launcher: .caller))
    }

    @Test("R25 what a caller took is followed to its end though the news of it was lost")
    func findsWhatNobodyAnnounced() {
        var release = ReleaseState(gate: .fixture(.open), policy: ReleasePolicy(), flows: [:], at: .fixture)
        let later = Moment.fixture.advanced(by: ReleaseLimits.underWayInterval)
        #expect(!release.step(.ticked, at: .fixture).contains(where: isLook))
        #expect(release.step(.ticked, at: later).contains(where: isLook))
        // One look at a time.
        #expect(!release.step(.ticked, at: later).contains(where: isLook))
        #expect(release.step(.underWay([taken()], next: nil), at: later) == [.reload(taken().ticket)])
        _ = release.step(.reloaded(taken().ticket, taken()), at: later)
        // It is followed now, and not looked up again.
        #expect(release.step(.underWay([taken()], next: nil), at: later).isEmpty)
        let over = later.advanced(by: .seconds(61))
        let ends = release.step(.ticked, at: over).contains { effect in
            guard case .commit(_, let changes) = effect, case .moveHold(let move)? = changes.first else { return false }
            return move.ticket == taken().ticket && move.to == .ended
        }
        #expect(ends)
    }

    @Test func goesOnWhereAPageEndedAndAfterAFailure() {
        var release = ReleaseState(gate: .fixture(.open), policy: ReleasePolicy(), flows: [:], at: .fixture)
        let later = Moment.fixture.advanced(by: ReleaseLimits.underWayInterval)
        func look(at now: Moment) -> Int64? {
            release.step(.ticked, at: now).compactMap { effect in
                if case .fetchUnderWay(let after, _) = effect { after } else { nil }
            }.first
        }
        #expect(look(at: later) == 0)
        _ = release.step(.underWayFailed, at: later)
        #expect(look(at: later) == 0)
        _ = release.step(.underWay([], next: 500), at: later)
        #expect(look(at: later) == 500)
        _ = release.step(.underWay([], next: nil), at: later)
        #expect(look(at: later) == nil)
        #expect(look(at: later.advanced(by: ReleaseLimits.underWayInterval)) == 0)
    }
}

import SluiceCore
import SluiceModel
import SluiceTestKit

/// A drain's machine with a clock of its own.
struct DrainBench {
    var state: DrainState
    var now = Moment.fixture
    var changes: [DrainChange] = []
    var fullLookCount = 0

    init(_ policy: DrainPolicy = DrainBench.policy, waivers: [DrainWaiver] = [], isReady: Bool = true) {
        state = DrainState(system: .central, policy: policy, waivers: waivers)
        guard isReady else { return }
        step(.gate(.closed(Epoch(2))))
        step(.inFlight(DrainInFlight()))
    }

    /// Three looks ten seconds apart, a minute to settle.
    static let policy = DrainPolicy()

    mutating func step(_ event: DrainEvent) { changes += state.step(event, at: now) }

    mutating func advance(_ duration: Duration) { now = now.advanced(by: duration) }

    /// Looks after the interval, as deep as the machine wants.
    mutating func look(
        _ items: [DrainItem] = [], ended: [DrainEnd] = [], gaps: [String] = [], after pause: Duration = .seconds(10),
        lasting: Duration = .milliseconds(200)
    ) {
        advance(pause)
        let isFull = state.depth(at: now) == .full
        if isFull { fullLookCount += 1 }
        let begunAt = now.monotonic
        advance(lasting)
        let sight = DrainSight(system: .central, isFull: isFull, items: items, ended: ended, gaps: gaps)
        step(.looked(sight, begunAt: begunAt))
    }

    /// Looks until it is dry, at most so often; how often.
    mutating func looksUntilDry(_ items: [DrainItem] = [], limit: Int = 20) -> Int? {
        for count in 1...limit {
            look(items)
            if isDry { return count }
        }
        return nil
    }

    var isDry: Bool { state.isDry(at: now) }
    var words: [String] { state.obstacles(at: now).map(\.word) }

    static func item(_ number: Int, _ standing: DrainStanding = .running) -> DrainItem {
        DrainItem(DrainItemID(.execution, "\(number)"), standing)
    }

    static func waiver(_ number: Int) -> DrainWaiver {
        DrainWaiver(
            id: DrainItemID(.execution, "\(number)"), by: Principal("ann"), reason: "it may die", at: .zero)
    }

    static func end(_ number: Int, isIdle: Bool = false) -> DrainEnd {
        DrainEnd(DrainItemID(.execution, "\(number)"), isIdle: isIdle)
    }
}

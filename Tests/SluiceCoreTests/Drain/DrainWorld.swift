import SluiceCore
import SluiceModel
import SluiceTestKit

/// A Central whose work is known, beside the machine that has to find out: executions that start others, gaps between
/// the transitions of an order, launches still on their way, looks that fail, are cut or come late, and operators.
struct DrainWorld {
    /// One execution, and what is still to come of it.
    struct Work {
        var number: Int
        var endsAt: MonotonicTime
        /// How long after its end the next transition of the same order starts; none: it is the last.
        var gaps: [Duration]
        /// What its gate step does: it may ask for a while, and be told to end.
        var atGateUntil: MonotonicTime?
        /// Only the whole list shows it, until it was found.
        var isOld: Bool
        var isPaused = false
        /// What was waived caused it: an operator took that risk, until a look finds it.
        var isExcused = false
    }

    private var random: SeededGenerator
    var state: DrainState
    var now = Moment.fixture
    var running: [Work] = []
    /// Orders between two transitions: nothing of them runs.
    var pending: [(at: MonotonicTime, gaps: [Duration], isExcused: Bool)] = []
    /// Launches that were let through and have not appeared.
    var onTheirWay: [MonotonicTime] = []
    /// When the last one was let through.
    var letThroughAt: MonotonicTime?
    var isClosed = false
    var waived: Set<Int> = []
    var ended: [DrainEnd] = []
    var lastNumber = 0
    var wasDry = false

    static let window: Duration = .seconds(60)
    static let gapMax = 40

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        state = DrainState(system: .central, policy: DrainPolicy())
        for _ in 0..<Int.random(in: 0...6, using: &random) { start(isOld: chance(0.5), isAsking: false) }
    }

    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }

    private mutating func seconds(_ range: ClosedRange<Int>) -> Duration {
        .seconds(Int64(Int.random(in: range, using: &random)))
    }

    private mutating func start(
        isOld: Bool, isAsking: Bool, gaps: [Duration]? = nil, isExcused: Bool = false
    ) {
        lastNumber += 1
        let own = (0..<Int.random(in: 0...2, using: &random)).map { _ in seconds(1...Self.gapMax) }
        running.append(
            Work(
                number: lastNumber, endsAt: now.monotonic.advanced(by: seconds(1...400)), gaps: gaps ?? own,
                atGateUntil: isAsking ? now.monotonic.advanced(by: seconds(1...20)) : nil, isOld: isOld,
                isExcused: isExcused))
    }

    /// What a drain must not call dry: anything that was let through and runs and was not waived, is about to, or may
    /// be. Whoever only asks at a gate step was not let through.
    var isBusy: Bool {
        let runs = running.contains { !waived.contains($0.number) && !$0.isExcused && $0.atGateUntil == nil }
        return runs || pending.contains { !$0.isExcused } || !onTheirWay.isEmpty || !isClosed
    }

    /// Lets a random while pass and something happen.
    mutating func live() {
        for _ in 0..<Int.random(in: 1...12, using: &random) { liveOneSecond() }
        switch Int.random(in: 0..<20, using: &random) {
        case 0: setGate(isClosed: !isClosed)
        case 1: if let index = running.indices.randomElement(using: &random) { waive(running[index].number) }
        case 2: if let index = running.indices.randomElement(using: &random) { running[index].isPaused.toggle() }
        // Somebody starts a gated flow directly: its gate step will ask.
        case 3, 4: if isClosed { start(isOld: false, isAsking: true, gaps: []) }
        default: break
        }
        tellInFlight()
        _ = state.step(.ticked, at: now)
    }

    mutating func setGate(isClosed: Bool) {
        self.isClosed = isClosed
        _ = state.step(.gate(isClosed ? .closed(Epoch(2)) : .open("open")), at: now)
    }

    private mutating func liveOneSecond() {
        now = now.advanced(by: .seconds(1))
        if !isClosed, chance(0.05) {
            onTheirWay.append(now.monotonic.advanced(by: seconds(0...55)))
            letThroughAt = now.monotonic
        }
        for at in onTheirWay where at <= now.monotonic { start(isOld: false, isAsking: false) }
        onTheirWay.removeAll { $0 <= now.monotonic }
        for order in pending where order.at <= now.monotonic {
            start(isOld: false, isAsking: false, gaps: order.gaps, isExcused: order.isExcused)
        }
        pending.removeAll { $0.at <= now.monotonic }
        var kept: [Work] = []
        for work in running {
            if let until = work.atGateUntil {
                guard until <= now.monotonic else {
                    kept.append(work)
                    continue
                }
                ended.append(DrainBench.end(work.number, isIdle: true))
            } else if work.endsAt <= now.monotonic, !work.isPaused {
                ended.append(DrainBench.end(work.number))
                if let gap = work.gaps.first {
                    let isExcused = work.isExcused || waived.contains(work.number)
                    pending.append((now.monotonic.advanced(by: gap), Array(work.gaps.dropFirst()), isExcused))
                }
            } else {
                kept.append(work)
            }
        }
        running = kept
    }

    private mutating func waive(_ number: Int) {
        let waiver = DrainBench.waiver(number)
        if state.step(.waived(waiver), at: now).contains(.waived(waiver)) { waived.insert(number) }
    }

    private mutating func tellInFlight() {
        let isOver = letThroughAt.map { now.monotonic.since($0) >= Self.window } ?? true
        let part = InFlightPart(name: "r", count: 1, source: .told)
        _ = state.step(.inFlight(DrainInFlight(parts: isOver ? [] : [part])), at: now)
    }

    /// Looks, in one of the ways in which that can go.
    mutating func look() -> (shown: [Work], isWhole: Bool)? {
        if chance(0.03) {
            _ = state.step(.lookFailed("down"), at: now)
            return nil
        }
        let isFull = state.depth(at: now) == .full
        let begunAt = now.monotonic
        let isCut = chance(0.03)
        for index in running.indices where isFull { running[index].isOld = false }
        let shown = running.filter { !$0.isOld }
        let items = shown.map { work in
            DrainBench.item(work.number, work.atGateUntil != nil ? .atGate : work.isPaused ? .paused(.user) : .running)
        }
        let sight = DrainSight(
            system: .central, isFull: isFull && !isCut, items: items, ended: ended, gaps: isCut ? ["cut"] : [])
        ended = []
        if chance(0.2) { now = now.advanced(by: .seconds(1)) }
        _ = state.step(.looked(sight, begunAt: begunAt), at: now)
        return (shown, !isCut)
    }
}

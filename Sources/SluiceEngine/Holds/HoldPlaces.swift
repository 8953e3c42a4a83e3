public import SluiceModel
public import SluicePorts
import Synchronization

/// Where held launches stand among those that wait, for many that ask at a time.
///
/// To count those before a hold costs in proportion to them. While at most `exactCountMax` wait, it is done for each
/// that asks. With more, it is done for one of them now and then, and the place of the others is reckoned from those
/// that were counted shortly before: what many waiting callers cost does not grow with the holds.
public final class HoldPlaces: Sendable {
    /// With so many waiting, each place is counted.
    public static let exactCountMax = 1000
    /// Between two that are counted, when more wait; longer where counting takes long.
    public static let interval: Duration = .seconds(1)
    /// Time between two that are counted, in times of what the last one took.
    static let pauseFactor = 20
    /// How long others are reckoned from one that was counted.
    static let ageMax: Duration = .seconds(15)
    /// Counted ones that are kept.
    static let keptCountMax = 64

    private struct Counted {
        var priority: Priority
        var arrival: Int64
        var position: Int
        var at: MonotonicTime
    }

    private struct Totals {
        var counts: HoldCounts
        var at: MonotonicTime
        /// Holds that were made since.
        var addedCount = 0

        var waitingCount: Int { counts.total(.held) + counts.total(.released) }
    }

    private struct State {
        var totals: Totals?
        var isReading = false
        var counted: [Counted] = []
        var isCounting = false
        var nextCountAt = MonotonicTime(nanoseconds: 0)
    }

    private let store: any Store
    private let clocks: any Clocks
    private let state = Mutex(State())

    init(store: any Store, clocks: any Clocks) {
        self.store = store
        self.clocks = clocks
    }

    /// The place of a hold that waits, from 1, among all that are to be launched before it and itself.
    ///
    /// - Returns: nil when it does not wait any more, the store cannot be read, or more than `exactCountMax` wait and
    ///   none was counted yet.
    public func position(of hold: Hold) async -> Int? {
        // One that was just made has no number yet.
        let isNew = hold.arrival == 0
        guard let totals = await totals(addingOne: isNew) else { return nil }
        let priority = hold.request.priority
        let count = totals.counts.waiting(atLeast: priority)
        // It is the last of its priority.
        if isNew { return max(1, count + totals.addedCount) }
        if count <= Self.exactCountMax { return try? await store.position(of: hold) }
        let now = clocks.now().monotonic
        let mayCount = state.withLock { state in
            guard !state.isCounting, now >= state.nextCountAt else { return false }
            state.isCounting = true
            return true
        }
        guard mayCount else { return reckoned(hold, of: count, at: now) }
        let position = try? await store.position(of: hold)
        let after = clocks.now().monotonic
        state.withLock { state in
            state.isCounting = false
            state.nextCountAt = after.advanced(by: max(Self.interval, after.since(now) * Self.pauseFactor))
            guard let position else { return }
            state.counted.removeAll { after.since($0.at) > Self.ageMax }
            if state.counted.count >= Self.keptCountMax { state.counted.removeFirst() }
            state.counted.append(
                Counted(priority: priority, arrival: hold.arrival, position: position, at: after))
        }
        return position
    }

    /// From the nearest ones that were counted: between two in proportion, else no farther than their arrivals lie
    /// apart, for each hold has a number of its own.
    private func reckoned(_ hold: Hold, of count: Int, at now: MonotonicTime) -> Int? {
        let (before, after) = state.withLock { state in
            var before: Counted?
            var after: Counted?
            for one in state.counted where one.priority == hold.request.priority && now.since(one.at) <= Self.ageMax {
                if one.arrival <= hold.arrival, one.arrival >= before?.arrival ?? 0 { before = one }
                if one.arrival >= hold.arrival, one.arrival <= after?.arrival ?? .max { after = one }
            }
            return (before, after)
        }
        switch (before, after) {
        case (nil, nil): return nil
        case (let before?, nil): return min(count, before.position + Int(hold.arrival - before.arrival))
        case (nil, let after?): return max(1, after.position - Int(after.arrival - hold.arrival))
        case (let before?, let after?):
            let span = after.arrival - before.arrival
            // Counted at different times, the later may stand at the lower place.
            guard span > 0, after.position > before.position else { return after.position }
            let share = Double(hold.arrival - before.arrival) / Double(span)
            return before.position + Int(Double(after.position - before.position) * share)
        }
    }

    /// How many wait; with many, as they were up to `interval` ago.
    private func totals(addingOne isNew: Bool) async -> Totals? {
        let now = clocks.now().monotonic
        let kept = state.withLock { state -> Totals? in
            guard let totals = state.totals, totals.waitingCount > Self.exactCountMax,
                state.isReading || now.since(totals.at) < Self.interval
            else {
                state.isReading = true
                return nil
            }
            if isNew { state.totals?.addedCount += 1 }
            return state.totals
        }
        if let kept { return kept }
        let counts = try? await store.counts()
        return state.withLock { state in
            state.isReading = false
            state.totals = counts.map { Totals(counts: $0, at: now) }
            return state.totals
        }
    }
}

import SluiceModel

/// How far the walk through callers' holds alone has come.
struct CallersWalk: Sendable {
    /// Its own: were they those of the other walk, a tenant whose turn comes here would be passed over there.
    var turns = LaneTurns()
    /// Whether it goes on with the next page.
    var isUnderWay = false
    /// Whether the read under way is for it.
    var isReading = false
    /// Whether it is to read the lanes next: there are more holds than on one page.
    var wantsLanes = false
    /// Holds passed since it began or could let one go.
    var walkedCount = 0
    /// Whether it has let one go.
    var hasLetGo = false
    /// Not before this time, the next walk.
    var nextAt: MonotonicTime

    init(nextAt: MonotonicTime) { self.nextAt = nextAt }

    mutating func begin(next: MonotonicTime) {
        turns.clear()
        isUnderWay = true
        wantsLanes = false
        walkedCount = 0
        hasLetGo = false
        nextAt = next
    }
}

// Callers start their launches themselves: neither the ceiling nor Central's troubles hold them up. While those keep
// Sluice from launching, callers' holds are looked through alone: lane by lane, as all are at other times (R22), and to
// the last, whatever may not start in front of it.
extension ReleaseState {
    mutating func fetchForCallers(at now: Moment) -> [ReleaseEffect] {
        guard isAnyOpen, record.stage != .canary else { return [] }
        if !callers.isUnderWay {
            guard now.monotonic >= callers.nextAt else { return [] }
            callers.begin(next: now.monotonic.advanced(by: ReleaseLimits.sweepInterval))
        }
        isFetching = true
        callers.isReading = true
        if let turn = callers.turns.next(slice: record.settings.tenantSlice) {
            return [fetchCallers(of: turn.lane, after: turn.after, leftCount: turn.leftCount)]
        }
        guard callers.wantsLanes else { return [fetchCallers(of: nil, after: nil, leftCount: nil)] }
        return [
            .fetchLanes(includesHeld: true, after: callers.turns.readAfter, limit: ReleaseLimits.laneCountMax)
        ]
    }

    private func fetchCallers(of lane: LaneID?, after place: ReleasePlace?, leftCount: Int?) -> ReleaseEffect {
        let limit = leftCount.map { min($0 * 2, ReleaseLimits.candidateCountMax) }
        return .fetch(
            includesHeld: true, launcher: .caller, lane: lane, after: place,
            limit: limit ?? ReleaseLimits.candidateCountMax)
    }

    /// It has to stop, or Sluice may launch again. A walk that has let something go begins at the front the next time,
    /// for what has come since; one that has not goes on where it was, or what lies behind many that cannot start would
    /// never be reached.
    mutating func suspendCallers() {
        if callers.hasLetGo { callers.isUnderWay = false }
    }

    mutating func callersLanesRead(_ lanes: [Lane], at now: Moment) -> [ReleaseEffect] {
        callers.isReading = false
        callers.turns.load(lanes, limit: ReleaseLimits.laneCountMax)
        if callers.turns.isEmpty { endCallersWalk(at: now) }
        return fetchIfPossible(at: now)
    }

    mutating func callersRead(_ holds: [Hold], isLastPage: Bool, at now: Moment) -> [ReleaseEffect] {
        callers.isReading = false
        let effects: [ReleaseEffect]
        if !callers.turns.isEmpty {
            effects = letCallersGo(holds, isLastPage: isLastPage, at: now)
            if callers.turns.isEmpty, callers.turns.readAfter == nil { endCallersWalk(at: now) }
        } else if isLastPage {
            effects = letAllCallersGo(holds, at: now)
            endCallersWalk(at: now)
        } else {
            effects = []
            callers.wantsLanes = true
        }
        return effects + fetchIfPossible(at: now)
    }

    /// These are all of them: their turns need no further reading.
    private mutating func letAllCallersGo(_ holds: [Hold], at now: Moment) -> [ReleaseEffect] {
        var lanes: [Lane] = []
        for hold in holds where !lanes.contains(where: { $0.id == hold.request.lane }) {
            lanes.append(Lane(id: hold.request.lane, priority: hold.request.priority))
        }
        callers.turns.load(lanes, limit: .max)
        var effects: [ReleaseEffect] = []
        while callers.isUnderWay, let turn = callers.turns.next(slice: record.settings.tenantSlice) {
            let left = holds.filter { hold in
                hold.request.lane == turn.lane && turn.after.map { isBefore($0, hold.place) } ?? true
            }
            effects += letCallersGo(left, isLastPage: true, at: now)
        }
        return effects
    }

    /// In release order.
    private func isBefore(_ left: ReleasePlace, _ right: ReleasePlace) -> Bool {
        (right.priority, left.arrival) < (left.priority, right.arrival)
    }

    /// Goes through a page of the lane whose turn it is.
    private mutating func letCallersGo(_ holds: [Hold], isLastPage: Bool, at now: Moment) -> [ReleaseEffect] {
        var effects: [ReleaseEffect] = []
        var seenCount = 0
        for hold in holds {
            guard bucket.available(at: now.monotonic) > 0, !isPaused, record.stage.letsStart, record.stage != .canary
            else {
                callers.isUnderWay = false
                break
            }
            guard callers.turns.mayLook(at: hold, slice: record.settings.tenantSlice) else { break }
            seenCount += 1
            callers.turns.looked(at: hold.place)
            guard hold.request.launcher == .caller, mayStart(hold, at: now) else { continue }
            effects.append(letGo(hold, at: now))
            callers.turns.launched()
            bucket.take(1)
        }
        if seenCount == holds.count, isLastPage || holds.isEmpty { callers.turns.exhausted() }
        callers.hasLetGo = callers.hasLetGo || !effects.isEmpty
        callers.walkedCount = effects.isEmpty ? callers.walkedCount + seenCount : 0
        return effects
    }

    /// A long walk past holds that cannot start is not taken again at once.
    private mutating func endCallersWalk(at now: Moment) {
        callers.isUnderWay = false
        guard callers.walkedCount > ReleaseLimits.candidateCountMax else { return }
        callers.nextAt = now.monotonic.advanced(by: ReleaseLimits.sweepIntervalClosed)
    }
}

public import SluiceModel

// The record of the release: what was set and earned, written one change at a time.
//
// In memory it may be ahead of the store: a crash then falls back to a stricter one, since stages only loosen with what
// has been earned, and what ended badly is written with the stage that it led to.
extension ReleaseState {
    /// Changes the record; it is written by the next `persist`.
    mutating func amend(_ reason: String, at now: Moment, _ change: (inout ReleaseRecord) -> Void) {
        let stage = record.stage
        record = record.changed(at: now.wall, by: .sluice, reason: reason, change)
        if record.stage != stage {
            // Holds that were walked past may start now.
            isStaleWalk = true
            mustRestart = true
            restUntil = nil
            isStirred = true
        }
        bucket.set(perMinute: record.ratePerMinute, at: now.monotonic)
    }

    /// Writes the record if it is not on disk as it is; one write at a time.
    mutating func persist() -> [ReleaseEffect] {
        // What was under way is not known yet: by that its begin may have to be later.
        guard writing == nil, !awaitsRecovery || isBeginOnRecord else { return [] }
        guard let unwritten = unwrittenRecord else { return landHeldBack() }
        let effect = commit(
            [.setRelease(unwritten, replacing: stored?.revision)], .record, of: nil)
        if case .commit(let ref, _) = effect { writing = (ref, unwritten) }
        return [effect]
    }

    /// One that was never changed needs no row.
    private var unwrittenRecord: ReleaseRecord? {
        guard let stored else { return record.revision > 1 ? record : nil }
        return stored == record ? nil : record
    }

    mutating func recordWritten(_ ref: ReleaseEffect.CommitRef, at now: Moment) -> [ReleaseEffect] {
        guard let written = writing, written.ref == ref else { return [] }
        stored = written.record
        baseline = written.record
        writing = nil
        return persist() + fetchIfPossible(at: now)
    }

    /// Somebody else wrote it, or the store failed: it is read again.
    mutating func recordNotWritten(_ ref: ReleaseEffect.CommitRef) -> [ReleaseEffect] {
        guard let written = writing, written.ref == ref else { return [] }
        writing = nil
        doubtful = written.record
        return [.readRelease]
    }

    /// Takes what the store has: a person changed it, or a write of ours had an unknown end.
    ///
    /// What they changed counts; what we earned since the last write stays.
    mutating func releaseRead(_ read: ReleaseRecord?, at now: Moment) -> [ReleaseEffect] {
        // A write of ours of which it is not known whether it came before theirs.
        let unsure = doubtful ?? writing?.record
        doubtful = nil
        guard let theirs = read, theirs.revision > stored?.revision ?? 0 else { return persist() }
        let mine = record
        // It did if they have the begin that it wrote: what they changed is told from there.
        let base = unsure.flatMap { $0.beganAt == theirs.beganAt ? $0 : nil } ?? baseline
        stored = theirs
        baseline = theirs
        writing = nil
        // Our own write, whose end was unknown.
        if theirs == mine || theirs == unsure { return persist() + fetchIfPossible(at: now) }
        adopt(.merged(base: base, mine: mine, theirs: theirs, at: now.wall), at: now)
        return persist() + readLoadIfDue(at: now) + stir(at: now)
    }

    /// Takes a record that was not made here; what is counted beside it begins anew with a new release.
    private mutating func adopt(_ new: ReleaseRecord, at now: Moment) {
        let hasBegunAnew = new.beganAt != record.beganAt
        record = new
        bucket.set(perMinute: record.ratePerMinute, at: now.monotonic)
        isStaleWalk = true
        restUntil = nil
        guard hasBegunAnew else { return }
        startCourse()
        // It was begun by a clock that is behind ours.
        guard let beganAt = record.beganAt else { return }
        let later = laterThanLaunches(beganAt)
        if later != beganAt { amend(record.reason, at: now) { $0.beganAt = later } }
    }

    // MARK: Its begin and end

    /// Counts beside the record begin anew.
    mutating func startCourse() {
        course = ReleaseCourse()
        recent = []
        stops = [:]
        // What was started before proves nothing of this release.
        flights.forgetCanaries()
        loadState = .unknown
        loadDueAt = nil
    }

    /// The gate was changed from one record to another: a close that ends begins a release, a close ends it.
    mutating func gateChanged(from old: GateRecord, at now: Moment) {
        if !isAnyOpen {
            guard record.countedStage.isActive else { return }
            return amend(record.orderedStop ?? "the gate closed", at: now) { $0.gateClosed() }
        }
        guard old.opens(to: gate) else { return }
        closeEnded(at: now)
    }

    /// A close of the gate has ended: what waits is released.
    mutating func closeEnded(at now: Moment) {
        let epoch = gate.closedEpoch
        let beganAt = laterThanLaunches(now.wall)
        switch record.stage {
        case .idle, .canary, .ramping, .full, .aborted:
            startCourse()
            amend("the gate was opened", at: now) {
                $0.closedEpoch = epoch
                $0.begin(at: beganAt)
            }
        case .paused:
            startCourse()
            amend(record.orderedStop ?? "the gate was opened", at: now) {
                $0.closedEpoch = epoch
                $0.begin(at: beganAt)
                $0.resumes = $0.stage
                $0.stage = .paused
            }
        case .broken:
            amend("the gate was opened; the breaker stays open", at: now) { $0.closedEpoch = epoch }
        }
    }

    /// A begin later than the launches under way, whatever became of the clock: by that a process that takes over tells
    /// them from canaries of this release.
    func laterThanLaunches(_ at: Timestamp) -> Timestamp {
        max(at, flights.lastAttemptAt?.advanced(by: .milliseconds(1)) ?? at)
    }

    /// A walk through all lanes has found nothing that may start: the release is over when nothing is under way either.
    mutating func endIfDone(at now: Moment) {
        guard record.stage == .ramping || record.stage == .full, flights.ceilingCount == 0,
            !isCentralRested(at: now), !waitsForJudging, retriesUntil.map({ $0 <= now.wall }) ?? true
        else { return }
        amend("nothing is left that may start", at: now) { $0.stage = .idle }
    }

    /// Whether the release that is under way is on record with its begin. Nothing starts for it before: whoever took it
    /// over would begin it once more, and not know of what was started.
    var isBeginOnRecord: Bool { !record.countedStage.isActive || stored?.beganAt == record.beganAt }

    var waitsForJudging: Bool { judgesMisfires && judgedEpoch != gate.epoch }

    var isAnyOpen: Bool { gate.isAnyOpen }
}

extension ReleaseRecord {
    /// A release that was never set nor begun.
    ///
    /// A close that still lasts is not accounted for: its end begins a release.
    public static func first(settings: ReleaseSettings, gate: GateRecord, at now: Timestamp) -> ReleaseRecord {
        let epoch = gate.isAnyOpen ? gate.closedEpoch : Epoch(gate.closedEpoch.number - 1)
        return ReleaseRecord(
            settings: settings, closedEpoch: epoch, at: now, by: .sluice, reason: "as configured")
    }

    /// What the gate's close makes of it: what is under way is followed, the rest waits for the next opening.
    mutating func gateClosed() {
        if stage == .paused { resumes = .idle } else { stage = .idle }
    }
}

/// What is counted of a release beside its record; a new process begins with nothing.
public struct ReleaseCourse: Hashable, Sendable {
    /// Executions that Central started for it.
    public internal(set) var launchedCount = 0
    public internal(set) var wellCount = 0
    /// Those that ended otherwise, or went to the operator.
    public internal(set) var failedCount = 0
    /// Launches that ended well since the ramp last rose.
    var wellSinceRise = 0
    /// Whether the canary may be of any flow, because none of the named one waits.
    var takesAnyCanary = false
    /// How the last launches of each flow ended; looked up, never walked.
    var recentOfFlow: [FlowID: [Bool]] = [:]
    /// How long launches took from their intent to their recorded end, and how many that is the sum of.
    public internal(set) var durationSum = Duration.zero
    public internal(set) var durationCount = 0

    mutating func took(_ duration: Duration) {
        durationSum += duration
        durationCount += 1
    }

    /// nil: none has ended.
    public var durationMean: Duration? { durationCount > 0 ? durationSum / durationCount : nil }
}

extension GateRecord {
    /// Whether something that is closed here is open there.
    func opens(to new: GateRecord) -> Bool {
        if !whole.mode.isOpen, new.whole.mode.isOpen { return true }
        return scopes.contains { old in
            guard !old.mode.isOpen else { return false }
            return new.scopes.first { $0.scope == old.scope }?.mode.isOpen ?? new.whole.mode.isOpen
        }
            || new.scopes.contains { added in
                added.mode.isOpen && !whole.mode.isOpen && !scopes.contains { $0.scope == added.scope }
            }
    }
}

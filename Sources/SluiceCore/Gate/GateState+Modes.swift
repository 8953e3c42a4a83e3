import SluiceModel

/// Changing the gate: one change at a time, each durable before it is acknowledged; a close is in force at once.
extension GateState {
    mutating func modeRequested(_ change: ModeChange, at now: Moment) -> [GateEffect] {
        if changeInProgress != nil {
            guard changesWaiting.count < GateLimits.waitingChangeCountMax else {
                return [.modeRefused(change.ref, .busy)]
            }
            changesWaiting.append(change)
            return []
        }
        if let expected = change.expectedEpoch, expected != record.epoch {
            return [.modeRefused(change.ref, .epochChanged(record))] + nextChange(at: now)
        }
        guard change.scope != nil || change.mode != nil else {
            return [.modeRefused(change.ref, .wholeGateNeedsMode)] + nextChange(at: now)
        }
        guard let target = target(of: change, at: now) else {
            guard lease != .unending else { return [.modeChanged(change.ref, record)] + nextChange(at: now) }
            // Another replica may have changed it since it was read here: that it is so already is asked of the store.
            changeInProgress = ChangeInProgress(change: change, target: record, base: record.epoch)
            changeInProgress?.isConfirming = true
            return [.reloadMode]
        }
        guard target.scopes.count <= GateLimits.scopeCountMax else {
            return [.modeRefused(change.ref, .tooManyScopes)] + nextChange(at: now)
        }
        changeInProgress = ChangeInProgress(change: change, target: target, base: record.epoch)
        var changes: [Change] = [.setGate(target, replacing: record.epoch)]
        if closes(change) {
            closing = target
            if !Mutant.isActive(.releaseSurvivesClose) {
                changes.append(.recallReleased(at: now.wall, by: change.by, cause: Recall.cause))
            }
        }
        return [.commitMode(changes)]
    }

    mutating func modeCommitted(at now: Moment) -> [GateEffect] {
        guard let progress = changeInProgress else { return [] }
        // Another replica may have changed it since, and that was read already.
        let isApplied = !Mutant.isActive(.closeUnapplied) || progress.target.whole.mode.isOpen
        if progress.target.epoch > record.epoch, isApplied { adopt(progress.target) }
        closing = nil
        changeInProgress = nil
        modeConflictCount = 0
        return [.modeChanged(progress.change.ref, progress.target)] + nextChange(at: now)
    }

    mutating func modeCommitFailed(isConflict: Bool) -> [GateEffect] {
        guard changeInProgress != nil else { return [] }
        changeInProgress?.isConflict = isConflict
        return [.reloadMode]
    }

    /// After a commit whose fate was not known, or a conflict: what the store has decides.
    mutating func modeReloaded(_ stored: GateRecord, at now: Moment) -> [GateEffect] {
        guard let progress = changeInProgress else {
            // Somebody else changed it.
            if stored.epoch >= record.epoch { adopt(stored) }
            return []
        }
        if stored.epoch >= record.epoch { adopt(stored) }
        closing = nil
        changeInProgress = nil
        if stored == progress.target {
            return [.modeChanged(progress.change.ref, stored)] + nextChange(at: now)
        }
        if progress.isConflict || progress.isConfirming, record.epoch > progress.base {
            // Another replica came first: the wish is weighed anew, by what the gate is now.
            modeConflictCount += 1
            guard modeConflictCount <= GateLimits.modeConflictCountMax else {
                modeConflictCount = 0
                return [.modeRefused(progress.change.ref, .busy)] + nextChange(at: now)
            }
            return modeRequested(progress.change, at: now)
        }
        return [.modeRefused(progress.change.ref, .storeUnavailable(stored))] + nextChange(at: now)
    }

    /// What the store has, read beside whatever is under way here.
    mutating func gateRead(_ stored: GateRecord, isForced: Bool, at now: Moment) -> [GateEffect] {
        guard stored.epoch > record.epoch || (isForced && stored != record) else { return [] }
        adopt(stored)
        guard let progress = changeInProgress, closing != nil, stored != progress.target else { return [] }
        // The commit under way can only conflict. Until it is made anew, what it closes stays closed here, on top of
        // what the other replica did.
        closing = target(of: progress.change, at: now)
        return []
    }

    private mutating func nextChange(at now: Moment) -> [GateEffect] {
        guard changeInProgress == nil, !changesWaiting.isEmpty else { return [] }
        return modeRequested(changesWaiting.removeFirst(), at: now)
    }

    /// Whether a change may close something: then it is in force at once. One that may open something never is.
    private func closes(_ change: ModeChange) -> Bool {
        switch change.mode {
        case .open: false
        // Only its reason changes, or `hold` becomes `refuse`: what is closed already voids no release.
        case .hold, .refuse: record.entry(for: change.scope)?.mode.isOpen ?? true
        // What an open scope's removal uncovers may be closed; what a closed one's uncovers may be open.
        case nil: record.entry(for: change.scope)?.mode.isOpen ?? false
        }
    }

    /// The record after a change; nil when nothing would be different.
    private func target(of change: ModeChange, at now: Moment) -> GateRecord? {
        var target = record
        target.epoch = record.epoch.next
        if closes(change), !Mutant.isActive(.releaseSurvivesClose) { target.closedEpoch = target.epoch }
        let index = record.scopes.firstIndex { $0.scope == change.scope }
        guard let mode = change.mode else {
            guard let index else { return nil }
            target.scopes.remove(at: index)
            return target
        }
        let entry = ScopeMode(
            scope: change.scope, mode: mode, since: now.wall, by: change.by, reason: change.reason)
        if change.scope == nil {
            guard record.whole.mode != mode || record.whole.reason != change.reason else { return nil }
            target.whole = entry
        } else if let index {
            guard record.scopes[index].mode != mode || record.scopes[index].reason != change.reason else { return nil }
            target.scopes[index] = entry
        } else {
            target.scopes.append(entry)
        }
        return target
    }
}

import SluiceModel

extension ReleaseRecord {
    /// What a record becomes that a person and the release have changed at once.
    ///
    /// The settings and the order are the person's, what was earned since is the release's; where they disagree the
    /// stricter one counts.
    /// - Parameters:
    ///   - base: What both began with.
    ///   - mine: The release's, not yet written.
    ///   - theirs: As it is in the store.
    static func merged(base: ReleaseRecord, mine: ReleaseRecord, theirs: ReleaseRecord, at now: Timestamp) -> Self {
        var merged = theirs
        merged.closedEpoch = max(theirs.closedEpoch, mine.closedEpoch)
        // They began it anew: nothing of what was before counts.
        if theirs.beganAt == base.beganAt {
            merged.beganAt = mine.beganAt
            merged.earned = mine.earned
            if theirs.earned != base.earned {
                merged.earned.levelMillionths = min(theirs.earned.levelMillionths, mine.earned.levelMillionths)
            }
            merged.stage = mine.stage
            merged.resumes = mine.resumes
            // It began by settings that were no longer in force: it begins by theirs, canary and ramp and all.
            if let beganAt = mine.beganAt, beganAt != base.beganAt, theirs.settings != base.settings,
                mine.countedStage.isActive
            {
                merged.begin(at: beganAt)
                if mine.stage == .paused {
                    merged.resumes = merged.stage
                    merged.stage = .paused
                }
            }
            if theirs.stage != base.stage, !Mutant.isActive(.orderLost) {
                switch theirs.stage {
                case .aborted: merged.stage = .aborted
                case .paused where mine.stage.letsStart:
                    merged.resumes = merged.stage
                    merged.stage = .paused
                case .idle, .canary, .ramping, .full:
                    if mine.stage == .paused { merged.stage = merged.resumes ?? .idle }
                case .paused, .broken: break
                }
                if merged.stage != .paused { merged.resumes = nil }
            }
            merged.since = merged.stage == mine.stage ? mine.since : theirs.since
            let isTheirStop =
                merged.stage == theirs.stage && (theirs.stage != base.stage || theirs.stopWords != base.stopWords)
            merged.stopWords = merged.stage == mine.stage && !isTheirStop ? mine.stopWords : theirs.stopWords
            merged.advanceCounted()
        }
        guard merged != theirs else { return theirs }
        merged.revision = theirs.revision + 1
        merged.at = now
        (merged.by, merged.reason) = merged.stage == mine.stage ? (mine.by, mine.reason) : (theirs.by, theirs.reason)
        return merged
    }
}

public import SluiceModel

/// What a person orders of the release.
public enum ReleaseOrder: Hashable, Sendable {
    case set(ReleaseSettings)
    case pause
    case `continue`
    case abort

    /// The word on the wire and the command line.
    public var word: String {
        switch self {
        case .set: "set"
        case .pause: "pause"
        case .continue: "continue"
        case .abort: "abort"
        }
    }
}

extension ReleaseRecord {
    /// This record after an order, or nil when its stage does not allow it.
    ///
    /// A change of the settings counts from now on, and never loosens what was earned: raised numbers are given only as
    /// far as the ramp had come. A canary or ramp that is taken away is a person's word, and over at once.
    /// - Parameter gate: As whoever orders knows it. Where it is open, an order that ends or begins a release is about
    ///   the close that ended last: no leader makes a release of that close's end any more.
    public func ordered(
        _ order: ReleaseOrder, at now: Timestamp, by principal: Principal, reason: String, gate: GateRecord? = nil
    ) -> ReleaseRecord? {
        let target: ReleaseStage
        let endedEpoch = gate.flatMap { $0.isAnyOpen ? $0.closedEpoch : nil } ?? closedEpoch
        switch (order, stage) {
        case (.set(let settings), _):
            return changed(at: now, by: principal, reason: reason) { $0.take(settings) }
        case (.pause, .idle), (.pause, .canary), (.pause, .ramping), (.pause, .full):
            return changed(at: now, by: principal, reason: reason) {
                $0.resumes = $0.stage
                $0.stage = .paused
            }
        case (.continue, .paused): target = resumes ?? .idle
        case (.continue, .broken), (.continue, .aborted):
            return changed(at: now, by: principal, reason: reason) {
                $0.closedEpoch = max($0.closedEpoch, endedEpoch)
                // Later than what was stopped and what it had started, which another replica's clock may have told.
                $0.begin(at: max(now, max(at, beganAt ?? at).advanced(by: .milliseconds(1))))
            }
        case (.abort, .canary), (.abort, .ramping), (.abort, .full), (.abort, .paused), (.abort, .broken):
            target = .aborted
        case (.pause, .paused), (.pause, .broken), (.pause, .aborted), (.continue, .idle), (.continue, .canary),
            (.continue, .ramping), (.continue, .full), (.abort, .idle), (.abort, .aborted):
            return nil
        }
        return changed(at: now, by: principal, reason: reason) {
            if target == .aborted { $0.closedEpoch = max($0.closedEpoch, endedEpoch) }
            $0.stage = target
            $0.resumes = nil
            $0.advance()
        }
    }

    /// Launches a minute that may start as it stands.
    public var ratePerMinute: Int { part(of: settings.ratePerMinute) }

    /// Executions that may run at once as it stands, canaries aside.
    public var ceiling: Int { part(of: settings.ceiling) }

    private func part(of whole: Int) -> Int {
        let isRising = stage == .ramping || stage == .canary
        return isRising ? max(1, whole * earned.levelMillionths / Self.wholeLevel) : max(1, whole)
    }

    /// The stage that ended launches count for, also while it is paused.
    var countedStage: ReleaseStage { stage == .paused ? resumes ?? .idle : stage }

    /// Begins anew: nothing is earned yet.
    mutating func begin(at now: Timestamp) {
        stage = .canary
        resumes = nil
        beganAt = now
        if Mutant.isActive(.earnedKept) { return advance() }
        earned = Earned(levelMillionths: (settings.ramp?.fromPercent ?? 100) * Self.wholeLevel / 100)
        advance()
    }

    /// Goes on to the stage that was earned.
    mutating func advance() {
        if stage == .canary, settings.canary.map({ earned.canaryCount >= $0.count }) ?? true { stage = .ramping }
        if stage == .ramping, settings.ramp == nil || earned.levelMillionths >= Self.wholeLevel {
            earned.levelMillionths = Self.wholeLevel
            stage = .full
        }
    }

    /// One more rise of the ramp.
    mutating func rise() {
        guard let ramp = settings.ramp else { return }
        let level =
            switch ramp.growth {
            case .factorPercent(let percent): max(earned.levelMillionths + 1, earned.levelMillionths * percent / 100)
            case .stepPercent(let percent): earned.levelMillionths + percent * Self.wholeLevel / 100
            }
        earned.levelMillionths = min(Self.wholeLevel, level)
        advance()
    }

    private mutating func take(_ new: ReleaseSettings) {
        let old = self
        settings = new
        let isRising = countedStage == .ramping || countedStage == .canary
        if isRising, new.ramp != nil, old.settings.ramp != nil {
            keepEarned(old.earned.levelMillionths, raising: old.settings.ratePerMinute, to: new.ratePerMinute)
            keepEarned(old.earned.levelMillionths, raising: old.settings.ceiling, to: new.ceiling)
        }
        if countedStage == .canary, let ramp = new.ramp {
            earned.levelMillionths = min(earned.levelMillionths, ramp.fromPercent * Self.wholeLevel / 100)
        }
        advance()
        if stage == .paused, let interrupted = resumes {
            var resumed = self
            resumed.stage = interrupted
            resumed.advance()
            resumes = resumed.stage
            earned = resumed.earned
        }
    }

    /// A raised number is given only as far as it was earned.
    private mutating func keepEarned(_ level: Int, raising before: Int, to after: Int) {
        guard after > before else { return }
        earned.levelMillionths = min(earned.levelMillionths, max(1, level * before / after))
    }
}

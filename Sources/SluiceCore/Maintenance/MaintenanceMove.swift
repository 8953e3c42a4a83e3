public import SluiceModel

/// What an operator tells a maintenance.
public enum MaintenanceMove: Hashable, Sendable {
    /// - Parameter available: The parts that this site has.
    case start(available: Set<MaintenancePart>)
    /// From `quiesced`: the services are up again. From `verifying`: go on although something is not well.
    case resume
    /// Everything is put back, from whatever phase.
    case abort
    /// - Parameters:
    ///   - expectedEnd: nil: as it is.
    ///   - drainSeconds: nil: as it is.
    case extend(expectedEnd: Timestamp?, drainSeconds: Int64?)
    /// It goes on without what a blocker names.
    case waive(blocker: String)
}

/// Who moves it and why.
public struct MoveOrder: Hashable, Sendable {
    /// Names it until it is answered.
    public struct Ref: Hashable, Sendable {
        public var number: UInt64
        public init(_ number: UInt64) { self.number = number }
    }

    public var ref: Ref
    public var move: MaintenanceMove
    public var by: Principal
    public var reason: String

    public init(ref: Ref, move: MaintenanceMove, by: Principal, reason: String) {
        self.ref = ref
        self.move = move
        self.by = by
        self.reason = reason
    }
}

/// What became of a move.
public enum MoveOutcome: Hashable, Sendable {
    /// On disk.
    case moved(MaintenanceRecord)
    case refused(MoveRefusal)
}

/// Why a move changed nothing.
public enum MoveRefusal: Hashable, Sendable {
    /// It cannot be done in this phase.
    case wrongPhase(MaintenancePhase)
    /// The plan does not hold together any more, one sentence each.
    case invalid([String])
    /// No blocker of that name is there now.
    case noSuchBlocker
    /// That blocker cannot be waived: it has to be solved.
    case notWaivable(MaintenanceBlocker)
    case tooManyWaivers
    /// It could not be written; nothing was changed.
    case notWritten(cause: String)
    /// Another change is being written; try again.
    case busy
}

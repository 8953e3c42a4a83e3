/// Where a maintenance is (product.md, "A maintenance, phase by phase").
///
/// A phase is on disk before it is entered. Which follows which: `MaintenanceScript` in SluiceCore.
public enum MaintenancePhase: String, Hashable, Sendable, CaseIterable {
    /// Nothing is changed. Left by a start, by hand or at its time, or by an abort.
    case planned
    /// CSA's doors are being closed. Left when every change is journalled and read back.
    case closingCSA = "closing-csa"
    /// What CSA had begun runs on. Left when CSA is quiet, or the operator waives what is left.
    case drainingCSA = "draining-csa"
    /// The gate and Central's schedules are being closed. Left when all replicas acknowledged the closed gate.
    case closingOO = "closing-oo"
    /// Executions run on. Left when none is left, none in flight, it was quiet for the settle time, and no internal
    /// clock of CSA is due.
    case drainingOO = "draining-oo"
    /// Dry: services may be stopped. Left by the operator's resume.
    case quiesced
    /// Central and its content are looked at. Left when all is well, or the operator decides.
    case verifying
    /// Everything is being put back. Left when every entry of the journal is back, gone, or decided by the operator.
    case reopening
    /// Held launches start, beside new ones. Left when none older than the opening is left but those that await the
    /// operator.
    case releasing
    /// Over, with everything done. Final.
    case completed
    /// Over before it was done, with everything put back. Final.
    case aborted

    public var isFinal: Bool { self == .completed || self == .aborted }
}

/// One thing that a maintenance closes and puts back, waits for, or looks at.
public enum MaintenancePart: String, Hashable, Sendable, CaseIterable, Comparable {
    /// The reverse proxy's rules in front of CSA.
    case csaFence = "csa-fence"
    case portalFence = "portal-fence"
    case centralFence = "central-fence"
    /// The gate for what CSA asks for: `csa`, `resource-pool-sync`, `future-order`.
    case csaSources = "csa-sources"
    /// CSA's policies, assignments and offerings.
    case csaChanges = "csa-changes"
    /// What CSA has begun.
    case csaDrain = "csa-drain"
    /// The gate as a whole, or the maintenance's scope of it.
    case gate
    /// Central's schedules.
    case schedules
    /// Executions in Central, and launches on their way there.
    case ooDrain = "oo-drain"
    /// Start dates, end dates and timed policies in CSA that come due before the expected end: only stopping CSA stops
    /// them (csa-api.md section 10, INFERRED).
    case internalClocks = "internal-clocks"
    /// Central and its content after the upgrade.
    case verification
    /// Requests that waited for an approval because automatic policies were manual.
    case parkedRequests = "parked-requests"
    /// Process instances of CSA that wait for a launch of ours that ended another way: coalesced, expired, discarded.
    case processInstances = "process-instances"
    /// Holds that are older than the opening.
    case backlog

    /// Whether only a maintenance of CSA has it.
    public var isOfCSA: Bool {
        switch self {
        case .csaFence, .portalFence, .csaSources, .csaChanges, .csaDrain, .internalClocks, .parkedRequests,
            .processInstances:
            true
        case .centralFence, .gate, .schedules, .ooDrain, .verification, .backlog: false
        }
    }

    /// The order of the declaration.
    public static func < (left: Self, right: Self) -> Bool { left.order < right.order }

    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What is wanted of a part.
public enum PartGoal: String, Hashable, Sendable, CaseIterable {
    /// Closed for what is new; what had begun goes on.
    case made
    /// Closed for everybody: the services behind it may be stopped.
    case shut
    /// As it was before.
    case back
    /// Looked at until it is so.
    case watched
}

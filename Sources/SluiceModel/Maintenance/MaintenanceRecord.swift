/// A maintenance as it stands: what a crash leaves, and what it goes on from.
public struct MaintenanceRecord: Hashable, Sendable {
    public var id: MaintenanceID
    public var plan: MaintenancePlan
    public var by: Principal
    public var plannedAt: Timestamp
    public var phase: MaintenancePhase
    public var phaseSince: Timestamp
    /// When it left `planned`.
    public var startedAt: Timestamp?
    /// Whether it is being put back before it was done.
    public var isAborting: Bool
    /// The parts that this site has, of those that its plan needs; set at the start.
    public var available: Set<MaintenancePart>
    /// How it came here, the oldest first.
    public var steps: [MaintenanceStep]
    public var waivers: [MaintenanceWaiver]
    /// The gate's modes as they were found; nil: not touched yet.
    public var gateBefore: GateModes?
    /// Instances of CSA that were in a running state when CSA closed, by id: their launches are continuations. nil: not
    /// noted yet.
    public var csaInstances: [CSAInstanceID]?
    /// When they were read once more, with CSA's launches closed; nil: not yet.
    public var csaReadAt: Timestamp?
    /// In the mode `accept`: when CSA's doors were shut, its drain being over for the first time. nil: they are open.
    public var doorsShutAt: Timestamp?
    /// When the gate was opened again: older holds are its backlog.
    public var openedAt: Timestamp?
    /// Whether the deadline passed and the owner was asked.
    public var deadlineAskedAt: Timestamp?
    public var remindedAt: Timestamp?
    /// From 1; a change must follow the one that is stored.
    public var revision: Int

    public init(id: MaintenanceID, plan: MaintenancePlan, by: Principal, plannedAt: Timestamp) {
        self.id = id
        self.plan = plan
        self.by = by
        self.plannedAt = plannedAt
        phase = .planned
        phaseSince = plannedAt
        isAborting = false
        available = []
        steps = [MaintenanceStep(phase: .planned, at: plannedAt, by: by, cause: plan.title)]
        waivers = []
        revision = 1
    }

    /// Whether it is under way: something is changed, or may be.
    public var isUnderWay: Bool { phase != .planned && !phase.isFinal }

    /// Whether CSA takes no orders: in the mode `accept` it does until its drain was over once.
    public var keepsOrdersOut: Bool {
        switch phase {
        case .planned, .closingCSA, .drainingCSA, .closingOO, .drainingOO:
            plan.csaMode != .accept || doorsShutAt != nil
        case .quiesced, .verifying, .reopening, .releasing, .completed, .aborted: true
        }
    }

    /// When its drains should be over.
    public var drainDeadline: Timestamp? {
        guard let startedAt, let seconds = plan.drainSeconds else { return nil }
        return startedAt.advanced(by: .seconds(seconds))
    }

    /// Who waived a blocker; nil: nobody did.
    public func waiver(of name: String) -> MaintenanceWaiver? { waivers.first { $0.blocker == name } }
}

/// One phase that a maintenance entered.
public struct MaintenanceStep: Hashable, Sendable {
    public var phase: MaintenancePhase
    public var at: Timestamp
    public var by: Principal
    /// Why, in one sentence; never a secret.
    public var cause: String

    public init(phase: MaintenancePhase, at: Timestamp, by: Principal, cause: String) {
        self.phase = phase
        self.at = at
        self.by = by
        self.cause = cause
    }
}

/// A person's word that the maintenance goes on without something.
public struct MaintenanceWaiver: Hashable, Sendable {
    /// The blocker's name.
    public var blocker: String
    public var at: Timestamp
    public var by: Principal
    public var reason: String

    public init(blocker: String, at: Timestamp, by: Principal, reason: String) {
        self.blocker = blocker
        self.at = at
        self.by = by
        self.reason = reason
    }
}

/// The modes of the whole gate and of its scopes.
public struct GateModes: Hashable, Sendable {
    public var whole: ScopeMode
    public var scopes: [ScopeMode]

    public init(whole: ScopeMode, scopes: [ScopeMode]) {
        self.whole = whole
        self.scopes = scopes
    }
}

/// Something that a maintenance waits for.
public struct MaintenanceBlocker: Hashable, Sendable {
    /// By which it is waived: stable while it lasts, unique in its maintenance, such as `execution:150084121`.
    public var name: String
    public var part: MaintenancePart
    /// What it is, in one sentence: what, whose, how far.
    public var text: String
    /// What the operator can do.
    public var remedy: String
    public var since: Timestamp
    /// Whether the maintenance may go on without it when a person says so.
    public var canBeWaived: Bool

    public init(
        name: String, part: MaintenancePart, text: String, remedy: String, since: Timestamp, canBeWaived: Bool
    ) {
        self.name = name
        self.part = part
        self.text = text
        self.remedy = remedy
        self.since = since
        self.canBeWaived = canBeWaived
    }
}

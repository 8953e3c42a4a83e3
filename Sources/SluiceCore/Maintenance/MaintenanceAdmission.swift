public import SluiceModel

/// Who may launch in which phase: the published truth table (docs/administrators.md), of a gate that was open before.
///
/// It decides nothing: the gate's rules do. A test asks them for every row.
public enum MaintenanceAdmission {
    /// What a launch descends from.
    public enum Lineage: String, Hashable, Sendable, CaseIterable {
        /// Nothing that is known.
        case none
        /// It brings the pass of its own admission.
        case pass
        /// Its parent execution was let through and still runs.
        case runningParent = "running-parent"
        /// Its parent execution has ended, or was never let through.
        case endedParent = "ended-parent"
        /// Its CSA service instance was in a running state when CSA closed, and still is.
        case runningInstance = "running-instance"
        /// Its CSA service instance was at rest when CSA closed, was not there yet, or has come to rest since.
        case otherInstance = "other-instance"

        /// Whether it continues what had begun.
        public var isContinuation: Bool { self == .pass || self == .runningParent || self == .runningInstance }
    }

    /// What becomes of a launch once the phase has what it wants.
    public enum Word: String, Hashable, Sendable {
        case proceed
        case hold
    }

    /// The word of a row.
    public static func word(
        in phase: MaintenancePhase, of systems: MaintenancePlan.Systems, source: LaunchSource, lineage: Lineage
    ) -> Word {
        // Known only by the instances that were noted when CSA closed.
        let isContinuation = lineage == .runningInstance ? systems.includesCSA : lineage.isContinuation
        if isContinuation { return .proceed }
        let isOfCSA = MaintenanceGate.csaSources.contains(source)
        switch phase {
        case .planned, .releasing, .completed, .aborted: return .proceed
        case .closingCSA, .drainingCSA: return isOfCSA && systems.includesCSA ? .hold : .proceed
        case .closingOO, .drainingOO, .quiesced, .verifying:
            return systems.includesOO || isOfCSA ? .hold : .proceed
        // The gate is open again; CSA's own launches wait until CSA is as it was.
        case .reopening: return isOfCSA && systems.includesCSA ? .hold : .proceed
        }
    }
}

public import SluiceModel

/// What a maintenance makes of the gate's modes, and how it puts them back. Pure.
public enum MaintenanceGate {
    /// One mode to be set.
    public struct Setting: Hashable, Sendable {
        /// nil: the whole gate.
        public var scope: Scope?
        /// nil: the scope has none of its own any more.
        public var mode: GateMode?
        public var reason: String
    }

    /// What CSA asks for, whether by an order, by its pools or by its clocks.
    public static let csaSources: [LaunchSource] = [.csa, .resourcePoolSync, .futureOrder]

    /// Why the gate is closed, as whoever is held is told; ends with the maintenance's id, by which its own modes are
    /// known again.
    public static func reason(of record: MaintenanceRecord) -> String {
        "\(record.plan.reason), expected to end \(record.plan.expectedEnd) [\(record.id)]"
    }

    /// The modes to be set, one after the other, so that a wish is reached; empty: it is reached.
    ///
    /// Only modes that this maintenance set are put back: what a person changes meanwhile stays (requirement R31).
    public static func settings(
        for wish: PartWish, of record: MaintenanceRecord, in gate: GateRecord
    ) -> [Setting] {
        switch (wish.part, wish.goal) {
        case (.csaSources, .made): closeSources(record, gate)
        case (.csaSources, .back): back(record, gate) { isSource($0.scope) }
        case (.gate, .made): closeAll(record, gate)
        case (.gate, .back): back(record, gate) { !isSource($0.scope) }
        default: []
        }
    }

    /// Scopes that are open although the wish is to close them: a person opened them, or they are narrower than what
    /// is closed.
    public static func openScopes(for wish: PartWish, of record: MaintenanceRecord, in gate: GateRecord) -> [ScopeMode]
    {
        guard wish.goal == .made else { return [] }
        switch wish.part {
        // Narrower than a source is everything above it in `Scope.rank`.
        case .csaSources:
            return gate.scopes.filter { entry in
                entry.mode.isOpen && (entry.scope.map { $0.rank < Scope.source(.csa).rank } ?? false)
            }
        case .gate:
            let within = gate.scopes.filter { $0.mode.isOpen && Scope.mayMeet($0.scope, record.plan.scope) }
            let entry = gate.entry(for: record.plan.scope) ?? gate.whole
            return within + (entry.mode.isOpen && entry.scope == record.plan.scope ? [entry] : [])
        default: return []
        }
    }

    private static func isSource(_ scope: Scope?) -> Bool {
        if case .source(let source) = scope { csaSources.contains(source) } else { false }
    }

    private static func closeSources(_ record: MaintenanceRecord, _ gate: GateRecord) -> [Setting] {
        csaSources.compactMap { source in
            let entry = gate.entry(for: .source(source)) ?? gate.whole
            guard entry.mode.isOpen else { return nil }
            return Setting(scope: .source(source), mode: .hold, reason: reason(of: record))
        }
    }

    private static func closeAll(_ record: MaintenanceRecord, _ gate: GateRecord) -> [Setting] {
        let target = record.plan.scope
        let entry = gate.entry(for: target) ?? gate.whole
        let own =
            entry.mode.isOpen ? [Setting(scope: target, mode: .hold, reason: reason(of: record))] : []
        // A narrower scope that was open would let its launches through. What a person opened since stays open, and
        // is told as a blocker.
        let narrower = gate.scopes.filter { scope in
            scope.mode.isOpen && scope.scope != target && Scope.mayMeet(scope.scope, target)
                && (record.gateBefore?.scopes.contains(scope) ?? true)
        }
        return own + narrower.map { Setting(scope: $0.scope, mode: .hold, reason: reason(of: record)) }
    }

    private static func back(
        _ record: MaintenanceRecord, _ gate: GateRecord, _ isMeant: (ScopeMode) -> Bool
    ) -> [Setting] {
        guard let before = record.gateBefore else { return [] }
        let ours = ([gate.whole] + gate.scopes).filter { isMeant($0) && $0.reason.hasSuffix("[\(record.id)]") }
        return ours.map { entry in
            guard let scope = entry.scope else {
                return Setting(scope: nil, mode: before.whole.mode, reason: before.whole.reason)
            }
            let was = before.scopes.first { $0.scope == scope }
            return Setting(scope: scope, mode: was?.mode, reason: was?.reason ?? "the maintenance is over")
        }
    }
}

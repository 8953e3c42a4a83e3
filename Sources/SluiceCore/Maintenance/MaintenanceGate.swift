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

    /// Whether a mode was set by the maintenance.
    static func isOwn(_ entry: ScopeMode, _ record: MaintenanceRecord) -> Bool {
        entry.reason.hasSuffix("[\(record.id)]")
    }

    /// The modes as they are found when OO is closed after CSA; nil: they are on record so, or closed already.
    ///
    /// A person, or a window, may have changed the gate while CSA drained: that is what is put back.
    public static func found(_ record: MaintenanceRecord, in gate: GateRecord) -> GateModes? {
        guard let before = record.gateBefore else { return nil }
        let scopes = gate.scopes.filter { !isOfCSA($0.scope) }
        guard !([gate.whole] + scopes).contains(where: { isOwn($0, record) }) else { return nil }
        let isKnown = before.whole == gate.whole && before.scopes.filter { !isOfCSA($0.scope) } == scopes
        return isKnown ? nil : GateModes(whole: gate.whole, scopes: scopes)
    }

    /// By which a maintenance's own are known again, at the end of a reason; nil: there is none.
    public static func mark(in reason: String) -> String? {
        guard reason.hasSuffix("]"), let start = reason.lastIndex(of: "[") else { return nil }
        let mark = reason[start...]
        return mark.hasPrefix("[m_") ? String(mark) : nil
    }

    /// The modes to be set, one after the other, so that a wish is reached; empty: it is reached.
    ///
    /// Only modes that this maintenance set are put back: what a person changes meanwhile stays (requirement R31).
    public static func settings(
        for wish: PartWish, of record: MaintenanceRecord, in gate: GateRecord
    ) -> [Setting] {
        switch (wish.part, wish.goal) {
        case (.csaSources, .made): closeSources(record, gate)
        case (.csaSources, .back): back(record, gate) { isOfCSA($0.scope) }
        case (.gate, .made): closeAll(record, gate)
        // Without CSA there is no other part that puts its sources back.
        case (.gate, .back): back(record, gate) { !isOfCSA($0.scope) || !record.plan.systems.includesCSA }
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

    /// Whether a scope is one of `csaSources`.
    public static func isOfCSA(_ scope: Scope?) -> Bool {
        if case .source(let source) = scope { csaSources.contains(source) } else { false }
    }

    private static func closeSources(_ record: MaintenanceRecord, _ gate: GateRecord) -> [Setting] {
        csaSources.compactMap { source in
            // Also where the whole gate is closed: a person, or a window, may open it meanwhile.
            guard gate.entry(for: .source(source))?.mode.isOpen ?? true else { return nil }
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
        let set = ([gate.whole] + gate.scopes).filter { isMeant($0) && isOwn($0, record) }
        return set.map { entry in
            guard let scope = entry.scope else {
                return Setting(scope: nil, mode: before.whole.mode, reason: before.whole.reason)
            }
            let was = before.scopes.first { $0.scope == scope }
            return Setting(scope: scope, mode: was?.mode, reason: was?.reason ?? "the maintenance is over")
        }
    }
}

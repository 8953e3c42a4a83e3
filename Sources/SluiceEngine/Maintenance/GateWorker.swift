import Logging
import SluiceCore
import SluiceModel
import SluicePorts

/// Closes the gate for CSA's sources and for all, and puts its modes back.
struct GateWorker: MaintenanceWorker {
    let gatekeeper: Gatekeeper
    let clocks: any Clocks
    let logger: Logger
    /// Instances of CSA in a running state now; nil: without CSA.
    let runningInstances: (@Sendable () async throws -> [CSAInstanceID])?
    let hasCentral: Bool
    let strandings: StrandingGuard

    var parts: Set<MaintenancePart> {
        var parts: Set<MaintenancePart> = hasCentral ? [.gate] : []
        if runningInstances != nil { parts.insert(.csaSources) }
        return parts
    }

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        let working = MaintenanceFacts.Fact(goal: wish.goal, isReached: false)
        let gate = gatekeeper.snapshot().record
        if wish.goal == .made, record.gateBefore == nil {
            return PartReport(working, notes: [.gateBefore(GateModes(whole: gate.whole, scopes: gate.scopes))])
        }
        let isClosingCSA = wish == PartWish(.csaSources, .made)
        var notes: [MaintenanceNote] = []
        if wish == PartWish(.gate, .made), let found = MaintenanceGate.found(record, in: gate) {
            return PartReport(working, notes: [.gateFound(found)])
        }
        // Before and after: one that began in between is a continuation too.
        if isClosingCSA, record.csaInstances == nil, let runningInstances {
            return PartReport(working, notes: [.csaInstances(try await runningInstances())])
        }
        let settings = MaintenanceGate.settings(for: wish, of: record, in: gate)
        if wish.goal == .back, let blocker = try await strandings.blocker(of: settings, for: wish.part, record) {
            return PartReport(.init(goal: .back, isReached: false, blockers: [blocker]))
        }
        let begunAt = clocks.now().monotonic
        for setting in settings {
            let change = ModeChange(
                ref: ModeChange.Ref(gatekeeper.nextRef()), scope: setting.scope, mode: setting.mode, by: .sluice,
                reason: setting.reason)
            guard case .changed = await gatekeeper.change(change) else { return PartReport(working) }
        }
        let now = gatekeeper.snapshot().record
        guard MaintenanceGate.settings(for: wish, of: record, in: now).isEmpty else { return PartReport(working) }
        if wish.goal == .made {
            // Also when it was closed before: whoever closed it may not have waited.
            _ = await gatekeeper.acknowledge(now, since: begunAt)
            if isClosingCSA, record.csaReadAt == nil, let runningInstances {
                notes.append(.csaInstancesAfter(try await runningInstances(), at: clocks.now().wall))
            }
        }
        let blockers = MaintenanceGate.openScopes(for: wish, of: record, in: now).map { entry in
            let scope = entry.scope?.description ?? "the whole gate"
            return MaintenanceBlocker(
                name: "open/\(scope)", part: wish.part,
                text: "\(scope) is open since \(entry.since), set by \(entry.by): \(entry.reason)",
                remedy: "close it (sluice gate set hold --scope \(scope)); what must go on gets an allow rule",
                since: entry.since, canBeWaived: false)
        }
        return PartReport(.init(goal: wish.goal, isReached: true, blockers: blockers), notes: notes)
    }

    func preflight(_ plan: MaintenancePlan) async -> [PreflightFinding] {
        let gate = gatekeeper.snapshot().record
        guard !gate.whole.mode.isOpen else { return [] }
        return [
            PreflightFinding(
                .note, "gate-closed", .gate,
                "the gate is in mode \(gate.whole.mode.rawValue) already, by \(gate.whole.by): "
                    + "\(gate.whole.reason); it stays so after the maintenance")
        ]
    }
}

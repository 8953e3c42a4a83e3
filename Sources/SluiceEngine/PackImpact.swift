import SluiceCore
public import SluiceModel
import SluicePorts

/// What a pack would mean for the launches that wait.
public struct PackImpact: Hashable, Sendable {
    /// Waiting holds that the release would stop instead of launching them.
    public var stoppedCount: Int
    /// Whether all waiting holds were looked at, not just the first `EngineLimits.impactHoldCountMax`.
    public var isComplete: Bool

    public init(stoppedCount: Int, isComplete: Bool) {
        self.stoppedCount = stoppedCount
        self.isComplete = isComplete
    }
}

extension Engine {
    /// Counts the holds that would be stopped if a pack were loaded, by the rule of the release itself.
    /// - Throws: `StoreError`.
    public func impact(of content: PackShelf.Content) async throws -> PackImpact {
        let inventory = packs.inventory(with: content)
        var impact = PackImpact(stoppedCount: 0, isComplete: true)
        var query = HoldQuery(states: [.held, .released], limit: HoldQuery.limitMax)
        for _ in 0..<(EngineLimits.impactHoldCountMax / HoldQuery.limitMax) {
            let page = try await store.holds(query)
            impact.stoppedCount += page.holds.count { hold in
                !FlowCompatibility.incompatibilities(of: hold.request, to: inventory[hold.request.flow]).isEmpty
            }
            guard let next = page.next else { return impact }
            query.after = next
        }
        impact.isComplete = false
        return impact
    }
}

/// Held launches that an opening would strand: the release would hand them to an operator instead of starting them.
public struct Stranding: Hashable, Sendable {
    public var count = 0
    /// The first of them, each with what stands against it.
    public var sample: [LeftOutHold] = []
    /// Whether all waiting holds were looked at, not just the first `EngineLimits.impactHoldCountMax`.
    public var isComplete = true

    public init() {}

    /// How many, and the first of them with what stands against it; nil when there is none.
    public var words: String? {
        guard let first = sample.first else { return nil }
        return "\(isComplete ? "" : "at least ")\(count) of them would not be started but await the operator; "
            + "the first is \(first.ticket): \(first.reason)"
    }
}

/// Looks for held launches that an opening would strand (R36).
struct StrandingSearch: Sendable {
    let packs: PackShelf
    let gatekeeper: Gatekeeper
    let store: any Store
    let clocks: any Clocks

    /// What would be stranded of the holds that a change of the gate opens it for.
    /// - Parameters:
    ///   - scope: nil: the whole gate.
    ///   - mode: nil: the scope's entry is taken away, and what is wider counts again.
    /// - Throws: `StoreError`.
    func stranding(changing scope: Scope?, to mode: GateMode?) async throws -> Stranding {
        var stranding = Stranding()
        // Another replica may just have loaded what they need.
        try await packs.refresh()
        let inventory = packs.inventory
        guard inventory.isLoaded else { return stranding }
        let gate = gatekeeper.snapshot().record
        var changed = gate
        if let mode {
            changed = gate.planned(mode, for: scope, at: clocks.now().wall)
        } else {
            changed.scopes.removeAll { $0.scope == scope }
        }
        // Nothing opens: nobody need be looked at.
        guard changed.isAnyOpen else { return stranding }
        var query = HoldQuery(states: [.held, .released], limit: HoldQuery.limitMax)
        for _ in 0..<(EngineLimits.impactHoldCountMax / HoldQuery.limitMax) {
            let page = try await store.holds(query)
            for hold in page.holds {
                let flow = inventory[hold.request.flow]
                let pack = flow?.contentPack
                guard !gate.mode(for: hold.request, contentPack: pack).mode.isOpen,
                    changed.mode(for: hold.request, contentPack: pack).mode.isOpen,
                    let cause = FlowCompatibility.incompatibilities(of: hold.request, to: flow).first
                else { continue }
                stranding.count += 1
                guard stranding.sample.count < EngineLimits.bulkSampleCountMax else { continue }
                stranding.sample.append(LeftOutHold(ticket: hold.ticket, state: hold.state, reason: cause))
            }
            guard let next = page.next else { return stranding }
            query.after = next
        }
        stranding.isComplete = false
        return stranding
    }
}

extension Engine {
    /// What would be stranded of the holds that a change of the gate opens it for.
    /// - Parameters:
    ///   - scope: nil: the whole gate.
    ///   - mode: nil: the scope's entry is taken away, and what is wider counts again.
    /// - Throws: `StoreError`.
    public func stranding(changing scope: Scope?, to mode: GateMode?) async throws -> Stranding {
        try await StrandingSearch(packs: packs, gatekeeper: gatekeeper, store: store, clocks: clocks)
            .stranding(changing: scope, to: mode)
    }
}

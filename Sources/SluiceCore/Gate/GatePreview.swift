public import SluiceModel

/// What the gate would answer to a launch that has not been asked for: forecasts ask the very rules that decide.
public enum GatePreview {
    /// The answer to a request that only itself speaks for: without pass, ticket, key, parent or backlog, and without
    /// interceptors. Nothing is kept, admitted or counted.
    ///
    /// - Parameters:
    ///   - gate: The gate as it is, or as it is planned to be.
    ///   - contentPack: The pack that the flow is known from.
    public static func decision(
        on request: LaunchRequest, by principal: Principal, gate: GateRecord, policy: GatePolicy, contentPack: String?,
        at now: Timestamp
    ) -> Decision {
        let none = ULID(high: 0, low: 0)
        let ask = Ask(
            ref: Ask.Ref(0), request: request, principal: principal, contentPack: contentPack,
            minted: Ask.Minted(ticket: Ticket(none), passID: PassID(none)))
        let early = EarlyRules(
            ask: ask, facts: LookupFacts(), gate: gate, closedEpoch: gate.closedEpoch, policy: policy, now: now)
        return (early.ruling() ?? LateRules(early: early, hasBacklog: false).ruling().0).decision
    }
}

extension Ruling {
    /// The decision that it comes to; a refusal, which only keys bring about, is none and counts as a rejection.
    fileprivate var decision: Decision {
        switch self {
        case .proceed(let reason, _, _, _): .proceed(reason)
        case .kept(_, let reason, _), .keep(let reason, _): .hold(reason)
        case .reject(let reason, _, _): .reject(reason)
        case .refuse: .reject(.duplicate)
        }
    }
}

extension GateRecord {
    /// The gate as it is while a window is closed: one scope's mode, or the whole gate's, is another.
    ///
    /// Narrower scopes with a mode of their own keep it, as they do when an operator closes the gate.
    public func planned(_ mode: GateMode, for scope: Scope?, at time: Timestamp) -> GateRecord {
        var record = self
        let entry = ScopeMode(scope: scope, mode: mode, since: time, by: .sluice, reason: "planned window")
        guard let scope else {
            record.whole = entry
            return record
        }
        record.scopes.removeAll { $0.scope == scope }
        record.scopes.append(entry)
        return record
    }
}

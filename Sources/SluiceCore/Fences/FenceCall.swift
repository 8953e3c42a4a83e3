public import SluiceModel

/// What a request asks for, as far as its method and target tell.
public enum FenceCall: Hashable, Sendable {
    /// Changes nothing; `isCallback`: running flows read it too (csa-api.md, section 7).
    case reading(isCallback: Bool)
    /// A change that running flows report with (csa-api.md, section 7): it finishes work, it starts none.
    case callback
    /// Login or token: IdM starts no work.
    case identity
    /// A change that starts no work.
    case harmless
    /// New work, or what cannot be told from it.
    case door(Door)
    /// Nobody can say what a server would make of it.
    case unreadable

    /// What a request to a system is.
    ///
    /// A door is found however it is spelled; something passes only when it is spelled plainly. In CSA and its portal
    /// every change that is not known to be harmless is a door; in Central, to which workers report in ways that are
    /// not documented, only the known doors are.
    /// - Parameters:
    ///   - method: As it was sent; methods are case-sensitive (RFC 9110 section 9.1).
    ///   - target: As it was sent: not decoded, with its query.
    public init(to system: FencedSystem, method: String, target: String) {
        guard method.utf8.count <= FenceLimits.methodByteCountMax, let target = FenceTarget(target) else {
            self = .unreadable
            return
        }
        let isReading = ["GET", "HEAD", "OPTIONS"].contains(method) && !target.overridesMethod
        switch system {
        case .csa: self = Self.csa(method, target, isReading)
        case .portal: self = Self.portal(method, target, isReading)
        case .central: self = Self.central(method, target, isReading)
        }
    }

    private static func csa(_ method: String, _ target: FenceTarget, _ isReading: Bool) -> FenceCall {
        if isReading {
            if let door = mutatingRead(target) { return .door(door) }
            if target.isBelow("idm-service") { return .identity }
            return .reading(isCallback: target.isBelow("csa", "rest"))
        }
        if target.isBelow("idm-service") { return .identity }
        if target.overridesMethod { return .door(.unlisted) }
        if isSearch(method, target) { return .reading(isCallback: false) }
        if method == "PUT",
            target.isPath("csa", "rest", "artifact", "*") || target.isPath("csa", "rest", "processinstances", "*")
        {
            return .callback
        }
        if method == "POST", target.isPath("csa", "rest", "notification") { return .callback }
        return .door(csaDoor(target))
    }

    /// Lists that are asked for by POST (csa-api.md, sections 3.1 and 3.4).
    private static func isSearch(_ method: String, _ target: FenceTarget) -> Bool {
        guard method == "POST" else { return false }
        return ["mpp-offering", "mpp-subscription", "mpp-instance"].contains {
            target.isPath("csa", "api", "mpp", $0, "filter")
        }
            || target.isPath("csa", "api", "service", "offering", "*", "subscription", "filter")
            || target.isPath("csa", "api", "person", "organization", "*")
    }

    /// A GET that changes something; only the first is known to, the others are not read by anybody.
    private static func mutatingRead(_ target: FenceTarget) -> Door? {
        if target.says("request", "cancel") { return .requestCancel }
        if target.says("subscription", "cancel") { return .operatorCancel }
        if target.says("subscription", "resume") { return .operatorResume }
        if target.says("lifecycleengine", "execute") { return .lifecycleExecute }
        if target.says("processinstances", "execute") { return .processInstanceExecute }
        if target.stems.contains("user"), target.stems.contains(where: { $0.hasPrefix("multiple") }) {
            return .bulkChange
        }
        return nil
    }

    private static func csaDoor(_ target: FenceTarget) -> Door {
        if let door = mutatingRead(target) { return door }
        if target.says("mpp-request") { return .order }
        if target.says("urest") { return .serviceRequest }
        if target.says("catalog", "approval") { return .approvalDecision }
        if target.says("catalog", "request") { return .legacyRequest }
        if target.says("processinstances") { return .processInstanceCreate }
        if target.says("availablevalues") { return .optionScript }
        return .unlisted
    }

    /// Which paths the portal has between its pages and CSA is not known, so every change there is a door.
    private static func portal(_ method: String, _ target: FenceTarget, _ isReading: Bool) -> FenceCall {
        if isReading, let door = mutatingRead(target) { return .door(door) }
        if target.isBelow("idm-service") { return .identity }
        return isReading ? .reading(isCallback: false) : .door(csaDoor(target))
    }

    private static func central(_ method: String, _ target: FenceTarget, _ isReading: Bool) -> FenceCall {
        // Runs by GET too: oo-central-api.md, section 12, "OO 9.x".
        if target.says("pas") || target.says("wscentralservice") { return .door(.legacyRun) }
        if isReading { return .reading(isCallback: true) }
        if target.says("executions", "status") { return .door(.executionControl) }
        if target.says("executions") { return .door(.execution) }
        if method == "DELETE", !target.overridesMethod { return .harmless }
        if target.says("schedules") { return .door(.schedule) }
        return target.overridesMethod ? .door(.unlisted) : .harmless
    }
}

public import SluiceModel

/// Which approvals wait only because a maintenance made automatic policies manual, and what those would have decided.
/// Pure.
///
/// An approval does not say by which policy it was made (csa-api.md 4.1), only who may decide it. So a person whose
/// approvals are all of policies that decided at once is decided for; of whoever also decides by hand, or may for a
/// group or as a manager, or has days to do so, nothing is touched (section 11, step 10).
public struct ParkedApprovals: Hashable, Sendable {
    /// In whose name what is decided, by organization and name.
    public struct Approver: Hashable, Sendable, Comparable {
        public var organization: CSAOrganizationID
        public var userName: String
        public var decision: ApprovalDecision
        /// After how many days policies of ours would have decided, shortest first; empty: all of them at once.
        public var days: [Int] = []

        /// Whether an approval of a time came in since the policies were made manual, or was to be decided by one of
        /// them meanwhile: whether CSA makes good for a timer that it passed over is not known (csa-api.md 4.5).
        /// - Parameter span: From when they were made manual to now.
        public func concerns(_ time: Timestamp, _ span: ClosedRange<Timestamp>) -> Bool {
            time >= span.lowerBound || days.contains { span.contains(time.advanced(by: .seconds($0 * 86_400))) }
        }

        public static func < (left: Self, right: Self) -> Bool {
            (left.organization, left.userName) < (right.organization, right.userName)
        }
    }

    /// In a stable order.
    public var approvers: [Approver]
    /// Persons who decide by hand as well, or may, or differently for several policies, or for one that waits for days.
    public var unclear: [Approver]
    /// Names of policies of ours whose approvers CSA does not name: groups, managers.
    public var unnamedPolicies: [String]

    /// - Parameters:
    ///   - entries: The journal of the maintenance.
    ///   - policies: As they are now, after the way back.
    public init(_ entries: [JournalEntry], policies: [ApprovalPolicy]) {
        approvers = []
        unclear = []
        unnamedPolicies = []
        var flipped: Set<String> = []
        for entry in entries where entry.system == CSAChangePlan.policies && entry.state == .reverted {
            flipped.insert(entry.object)
        }
        var decisions: [String: Set<String>] = [:]
        var byHand: Set<String> = []
        // Whoever decides there for a group, or as somebody's manager, is not known.
        var hasOthersByHand: Set<CSAOrganizationID> = []
        var unnamedDecisions: [CSAOrganizationID: Set<String>] = [:]
        var days: [String: Set<Int>] = [:]
        var order: [Approver] = []
        for policy in policies where !CSAChangePlan.isHolding(policy) {
            let isOurs = flipped.contains(CSAObjectName([policy.organizationID.text, policy.id.text]).text)
            guard isOurs, policy.isAutomatic, let decides = policy.automaticDecision else {
                for name in policy.approvers { byHand.insert("\(policy.organizationID)/\(name)") }
                if policy.kind != .namedApprover, policy.kind != .delegated {
                    hasOthersByHand.insert(policy.organizationID)
                }
                continue
            }
            guard policy.kind == .namedApprover else {
                unnamedPolicies.append(policy.displayName)
                if policy.isTimed {
                    hasOthersByHand.insert(policy.organizationID)
                } else {
                    unnamedDecisions[policy.organizationID, default: []].insert(decides.word)
                }
                continue
            }
            for name in policy.approvers {
                let key = "\(policy.organizationID)/\(name)"
                if decisions[key] == nil {
                    order.append(Approver(organization: policy.organizationID, userName: name, decision: decides))
                }
                decisions[key, default: []].insert(decides.word)
                guard policy.isTimed else { continue }
                // It would have waited for its days, and people may have decided it meanwhile.
                byHand.insert(key)
                days[key, default: []].insert(min(policy.automaticPeriodDays, ApprovalPolicyEdit.periodDaysMax))
            }
        }
        for var approver in order.sorted() {
            let key = "\(approver.organization)/\(approver.userName)"
            approver.days = (days[key] ?? []).sorted()
            let groups = unnamedDecisions[approver.organization] ?? []
            let isSure = decisions[key].map { $0.union(groups).count == 1 } ?? false
            if byHand.contains(key) || hasOthersByHand.contains(approver.organization) || !isSure {
                unclear.append(approver)
            } else {
                approvers.append(approver)
            }
        }
    }
}

import SluiceModel
import Testing

@Suite struct ApprovalPolicyTests {
    private static func policy(_ adjust: (inout ApprovalPolicy) -> Void = { _ in }) -> ApprovalPolicy {
        var policy = ApprovalPolicy(
            id: ApprovalPolicyID("p"), organizationID: CSAOrganizationID("o"), kind: .namedApprover, name: "n",
            displayName: "d", isAutomatic: true)
        policy.automaticDecision = .approved
        policy.approvers = ["a", "b"]
        policy.minApprovalsRequired = 1
        adjust(&policy)
        return policy
    }

    @Test func comparesWhatMeansSomething() {
        let before = Self.policy()
        let same = Self.policy {
            $0.approvers = ["b", "a"]
            $0.updatedAt = .zero
            $0.record = "other"
        }
        #expect(before.fields == same.fields)
        let flipped = ApprovalPolicyEdit.manual.applied(to: before)
        #expect(JournalField.differences(before.fields, flipped.fields) == ["automaticApproval"])
        let refusing = ApprovalPolicyEdit.refusing.applied(to: flipped)
        #expect(ApprovalPolicyEdit(restoring: before).applied(to: refusing).fields == before.fields)
        let names = ApprovalPolicy.automaticFieldNames
        #expect(before.fields.filter { names.contains($0.name) }.map(\.name) == names)
    }

    @Test(
        "a policy without approver, or with none required, holds nothing",
        arguments: [
            (ApprovalPolicy.Kind.namedApprover, 1, 1, true), (.namedApprover, 0, 0, false),
            (.namedApprover, 1, 0, false),
            (.namedGroup, 1, 1, true), (.userContext, 0, 0, true), (.delegated, 0, 0, false),
            (.other("X"), 1, 1, false),
        ])
    func tellsWhatHolds(kind: ApprovalPolicy.Kind, approverCount: Int, min: Int, canHold: Bool) {
        let policy = Self.policy {
            $0.kind = kind
            $0.approvers = Array(repeating: "a", count: approverCount)
            $0.minApprovalsRequired = min
        }
        #expect(policy.canHold == canHold)
    }

    @Test func knowsItsKindByTheRoot() {
        for kind in ApprovalPolicy.Kind.known { #expect(ApprovalPolicy.Kind(root: kind.root) == kind) }
        #expect(ApprovalPolicy.Kind(root: "Quorum") == .other("Quorum"))
    }

    @Test(arguments: [(0, true), (365, true), (366, false), (-1, false)])
    func takesUpToAYear(days: Int, isValid: Bool) {
        #expect(ApprovalPolicyEdit(automaticPeriodDays: days).isValid == isValid)
    }
}

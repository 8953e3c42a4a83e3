import SluiceCore
import SluiceModel
import Testing

/// In whose name requests are decided that waited for a maintenance.
struct ParkedApprovalsTests {
    private static func policy(
        _ id: String, approvers: [String], isAutomatic: Bool = true, days: Int = 0,
        _ decision: ApprovalDecision = .approved, _ kind: ApprovalPolicy.Kind = .namedApprover
    ) -> ApprovalPolicy {
        var policy = ApprovalPolicy(
            id: ApprovalPolicyID(id), organizationID: CSAOrganizationID("o"), kind: kind, name: id, displayName: id,
            isAutomatic: isAutomatic)
        policy.automaticPeriodDays = days
        policy.automaticDecision = decision
        policy.approvers = approvers
        policy.minApprovalsRequired = 1
        return policy
    }

    private static func entry(_ id: String, _ state: JournalState) -> JournalEntry {
        var entry = JournalEntry(
            system: CSAChangePlan.policies, object: "o/\(id)", title: id, intended: "", at: .zero,
            by: Principal("ann"), cause: "")
        entry.state = state
        return entry
    }

    struct Row: CustomStringConvertible, Sendable {
        var description: String
        var policies: [ApprovalPolicy]
        var flipped: [String] = ["p"]
        var state = JournalState.reverted
        var approvers: [String] = []
        var unclear: [String] = []
        var unnamed: [String] = []
    }

    static let rows: [Row] = [
        Row(description: "ours", policies: [policy("p", approvers: ["u"])], approvers: ["u APPROVED"]),
        Row(
            description: "as it would have decided", policies: [policy("p", approvers: ["u"], .rejected)],
            approvers: ["u REJECTED"]),
        Row(description: "not ours", policies: [policy("p", approvers: ["u"])], flipped: []),
        Row(description: "left to the operator", policies: [policy("p", approvers: ["u"])], state: .conflict),
        Row(
            description: "a timed one would have waited for its days",
            policies: [policy("p", approvers: ["u"], days: 2)], unclear: ["u APPROVED"]),
        Row(
            description: "a timed one that is not ours", policies: [policy("p", approvers: ["u"], days: 2)],
            flipped: []),
        Row(
            description: "at once, and after days",
            policies: [policy("p", approvers: ["u"]), policy("q", approvers: ["u"], days: 2)], flipped: ["p", "q"],
            unclear: ["u APPROVED"]),
        Row(
            description: "at once, and after days of a policy that is not ours",
            policies: [policy("p", approvers: ["u"]), policy("q", approvers: ["u"], days: 2)],
            unclear: ["u APPROVED"]),
        Row(
            description: "a timed group",
            policies: [
                policy("p", approvers: ["u"]), policy("q", approvers: [], days: 2, .approved, .namedGroup),
            ],
            flipped: ["p", "q"], unclear: ["u APPROVED"], unnamed: ["q"]),
        Row(
            description: "who decides by hand too",
            policies: [policy("p", approvers: ["u"]), policy("q", approvers: ["u"], isAutomatic: false)],
            unclear: ["u APPROVED"]),
        Row(
            description: "two that decide differently",
            policies: [policy("p", approvers: ["u"]), policy("q", approvers: ["u"], .rejected)],
            flipped: ["p", "q"], unclear: ["u APPROVED"]),
        Row(
            description: "two that decide alike",
            policies: [policy("p", approvers: ["u"]), policy("q", approvers: ["u", "v"])], flipped: ["p", "q"],
            approvers: ["u APPROVED", "v APPROVED"]),
        Row(
            description: "may decide as a manager too",
            policies: [
                policy("p", approvers: ["u"]), policy("q", approvers: [], isAutomatic: false, .approved, .userContext),
            ],
            unclear: ["u APPROVED"]),
        Row(
            description: "a group of ours that decides differently",
            policies: [policy("p", approvers: ["u"]), policy("q", approvers: [], .rejected, .namedGroup)],
            flipped: ["p", "q"], unclear: ["u APPROVED"], unnamed: ["q"]),
        Row(
            description: "a group of ours that decides alike",
            policies: [policy("p", approvers: ["u"]), policy("q", approvers: [], .approved, .namedGroup)],
            flipped: ["p", "q"], approvers: ["u APPROVED"], unnamed: ["q"]),
        Row(
            description: "a group", policies: [policy("p", approvers: [], .approved, .namedGroup)], unnamed: ["p"]),
        Row(description: "deleted meanwhile", policies: []),
    ]

    @Test("only what waited for us is decided, as its policy would have", arguments: rows)
    func approvers(_ row: Row) {
        let parked = ParkedApprovals(row.flipped.map { Self.entry($0, row.state) }, policies: row.policies)
        #expect(parked.approvers.map { "\($0.userName) \($0.decision.word)" } == row.approvers)
        #expect(parked.unclear.map { "\($0.userName) \($0.decision.word)" } == row.unclear)
        #expect(parked.unnamedPolicies == row.unnamed)
    }

    @Test("R8 an approval concerns us when it came in since, or fell due meanwhile")
    func concerns() throws {
        let day: Int64 = 86_400
        let policies = [Self.policy("p", approvers: ["u"], days: 3), Self.policy("q", approvers: ["u"], days: 5)]
        let entries = ["p", "q"].map { Self.entry($0, .reverted) }
        let approver = try #require(ParkedApprovals(entries, policies: policies).unclear.first)
        #expect(approver.days == [3, 5])
        func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: (100 * day + seconds) * 1000) }
        let span = time(0)...time(3600)
        for (seconds, isOurs) in [
            (0, true), (3700, true), (-1, false), (-3 * day, true), (-3 * day - 1, false), (-3 * day + 3600, true),
            (-3 * day + 3601, false), (-5 * day + 60, true), (-day, false),
        ] as [(Int64, Bool)] {
            #expect(approver.concerns(time(seconds), span) == isOurs, "\(seconds)")
        }
        var instant = approver
        instant.days = []
        #expect(instant.concerns(time(0), span) && !instant.concerns(time(-3 * day), span))
    }

    /// A person's word for a number of days that no CSA takes breaks nothing.
    @Test func boundsTheDays() {
        let policies = [Self.policy("p", approvers: ["u"], days: .max)]
        let parked = ParkedApprovals([Self.entry("p", .reverted)], policies: policies)
        #expect(parked.unclear.first?.days == [ApprovalPolicyEdit.periodDaysMax])
    }
}

import SluiceCore
import SluiceModel
import Testing

/// Snapshots of CSA: what is in one, what differs, in words, and what a restore makes of it.
@Suite struct CSASnapshotTests {
    /// One site's CSA, to be changed and read.
    private struct Site {
        var address = "https://csa/csa"
        var organizations = [
            CSAOrganization(id: CSAOrganizationID("o1"), name: "CONSUMER", displayName: "Consumer"),
            CSAOrganization(id: CSAOrganizationID("o2"), name: "OTHER", displayName: "Other"),
        ]
        var policies: [ApprovalPolicy] = []
        var offerings: [CSAOffering] = []
        var isShared = false

        init() {
            for (id, organization) in [("auto", "o1"), ("hand", "o1"), ("else", "o2")] {
                var policy = ApprovalPolicy(
                    id: ApprovalPolicyID(id), organizationID: CSAOrganizationID(organization), kind: .namedApprover,
                    name: "\(id)/1", displayName: id, isAutomatic: id == "auto")
                policy.automaticDecision = .approved
                policy.approvers = ["b", "a"]
                policy.minApprovalsRequired = 1
                policy.otherFields = [JournalField("connection/password", "hunter2")]
                policy.record = "<hunter2/>"
                policies.append(policy)
            }
            for id in ["f1", "f2"] {
                var offering = CSAOffering(
                    id: CSAOfferingID(id), name: "\(id)_1", displayName: id, catalogID: CSACatalogID("c1"))
                offering.categoryName = "CRM"
                offering.hasApproval = true
                offering.policyIDs = [ApprovalPolicyID("auto")]
                offering.record = "<hunter2/>"
                offerings.append(offering)
            }
        }

        var snapshot: CSASnapshot {
            let catalog = CSACatalog(id: CSACatalogID("c1"), name: "MAIN", displayName: "Main", isShared: isShared)
            return CSASnapshot(
                .init(policies: policies, catalogs: [.init(catalog, offerings)]), organizations: organizations,
                address: address, at: Timestamp(milliseconds: 1_800_000_000_000))
        }

        mutating func change(_ id: String, _ body: (inout ApprovalPolicy) -> Void) {
            for index in policies.indices where policies[index].id.text == id { body(&policies[index]) }
        }

        mutating func change(offering id: String, _ body: (inout CSAOffering) -> Void) {
            for index in offerings.indices where offerings[index].id.text == id { body(&offerings[index]) }
        }

        /// What a restore of an older snapshot makes of it.
        func restoring(_ old: CSASnapshot) -> CSARestorePlan { CSARestorePlan(old, snapshot) }
    }

    private static func words(_ plan: CSARestorePlan) -> [String] {
        plan.changes.map { change in
            "\(change.step) \(change.system) \(change.object) "
                + change.wanted.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        } + plan.conflicts.map { "\($0.title): \($0.cause)" }
    }

    @Test("has the documented fields alone, and no text of CSA's own that nobody knows")
    func hasNoSecrets() {
        let snapshot = Site().snapshot
        #expect(!"\(snapshot)".contains("hunter2"))
        #expect(snapshot.entries.map(\.title).prefix(1) == ["auto (organization CONSUMER)"])
        #expect(snapshot.entries[0]["approver"] == "a\nb" && snapshot.entries[0]["automaticApproval"] == "true")
        #expect(snapshot.entries[3].title == "f1 (catalog MAIN, category CRM)")
        #expect(snapshot.entries[3][CSASnapshot.policyField] == "CONSUMER/auto%2F1")
    }

    @Test func leavesOutThePolicyThatSluiceMade() {
        var site = Site()
        let old = site.snapshot
        var holding = site.policies[1]
        holding.id = ApprovalPolicyID("ours")
        holding.displayName = CSAChangePlan.holdingPolicyName
        site.policies.append(holding)
        #expect(old.differences(to: site.snapshot).isEmpty)
    }

    @Test func saysWhatDiffersInWords() {
        var site = Site()
        let old = site.snapshot
        #expect(old.differences(to: site.snapshot).isEmpty)
        site.change("auto") {
            $0.isAutomatic = false
            $0.approvers = ["c"]
        }
        site.policies.removeAll { $0.id.text == "hand" }
        site.offerings.removeAll { $0.id.text == "f1" }
        site.change(offering: "f2") { $0.policyIDs = [] }
        var late = site.offerings[0]
        late.id = CSAOfferingID("f3")
        late.name = "f3_1"
        late.displayName = "f3"
        site.offerings.append(late)
        #expect(
            old.differences(to: site.snapshot).map { "\($0.entry.title): \($0.sentence)" } == [
                "auto (organization CONSUMER): automaticApproval was true, now false; approver was a, b, now c",
                "hand (organization CONSUMER): is gone",
                "f1 (catalog MAIN, category CRM): is not published any more",
                "f2 (catalog MAIN, category CRM): approvalPolicy was CONSUMER/auto%2F1, now none",
                "f3 (catalog MAIN, category CRM): is published",
            ])
    }

    @Test("an assignment that cannot be read is no difference, and nothing is assigned for it")
    func comparesNoUnreadAssignments() {
        var site = Site()
        let old = site.snapshot
        for id in ["f1", "f2"] { site.change(offering: id) { $0.policyIDs = nil } }
        #expect(old.differences(to: site.snapshot).isEmpty && site.snapshot.differences(to: old).isEmpty)
        #expect(Self.words(site.restoring(old)).isEmpty)
        #expect(Self.words(CSARestorePlan(site.snapshot, old)).isEmpty)
    }

    @Test("another address or a missing organization is another CSA")
    func tellsAnotherCSA() throws {
        let old = Site().snapshot
        #expect(old.strangeness(of: old) == nil)
        var site = Site()
        site.address = "https://test/csa"
        #expect(try #require(old.strangeness(of: site.snapshot)).contains("https://test/csa"))
        site = Site()
        site.organizations[1].name = "THIRD"
        #expect(try #require(old.strangeness(of: site.snapshot)).contains("OTHER"))
        site = Site()
        site.organizations.append(
            CSAOrganization(id: CSAOrganizationID("o3"), name: "NEW", displayName: "New"))
        #expect(old.strangeness(of: site.snapshot) == nil)
    }

    @Test("changes only what differs: what closes first, what opens last, each by its name")
    func plansARestore() {
        var site = Site()
        let old = site.snapshot
        #expect(Self.words(site.restoring(old)).isEmpty)
        site.change("auto") {
            $0.isAutomatic = false
            $0.automaticPeriodDays = 3
            $0.approvers = ["c"]
        }
        site.change("hand") { $0.isAutomatic = true }
        site.offerings.removeAll { $0.id.text == "f1" }
        site.change(offering: "f2") { $0.policyIDs = [ApprovalPolicyID("hand")] }
        #expect(
            Self.words(site.restoring(old)) == [
                "3 csa-policies o1/auto automaticApproval=true automaticPeriodDuration=0 "
                    + "automaticApprovalDecision=APPROVED",
                "0 csa-policies o1/hand automaticApproval=false automaticPeriodDuration=0 "
                    + "automaticApprovalDecision=APPROVED",
                "1 csa-offerings c1/f1/CRM/f1_1 published=true approvalPolicy=auto",
                "2 csa-assignments c1/f2 approvalPolicy=auto",
            ])
    }

    @Test("ids are those of now, for a restore of CSA's database gives others")
    func usesIDsOfNow() {
        var site = Site()
        let old = site.snapshot
        site.organizations[0].id = CSAOrganizationID("o9")
        site.change("auto") {
            $0.id = ApprovalPolicyID("auto9")
            $0.organizationID = CSAOrganizationID("o9")
            $0.isAutomatic = false
        }
        site.change(offering: "f1") {
            $0.id = CSAOfferingID("f9")
            $0.policyIDs = []
        }
        site.change(offering: "f2") { $0.policyIDs = [ApprovalPolicyID("auto9")] }
        let changes = site.restoring(old).changes
        #expect(changes.map(\.object) == ["o9/auto9", "c1/f9"])
        #expect(changes.last?.wanted == [JournalField(CSAChangePlan.policyField, "auto9")])
    }

    /// What somebody did, and the words that name it; nothing is changed for it.
    private static let left: [(String, @Sendable (inout Site) -> Void)] = [
        ("auto (organization CONSUMER): it was deleted", { $0.policies.removeFirst() }),
        ("auto (organization CONSUMER): it was renamed to 'auto/2'", { $0.change("auto") { $0.name = "auto/2" } }),
        (
            "auto (organization CONSUMER): it was renamed to 'now'",
            {
                $0.change("auto") {
                    $0.displayName = "now"
                    $0.isAutomatic = false
                }
            }
        ),
        (
            "auto (organization CONSUMER): its name is there more than once",
            { site in
                var twin = site.policies[0]
                twin.id = ApprovalPolicyID("twin")
                twin.isAutomatic = false
                site.policies.append(twin)
            }
        ),
        ("f1 (catalog MAIN, category CRM): it was renamed", { $0.change(offering: "f1") { $0.name = "f1_2" } }),
        (
            "f1 (catalog MAIN, category CRM): it is in the category 'ERP'",
            { $0.change(offering: "f1") { $0.categoryName = "ERP" } }
        ),
        (
            "f1 (catalog MAIN, category CRM): it is listed more than once",
            { site in
                site.change(offering: "f1") { $0.policyIDs = [] }
                var second = site.offerings[0]
                second.categoryName = "ERP"
                site.offerings.append(second)
            }
        ),
        (
            "f1 (catalog MAIN, category CRM): the shared catalog",
            { site in
                site.isShared = true
                site.change(offering: "f1") { $0.policyIDs = [] }
            }
        ),
    ]

    @Test("what is gone, renamed or cannot be put back is left, and named", arguments: left.indices)
    func leavesAndNames(_ index: Int) {
        var site = Site()
        let old = site.snapshot
        Self.left[index].1(&site)
        let plan = site.restoring(old)
        #expect(plan.changes.isEmpty, "\(plan)")
        #expect(plan.conflicts.contains { "\($0.title): \($0.cause)".hasPrefix(Self.left[index].0) }, "\(plan)")
    }

    @Test("an offering whose policy is gone, unknown or not one is neither published nor assigned")
    func needsThePolicy() {
        var site = Site()
        let whole = site.snapshot
        site.offerings.removeFirst()
        site.change(offering: "f2") { $0.policyIDs = [] }
        site.policies.removeFirst()
        var plan = site.restoring(whole)
        #expect(plan.changes.isEmpty)
        #expect(plan.conflicts.count { $0.cause.contains("CONSUMER/auto%2F1 is not there") } == 2, "\(plan)")
        for (policies, words) in [
            (nil, "is not known"), (["auto", "hand"], "several"), ([], "no call to take one away"),
        ] as [([String]?, String)] {
            var old = Site()
            for id in ["f1", "f2"] {
                old.change(offering: id) { $0.policyIDs = policies?.map { ApprovalPolicyID($0) } }
            }
            var now = Site()
            if policies != [] { now.offerings.removeFirst() }
            plan = now.restoring(old.snapshot)
            #expect(plan.changes.isEmpty && plan.conflicts.contains { $0.cause.contains(words) }, "\(plan)")
        }
    }

    @Test("one that had no approval is published again without one")
    func publishesWithoutAPolicy() {
        var old = Site()
        old.change(offering: "f1") {
            $0.policyIDs = nil
            $0.hasApproval = false
        }
        var now = old
        now.offerings.removeFirst()
        #expect(
            Self.words(now.restoring(old.snapshot)) == ["1 csa-offerings c1/f1/CRM/f1_1 published=true"])
    }

    @Test("what was added since is left alone")
    func leavesWhatIsNew() {
        let new = Site()
        var old = Site()
        old.policies.removeFirst(2)
        old.offerings.removeAll()
        #expect(Self.words(new.restoring(old.snapshot)).isEmpty)
    }
}

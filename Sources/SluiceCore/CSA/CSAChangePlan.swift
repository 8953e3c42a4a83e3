public import SluiceModel

/// What a maintenance changes in CSA, and what it cannot, from one reading of it (csa-api.md section 11, steps 4 to 6).
/// Pure.
///
/// Automatic policies are made manual; offerings whose policy cannot hold a request (a delegated one starts a flow on
/// submit, whatever it says) are given one that does; offerings are unpublished if asked. What is out of reach is
/// named: the fence alone keeps it.
public struct CSAChangePlan: Hashable, Sendable {
    public var changes: [PlannedChange]
    /// What is left to the fence, or stands in the way; in the order of the reading.
    public var findings: [Finding]
    /// Organizations that need a holding policy and have none.
    public var lacksHoldingPolicy: [CSAOrganizationID]

    /// Something about an object that the plan leaves alone.
    public struct Finding: Hashable, Sendable {
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// A policy that names nobody, so that requests under it would not wait for anybody.
            case policyHoldsNothing = "policy-holds-nothing"
            /// A manual policy that names nobody and wants no approval, as far as can be told: requests under it may
            /// complete at once (csa-api.md 4.1, INFERRED).
            case manualHoldsNothing = "manual-holds-nothing"
            /// How offerings are assigned to policies cannot be read, so none is assigned anew.
            case assignmentsUnreadable = "assignments-unreadable"
            /// An offering is listed more than once in its catalog: an assignment may hit each of them.
            case offeringTwice = "offering-twice"
            /// An offering has several policies; which of them is whose cannot be put back.
            case severalPolicies = "several-policies"
            /// An offering without a policy, or in the shared catalog, which takes none.
            case onlyFence = "only-fence"
            /// Asked to be unpublished, and CSA does not say what is needed to publish it again.
            case cannotUnpublish = "cannot-unpublish"
        }

        public var kind: Kind
        /// The object's name, for people.
        public var title: String
        /// Its id.
        public var object: String
    }

    /// The journal's words for what is changed; one system each, for their calls differ.
    public static let policies = "csa-policies"
    public static let assignments = "csa-assignments"
    public static let offerings = "csa-offerings"
    public static let systems = [policies, assignments, offerings]

    /// Of an assignment and of a publication: the id of the one policy; empty: none.
    public static let policyField = "approvalPolicy"
    public static let publishedField = "published"

    /// By this name the policy that holds requests is known again. It is deleted when everything is back.
    public static let holdingPolicyName = "Sluice: requests wait for the end of a maintenance"

    /// One reading.
    public struct Reading: Hashable, Sendable {
        /// Of all organizations.
        public var policies: [ApprovalPolicy]
        /// As far as offerings were read; with their details.
        public var catalogs: [Catalog]

        /// One catalog with its offerings.
        public struct Catalog: Hashable, Sendable {
            public var catalog: CSACatalog
            public var offerings: [CSAOffering]

            public init(_ catalog: CSACatalog, _ offerings: [CSAOffering]) {
                self.catalog = catalog
                self.offerings = offerings
            }
        }

        public init(policies: [ApprovalPolicy], catalogs: [Catalog] = []) {
            self.policies = policies
            self.catalogs = catalogs
        }

        /// The first offering that has a policy, or of which it cannot be told whether it has; nil: none has.
        public func user(of policy: ApprovalPolicyID) -> CSAOffering? {
            // The shared catalog takes no policy (csa-api.md section 0.4).
            for entry in catalogs where !entry.catalog.isShared {
                let user = entry.offerings.first { offering in
                    offering.policyIDs.map { $0.contains(policy) } ?? (offering.hasApproval != false)
                }
                if let user { return user }
            }
            return nil
        }
    }

    /// The plan for a reading.
    /// - Parameters:
    ///   - readsAssignments: Whether an offering's policy can be read (`CSASwitches.policyPath`).
    ///   - unpublishes: Whether offerings are taken out of their catalogs.
    public init(_ reading: Reading, readsAssignments: Bool, unpublishes: Bool) {
        changes = []
        findings = []
        lacksHoldingPolicy = []
        var holding: [CSAOrganizationID: ApprovalPolicyID] = [:]
        var isLoose: [ApprovalPolicyID: CSAOrganizationID] = [:]
        for policy in reading.policies {
            if Self.isHolding(policy) {
                if holding[policy.organizationID] == nil { holding[policy.organizationID] = policy.id }
            } else if let change = Self.flip(policy) {
                changes.append(change)
            } else if Self.letsThrough(policy) {
                isLoose[policy.id] = policy.organizationID
                if policy.kind != .delegated {
                    findings.append(
                        Finding(kind: .policyHoldsNothing, title: policy.displayName, object: policy.id.text))
                }
            } else if !policy.canHold {
                findings.append(
                    Finding(kind: .manualHoldsNothing, title: policy.displayName, object: policy.id.text))
            }
        }
        for entry in reading.catalogs {
            let (catalog, offerings) = (entry.catalog, entry.offerings)
            let repeated = CSAOffering.repeatedIDs(in: offerings)
            for offering in offerings {
                func find(_ kind: Finding.Kind) {
                    findings.append(Finding(kind: kind, title: offering.displayName, object: offering.id.text))
                }
                if catalog.isShared || offering.hasApproval == false { find(.onlyFence) }
                if unpublishes {
                    if let change = Self.unpublication(of: offering, isRepeated: repeated.contains(offering.id)) {
                        changes.append(change)
                        continue
                    }
                    find(.cannotUnpublish)
                }
                guard !catalog.isShared, let policies = offering.policyIDs else { continue }
                guard let loose = policies.first(where: { isLoose[$0] != nil }),
                    let organization = isLoose[loose]
                else { continue }
                guard policies.allSatisfy({ $0 == loose }) else {
                    find(.severalPolicies)
                    continue
                }
                guard !repeated.contains(offering.id) else {
                    find(.offeringTwice)
                    continue
                }
                guard let held = holding[organization] else {
                    if !lacksHoldingPolicy.contains(organization) { lacksHoldingPolicy.append(organization) }
                    continue
                }
                changes.append(
                    PlannedChange(
                        system: Self.assignments, object: CSAObjectName([catalog.id.text, offering.id.text]).text,
                        title: offering.displayName, wanted: [JournalField(Self.policyField, held.text)], step: 1,
                        returnStep: 1))
            }
        }
        // One says it for all offerings.
        if !readsAssignments, let loose = reading.policies.first(where: { isLoose[$0.id] != nil }) {
            findings.append(
                Finding(kind: .assignmentsUnreadable, title: loose.displayName, object: loose.id.text))
        }
    }

    /// Whether it is the policy that Sluice made to hold requests.
    public static func isHolding(_ policy: ApprovalPolicy) -> Bool {
        policy.displayName == holdingPolicyName && !policy.isAutomatic && policy.canHold
    }

    /// Whether requests under it go on without anybody, and cannot be made to wait by its own fields.
    private static func letsThrough(_ policy: ApprovalPolicy) -> Bool {
        policy.kind == .delegated || policy.isAutomatic
    }

    /// Makes an automatic policy manual; nil when it is not automatic, or would hold nothing when it is manual.
    ///
    /// All three automatic fields are ours, though two stay as they are: CSA may normalise them, and they are put back.
    public static func flip(_ policy: ApprovalPolicy) -> PlannedChange? {
        guard policy.isAutomatic else { return nil }
        var manual = policy
        manual.isAutomatic = false
        var wanted = policy.fields.filter { ApprovalPolicy.automaticFieldNames.contains($0.name) }
        for index in wanted.indices where wanted[index].name == ApprovalPolicy.automaticFieldNames[0] {
            wanted[index].value = "false"
        }
        if !manual.canHold, manual.approverCount >= 1 {
            manual.minApprovalsRequired = 1
            wanted.append(JournalField("minApprovalRequired", "1"))
        }
        guard manual.canHold else { return nil }
        return PlannedChange(
            system: policies, object: CSAObjectName([policy.organizationID.text, policy.id.text]).text,
            title: policy.displayName, wanted: wanted, step: 0, returnStep: 2)
    }

    /// Takes a place of an offering out of its catalog, its assignment with it: CSA forgets that, and both are put
    /// back.
    private static func unpublication(of offering: CSAOffering, isRepeated: Bool) -> PlannedChange? {
        guard !isRepeated, let publication = offering.publication else { return nil }
        var wanted = [JournalField(publishedField, "false")]
        switch (offering.policyIDs, offering.hasApproval) {
        case (let policies?, _):
            guard Set(policies).count <= 1 else { return nil }
            if !policies.isEmpty { wanted.append(JournalField(policyField, "")) }
        case (nil, false?): break
        case (nil, _): return nil
        }
        return PlannedChange(
            system: offerings,
            object: CSAObjectName(
                [
                    offering.catalogID.text, offering.id.text, publication.categoryName, publication.offeringName,
                ]
            ).text, title: offering.displayName, wanted: wanted, step: 1, returnStep: 0)
    }
}

/// The journal's name of an object of CSA: its parts between slashes, those in them escaped.
public struct CSAObjectName: Hashable, Sendable {
    public var parts: [String]

    public init(_ parts: [String]) { self.parts = parts }

    /// - Parameter count: How many parts it has to have; nil when it has not.
    public init?(_ text: String, count: Int) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map {
            String($0).replacing("%2F", with: "/").replacing("%25", with: "%")
        }
        guard parts.count == count else { return nil }
        self.parts = parts
    }

    public var text: String {
        parts.map { $0.replacing("%", with: "%25").replacing("/", with: "%2F") }.joined(separator: "/")
    }
}

extension CSAChangePlan.Finding {
    /// What it means, in one sentence.
    public var text: String {
        switch kind {
        case .policyHoldsNothing:
            "the approval policy '\(title)' is automatic and names no approver, so it cannot hold requests"
        case .manualHoldsNothing:
            "the approval policy '\(title)' is manual and names no approver that is known here, so requests under it "
                + "may go on at once"
        case .assignmentsUnreadable:
            "requests under '\(title)' go on without an approval, and which offerings have it cannot be read"
        case .offeringTwice:
            "the offering '\(title)' is listed more than once in its catalog, so its policy is left as it is"
        case .severalPolicies: "the offering '\(title)' has several policies, so they are left as they are"
        case .onlyFence: "orders of '\(title)' wait for no approval: only the fence keeps them out"
        case .cannotUnpublish:
            "the offering '\(title)' stays published: CSA does not say all that is needed to publish it again"
        }
    }

    /// What to change.
    public var remedy: String {
        switch kind {
        case .policyHoldsNothing, .manualHoldsNothing: "give it an approver, or rely on the fence"
        case .assignmentsUnreadable: "set csa.policyElement (sluice doctor finds it out), or rely on the fence"
        case .offeringTwice, .severalPolicies, .onlyFence: "rely on the fence, or unpublish it by hand"
        case .cannotUnpublish: "set csa.policyElement, or rely on the fence"
        }
    }
}

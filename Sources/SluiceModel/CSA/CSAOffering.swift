/// A service offering as a catalog publishes it.
public struct CSAOffering: Hashable, Sendable {
    public var id: CSAOfferingID
    /// By this name, with a time in it, it is published and unpublished.
    public var name: String
    public var displayName: String
    public var catalogID: CSACatalogID
    /// The category's name; nil when CSA does not say it.
    public var categoryName: String?
    /// Whether a policy is assigned to it in this catalog; nil when CSA did not say it.
    public var hasApproval: Bool?
    /// The policies that it names, in CSA's order, where the configuration knows the element that does
    /// (`CSASwitches.policyPath`); nil: not readable, which is not the same as none.
    public var policyIDs: [ApprovalPolicyID]?
    /// CSA's own text of it; empty from a listing.
    public var record: String

    public init(id: CSAOfferingID, name: String, displayName: String, catalogID: CSACatalogID) {
        self.id = id
        self.name = name
        self.displayName = displayName
        self.catalogID = catalogID
        record = ""
    }

    /// What CSA publishes and unpublishes it by; nil without a category.
    public var publication: CSAPublication? {
        categoryName.map { CSAPublication(offeringID: id, offeringName: name, categoryName: $0) }
    }

    /// Ids that a listing names more than once: an assignment to such an id may hit every one (csa-api.md section 12).
    public static func repeatedIDs(in offerings: [CSAOffering]) -> Set<CSAOfferingID> {
        var seen: Set<CSAOfferingID> = []
        var repeated: Set<CSAOfferingID> = []
        for offering in offerings where !seen.insert(offering.id).inserted { repeated.insert(offering.id) }
        return repeated
    }
}

/// One place of an offering in a catalog: CSA publishes and unpublishes by these names (csa-api.md section 0.11).
public struct CSAPublication: Hashable, Sendable {
    /// Ours, to notice when the name means another one by now; CSA is never sent it.
    public var offeringID: CSAOfferingID
    public var offeringName: String
    public var categoryName: String

    public init(offeringID: CSAOfferingID, offeringName: String, categoryName: String) {
        self.offeringID = offeringID
        self.offeringName = offeringName
        self.categoryName = categoryName
    }
}

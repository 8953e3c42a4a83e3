internal import NIOHTTP1
public import SluiceModel
internal import SluicePorts
internal import SluiceXML

/// Catalogs, their offerings, and what is assigned and published there (csa-api.md 4.3 and 4.4).
extension RESTCSAClient {
    public func catalogs() async throws -> [CSACatalog] {
        let call = Call(path: "/rest/catalog", query: [("detail", "basic")], isListing: true)
        let answer = try await found(call, "the list of catalogs")
        return try list(answer, call, root: "CatalogList", of: "catalog").map { element in
            let id = try id(CSACatalogID.self, element, call)
            let name = element.text(at: "name") ?? id.text
            return CSACatalog(
                id: id, name: name, displayName: element.text(at: "displayName") ?? name,
                isShared: id == configuration.switches.sharedCatalogID)
        }
    }

    public func offerings(of catalog: CSACatalogID) async throws -> [CSAOffering] {
        // `detail` takes nothing but `basic` here, and `hasApproval` adds a member (List offerings, 4.00 and 4.90).
        let call = Call(
            path: "\(catalogPath(catalog))/offering",
            query: [("detail", "basic"), ("hasApproval", "true"), ("restrict", "false")], isListing: true)
        let answer = try await found(call, "the catalog \(catalog)")
        return try list(answer, call, root: "ServiceOfferingList", of: "ServiceOffering").flatMap { element in
            let offering = try offering(element, catalog, call)
            // One that lies in several categories is published in each.
            let categories = element.children("category").compactMap { $0.text(at: "name") }
            guard categories.count > 1 else { return [offering] }
            return categories.map { category in
                var place = offering
                place.categoryName = category
                return place
            }
        }
    }

    public func offering(_ id: CSAOfferingID, in catalog: CSACatalogID) async throws -> CSAOffering? {
        let call = Call(
            path: "\(catalogPath(catalog))/offering/\(RESTCSAClient.escape(id.text))",
            query: [("detail", "standard"), ("restrict", "false")], isListing: true)
        guard let answer = try await legacyRead(call) else { return nil }
        let element = try xml(answer, call, roots: ["ServiceOffering"])
        var offering = try offering(element, catalog, call)
        guard offering.id == id else {
            throw CSAError(.unreadable, "\(name(call)) answered another offering, \(offering.id)")
        }
        if !configuration.switches.policyPath.isEmpty, offering.policyIDs == nil { offering.policyIDs = [] }
        offering.record = element.write()
        return offering
    }

    private func offering(_ element: XMLElement, _ catalog: CSACatalogID, _ call: Call) throws -> CSAOffering {
        let id = try id(CSAOfferingID.self, element, call)
        let name = element.text(at: "name") ?? id.text
        var offering = CSAOffering(
            id: id, name: name, displayName: element.text(at: "displayName") ?? name, catalogID: catalog)
        offering.categoryName = element.text(at: "category", "name")
        // The vendor calls it an attribute, and shows everything else as elements.
        let flag =
            element.text(at: "hasApproval") ?? element.attributes.first { $0.name == "hasApproval" }?.value
        offering.hasApproval = flag.flatMap { ["true": true, "false": false][$0] }
        let path = configuration.switches.policyPath
        if !path.isEmpty {
            let ids = element.elements(at: path[...]).compactMap { ApprovalPolicyID(checking: $0.text) }
            offering.policyIDs = ids.isEmpty ? nil : ids
        }
        return offering
    }

    private func catalogPath(_ catalog: CSACatalogID) -> String {
        "/rest/catalog/\(RESTCSAClient.escape(catalog.text))"
    }

    /// A legacy read of what must be there.
    func found(_ call: Call, _ what: String, as user: CSAUser? = nil) async throws -> CSAAnswer {
        guard let answer = try await legacyRead(call, as: user) else {
            throw CSAError(.missing, "\(name(call)) answered 404: \(what) is not there, or csa.url is not CSA")
        }
        return answer
    }

    // MARK: Assignments

    /// An offering that cannot exist, to learn the spelling with.
    static let noOffering = CSAOfferingID(String(repeating: "0", count: 32))
    /// Catalogs and policies that the spelling is asked with, at most.
    static let spellingTriesMax = 3

    public func assignmentSpelling() async throws -> AssignmentSpelling {
        if let spelling = configuration.switches.assignmentSpelling ?? session.spelling { return spelling }
        let catalogs = try await catalogs().filter { !$0.isShared }.prefix(RESTCSAClient.spellingTriesMax)
        var policies: [ApprovalPolicyID] = []
        for organization in try await organizations() where policies.count < RESTCSAClient.spellingTriesMax {
            policies += try await approvalPolicies(of: organization.id).prefix(1).map(\.id)
        }
        for catalog in catalogs {
            for policy in policies {
                for spelling in [AssignmentSpelling.v490, .v400] {
                    let call = assignment(of: policy, to: [RESTCSAClient.noOffering], in: catalog.id, spelling)
                    // Each 404 begins a new era.
                    let era = session.era
                    guard try await isAnswered(call) else { continue }
                    session.keep(spelling, from: era)
                    return spelling
                }
            }
        }
        throw CSAError(
            .missing,
            "neither spelling of the assignment answers in \(catalogs.count) catalogs with \(policies.count) policies; "
                + "set csa.assignment")
    }

    /// Whether a list of messages comes back. It changes nothing, so trouble is passed on and any status is an answer.
    private func isAnswered(_ call: Call) async throws -> Bool {
        do {
            return try !messages(try await legacyChange(call), call).isEmpty
        } catch let error as CSAError where [.missing, .status, .unreadable].contains(error.code) {
            return false
        }
    }

    public func assign(
        _ policy: ApprovalPolicyID, to offerings: [CSAOfferingID], in catalog: CSACatalogID
    ) async throws -> [CSAItemOutcome] {
        precondition((1...CSALimits.itemsPerCallMax).contains(offerings.count), "\(offerings.count) offerings at once")
        let call = assignment(of: policy, to: offerings, in: catalog, try await assignmentSpelling())
        let messages = try messages(try await legacyChange(call), call)
        return offerings.map { CSAItemOutcome.assignment(of: $0, in: messages) }
    }

    private func assignment(
        of policy: ApprovalPolicyID, to offerings: [CSAOfferingID], in catalog: CSACatalogID,
        _ spelling: AssignmentSpelling
    ) -> Call {
        let items = offerings.map { XMLElement("ServiceOffering", children: [XMLElement("id", text: $0.text)]) }
        let path = "\(catalogPath(catalog))/policy/\(RESTCSAClient.escape(policy.text))/\(spelling.pathPart)"
        return Call(
            method: .POST, path: path,
            body: ("application/xml", XMLElement("ServiceOfferingList", children: items).document()))
    }

    // MARK: Publications

    public func publish(_ items: [CSAPublication], in catalog: CSACatalogID) async throws -> [CSAItemOutcome] {
        try await publication("publish", items, catalog)
    }

    public func unpublish(_ items: [CSAPublication], in catalog: CSACatalogID) async throws -> [CSAItemOutcome] {
        try await publication("unpublish", items, catalog)
    }

    private func publication(
        _ verb: String, _ items: [CSAPublication], _ catalog: CSACatalogID
    ) async throws -> [CSAItemOutcome] {
        precondition((1...CSALimits.itemsPerCallMax).contains(items.count), "\(items.count) publications at once")
        var outcomes: [CSAItemOutcome?] = []
        for item in items { outcomes.append(try await obstacle(to: item)) }
        let sent = zip(items, outcomes).filter { $0.1 == nil }.map(\.0)
        guard !sent.isEmpty else { return outcomes.map { $0 ?? .unmentioned } }
        let body = XMLElement("CatalogItems", children: sent.map(RESTCSAClient.catalogItem))
        let call = Call(
            method: .POST, path: "/rest/artifact/\(RESTCSAClient.escape(catalog.text))/\(verb)",
            body: ("application/xml", body.document()))
        let names = sent.flatMap { [$0.offeringName, $0.categoryName] }
        let messages = try messages(try await legacyChange(call), call, names: names)
        var told = CSAItemOutcome.publications(sent, in: messages)[...]
        return outcomes.map { $0 ?? told.popFirst() ?? .unmentioned }
    }

    /// Why an item must not be sent: CSA goes by the name, which may mean another offering by now.
    private func obstacle(to item: CSAPublication) async throws -> CSAItemOutcome? {
        let call = Call(
            path: "/rest/artifact/\(RESTCSAClient.escape(item.offeringID.text))", query: [("detail", "basic")])
        guard let answer = try await legacyRead(call) else {
            return .missing(message: "CSA has no offering \(item.offeringID) any more; nothing was sent")
        }
        let now = try xml(answer, call, roots: ["ServiceOffering"]).text(at: "name") ?? ""
        guard now != item.offeringName.trimmed else { return nil }
        return .failed(
            message: "the offering \(item.offeringID) is named \"\(now.prefix(200))\" by now, not "
                + "\"\(item.offeringName.prefix(200))\"; nothing was sent")
    }

    /// csa-api.md 4.4; that `publish` takes the same is inferred.
    private static func catalogItem(_ item: CSAPublication) -> XMLElement {
        func category(_ name: String, _ text: String, type: String) -> XMLElement {
            XMLElement(name, children: [XMLElement("name", text: text), PolicyCodec.word("categoryType", type)])
        }
        return XMLElement(
            "catalogItem",
            children: [
                XMLElement("artifactContext", children: [XMLElement("name", text: item.offeringName)]),
                category("artifactContextType", "SERVICE_OFFERING", type: "ARTIFACT_TYPE"),
                category("category", item.categoryName, type: "CATALOG_CATEGORY"),
            ])
    }
}

extension String {
    /// As the reader of XML gives texts: without white space at both ends.
    fileprivate var trimmed: String { XMLElement("x", text: self).text }
}

import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@Suite struct FakeCSATests {
    private static let catalog = CSACatalogID("catalog")

    @Test(arguments: CSAConformance.allCases)
    func obeysTheLaws(law: CSAConformance) async throws {
        try await law.check(Self.world(FakeCSA()))
    }

    @Test func doesWhatItWasTold() async throws {
        let csa = FakeCSA()
        _ = Self.world(csa)
        let policy = try await csa.createPolicy(.init(holding: "p", approvers: ["a"]), in: Documents.organization)
        csa.plan(.fail, .loseUnseen, .takeUnseen)
        var codes: [CSAError.Code?] = []
        for _ in 0..<4 {
            codes.append(await csaError { try await csa.putPolicy(policy, changing: .refusing) }?.code)
        }
        #expect(codes == [.status, .unreachable, .unreachable, nil])
        #expect(csa.changes.count == 4 && csa.policies.map(\.isInstant) == [true])
        csa.refuseAccount(true)
        #expect(await csaError { try await csa.catalogs() }?.isFinal == true)
    }

    /// A world over a fake, filled as the laws need it.
    static func world(_ csa: FakeCSA) -> CSAConformance.World {
        let organization = CSAOrganization(id: Documents.organization, name: "CSA_CONSUMER", displayName: "Consumer")
        csa.put(organization)
        csa.put(CSACatalog(id: catalog, name: "c", displayName: "C", isShared: false), categories: ["CRM"])
        csa.put(CSACatalog(id: .globalShared, name: "g", displayName: "G", isShared: true), categories: ["CRM"])
        let counter = Counter()
        return CSAConformance.World(
            client: csa, organization: organization.id, catalog: catalog, category: "CRM", sharedCatalog: .globalShared
        ) { name in
            var offering = CSAOffering(
                id: CSAOfferingID("offering-\(counter.next())"), name: name, displayName: name, catalogID: catalog)
            offering.categoryName = "CRM"
            offering.hasApproval = false
            csa.publish(offering)
            return offering.id
        } addInstance: { state in
            let id = CSAInstanceID("instance-\(counter.next())")
            csa.setArtifact(
                id.text, ArtifactState(type: "SERVICE_INSTANCE", isRetired: false, state: state.word, status: nil))
            return id
        } addProcess: {
            let id = CSAProcessID("process-\(counter.next())")
            csa.put(ProcessInstance(id: id, state: .active))
            return id
        } park: {
            let request = CSARequestID("request-\(counter.next())")
            var approval = CSAApproval(id: CSAApprovalID("approval"), catalogID: catalog)
            approval.requestID = request
            let approver = CSAUser(userName: "alice", organizationName: "CSA_CONSUMER")
            csa.park(
                CSARequest(id: request, name: "r", state: .pendingApproval, submitter: "carol"), of: Documents.user,
                for: approver, approval)
            return .init(request: request, submitter: Documents.user, approver: approver)
        } addPersons: { count, pending in
            let persons = (0..<count).map {
                CSAPersonCounts(id: "p\($0)", userName: "p\(count - $0)", pendingRequestCount: pending)
            }
            csa.setCounts(persons, of: organization.id)
        }
    }
}

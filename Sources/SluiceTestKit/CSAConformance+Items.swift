import SluiceModel
import SluicePorts

extension CSAConformance {
    func checkOfferings(_ world: World) async throws {
        let client = world.client
        let offering = try await world.addOffering("Small server")
        let draft = ApprovalPolicyDraft(holding: "Holding", approvers: ["alice"])
        let listed = try require(
            try await client.offerings(of: world.catalog).first { $0.id == offering }, "\(offering) is not listed")
        let place = try require(listed.publication, "\(listed) has no category")
        switch self {
        case .listsOfferings:
            try demand(listed.categoryName == world.category && listed.catalogID == world.catalog, "\(listed)")
            try demand(listed.hasApproval == false, "\(listed)")
            let detail = try require(try await client.offering(offering, in: world.catalog), "no detail")
            try demand(detail.name == listed.name, "\(detail)")
        case .assignsItemByItem:
            let policy = try await client.createPolicy(draft, in: world.organization).id
            let unknown = CSAOfferingID("00000000000000000000000000000000")
            let outcomes = try await client.assign(policy, to: [unknown, offering], in: world.catalog)
            guard outcomes.count == 2, case .missing = outcomes[0], outcomes[1].isSuccess else {
                throw violation("\(outcomes)")
            }
            try demand(try await assigned(offering, world), "it has no approval")
        case .takesNoAssignmentInTheSharedCatalog:
            guard let shared = world.sharedCatalog else { return }
            let policy = try await client.createPolicy(draft, in: world.organization).id
            do {
                let outcomes = try await client.assign(policy, to: [offering], in: shared)
                try demand(outcomes.allSatisfy { !$0.isSuccess }, "\(outcomes)")
            } catch let error as CSAError {
                try demand([.status, .missing].contains(error.code), "\(error)")
            }
        case .unpublishesAndPublishesByName:
            let outcome = try await client.unpublish([place], in: world.catalog)
            try demand(outcome.map(\.isSuccess) == [true], "\(outcome)")
            var ids = try await client.offerings(of: world.catalog).map(\.id)
            try demand(!ids.contains(offering), "it is still there")
            let again = try await client.publish([place], in: world.catalog)
            try demand(again.map(\.isSuccess) == [true], "\(again)")
            ids = try await client.offerings(of: world.catalog).map(\.id)
            try demand(ids.count { $0 == offering } == 1, "\(ids)")
        case .losesThePolicyWhenPublishedAgain:
            let policy = try await client.createPolicy(draft, in: world.organization).id
            _ = try await client.assign(policy, to: [offering], in: world.catalog)
            _ = try await client.unpublish([place], in: world.catalog)
            _ = try await client.publish([place], in: world.catalog)
            try demand(try await !assigned(offering, world), "it has an approval")
        case .saysThatACategoryIsMissing:
            var elsewhere = place
            elsewhere.categoryName = "No such category"
            let outcomes = try await client.unpublish([elsewhere, place], in: world.catalog)
            try demand(outcomes.map(\.isSuccess) == [false, true], "\(outcomes)")
        default: preconditionFailure("\(self) is no law about offerings")
        }
    }

    private func assigned(_ offering: CSAOfferingID, _ world: World) async throws -> Bool {
        let listed = try await world.client.offerings(of: world.catalog).first { $0.id == offering }
        return try require(listed?.hasApproval, "\(offering) is not listed, or without hasApproval")
    }

    func checkStates(_ world: World) async throws {
        let client = world.client
        switch self {
        case .tellsWhereAnInstanceIs:
            for state in [CSAInstanceState.deploying, .reserved, .active, .cancelFailed] {
                let id = try await world.addInstance(state)
                let read = try await client.instanceState(id)
                try demand(read == state, "\(String(describing: read)), not \(state)")
            }
        case .knowsNothingOfUnknownIDs:
            let unknown = "fffffffffffffffffffffffffffffffe"
            try demand(try await client.artifactState(unknown) == nil, "an artifact")
            try demand(try await client.instanceState(CSAInstanceID(unknown)) == nil, "an instance")
            try demand(try await client.lifecycleRecord(of: CSAInstanceID(unknown)) == nil, "a record")
            try demand(try await client.processInstance(CSAProcessID(unknown)) == nil, "a process instance")
            try demand(try await client.offering(CSAOfferingID(unknown), in: world.catalog) == nil, "an offering")
            try await demand(.missing) {
                try await client.setProcessInstance(
                    CSAProcessID(unknown), to: .error, returnCode: .failure, status: "x")
            }
        case .setsAProcessInstanceOnce:
            let id = try await world.addProcess()
            let before = try require(try await client.processInstance(id), "no \(id)")
            try demand(!before.state.isTerminal, "\(before)")
            try await client.setProcessInstance(id, to: .error, returnCode: .failure, status: "by hand")
            let after = try require(try await client.processInstance(id), "no \(id)")
            try demand(after.state == .error && after.status == "by hand", "\(after)")
            try await demand(.status) {
                try await client.setProcessInstance(id, to: .active, returnCode: .running, status: "again")
            }
        case .releasesAParkedRequest:
            let parked = try await world.park()
            let before = try await request(parked, world)
            try demand(before.state == .pendingApproval, "\(before)")
            let approvals = try await client.approvals(for: parked.approver, in: world.catalog)
            let approval = try require(
                approvals.first { $0.requestID == parked.request && $0.decision == nil }, "\(approvals)")
            try await client.decide(approval.id, in: world.catalog, as: parked.approver, .approved)
            let after = try await request(parked, world)
            try demand(after.state != .pendingApproval && after.state != .rejected, "\(after)")
        case .countsWhatIsPending:
            let before = try await client.pendingCounts(of: world.organization)
            try await world.addPersons(5, 2)
            let after = try await client.pendingCounts(of: world.organization)
            try demand(after.persons.count == before.persons.count + 5, "\(after.persons.count) persons")
            try demand(after.requestCount == before.requestCount + 10, "\(after.requestCount) requests")
            try demand(after.persons.map(\.userName) == after.persons.map(\.userName).sorted(), "not sorted")
        default: preconditionFailure("\(self) is no law about states")
        }
    }

    private func request(_ parked: Parked, _ world: World) async throws -> CSARequest {
        let listed = try await world.client.requests(of: parked.submitter, since: nil)
        return try require(listed.first { $0.id == parked.request }, "\(listed)")
    }
}

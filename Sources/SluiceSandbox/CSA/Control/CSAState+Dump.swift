/// The whole state as JSON, in parts that a test can compare before and after.
extension CSAState {
    /// `configuration` is what a maintenance must put back, without times; `revisions` is who changed when;
    /// `work` is every row of work; `numbers` says whether it is quiet.
    func dump(at now: EpochMilliseconds) -> LooseValue {
        [
            "now": .integer(now), "configuration": configuration, "revisions": revisions, "work": work,
            "numbers": numbers,
        ]
    }

    /// One part alone: whoever polls the numbers does not wait for the rows. Nil when there is no such part.
    func dump(part: String) -> LooseValue? {
        switch part {
        case "configuration": configuration
        case "revisions": revisions
        case "work": work
        case "numbers": numbers
        default: nil
        }
    }

    private var configuration: LooseValue {
        let organizations: [LooseValue] = data.organizations.all.map { ["id": .text($0.id), "name": .text($0.name)] }
        let persons: [LooseValue] = data.persons.all.map { row in
            [
                "id": .text(row.id), "userName": .text(row.userName), "organizationId": .text(row.organizationID),
                "canLogIn": .bool(row.password != nil),
            ]
        }
        let pools: [LooseValue] = data.pools.all.map { row in
            [
                "id": .text(row.id), "name": .text(row.name), "processDefinitionId": .text(row.processDefinitionID),
                "intervalMilliseconds": .integer(orNull: row.intervalMilliseconds), "enabled": .bool(row.isEnabled),
            ]
        }
        return [
            "organizations": .list(organizations), "persons": .list(persons), "pools": .list(pools),
            "policies": .list(data.policies.all.map(Self.shown)),
            "processes": Self.coded(data.definitions), "catalogs": Self.coded(data.catalogs),
            "offerings": .list(data.offerings.all.map(Self.shown)),
        ]
    }

    private static func shown(_ row: CSAPolicy) -> LooseValue {
        [
            "id": .text(row.id), "organizationId": .text(row.organizationID), "kind": .text(row.kind.rawValue),
            "name": .text(row.name), "displayName": .text(row.displayName),
            "approvers": .list(row.details.approvers.map(LooseValue.text)),
            "group": .text(orNull: row.details.group),
            "processDefinitionId": .text(orNull: row.details.processDefinitionID),
            "approvalLevel": .integer(orNull: row.details.approvalLevel),
            "minApprovalRequired": .integer(row.details.minApprovalRequired),
            "automaticApproval": .bool(row.details.isAutomatic),
            "automaticPeriodDuration": .integer(row.details.automaticDays),
            "automaticApprovalDecision": row.details.automaticallyApproves
                .map { .text($0 ? "APPROVED" : "REJECTED") } ?? .null,
        ]
    }

    /// Publications in an order of their own: unpublishing and publishing again changes CSA's.
    private static func shown(_ row: CSAOffering) -> LooseValue {
        let publications = row.publications.sorted { ($0.catalogID, $0.categoryID) < ($1.catalogID, $1.categoryID) }
        return [
            "id": .text(row.id), "name": .text(row.name), "retired": .bool(row.isRetired),
            "flows": .object(row.processIDs.mapValues(LooseValue.text)),
            "publications": .list(
                publications.map { item in
                    [
                        "catalogId": .text(item.catalogID), "categoryId": .text(item.categoryID),
                        "policies": .object(item.policyIDs.mapValues(LooseValue.text)),
                    ]
                }),
        ]
    }

    private var revisions: LooseValue {
        var times: [String: LooseValue] = [:]
        for row in data.policies.all { times[row.id] = .integer(row.updatedAt) }
        for row in data.offerings.all {
            times[row.id] = .list(row.publications.map { .integer($0.publishedAt) })
        }
        return .object(times)
    }

    private var work: LooseValue {
        [
            "requests": Self.coded(data.requests), "approvals": Self.coded(data.approvals),
            "subscriptions": Self.coded(data.subscriptions), "instances": Self.coded(data.instances),
            "records": Self.coded(data.records), "processes": Self.coded(data.processes),
        ]
    }

    private var numbers: LooseValue {
        func numbers(_ words: [String]) -> LooseValue {
            var counts: [String: LooseValue] = [:]
            for word in words { counts[word] = .integer((counts[word]?.asInteger ?? 0) + 1) }
            return .object(counts)
        }
        return [
            "requests": numbers(data.requests.all.map(\.state.rawValue)),
            "subscriptions": numbers(data.subscriptions.all.map(\.status.rawValue)),
            "instances": numbers(data.instances.all.map(\.state.rawValue)),
            "processes": numbers(data.processes.all.map(\.state.rawValue)),
            "launchesToSend": .integer(Int64(dueLaunches.count + launchesOnTheWire)),
            "quiet": .bool(isQuiet), "counts": Self.coded(data.counts),
        ]
    }

    /// Whether no lifecycle work runs or is about to, and no process waits for its flow.
    var isQuiet: Bool {
        data.instances.first { $0.state.isRunning } == nil
            && data.requests.first { [.submitted, .approved, .inProgress].contains($0.state) } == nil
            && data.processes.first { !$0.state.isFinal && $0.launch != .none } == nil
    }

    /// Every launch CSA asked OO for: proof of what ran, and how often.
    var launchList: LooseValue {
        .list(
            data.processes.all.filter { $0.launchedAt != nil }.map { row in
                let (kind, of): (String, String?) =
                    switch row.purpose {
                    case .transition(let id): ("transition", id)
                    case .approval(let id): ("approval", id)
                    case .poolSync(let id): ("pool-sync", id)
                    case .api: ("api", nil)
                    }
                return [
                    "processId": .text(row.id), "contextId": .text(row.contextID), "kind": .text(kind),
                    "of": .text(orNull: of), "flow": .text(orNull: data.definitions[row.definitionID]?.flowID),
                    "stage": .text(orNull: of.flatMap { data.records[$0] }.map { $0.work.stages[$0.stageIndex] }),
                    "launchedAt": .integer(orNull: row.launchedAt), "launch": .text(row.launch.rawValue),
                    "status": .integer(orNull: row.launchStatus.map(Int64.init)),
                    "executionId": .text(orNull: row.executionID), "state": .text(row.state.rawValue),
                    "callbacks": .integer(Int64(row.callbackCount)),
                ]
            })
    }

    private static func coded(_ value: some Encodable) -> LooseValue { (try? LooseValue(coding: value)) ?? .null }
}

extension SandboxState {
    /// An execution by id if it can be seen by id now.
    func visible(_ id: Int64, at now: EpochMilliseconds) -> SandboxExecution? {
        guard let execution = executions[id], execution.stage != .starting, execution.summaryAt <= now else {
            return nil
        }
        return execution
    }

    /// One page of the list, newest first. Page numbers count from 1; the pages move as executions start.
    func page(size: Int, number: Int, at now: EpochMilliseconds) -> [SandboxExecution] {
        guard size > 0 else { return [] }
        var skip = (number - 1) * size
        var page: [SandboxExecution] = []
        for id in startOrder.reversed() {
            guard let execution = executions[id], execution.listedAt <= now else { continue }
            if skip > 0 {
                skip -= 1
                continue
            }
            page.append(execution)
            if page.count == size { break }
        }
        return page
    }

    /// The summary object of oo-central-api.md 4.1.
    func summary(_ execution: SandboxExecution) -> LooseValue {
        var members: [String: LooseValue] = [
            "executionId": .text(String(execution.id)), "branchId": .null,
            "startTime": .integer(execution.startedAt), "endTime": .integer(orNull: execution.endedAt),
            "status": .text(execution.status.rawValue),
            "resultStatusType": .text(orNull: execution.resultType?.rawValue),
            "resultStatusName": .text(orNull: execution.resultName),
            "pauseReason": .text(orNull: execution.pauseReason),
            "owner": .text(execution.owner), "triggeredBy": .text(execution.owner),
            "flowUuid": .text(execution.flow.id), "flowPath": .text(execution.flow.path),
            "executionName": .text(execution.runName), "triggeringSource": "central",
            "roi": 0, "branchesCount": 0,
        ]
        if settings.hasLaterSummaryMembers {
            members["cancelReason"] = .text(orNull: execution.cancelReason)
            members["ownerDomain"] = ""
        }
        return .object(members)
    }

    /// The execution log (4.6): input values as flow variables, secrets as asterisks.
    func log(_ execution: SandboxExecution) -> LooseValue {
        let variables = execution.shownInputs { _ in "********" }.sorted { $0.key < $1.key }
        var output: [String: LooseValue] = [:]
        if let index = execution.bodyIndex, bodies[index].isFallback { output["sluiceFallback"] = "true" }
        return [
            "executionSummary": summary(execution),
            "flowVars": .list(
                variables.map { ["name": .text($0.key), "termName": .null, "value": .text($0.value)] }),
            "flowOutput": .object(output),
            "executionLogLevel": .text(execution.logLevel ?? "STANDARD"),
        ]
    }
}

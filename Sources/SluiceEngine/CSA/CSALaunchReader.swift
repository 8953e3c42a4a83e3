import SluiceCore
import SluiceModel
import SluicePorts

/// What finding CSA's launches in Central may cost.
enum CSALaunchLimits {
    /// Pages of Central's newest executions: with 200 on each, 2000 executions are looked through.
    static let pageCountMax = 10
    /// Executions that are asked in one look what they were started with, and how often each when it does not tell.
    static let callCountMax = 50
    static let tryCountMax = 3
    /// Executions that are remembered; beyond it those that nobody waits for are forgotten.
    static let executionCountMax = 20_000
}

/// Where the executions are that CSA started.
struct CSALaunchSource: Sendable {
    let central: any CentralClient
    let pause: CentralPause
    let pageSize: Int
}

/// Finds the executions of CSA's launches that were let through, by the ids that each carries among its inputs
/// (csa-api.md section 7, PROVEN).
///
/// Of such a launch Sluice's store has an execution's id at most and never its inputs, so Central's logs are read:
/// those that run first, then the newest, so many in one look.
struct CSALaunchReader: Sendable {
    /// One launch, as it stands in Central.
    struct Launch: Sendable {
        /// The one that runs, else the newest.
        var execution: ExecutionSummary
        var instance: CSAInstanceID?
        var isRunning: Bool { !execution.status.isTerminal }
    }

    private struct Execution: Sendable {
        var summary: ExecutionSummary
        var origin = Origin.unknown(tryCount: 0)
    }

    private enum Origin: Sendable {
        case unknown(tryCount: Int)
        case csa(CSAProcessID, CSAInstanceID?)
        /// Nothing of CSA's waits for it, as far as can be known.
        case other
    }

    private var executions: [ExecutionID: Execution] = [:]

    /// Looks once more.
    /// - Returns: By process instance, as far as is known; and why some may be missing, nil: nothing says so.
    mutating func read(_ source: CSALaunchSource) async -> (launches: [CSAProcessID: Launch], trouble: String?) {
        var trouble: String?
        do {
            try await source.pause.read(for: .release) {
                let listed = try await list(source)
                try await follow(source, but: listed)
            }
            trouble = try await learnOrigins(source)
        } catch {
            trouble = "\(error)"
        }
        if executions.count > CSALaunchLimits.executionCountMax {
            executions = executions.filter { if case .other = $0.value.origin { false } else { true } }
        }
        return (launches(), trouble)
    }

    /// CSA waits for a process instance no more: of its executions those that ended are not told again.
    mutating func settle(_ process: CSAProcessID) {
        for (id, execution) in executions {
            guard case .csa(process, _) = execution.origin, execution.summary.status.isTerminal else { continue }
            executions[id]?.origin = .other
        }
    }

    private func launches() -> [CSAProcessID: Launch] {
        var launches: [CSAProcessID: Launch] = [:]
        for (_, execution) in executions {
            guard case .csa(let process, let instance) = execution.origin else { continue }
            let launch = Launch(execution: execution.summary, instance: instance)
            guard let other = launches[process] else {
                launches[process] = launch
                continue
            }
            let isBetter =
                launch.isRunning == other.isRunning
                ? Self.isBefore(launch.execution, other.execution) : launch.isRunning
            if isBetter { launches[process] = launch }
        }
        return launches
    }

    /// Reads the newest pages down to one that has nothing new.
    private mutating func list(_ source: CSALaunchSource) async throws -> Set<ExecutionID> {
        var ids: Set<ExecutionID> = []
        for page in 1...CSALaunchLimits.pageCountMax {
            let listed = try await source.central.executions(page: page, pageSize: source.pageSize)
            let isKnown = listed.allSatisfy { executions[$0.id] != nil }
            for summary in listed {
                ids.insert(summary.id)
                executions[summary.id, default: Execution(summary: summary)].summary = summary
            }
            if isKnown || listed.count < source.pageSize { break }
        }
        return ids
    }

    /// Asks for those of CSA's that ran and are further down in the list. One that Central does not know any more goes
    /// on as it was: nothing says that it ended.
    private mutating func follow(_ source: CSALaunchSource, but listed: Set<ExecutionID>) async throws {
        let ids = executions.values.filter { execution in
            guard case .csa = execution.origin else { return false }
            return !execution.summary.status.isTerminal && !listed.contains(execution.summary.id)
        }.map(\.summary.id).sorted()
        var start = 0
        while start < ids.count {
            let some = Array(ids[start..<min(start + CentralLimits.idsPerCallMax, ids.count)])
            start += some.count
            for summary in try await source.central.summaries(of: some) { executions[summary.id]?.summary = summary }
        }
    }

    /// - Returns: Why some do not tell; nil: all that were asked did.
    private mutating func learnOrigins(_ source: CSALaunchSource) async throws -> String? {
        let unknown = executions.values.filter { if case .unknown = $0.origin { true } else { false } }
        let asked = unknown.map(\.summary).sorted { left, right in
            let (isLeftOver, isRightOver) = (left.status.isTerminal, right.status.isTerminal)
            return isLeftOver == isRightOver ? Self.isBefore(left, right) : isRightOver
        }.prefix(CSALaunchLimits.callCountMax).map(\.id)
        let told = try await inParallel(asked, limit: CSASurveyLimits.parallelCountMax) { id in
            try await source.pause.read(for: .release) { () -> Result<[LaunchInput], CentralError> in
                do {
                    return .success(try await source.central.variables(of: id))
                } catch let error as CentralError where ![.unreachable, .unauthorized].contains(error.code) {
                    // What keeps this one from being read keeps no other, and nobody from reading on.
                    return .failure(error)
                }
            }
        }
        var trouble: String?
        for (id, result) in zip(asked, told) {
            switch (result, executions[id]?.origin) {
            case (.success(let inputs), _):
                executions[id]?.origin = inputs.csaProcessID.map { .csa($0, inputs.csaInstanceID) } ?? .other
            case (.failure(let error), .unknown(let tryCount)?):
                let isLast = tryCount + 1 >= CSALaunchLimits.tryCountMax
                executions[id]?.origin = isLast ? .other : .unknown(tryCount: tryCount + 1)
                // One that has just begun or is purged may have no log.
                if error.code != .missing { trouble = trouble ?? "execution \(id): \(error)" }
            case (.failure, _): break
            }
        }
        return trouble
    }

    /// Whether an execution is newer than another one.
    private static func isBefore(_ left: ExecutionSummary, _ right: ExecutionSummary) -> Bool {
        (left.startedAt ?? .zero, left.id) > (right.startedAt ?? .zero, right.id)
    }
}

public import SluiceModel
public import SluicePorts

/// What every `CentralClient` must do, told as laws; run each over a fresh world.
///
/// A suite takes `@Test(arguments: CentralConformance.allCases)` and calls `law.check(world)`.
public enum CentralConformance: String, CaseIterable, Sendable {
    case startsAnExecutionThatRuns
    case keepsFlowAndRunName
    case givesEachStartItsOwnExecution
    case startsNothingThatMayNotStartAnyMore
    case leavesUnknownIDsOut
    case findsManyAtOnce
    case showsHowAnExecutionEnded
    case listsNewestFirst
    case pagesWithoutGaps
    case countsSteps
    case tellsItsVersion
    case listsSchedulesAsTheyAre
    case turnsAScheduleOffAndOn
    case switchesOnlyWhatItIsTold
    case saysThatAScheduleIsMissing
    case neverShowsSensitiveInputs

    /// A Central under test.
    public struct World: Sendable {
        public var client: any CentralClient
        /// A flow that Central has; its executions run until they are ended.
        public var flow: FlowID
        /// Ends an execution as COMPLETED and RESOLVED.
        public var end: @Sendable (ExecutionID) async throws -> Void
        /// Makes a schedule of the flow as a person in Central would, and gives its id.
        public var addSchedule: @Sendable (NewSchedule) async throws -> ScheduleID

        public init(
            client: any CentralClient, flow: FlowID, end: @escaping @Sendable (ExecutionID) async throws -> Void,
            addSchedule: @escaping @Sendable (NewSchedule) async throws -> ScheduleID
        ) {
            self.client = client
            self.flow = flow
            self.end = end
            self.addSchedule = addSchedule
        }
    }

    /// A law that was broken.
    public struct Violation: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// An id that no Central here has given out.
    private static let unknownID = ExecutionID("999999999999")

    /// - Throws: `Violation`, or whatever the client threw.
    public func check(_ world: World) async throws {
        let client = world.client
        switch self {
        case .startsAnExecutionThatRuns:
            let id = try await start(world)
            let summary = try require(try await client.summaries(of: [id]).first, "no summary of \(id)")
            try demand(summary.id == id && summary.status == .running && summary.result == nil, "\(summary)")
        case .keepsFlowAndRunName:
            let id = try await start(world, number: 7)
            let summary = try require(try await client.summaries(of: [id]).first, "no summary of \(id)")
            try demand(summary.flow == world.flow, "flow \(String(describing: summary.flow))")
            let read = summary.name.flatMap { RunName.read($0) }
            try demand(read?.ticket == ticket(7) && read?.attempt == 1, "name \(summary.name ?? "none")")
        case .givesEachStartItsOwnExecution:
            let first = try await start(world, number: 1)
            let second = try await start(world, number: 1)
            try demand(first != second, "twice \(first)")
        case .startsNothingThatMayNotStartAnyMore:
            let outcome = await world.client.start(order(world, number: 1)) { false }
            guard case .notSent = outcome else { throw violation("\(outcome)") }
            let id = try await start(world, number: 2)
            let listed = try await world.client.executions(page: 1, pageSize: 10).map(\.id)
            try demand(listed == [id], "\(listed)")
        case .leavesUnknownIDsOut:
            let id = try await start(world)
            try demand(try await client.summaries(of: [CentralConformance.unknownID]).isEmpty, "an unknown id is known")
            let known = try await client.summaries(of: [CentralConformance.unknownID, id]).map(\.id)
            try demand(known == [id], "\(known) in place of \(id)")
        case .findsManyAtOnce:
            var ids: Set<ExecutionID> = []
            for number in 0..<CentralLimits.idsPerCallMax { ids.insert(try await start(world, number: number)) }
            let found = try await client.summaries(of: ids.sorted()).map(\.id)
            try demand(Set(found) == ids && found.count == ids.count, "\(found.count) of \(ids.count)")
        case .showsHowAnExecutionEnded:
            let id = try await start(world)
            try await world.end(id)
            let summary = try require(try await client.summaries(of: [id]).first, "no summary of \(id)")
            try demand(summary.status == .completed && summary.result == .resolved, "\(summary)")
        case .listsNewestFirst:
            let first = try await start(world, number: 1)
            let second = try await start(world, number: 2)
            let ids = try await client.executions(page: 1, pageSize: 50).map(\.id)
            let places = (ids.firstIndex(of: second), ids.firstIndex(of: first))
            guard let newer = places.0, let older = places.1 else { throw violation("not listed") }
            try demand(newer < older, "older first")
        case .pagesWithoutGaps:
            var ids: Set<ExecutionID> = []
            for number in 0..<5 { ids.insert(try await start(world, number: number)) }
            var listed: [ExecutionID] = []
            for page in 1...100 {
                let found = try await client.executions(page: page, pageSize: 2)
                if found.isEmpty { break }
                try demand(found.count <= 2, "\(found.count) on a page of 2")
                listed += found.map(\.id)
            }
            try demand(ids.isSubset(of: listed) && Set(listed).count == listed.count, "\(listed)")
        case .countsSteps:
            let id = try await start(world)
            let count = try await client.stepCount(of: id)
            try demand(count >= 0, "\(count) steps")
            try await world.end(id)
            try demand(try await client.stepCount(of: id) >= count, "steps were taken back")
            do {
                let unknown = try await client.stepCount(of: CentralConformance.unknownID)
                throw violation("an unknown id has \(unknown) steps")
            } catch let error as CentralError where error.code == .missing {}
        case .tellsItsVersion:
            try demand(try await client.version().isEmpty == false, "an empty version")
        case .listsSchedulesAsTheyAre, .turnsAScheduleOffAndOn, .switchesOnlyWhatItIsTold, .saysThatAScheduleIsMissing,
            .neverShowsSensitiveInputs:
            try await checkSchedules(world)
        }
    }

    private func ticket(_ number: Int) -> Ticket { Ticket(ULID(high: 0x019A_0000_0000_0000, low: UInt64(number))) }

    private func start(_ world: World, number: Int = 0) async throws -> ExecutionID {
        let outcome = await world.client.start(order(world, number: number))
        guard case .started(let id) = outcome else { throw violation("\(outcome)") }
        return id
    }

    private func order(_ world: World, number: Int) -> LaunchOrder {
        let name = RunName.make(own: "conformance", flowName: "flow", ticket: ticket(number), attempt: 1)
        return LaunchOrder(
            ticket: ticket(number), attempt: 1, flow: world.flow, runName: name, inputPromptUseBlank: true, inputs: [])
    }

    func violation(_ found: String) -> Violation { Violation(description: "\(rawValue): \(found)") }

    func demand(_ isTrue: Bool, _ found: String) throws {
        guard isTrue else { throw violation(found) }
    }

    func require<Value>(_ value: Value?, _ missing: String) throws -> Value {
        guard let value else { throw violation(missing) }
        return value
    }
}

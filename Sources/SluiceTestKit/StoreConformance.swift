import SluiceModel
public import SluicePorts

/// What every `Store` must do: named checks, one for each guarantee, and seeded sequences of changes whose outcomes
/// and reads must equal those of `InMemoryStore`.
///
/// Throws `ConformanceFailure`, so that any test framework can call it.
public struct StoreConformance: Sendable {
    /// One guarantee.
    public struct Check: Sendable, CustomStringConvertible {
        /// What the store does, as a sentence.
        public let name: String
        let run: @Sendable (any Store) async throws -> Void

        init(_ name: String, _ run: @escaping @Sendable (any Store) async throws -> Void) {
            self.name = name
            self.run = run
        }

        public var description: String { name }
    }

    /// All checks; each needs a store of its own.
    public static let checks: [Check] =
        gateChecks + holdChecks + moveChecks + releaseChecks + laneChecks + recordChecks + readChecks + packChecks
        + windowChecks + maintenanceChecks + scheduleChecks + replicaChecks + questionChecks + coalescingChecks
        + callbackChecks + callerChecks
        + retentionChecks + concurrencyChecks

    let makeStore: @Sendable () async throws -> any Store

    /// - Parameter makeStore: Gives an empty store each time.
    public init(makeStore: @escaping @Sendable () async throws -> any Store) { self.makeStore = makeStore }

    /// Runs one check on a fresh store.
    public func run(_ check: Check) async throws { try await check.run(makeStore()) }

    /// The fence that the checks write with.
    static let fence = Fence(timeline: 1, term: 1)
    /// The time that the checks start from.
    static let start = Moment.fixture.wall
}

/// A store did not do what the contract says.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

// MARK: What the checks are written with

func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw ConformanceFailure(what()) }
}

func requireEqual<Value: Equatable>(_ found: Value, _ expected: Value, _ what: @autoclosure () -> String) throws {
    guard found == expected else {
        throw ConformanceFailure("\(what()):\n  found    \(found)\n  expected \(expected)")
    }
}

/// Requires a commit to fail with a code.
func requireRefusal(
    _ code: StoreError.Code, _ what: String, _ store: any Store, _ changes: [Change],
    fence: Fence = StoreConformance.fence
) async throws {
    do {
        try await store.commit(changes, fence: fence)
    } catch let error as StoreError {
        return try requireEqual(error.code, code, what)
    }
    throw ConformanceFailure("\(what): the commit succeeded, \(code) was expected")
}

extension Store {
    func commit(_ changes: Change...) async throws {
        try await commit(changes, fence: StoreConformance.fence)
    }

    /// A hold that must be there.
    func existing(_ number: UInt64) async throws -> Hold {
        guard let hold = try await hold(.fixture(number)) else { throw ConformanceFailure("hold \(number) is missing") }
        return hold
    }

    /// Numbers of the fixtures' tickets among the candidates.
    func candidateNumbers(
        at now: Timestamp = StoreConformance.start, includesHeld: Bool = true, after: CandidateQuery.Place? = nil,
        limit: Int = 100
    ) async throws -> [UInt64] {
        let query = CandidateQuery(at: now, includesHeld: includesHeld, after: after, limit: limit)
        return try await candidates(query).map(\.ticket.ulid.low)
    }
}

extension Change {
    /// A hold of a fixture's number, varied.
    static func add(_ number: UInt64, _ vary: (inout Hold) -> Void = { _ in }) -> Change {
        var hold = Hold.fixture(number)
        hold.arrival = 0
        vary(&hold)
        return .addHold(hold)
    }

    static func move(
        _ number: UInt64, _ from: Set<HoldState>, _ to: HoldState, attempt: Int? = nil,
        at: Timestamp = StoreConformance.start, _ update: (inout HoldUpdate) -> Void = { _ in }
    ) -> Change {
        var move = HoldMove(
            ticket: .fixture(number), from: from, attempt: attempt, to: to, at: at, by: Principal("release"),
            cause: "to \(to.rawValue)")
        update(&move.update)
        return .moveHold(move)
    }
}

extension Timestamp {
    /// A number of seconds after the checks' start.
    static func after(_ seconds: Int64) -> Timestamp { StoreConformance.start.advanced(by: .seconds(seconds)) }
}

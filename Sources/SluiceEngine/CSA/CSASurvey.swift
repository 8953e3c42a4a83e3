import ServiceLifecycle
import SluiceCore
public import SluiceModel
public import SluicePorts
import Synchronization

/// Reads CSA as a whole: everybody's service instances and subscriptions, so many calls at a time.
///
/// CSA has no list of instances, and its counters show no MODIFY or CANCEL for sure (csa-api.md 3.4 and section 5), so
/// each person of each organization is asked for. Whoever never logged in to the portal may be missing from CSA's list
/// of persons: nobody outside of CSA can tell.
public final class CSASurvey: Sendable {
    /// A person with what is pending for him or her.
    struct Person: Sendable {
        var user: CSAUser
        var counts: CSAPersonCounts
    }

    private struct State {
        /// CSA's refusal of the account, and when it was heard.
        var refusal: (error: CSAError, at: MonotonicTime)?
        var lookupCount = 0
    }

    private let state = Mutex(State())
    private let client: any CSAClient
    let database: (any CSADatabase)?
    let clocks: any Clocks
    /// Whether an instance at rest counts as running while its latest transition waits for a callback: which state a
    /// user operation shows is not known (csa-api.md section 5). Costs a call for each instance.
    let readsRestingRecords: Bool

    /// - Parameter database: Looked at beside the client; nil: there is none that can be.
    public init(
        _ client: any CSAClient, clocks: any Clocks, readsRestingRecords: Bool = true,
        database: (any CSADatabase)? = nil
    ) {
        self.client = client
        self.database = database
        self.clocks = clocks
        self.readsRestingRecords = readsRestingRecords
    }

    /// The service instances that are in a running state now, by id, each once.
    ///
    /// One that begins while it reads may be among them or not. Those of a person who cannot log in are
    /// missing.
    /// - Throws: `CSAError` when anybody's else cannot be read, or when there are more than
    ///   `MaintenanceLimits.csaInstanceCountMax`: a part must not pass for all.
    public func runningInstances() async throws -> [CSAInstanceID] {
        try await cancelWhenGracefulShutdown { [self] in
            let listed = try await everybody { [self] person -> [CSAInstance] in
                do {
                    return try await ask { try await $0.instances(of: person.user) }
                } catch let error as CSAError where error.code == .missing {
                    // Who cannot log in: the drain names them; what runs for them is held until a person releases it.
                    return []
                }
            }
            // One that several persons see is read once, but for the word that it runs.
            var states: [CSAInstanceID: CSAInstanceState?] = [:]
            for instance in listed.flatMap(\.value) {
                guard let known = states[instance.id] else {
                    states[instance.id] = .some(instance.state)
                    continue
                }
                if known?.isRunning != true { states[instance.id] = .some(instance.state ?? known) }
            }
            let ids = states.keys.sorted()
            let running = try await each(ids) { [self, states] id in
                try await isRunning(id, listed: states[id] ?? nil)
            }
            var found = zip(ids, running).filter(\.1).map(\.0)
            let pending = try await pendingTransitions()
            let unlisted = Set(pending.keys).subtracting(found).filter { pending[$0]?.isRunning ?? false }
            if !unlisted.isEmpty { found = (found + unlisted).sorted() }
            guard found.count <= MaintenanceLimits.csaInstanceCountMax else {
                throw CSAError(
                    .unreadable,
                    "\(found.count) service instances run, more than the \(MaintenanceLimits.csaInstanceCountMax) "
                        + "that a maintenance keeps")
            }
            return found
        }
    }

    /// - Parameter listed: Its state, as a listing gave it; nil: it gave none.
    /// - Throws: `CSAError`; `.unreadable` when CSA says no state of it.
    private func isRunning(_ id: CSAInstanceID, listed: CSAInstanceState?) async throws -> Bool {
        var state = listed
        if state == nil { state = try await ask { try await $0.instanceState(id) } }
        // Gone or retired meanwhile.
        guard let state else { return false }
        if state.isRunning { return true }
        guard readsRestingRecords, state != .cancelled else { return false }
        return try await ask { try await $0.lifecycleRecord(of: id) }?.isRunning ?? false
    }

    // MARK: One instance

    /// Whether an instance still runs, for the lineage of its launches; nil: it could not be known in time.
    ///
    /// False when CSA has none of that id any more. The answer comes in time even when CSA's does not.
    public func isRunning(
        _ id: CSAInstanceID, within timeout: Duration = CSASurveyLimits.lookupTimeout
    ) async -> Bool? {
        let isAllowed = state.withLock { state in
            guard state.lookupCount < CSASurveyLimits.lookupCountMax else { return false }
            state.lookupCount += 1
            return true
        }
        guard isAllowed else { return nil }
        return await inTime(timeout) { [self] in
            defer { state.withLock { $0.lookupCount -= 1 } }
            return try? await isRunning(id, listed: nil)
        } ?? nil
    }

    /// CSA's clocks, for whoever does not wait long; nil: not read in time.
    func internalClocksInTime() async -> Result<InternalClocks, any Error>? {
        await inTime(CSASurveyLimits.preflightTimeout) { [self] in
            do {
                return .success(try await internalClocks())
            } catch {
                return .failure(error)
            }
        }
    }

    /// What a body gives, or nil when it takes too long: it is cancelled then, and not waited for.
    private func inTime<Value: Sendable>(
        _ timeout: Duration, _ body: @escaping @Sendable () async -> Value
    ) async -> Value? {
        let deadline = clocks.now().monotonic.advanced(by: timeout)
        let answer = FirstAnswer<Value?>()
        // why: a call that waits for its turn at the client does not hear of a cancellation, and nobody waits for it
        let work = Task { answer.give(await body()) }
        // why: as above
        let timer = Task { [clocks] in
            try? await clocks.sleep(until: deadline)
            work.cancel()
            answer.give(nil)
        }
        defer { timer.cancel() }
        return await answer.wait()
    }

    // MARK: Calls

    /// One call, unless CSA has just refused the account.
    func ask<Value: Sendable>(_ body: (any CSAClient) async throws -> Value) async throws -> Value {
        let now = clocks.now().monotonic
        let refusal = state.withLock { $0.refusal }
        if let refusal, now.since(refusal.at) < CSASurveyLimits.refusalPause { throw refusal.error }
        do {
            try Task.checkCancellation()
            let value = try await body(client)
            if refusal != nil { state.withLock { $0.refusal = nil } }
            return value
        } catch let error as CSAError where error.isFinal {
            state.withLock { $0.refusal = (error, clocks.now().monotonic) }
            throw error
        }
    }

    /// Does the same for many, so many at a time; the first error ends it.
    /// - Returns: In their order.
    func each<Item: Sendable, Value: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Value
    ) async throws -> [Value] {
        try await inParallel(items, limit: CSASurveyLimits.parallelCountMax, body)
    }

    /// Whether an error is of the one thing that was asked for: others can still be read.
    static func isOfOne(_ error: CSAError) -> Bool { [.missing, .unreadable, .status].contains(error.code) }

    // MARK: Everybody

    /// Every person of every organization, by organization as CSA lists them, then by name.
    /// - Throws: `CSAError`; `.unreadable` without any organization, or beyond `CSASurveyLimits.personCountMax`.
    func persons() async throws -> [Person] {
        let organizations = try await ask { try await $0.organizations() }
        guard !organizations.isEmpty else {
            throw CSAError(.unreadable, "CSA lists no organization: the account may not see any; check its roles")
        }
        var persons: [Person] = []
        var seen: Set<CSAOrganizationID> = []
        for organization in organizations where seen.insert(organization.id).inserted {
            let counts = try await ask { try await $0.pendingCounts(of: organization.id) }
            persons += counts.persons.map { person in
                Person(
                    user: CSAUser(userName: person.userName, organizationName: organization.name), counts: person)
            }
            guard persons.count <= CSASurveyLimits.personCountMax else {
                throw CSAError(
                    .unreadable, "CSA lists more than the \(CSASurveyLimits.personCountMax) persons that are read")
            }
        }
        return persons
    }

    /// Reads something of everybody; of whoever appears meanwhile, too.
    /// - Throws: What the reading throws; `CSAError` `.unreadable` when new persons keep appearing.
    func everybody<Value: Sendable>(
        _ read: @escaping @Sendable (Person) async throws -> Value
    ) async throws -> [(person: Person, value: Value)] {
        var done: Set<CSAUser> = []
        var values: [(person: Person, value: Value)] = []
        for sweep in 0..<CSASurveyLimits.personSweepCountMax {
            let new = try await persons().filter { !done.contains($0.user) }
            if new.isEmpty, sweep > 0 { return values }
            values += zip(new, try await each(new, read)).map { ($0, $1) }
            done.formUnion(new.map(\.user))
        }
        throw CSAError(
            .unreadable, "new persons appeared in each of \(CSASurveyLimits.personSweepCountMax) readings of CSA's")
    }
}

/// Takes the first of several answers.
private final class FirstAnswer<Value: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Value, Never>)
        case given(Value)
        case over
    }

    private let state = Mutex(State.open)

    func give(_ value: Value) {
        let waiting = state.withLock { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .open: state = .given(value)
            case .waiting(let continuation):
                state = .over
                return continuation
            case .given, .over: break
            }
            return nil
        }
        waiting?.resume(returning: value)
    }

    /// Called once.
    func wait() async -> Value {
        await withCheckedContinuation { continuation in
            let given = state.withLock { state -> Value? in
                if case .given(let value) = state {
                    state = .over
                    return .some(value)
                }
                state = .waiting(continuation)
                return nil
            }
            if let given { continuation.resume(returning: given) }
        }
    }
}

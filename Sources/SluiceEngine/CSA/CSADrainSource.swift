public import SluiceCore
public import SluiceModel
public import SluicePorts
import Synchronization

/// Looks at CSA for a drain: counters of everybody, requests, subscriptions and instances of whoever is busy, and what
/// was known to run by its ids; everybody's instances at fixed points.
///
/// Work goes from a request to its instance, so requests are read before instances: what ends by beginning another is
/// never missed with both. An instance that came to rest is followed for a while, for an order chains three transitions
/// and may show nothing between two of them (csa-api.md section 6).
public final class CSADrainSource: DrainSource {
    /// An instance that ran in this drain.
    struct Known: Sendable {
        var title: String?
        var owner: String?
        /// Under which its duration is kept: of the first state that it was seen in.
        var flow: FlowID
        /// In how many looks in a row CSA did not know it.
        var missCount = 0
        /// Since when it is at rest; nil: it runs.
        var restedAt: MonotonicTime?
    }

    /// A process instance that is not over, as far as is known.
    struct Process: Sendable {
        var instance: CSAInstanceID?
        /// The hold that CSA waits for with it.
        var hold: Ticket?
        /// Whether its launch was held at any time.
        var wasHeld = false
        /// Of a launch that Central has.
        var execution: ExecutionID?
        /// Since when its execution is known to have ended.
        var endedAt: MonotonicTime?
        /// Whether a look found it unfinished.
        var wasOpen = false
    }

    struct Memory: Sendable {
        var known: [CSAInstanceID: Known] = [:]
        /// At rest or reserved, and shown all the same.
        var resting: [CSAInstanceID: DrainItem] = [:]
        var processes: [CSAProcessID: Process] = [:]
        var holds = CSAHoldReader()
        var launches = CSALaunchReader()
        /// Who could not be read, busy or not.
        var troubled: Set<CSAUser> = []
        /// Whether everybody has to be read, whatever is asked for.
        var needsFull = true
    }

    public let system = DrainSystem.csa
    private let state = Mutex(Memory())
    let survey: CSASurvey
    let store: any Store
    let launches: CSALaunchSource?

    /// - Parameter store: Where the holds are that CSA may wait for.
    public convenience init(_ survey: CSASurvey, store: any Store) {
        self.init(survey, store: store, launches: nil)
    }

    /// - Parameter launches: Where launches are found that were let through; nil: nowhere, and their lost callbacks
    ///   are not told.
    init(_ survey: CSASurvey, store: any Store, launches: CSALaunchSource?) {
        self.survey = survey
        self.store = store
        self.launches = launches
    }

    /// - Parameter scopes: Not looked at: CSA is drained as a whole.
    public func reset(for scopes: [Scope]) { state.withLock { $0 = Memory() } }

    public func anew() -> (any DrainSource)? {
        CSADrainSource(survey, store: store, launches: launches)
    }

    /// - Throws: `CSAError` when CSA as a whole cannot be read; what is known stays as it was. One person or instance
    ///   that cannot be read is an item that blocks.
    public func look(_ depth: DrainDepth) async throws -> DrainSight {
        var look = Look(memory: state.withLock { $0 }, now: survey.clocks.now())
        look.isFull = depth == .full || look.memory.needsFull
        await readHolds(&look)
        try await readPersons(&look)
        await readDatabase(&look)
        try await readInstances(&look)
        await readLaunches(&look)
        try await readProcesses(&look)
        let sight = sight(of: &look)
        look.memory.needsFull = false
        let memory = look.memory
        state.withLock { $0 = memory }
        return sight
    }

    /// One look under way.
    struct Look: Sendable {
        var memory: Memory
        var now: Moment
        var isFull = false
        var gaps: [String] = []
        var notes: [String] = []
        var holds: [CSAHoldReader.Found] = []
        var launches: [CSAProcessID: CSALaunchReader.Launch] = [:]
        var persons: [PersonLook] = []
        /// As the listings gave them, each once.
        var listed: [CSAInstanceID: Listed] = [:]
        /// What waits for a callback by CSA's database.
        var transitions: [CSAInstanceID: LifecycleRecord] = [:]
        /// What was asked for by id.
        var seen: [CSAInstanceID: InstanceLook] = [:]
        var processes: [(id: CSAProcessID, item: DrainItem)] = []
        var ended: [DrainEnd] = []
    }

    /// One person as read.
    struct PersonLook: Sendable {
        var person: CSASurvey.Person
        /// nil: nothing is pending, so they were not asked for.
        var reading: CSAPersonReading?
        var instances: [CSAInstance] = []
        /// Why it could not be read.
        var trouble: CSAError?
    }

    struct Listed: Sendable {
        var title: String
        var owner: String
        /// nil: the listing says none.
        var state: CSAInstanceState?
    }

    /// One instance as read by its id.
    struct InstanceLook: Sendable {
        /// nil: CSA has none of that id.
        var artifact: ArtifactState?
        var record: LifecycleRecord?
        var trouble: CSAError?
    }

    // MARK: Reading

    private func readHolds(_ look: inout Look) async {
        do {
            let reading = try await look.memory.holds.read(store, isAnew: look.isFull)
            look.holds = reading.found
            if let gap = reading.gap { look.gaps.append(gap) }
        } catch {
            // A pool that waits for its sync shows in no instance.
            look.gaps.append("which holds CSA waits for is not known, Sluice's store cannot be read: \(error)")
        }
    }

    private func readPersons(_ look: inout Look) async throws {
        if look.isFull {
            look.persons = try await survey.everybody { [self] in try await read($0) }.map(\.value)
        } else {
            let troubled = look.memory.troubled
            let asked = try await survey.persons().filter { !$0.counts.isQuiet || troubled.contains($0.user) }
            look.persons = try await survey.each(asked) { [self] in try await read($0) }
        }
        try checkTroubles(look.persons.compactMap(\.trouble))
        look.memory.troubled = Set(look.persons.filter { $0.trouble != nil }.map(\.person.user))
        for person in look.persons {
            for instance in person.instances {
                let known = look.listed[instance.id]
                let isNews = known == nil || (instance.state?.isRunning ?? true)
                guard isNews else { continue }
                look.listed[instance.id] = Listed(
                    title: instance.name, owner: person.person.user.userName, state: instance.state)
            }
        }
    }

    /// Requests first, then subscriptions, then instances: in the order in which one begins the next.
    private func read(_ person: CSASurvey.Person) async throws -> PersonLook {
        var look = PersonLook(person: person)
        do {
            if !person.counts.isQuiet {
                var reading = CSAPersonReading(user: person.user, counts: person.counts)
                reading.requests = try await survey.ask { try await $0.requests(of: person.user, since: nil) }
                reading.subscriptions = try await survey.ask { try await $0.subscriptions(of: person.user) }
                look.reading = reading
            }
            look.instances = try await survey.ask { try await $0.instances(of: person.user) }
        } catch let error as CSAError where CSASurvey.isOfOne(error) {
            look.trouble = error
        }
        return look
    }

    /// Many troubles are one of the whole: nobody can deal with them by name.
    private func checkTroubles(_ troubles: [CSAError]) throws {
        guard troubles.count > CSASurveyLimits.troubleCountMax, let first = troubles.first else { return }
        throw CSAError(first.code, "\(troubles.count) things cannot be read; the first: \(first.message)")
    }

    private func readInstances(_ look: inout Look) async throws {
        var ids = Set(look.memory.known.keys)
        let readsAll = look.isFull && survey.readsRestingRecords
        for (id, listed) in look.listed {
            let isAtRest = listed.state.map { !$0.isRunning } ?? false
            if !isAtRest || (readsAll && listed.state != .cancelled) { ids.insert(id) }
        }
        // What a subscription or a hold names may be listed for nobody.
        for subscription in look.persons.flatMap({ $0.reading?.subscriptions ?? [] })
        where subscription.status.isRunning {
            if let id = subscription.instanceID, look.listed[id]?.state == nil { ids.insert(id) }
        }
        for found in look.holds { if let id = found.hold.request.csaInstanceID { ids.insert(id) } }
        ids.formUnion(look.transitions.keys)
        let asked = ids.sorted()
        let transitions = look.transitions
        let seen = try await survey.each(asked) { [self] id in joined(try await read(id), transitions[id]) }
        try checkTroubles(seen.compactMap(\.trouble))
        look.seen = Dictionary(uniqueKeysWithValues: zip(asked, seen))
    }

    private func read(_ id: CSAInstanceID) async throws -> InstanceLook {
        var look = InstanceLook()
        do {
            look.artifact = try await survey.ask { try await $0.artifactState(id.text) }
            guard let artifact = look.artifact, !artifact.isRetired, artifact.instanceState != .cancelled else {
                return look
            }
            look.record = try await survey.ask { try await $0.lifecycleRecord(of: id) }
        } catch let error as CSAError where CSASurvey.isOfOne(error) {
            look.trouble = error
        }
        return look
    }
}

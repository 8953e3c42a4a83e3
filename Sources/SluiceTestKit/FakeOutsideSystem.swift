public import SluiceModel
public import SluicePorts
import Synchronization

/// What becomes of the write of one object in a `FakeOutsideSystem`.
public enum FakeWrite: Hashable, Sendable {
    case take
    /// It is written, and the answer is lost.
    case takeUnseen
    /// It is not written, and the answer is an error that does not say so.
    case fail(OutsideError.Code)
    case refuse
    case notSent
    /// It is written and answered well, and at once somebody changes a field.
    case takeAndChange(JournalField)
}

/// An outside system in memory, with people who change its objects too.
public final class FakeOutsideSystem: OutsideSystem {
    fileprivate struct State {
        var objects: [String: OutsideImage] = [:]
        var plan: [FakeWrite] = []
        var readErrors: [OutsideError.Code] = []
        var writes: [(object: String, fields: [JournalField])] = []
        var readCount = 0
        var callCount = 0
        var callCountPeak = 0
        var onRead: (@Sendable (String) -> Void)?
    }

    public let system: String
    public let callDuration: Duration = .seconds(1)
    public let callCountMax: Int
    public let writeCountMax: Int
    /// How the system spells a value that it is given.
    private let spell: @Sendable (JournalField) -> JournalField
    /// Whether a yes comes with the object.
    private let answersImage: Bool
    /// What each call takes.
    private let wait: @Sendable () async -> Void
    private let state = Mutex(State())

    public init(
        _ system: String, callCountMax: Int = 4, writeCountMax: Int = 1, answersImage: Bool = false,
        spell: @escaping @Sendable (JournalField) -> JournalField = { $0 },
        wait: @escaping @Sendable () async -> Void = {}
    ) {
        self.system = system
        self.callCountMax = callCountMax
        self.writeCountMax = writeCountMax
        self.answersImage = answersImage
        self.spell = spell
        self.wait = wait
    }

    // MARK: People, and faults

    /// Adds an object, or replaces it.
    public func put(_ object: String, _ fields: [JournalField], marker: MaintenanceID? = nil) {
        state.withLock { $0.objects[object] = OutsideImage(fields: fields, marker: marker) }
    }

    public func remove(_ object: String) { state.withLock { $0.objects[object] = nil } }

    /// Changes one field of an object that is there.
    public func edit(_ object: String, _ field: JournalField) {
        state.withLock { $0.objects[object]?.set([field]) }
    }

    public func image(_ object: String) -> OutsideImage? { state.withLock { $0.objects[object] } }

    /// Sets what the next writes do, object by object; after them each is taken.
    public func planWrites(_ plan: FakeWrite...) { state.withLock { $0.plan += plan } }

    /// The next reads fail with these.
    public func failReads(_ codes: OutsideError.Code...) { state.withLock { $0.readErrors += codes } }

    /// Runs before an object is read: the place where a person comes in between.
    public func onRead(_ action: (@Sendable (String) -> Void)?) { state.withLock { $0.onRead = action } }

    /// Every object that was written, in order.
    public var writes: [(object: String, fields: [JournalField])] { state.withLock { $0.writes } }
    /// Reads that were asked for.
    public var readCount: Int { state.withLock { $0.readCount } }
    /// Most calls that were on their way at once.
    public var callCountPeak: Int { state.withLock { $0.callCountPeak } }

    // MARK: OutsideSystem

    public func read(_ object: String) async throws -> OutsideImage? {
        let action = state.withLock { state in
            state.readCount += 1
            state.begin()
            return state.onRead
        }
        action?(object)
        await wait()
        return try state.withLock { state in
            state.callCount -= 1
            if !state.readErrors.isEmpty {
                throw OutsideError(state.readErrors.removeFirst(), "the fake \(system) was told to fail")
            }
            return state.objects[object]
        }
    }

    public func write(_ writes: [OutsideWrite]) async -> [OutsideOutcome] {
        state.withLock { $0.begin() }
        await wait()
        return state.withLock { state in
            state.callCount -= 1
            return writes.map { OutsideOutcome($0.object, write($0, &state)) }
        }
    }

    private func write(_ write: OutsideWrite, _ state: inout State) -> OutsideOutcome.Result {
        let fate = state.plan.isEmpty ? .take : state.plan.removeFirst()
        guard let found = state.objects[write.object] else { return .refused("Failed: \(write.object) not found") }
        guard found.fields == write.basedOn.fields else { return .stale }
        let lost = OutsideError(.unreachable, "the fake \(system) lost its answer")
        switch fate {
        case .fail(let code): return .unknown(OutsideError(code, "the fake \(system) was told to fail"))
        case .refuse: return .refused("Failed: the fake \(system) was told to refuse")
        case .notSent: return .notSent(lost)
        case .take, .takeUnseen, .takeAndChange: break
        }
        state.writes.append((write.object, write.fields))
        state.objects[write.object]?.set(write.fields.map(spell))
        state.objects[write.object]?.marker = write.marker
        let image = state.objects[write.object]
        if case .takeAndChange(let field) = fate { state.objects[write.object]?.set([field]) }
        return fate == .takeUnseen ? .unknown(lost) : .taken(answersImage ? image : nil)
    }
}

extension FakeOutsideSystem.State {
    fileprivate mutating func begin() {
        callCount += 1
        callCountPeak = max(callCountPeak, callCount)
    }
}

extension OutsideImage {
    fileprivate mutating func set(_ changed: [JournalField]) {
        for field in changed {
            fields = fields.map { $0.name == field.name ? field : $0 }
        }
    }
}

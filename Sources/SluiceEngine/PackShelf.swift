import SluiceCore
public import SluiceModel
public import SluicePorts
import Synchronization

/// The content packs that are loaded, replaceable at run time; recorded in the store before anybody acts on them.
public final class PackShelf: Sendable {
    private struct State {
        var inventory: Inventory
        var revisions: [String: PackRevision]
    }

    /// What a pack says, before it has a revision.
    public struct Content: Sendable {
        public var name: String
        public var version: String?
        /// SHA-256 of its bytes in hexadecimal; nil of a folder.
        public var digest: String?
        public var flows: [KnownFlow]

        public init(name: String, version: String?, digest: String?, flows: [KnownFlow]) {
            self.name = name
            self.version = version
            self.digest = digest
            self.flows = flows
        }
    }

    private let state: Mutex<State>
    /// Flows that are known without a pack on record.
    private let base: Inventory
    private let store: any Store
    private let clocks: any Clocks
    private let fence: FenceSource
    private let releaser: Link<Releaser>

    init(
        base: Inventory, store: any Store, clocks: any Clocks, fence: FenceSource, releaser: Link<Releaser>
    ) async throws {
        self.base = base
        self.store = store
        self.clocks = clocks
        self.fence = fence
        self.releaser = releaser
        var revisions: [String: PackRevision] = [:]
        for revision in try await store.packs() { revisions[revision.name] = revision }
        state = Mutex(State(inventory: Self.inventory(revisions, over: base), revisions: revisions))
    }

    /// What is known now.
    public var inventory: Inventory { state.withLock { $0.inventory } }

    /// What became of a load: the revision that stands, and the one before it when it is new.
    public typealias Loaded = (current: PackRevision, isNew: Bool, previous: PackRevision?)

    /// The newest revision of each pack, by name.
    public var revisions: [PackRevision] {
        state.withLock { state in state.revisions.values.sorted { $0.name < $1.name } }
    }

    /// What would be known if a pack were loaded.
    public func inventory(with content: Content) -> Inventory {
        var revisions = state.withLock { $0.revisions }
        let number = (revisions[content.name]?.number ?? 0) + 1
        revisions[content.name] = content.revision(number, at: clocks.now().wall, by: .sluice)
        return Self.inventory(revisions, over: base)
    }

    /// Records a pack and makes it known. One that says the same as the newest revision is no new one.
    /// - Throws: `StoreError`; nothing has changed then.
    public func load(_ content: Content, by principal: Principal) async throws -> Loaded {
        try await load(content, by: principal, evenIfSame: false)
    }

    /// Records a pack that the configuration names, if it is another than the configuration named before.
    ///
    /// So what somebody else loaded since then stands until the configured pack itself changes: no restart takes an
    /// upgrade back.
    /// - Throws: `StoreError`; nothing has changed then.
    public func loadConfigured(_ content: Content) async throws -> Loaded {
        let newest = try await store.packHistory(content.name, limit: 1).first
        let configured = try await store.packHistory(content.name, by: .sluice, limit: 1).first
        if let newest, let configured {
            let now = content.revision(configured.number, at: configured.loadedAt, by: .sluice)
            // An earlier Sluice may have read less in the same pack: then it is put on record anew, unless somebody
            // has loaded another since.
            let isOvertaken = newest.number != configured.number && configured.isSamePack(as: now)
            if isOvertaken || configured.saysTheSame(as: now) { return (newest, false, nil) }
        }
        // On record even if somebody loaded the very same: the next start is compared with it.
        return try await load(content, by: .sluice, evenIfSame: true)
    }

    private func load(_ content: Content, by principal: Principal, evenIfSame: Bool) async throws -> Loaded {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            let newest = try await store.packHistory(content.name, limit: 1).first
            let revision = content.revision((newest?.number ?? 0) + 1, at: clocks.now().wall, by: principal)
            if let newest, !evenIfSame, newest.saysTheSame(as: revision) { return (newest, false, nil) }
            do {
                try await store.commit([.recordPack(revision)], fence: fence.current)
            } catch let error as StoreError where error.code == .conflict {
                continue
            }
            show(revision)
            return (revision, true, newest)
        }
        throw StoreError(.conflict, "content pack \(content.name) is being loaded by others all the time; try again")
    }

    /// Makes known what other replicas loaded.
    /// - Throws: `StoreError`; what was known stays.
    func refresh() async throws {
        let numbers = try await store.packNumbers()
        let isOld = state.withLock { state in
            numbers.contains { $0.value > state.revisions[$0.key]?.number ?? 0 }
        }
        guard isOld else { return }
        for revision in try await store.packs() { show(revision) }
    }

    /// Under the lock, so that the release hears of two loads in their order.
    private func show(_ revision: PackRevision) {
        state.withLock { state in
            if let shown = state.revisions[revision.name], shown.number >= revision.number { return }
            state.revisions[revision.name] = revision
            state.inventory = Self.inventory(state.revisions, over: base)
            releaser.value?.handle(
                .inventoryReplaced(state.inventory.flows, isLoaded: state.inventory.isLoaded))
        }
    }

    /// Tells a release what is known, once it is told of each load: it may have been made before the last.
    func tell(_ releaser: Releaser) {
        state.withLock { state in
            releaser.handle(.inventoryReplaced(state.inventory.flows, isLoaded: state.inventory.isLoaded))
        }
    }

    /// Of packs that have the same flow, the first by name wins.
    private static func inventory(_ revisions: [String: PackRevision], over base: Inventory) -> Inventory {
        let packs = revisions.values.sorted { $0.name < $1.name }
        let flows = packs.flatMap(\.flows) + base.flows.values.sorted { $0.id.text < $1.id.text }
        return Inventory(flows, isLoaded: base.isLoaded || !packs.isEmpty)
    }
}

extension PackShelf.Content {
    fileprivate func revision(_ number: Int, at time: Timestamp, by principal: Principal) -> PackRevision {
        PackRevision(
            name: name, version: version, number: number, digest: digest, loadedAt: time, by: principal, flows: flows)
    }
}

extension PackRevision {
    /// Whether nothing but the time and the person of its load tells it from another.
    fileprivate func saysTheSame(as other: PackRevision) -> Bool {
        func facts(_ flows: [KnownFlow]) -> [KnownFlow] {
            flows.map { flow in
                var plain = flow
                plain.packRevision = nil
                return plain
            }
        }
        return version == other.version && digest == other.digest && facts(flows) == facts(other.flows)
    }

    /// Whether both were read from the same pack, though perhaps not by the same Sluice.
    fileprivate func isSamePack(as other: PackRevision) -> Bool {
        guard version == other.version, digest == other.digest else { return false }
        return digest != nil || flows.elementsEqual(other.flows) { $0.agrees(with: $1) }
    }
}

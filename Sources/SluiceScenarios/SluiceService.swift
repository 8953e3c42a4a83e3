public import Logging
public import ServiceLifecycle
import SluiceCSA
import SluiceCallbacks
import SluiceCentral
public import SluiceEngine
import SluiceHTTP
import SluiceModel
import SluicePorts
import SluiceSealing
import UnixSignals

/// The whole service, put together from its parts: what `sluice serve` and the demo run.
public struct SluiceService: Sendable {
    public let engine: Engine
    private let store: any DurableStore
    private let central: RESTCentralClient?
    private let csa: RESTCSAClient?
    private let server: SluiceServer
    private let deliverer: CallbackDeliverer?
    private let settings: ServiceSettings
    private let logger: Logger

    /// Opens the store, checks the key, loads the packs, and makes token files at the first start.
    /// - Parameter environment: Where `SLUICE_KEY` may stand.
    /// - Throws: `ServiceError`, `StoreError` or `SealingError`, each with what to do.
    public static func make(
        _ settings: ServiceSettings, environment: [String: String], logger: Logger
    ) async throws -> SluiceService {
        try await make(settings, environment: environment, logger: logger, clocks: SystemClocks(), speed: 1)
    }

    /// The same by other clocks.
    /// - Parameter speed: How many times as fast as the machine's they run: calls last that much longer by them.
    static func make(
        _ settings: ServiceSettings, environment: [String: String], logger: Logger, clocks: any Clocks, speed: Int
    ) async throws -> SluiceService {
        let store = try await StoreOpening.open(settings.store, logger: logger)
        do {
            let sealer = try await sealer(settings, environment, store)
            let packs = try PackLoading.contents(of: settings.packs, logger: logger)
            // Central's stand-in tells the machine's time, however fast the clocks run.
            let central = settings.central.map { RESTCentralClient($0, clocks: speed == 1 ? clocks : SystemClocks()) }
            let csa = settings.csa.map { RESTCSAClient($0, clocks: clocks) }
            do {
                return try await make(settings, logger, store, sealer, packs, central, csa, clocks, speed)
            } catch {
                try? await csa?.shutdown()
                try? await central?.shutdown()
                throw error
            }
        } catch {
            try? await store.close()
            throw error
        }
    }

    /// Reads the files that `make` reads besides, and changes nothing: neither the store nor Central is touched.
    ///
    /// What is odd in them is logged, as at the start.
    /// - Throws: `ServiceError` for what `make` would not take.
    public static func checkFiles(_ settings: ServiceSettings, logger: Logger) throws {
        _ = try PackLoading.contents(of: settings.packs, logger: logger)
        try ScheduleLoading.read(settings.schedules, at: SystemClocks().now().wall, logger: logger)
        try BlackoutLoading.read(settings.blackouts, zone: settings.schedules.zone, logger: logger)
    }

    private static func make(
        _ settings: ServiceSettings, _ logger: Logger, _ store: any DurableStore, _ sealer: AESSealer,
        _ packs: [PackShelf.Content], _ central: RESTCentralClient?, _ csa: RESTCSAClient?,
        _ clocks: any Clocks, _ speed: Int
    ) async throws -> SluiceService {
        if central == nil {
            logger.warning("no Central is configured (central.url): launches by Sluice stay held")
        }
        if let facade = settings.listen.facade {
            try await FacadeCheck.check(facade, central: central, logger: logger)
        }
        let registry = PrometheusRegistry()
        var csaSite = csa.map { settings.csaSite($0) }
        csaSite?.callDuration *= speed
        let engine = try await Engine.make(
            configuration: settings.engine, store: store, central: central, sealer: sealer, inventory: Inventory(),
            clocks: clocks, random: SystemRandomSource(), logger: logger, metricsFactory: registry, csa: csaSite)
        // Read, or made, at the start: what is wrong with it is said then.
        let deliverer = try callbacks(settings, engine, store, logger)
        try await PackLoading.load(packs, on: engine.packs, logger: logger)
        try ScheduleLoading.load(
            settings.schedules, on: engine.forecasts.shelf, at: engine.clocks.now().wall, logger: logger)
        try await BlackoutLoading.load(
            settings.blackouts, zone: settings.schedules.zone, in: engine.windows, logger: logger)
        let access = Access(
            grants: [
                Access.Grant(
                    principal: Principal("gate"), role: .gate, token: try TokenFile.load(settings.gateTokenFile)),
                Access.Grant(
                    principal: Principal("operator"), role: .operator,
                    token: try TokenFile.load(settings.operatorTokenFile)),
            ], trustsLoopback: settings.trustsLoopback)
        var listen = settings.listen
        listen.site = try await site(of: store, at: engine.clocks.now().wall)
        let server = SluiceServer(
            engine: engine, sealer: sealer, access: access, configuration: listen,
            packReader: PackLoading.reader, registry: registry)
        return SluiceService(
            engine: engine, store: store, central: central, csa: csa, server: server, deliverer: deliverer,
            settings: settings, logger: logger)
    }

    /// nil when nobody may be called back.
    private static func callbacks(
        _ settings: ServiceSettings, _ engine: Engine, _ store: any DurableStore, _ logger: Logger
    ) throws -> CallbackDeliverer? {
        guard !settings.engine.callbacks.allow.isEmpty else { return nil }
        let secret = Secret(try TokenFile.load(settings.callbacks.secretFile))
        return CallbackDeliverer(
            store: store,
            sender: HTTPCallbackSender(
                policy: settings.engine.callbacks, secret: secret, source: settings.callbacks.source,
                clocks: engine.clocks),
            clocks: engine.clocks, random: SystemRandomSource(),
            fence: { engine.leaderFence }, logger: logger)
    }

    /// The key must be the one that the database was sealed with; a fresh database takes the key it is given.
    private static func sealer(
        _ settings: ServiceSettings, _ environment: [String: String], _ store: any DurableStore
    ) async throws -> AESSealer {
        let check = try await store.metadata("key-check")
        let key = try MasterKey.load(
            environment: environment, file: settings.keyFile, databaseHasCheck: check != nil)
        let sealer = AESSealer(key)
        // Of replicas that start at once on a fresh database, one gives the key for all.
        let kept = if let check { check } else { try await store.keepMetadata("key-check", sealer.keyCheck()) }
        try sealer.verify(keyCheck: kept)
        return sealer
    }

    /// The id by which a site knows its own files of holds again: drawn once, and kept with the holds.
    private static func site(of store: any DurableStore, at now: Timestamp) async throws -> String {
        if let site = try await store.metadata("site") { return site }
        let random = SystemRandomSource()
        let id = ULID(at: now, random: (UInt16(truncatingIfNeeded: random.next()), random.next()))
        return try await store.keepMetadata("site", "s_\(id)")
    }

    /// How long what runs may take to end after SIGTERM (interfaces.md).
    public static let shutdownDuration: Duration = .seconds(10)

    /// Runs until SIGTERM or SIGINT, or until the story ends; then closes what it opened.
    /// - Parameters:
    ///   - others: Services that run beside it and stop after it.
    ///   - story: Told the port once it listens; when it returns, everything is stopped. nil: run on.
    public func run(
        beside others: [any Service] = [], onListening: @escaping @Sendable (Int) -> Void = { _ in },
        story: (@Sendable () async throws -> Void)? = nil
    ) async throws {
        var configuration = ServiceGroupConfiguration(
            services: others + [
                StorePruning(
                    clocks: engine.clocks, mayPrune: { engine.leaderFence != nil },
                    prune: { [store] in try await store.prune(at: $0, limit: $1) }, logger: logger),
                HoldRetention(
                    store: store, retention: settings.holdRetention, clocks: engine.clocks,
                    fence: { engine.leaderFence }, logger: logger),
                FileReloading(settings: settings, engine: engine, logger: logger),
            ] + (deliverer.map { [$0] } ?? []) + engine.services
                + [server.application(logger: logger, onListening: onListening)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.shutdownDuration
        let group = ServiceGroup(configuration: configuration)
        let result: Result<Void, any Error>
        do {
            try await Self.run(group, story)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try? await server.shutdown()
        try? await csa?.shutdown()
        try? await central?.shutdown()
        try? await store.close()
        try result.get()
    }

    /// Runs the group, and the story beside it; whichever ends first ends the other.
    private static func run(_ group: ServiceGroup, _ story: (@Sendable () async throws -> Void)?) async throws {
        guard let story else { return try await group.run() }
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                try await group.run()
                return false
            }
            tasks.addTask {
                defer { Task { await group.triggerGracefulShutdown() } }  // why: a defer cannot await
                try await story()
                return true
            }
            let isToldFirst = try await tasks.next() ?? false
            if !isToldFirst { tasks.cancelAll() }
            while let _ = try await tasks.next() {}
        }
    }
}

public import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import SluiceEngine
import SluiceFacade
public import SluicePorts

/// The HTTP side of Sluice: routes, roles, limits, metrics.
public struct SluiceServer: Sendable {
    /// What the HTTP side needs to be told.
    public struct Configuration: Sendable {
        public var host: String
        /// 0: any free port.
        public var port: Int
        /// Largest JSON body taken.
        public var bodyByteCountMax: Int
        /// Largest content pack taken.
        public var packByteCountMax: Int
        /// Largest file of exported holds taken.
        public var holdFileByteCountMax = 1 << 30
        /// How long holds that are over are kept.
        public var holdRetention: Duration = .seconds(90 * 86_400)
        /// What clients may keep without doing their part.
        var connections = ConnectionLimits()
        /// How long a fence may go by its last answer while Sluice is silent.
        public var fenceKeepSeconds = 30
        /// The id of the site that all its replicas have; nil: files of holds do not name it.
        public var site: String?
        /// How it stands in front of Central; nil: it does not.
        public var facade: FacadeConfiguration?
        /// Where a content pack, or a file of holds, is kept while it is read; nil: the system's folder for temporary
        /// files.
        public var packFolder: String?

        public init(
            host: String = "127.0.0.1", port: Int = 8470, bodyByteCountMax: Int = 1 << 20,
            packByteCountMax: Int = 256 << 20, packFolder: String? = nil
        ) {
            self.host = host
            self.port = port
            self.bodyByteCountMax = bodyByteCountMax
            self.packByteCountMax = packByteCountMax
            self.packFolder = packFolder
        }
    }

    private let engine: Engine
    private let sealer: any Sealer
    private let access: Access
    private let configuration: Configuration
    private let packReader: PackReader
    private let registry: PrometheusRegistry
    private let upstream: Upstream?

    /// - Parameter packReader: Reads the content packs that are sent.
    public init(
        engine: Engine, sealer: any Sealer, access: Access, configuration: Configuration,
        packReader: @escaping PackReader, registry: PrometheusRegistry = PrometheusRegistry()
    ) {
        self.engine = engine
        self.sealer = sealer
        self.access = access
        self.configuration = configuration
        self.packReader = packReader
        self.registry = registry
        upstream = configuration.facade.map { Upstream($0, registry: registry) }
    }

    /// Closes the connections to Central; call it when the server has stopped.
    public func shutdown() async throws { try await upstream?.shutdown() }

    /// The routes; each is described in docs/openapi.yaml, and a test compares the two.
    func router() -> Router<SluiceRequestContext> { router(HTTPMetrics(registry: registry)) }

    private func router(_ metrics: HTTPMetrics) -> Router<SluiceRequestContext> {
        let router = Router(context: SluiceRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.middlewares.add(FrontMiddleware(access: access))
        HealthRoutes(engine: engine, metrics: metrics).add(to: router)
        let group = router.group("v1")
        LaunchRoutes(
            engine: engine, sealer: sealer, metrics: metrics, bodyByteCountMax: configuration.bodyByteCountMax
        ).add(to: group)
        GateRoutes(engine: engine, bodyByteCountMax: configuration.bodyByteCountMax).add(to: group)
        ReplicaRoutes(engine: engine).add(to: group)
        HoldRoutes(engine: engine, bodyByteCountMax: configuration.bodyByteCountMax).add(to: group)
        HoldFileRoutes(
            engine: engine, sealer: sealer, byteCountMax: configuration.holdFileByteCountMax,
            bodyByteCountMax: configuration.bodyByteCountMax, site: configuration.site,
            folder: configuration.packFolder ?? PrivateFile.standardFolder, retention: configuration.holdRetention
        ).add(to: group)
        EventRoutes(engine: engine).add(to: group)
        AuditRoutes(engine: engine).add(to: group)
        PackRoutes(
            engine: engine, reader: packReader, byteCountMax: configuration.packByteCountMax,
            folder: configuration.packFolder ?? PrivateFile.standardFolder
        ).add(to: group)
        ForecastRoutes(engine: engine).add(to: group)
        let windows = WindowRoutes(engine: engine, bodyByteCountMax: configuration.bodyByteCountMax)
        windows.add(to: group)
        CalendarRoutes(windows: windows).add(to: group)
        let schedules = ScheduleRoutes(engine: engine, bodyByteCountMax: configuration.bodyByteCountMax)
        schedules.add(to: group)
        SnapshotRoutes(schedules: schedules).add(to: group)
        let maintenances = MaintenanceRoutes(engine: engine, bodyByteCountMax: configuration.bodyByteCountMax)
        maintenances.add(to: group)
        JournalRoutes(maintenances: maintenances).add(to: group)
        CSARoutes(maintenances: maintenances).add(to: group)
        PluginRoutes(engine: engine).add(to: group)
        ReleaseRoutes(engine: engine, bodyByteCountMax: configuration.bodyByteCountMax).add(to: group)
        FenceRoutes(board: engine.fences, clocks: engine.clocks, keepSeconds: configuration.fenceKeepSeconds)
            .add(to: group)
        return router
    }

    /// HTTP/1.1 with plain launch requests answered before the router, that also answers `Expect: 100-continue` (RFC
    /// 9110 section 10.1.1), which Hummingbird leaves out: such a client keeps its body back until it hears that.
    private func http1(_ channel: HTTP1Channel.Configuration, _ metrics: HTTPMetrics) -> HTTPServerBuilder {
        let answers = FastAnswers(engine: engine, sealer: sealer, access: access, metrics: metrics)
        let (bodyByteCountMax, limits) = (configuration.bodyByteCountMax, configuration.connections)
        let addresses = configuration.facade.flatMap { FacadeAddresses(centralURL: $0.centralURL) }
        return HTTPServerBuilder { responder in
            let base = HTTP1Channel(
                responder: { request, writer, channel in
                    if request.headers[.expect]?.lowercased() == "100-continue" {
                        try await writer.writeInformationalHead(HTTPResponse(status: .continue))
                    }
                    let isPassing = addresses?.below(request.head.path ?? "") != nil
                    guard !isPassing else { return try await responder(request, writer, channel) }
                    // Whatever computes runs beside the event loops.
                    var kept: ResponseWriter? = consume writer
                    try await withTaskExecutorPreference(globalConcurrentExecutor) {
                        guard let writer = kept.take() else { return }
                        try await responder(request, writer, channel)
                    }
                }, configuration: channel)
            return GateChannel(
                base: base, answers: answers, limits: limits, bodyByteCountMax: bodyByteCountMax,
                runsOnLoop: addresses != nil)
        }
    }

    private func facade(_ metrics: HTTPMetrics, _ logger: Logger) -> Facade? {
        guard let upstream, let facade = configuration.facade,
            let addresses = FacadeAddresses(centralURL: facade.centralURL)
        else { return nil }
        return Facade(
            facade, addresses, engine: engine, sealer: sealer, metrics: metrics, upstream: upstream, logger: logger)
    }

    /// The server as a service; `onListening` is told the port that was bound.
    public func application(
        logger: Logger, onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) -> some ApplicationProtocol {
        var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
        decoder.maxHeaderListSize = HTTPLimits.headerBytesMax
        decoder.maxHeaderFieldSize = HTTPLimits.headerBytesMax
        decoder.maxHeaderFieldCount = HTTPLimits.headerCountMax
        let metrics = HTTPMetrics(registry: registry)
        let responder = FrontResponder(facade: facade(metrics, logger), routes: router(metrics).buildResponder())
        return Application(
            responder: responder, server: http1(.init(httpDecoderConfiguration: decoder), metrics),
            configuration: .init(address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
    }
}

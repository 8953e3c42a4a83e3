import AsyncHTTPClient
import FoundationEssentials
public import Logging
import SluiceEngine
public import SluiceModel
import SluicePorts
import SluiceSandbox
import Synchronization

/// `sluice rehearse`: a whole maintenance against stand-ins of OO and CSA, by the real engine, faster than the clock.
public struct Rehearsal: Sendable {
    /// What is rehearsed, and how.
    public struct Options: Sendable {
        public var plan: MaintenancePlan
        /// When it begins; nil: so long before the plan's start as the load runs first, or now.
        public var from: Timestamp?
        public var speed = 60
        /// How long the services are down, once they may be stopped.
        public var upgradeSeconds: Int64 = 1800
        /// How long the load runs before a start by hand.
        public var warmUpSeconds: Int64 = 600
        /// nil: `RehearsalLoad.standard`.
        public var load: RehearsalLoad?
        public var scale = 1.0
        /// How long flows of content packs and schedule files run that the load does not name.
        public var flowSeconds: Int64 = 120
        /// The operator's configuration; nil: defaults.
        public var settings: ServiceSettings?
        /// To be told in the report.
        public var notes: [String] = []

        public init(plan: MaintenancePlan) { self.plan = plan }

        /// What is out of range, by name and value.
        var problems: [String] {
            var problems: [String] = []
            func check<Value: Comparable>(_ name: String, _ value: Value, _ range: ClosedRange<Value>, _ unit: String) {
                guard !range.contains(value) else { return }
                problems.append(
                    "\(name) is \(value)\(unit), and must be \(range.lowerBound) to \(range.upperBound)\(unit)")
            }
            check("speed", speed, RehearsalLimits.speeds, "")
            check("scale", scale, RehearsalLimits.scales, "")
            check("upgrade", upgradeSeconds, RehearsalLimits.upgradeSeconds, " s")
            check("warm-up", warmUpSeconds, RehearsalLimits.warmUpSeconds, " s")
            check("flow duration", flowSeconds, RehearsalLimits.flowSeconds, " s")
            return problems
        }
    }

    private let options: Options
    private let logger: Logger
    private let narrate: @Sendable (String) -> Void

    /// - Parameter narrate: Told how it goes on, one line at a time.
    public init(_ options: Options, logger: Logger, narrate: @escaping @Sendable (String) -> Void) {
        self.options = options
        self.logger = logger
        self.narrate = narrate
    }

    /// Plays it; returns when it is over, or when it was broken off because it took too long.
    /// - Throws: `ServiceError` for options that cannot be played and for what a look before the start finds,
    ///   `CancellationError` when it was stopped.
    public func run() async throws -> RehearsalReport {
        let problems = options.problems
        guard problems.isEmpty else { throw ServiceError(problems.joined(separator: "; ")) }
        let warmUp = Duration.seconds(options.warmUpSeconds)
        let from = options.from ?? options.plan.startsAt.map { $0.advanced(by: .zero - warmUp) } ?? SystemTime.now()
        let wrong = options.plan.problems(at: from)
        guard wrong.isEmpty else {
            throw ServiceError("the plan cannot begin at \(from.rfc3339): \(wrong.joined(separator: "; "))")
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-rehearse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let client = HTTPClient()
        let result: Result<RehearsalReport, any Error>
        do {
            result = .success(try await play(in: folder.path(), from: from, client))
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        try? FileManager.default.removeItem(at: folder)
        return try result.get()
    }

    private func play(in folder: String, from: Timestamp, _ client: HTTPClient) async throws -> RehearsalReport {
        let base = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        let limit = options.plan.expectedEnd.advanced(by: RehearsalLimits.overtime)
        let time = RehearsalTime(from: from, speed: options.speed)
        var settings = options.settings ?? ServiceSettings(folder: base)
        if options.settings == nil { settings.engine.fences = Set(FencedSystem.allCases) }
        let site = try await RehearsalSite.make(
            settings, load: (options.load ?? .standard).scaled(by: options.scale), isStandardLoad: options.load == nil,
            flowSeconds: options.flowSeconds, until: limit, time: time, folder: base, logger: logger)
        let caller = DemoClient(
            client: client, address: site.address, gateToken: site.gateToken, operatorToken: "")
        let (listening, isListening) = AsyncStream<Void>.makeStream()
        let told = Mutex<RehearsalReport?>(nil)
        try await site.service.run(
            beside: [site.central, site.csa], onListening: { _ in isListening.finish() }
        ) {
            for await _ in listening {}
            _ = try await site.central.port
            _ = try await site.csa.port
            let story = RehearsalStory(
                site: site, options: options, limit: limit, traffic: RehearsalTraffic(site: site, client: caller),
                narrate: narrate)
            let report = try await story.tell()
            told.withLock { $0 = report }
        }
        guard let report = told.withLock({ $0 }) else { throw CancellationError() }
        return report
    }
}

import Logging
import SluiceCSA
import SluiceCentral
import SluiceCore
import SluiceEngine
import SluiceFacade
import SluiceForecast
import SluiceHTTP
import SluiceModel
import SluiceSandbox

/// The stand-ins of a rehearsal, and the real service in front of them: on loopback ports, in a folder of its own.
struct RehearsalSite: Sendable {
    let time: RehearsalTime
    let central: SandboxServer
    let csa: CSAServer
    let service: SluiceService
    let address: String
    let gateToken: String
    let load: RehearsalLoad
    /// What schedule files launch, the earliest first.
    let fires: [Fire]
    let notes: [String]

    /// One time of a schedule of a file.
    struct Fire: Hashable, Sendable {
        var at: Timestamp
        var schedule: String
        var flow: String
    }

    /// The one who orders.
    static let person = "rehearsal"
    /// The input by which a launch is known again.
    static let markInput = "rehearsal"
    private static let organization = "CONSUMER"
    private static let pack = "Rehearsal"
    /// How long CSA waits for a held launch: longer than any maintenance.
    private static let patienceSeconds: Int64 = 60 * 86_400

    /// Puts everything together; nothing listens yet.
    /// - Parameters:
    ///   - settings: Of the operator's configuration: what reaches outside is taken out of it.
    ///   - folder: For the store, the key and the tokens.
    /// - Throws: `ServiceError` for what is wrong with the load, and what `SluiceService.make` throws.
    static func make(
        _ settings: ServiceSettings, load: RehearsalLoad, isStandardLoad: Bool, flowSeconds: Int64,
        until end: Timestamp,
        time: RehearsalTime, folder: String, logger: Logger
    ) async throws -> RehearsalSite {
        var load = load
        let packs = try PackLoading.contents(of: settings.packs, logger: logger)
        load.take(packs.flatMap(\.flows), seconds: flowSeconds, replacesPrograms: isStandardLoad)
        var notes: [String] = []
        let fires = try fires(settings.schedules, time.from..<end, logger, &notes)
        let known = Set(load.flows.map(\.id))
        for id in Set(fires.map(\.flow)).subtracting(known).sorted() {
            load.flows.append(.init(id: id, name: id, seconds: flowSeconds, isGated: false))
        }
        guard load.flows.count <= RehearsalLimits.flowCountMax else {
            throw ServiceError(
                "the rehearsal has \(load.flows.count) flows, and at most \(RehearsalLimits.flowCountMax) can be "
                    + "played; leave packs or schedule files out of its configuration")
        }
        let rate = load.launchesPerSecond * Double(time.speed)
        guard rate <= RehearsalLimits.launchesPerSecondMax else {
            throw ServiceError(
                "the load is \(Int(rate.rounded(.up))) launches a second at speed \(time.speed), and at most "
                    + "\(Int(RehearsalLimits.launchesPerSecondMax)) can be played; lower --speed or --scale")
        }
        let ports = (try FreePort.find(), try FreePort.find(), try FreePort.find())
        let address = "http://127.0.0.1:\(ports.0)"
        let (centralURL, csaURL) = ("http://127.0.0.1:\(ports.1)/oo", "http://127.0.0.1:\(ports.2)/csa")
        let gateToken = try TokenFile.load("\(folder)/gate.token")
        let clock = RehearsalSandboxClock(time: time)
        var configuration = central(load, packs.flatMap(\.flows), time)
        configuration.port = ports.1
        configuration.gate?.url = address
        configuration.gate?.credentials = .bearer(gateToken)
        configuration.csa?.url = csaURL
        let server = SandboxServer(configuration: configuration, clock: clock, logger: logger)
        try add(load.schedules, to: server)
        let csa = try csa(load, port: ports.2, ooURL: "\(address)/oo", clock, logger)
        let own = self.settings(
            settings, centralURL: centralURL, csaURL: csaURL, port: ports.0, folder: folder, time: time, &notes)
        let service = try await SluiceService.make(
            own, environment: [:], logger: logger, clocks: RehearsalClocks(time: time), speed: time.speed)
        // Sluice has to know which of them are gated, as it does from content packs.
        let packed = Set(packs.flatMap(\.flows).map(\.id.text))
        let others = load.flows.filter { !packed.contains($0.id) }.map(knownFlow)
        try await PackLoading.load(
            [PackShelf.Content(name: pack, version: nil, digest: nil, flows: others)], on: service.engine.packs,
            logger: logger)
        return RehearsalSite(
            time: time, central: server, csa: csa, service: service, address: address, gateToken: gateToken,
            load: load, fires: fires, notes: notes)
    }

    private static func knownFlow(_ flow: RehearsalLoad.Flow) -> KnownFlow {
        KnownFlow(
            id: FlowID(flow.id), name: flow.name, path: "Library/\(pack)/\(flow.name)", contentPack: pack,
            isGated: flow.isGated,
            inputs: [
                KnownInput(
                    name: markInput, isRequired: false, isEncrypted: false, reading: KnownInput.Reading())
            ])
    }

    // MARK: Schedule files

    private static func fires(
        _ schedules: ServiceSettings.Schedules, _ span: Range<Timestamp>, _ logger: Logger, _ notes: inout [String]
    ) throws -> [Fire] {
        let planned = try ScheduleLoading.read(schedules, at: span.lowerBound, logger: logger)
        var fires: [Fire] = []
        for schedule in planned where schedule.isEnabled {
            let flow = schedule.flow?.text ?? schedule.name
            let times = schedule.trigger.fires(in: span, limit: RehearsalLimits.fireCountMax)
            if times.isCut {
                notes.append(
                    "schedule '\(schedule.name)' is played \(RehearsalLimits.fireCountMax) times, then no more")
            }
            fires += times.times.map { Fire(at: $0, schedule: schedule.name, flow: flow) }
        }
        fires.sort { ($0.at, $0.schedule) < ($1.at, $1.schedule) }
        if fires.count > RehearsalLimits.fireCountMax {
            notes.append("of \(fires.count) times of schedule files \(RehearsalLimits.fireCountMax) are played")
        }
        return Array(fires.prefix(RehearsalLimits.fireCountMax))
    }

    private static func add(_ schedules: [RehearsalLoad.Schedule], to central: SandboxServer) throws {
        for schedule in schedules {
            let expression =
                switch schedule.beat {
                case .every(let every): "*/\(every * 1000)"
                case .cron(let cron): cron
                }
            let row = SandboxSchedule(name: schedule.name, flow: schedule.flow, triggerExpression: expression)
            guard central.add(schedule: row) != nil else {
                throw ServiceError(
                    "schedule '\(schedule.name)' cannot be played: '\(expression)' must be a plain cron expression "
                        + "of six fields, in UTC")
            }
        }
    }

    // MARK: Stand-ins

    private static func central(
        _ load: RehearsalLoad, _ packFlows: [KnownFlow], _ time: RehearsalTime
    ) -> SandboxConfiguration {
        let known = Dictionary(packFlows.map { ($0.id.text, $0) }) { first, _ in first }
        var configuration = SandboxConfiguration()
        configuration.flows = load.flows.map { flow in
            let pack = known[flow.id]
            // What a program would give is not known, so nothing has to be given.
            let declared = (pack?.inputs ?? []).map { SandboxFlow.Input($0.name, isEncrypted: $0.isEncrypted) }
            return SandboxFlow(
                id: flow.id, name: flow.name, path: pack?.path ?? "Library/\(Self.pack)/\(flow.name)",
                contentPack: pack?.contentPack ?? Self.pack, isGated: flow.isGated,
                inputs: Array(declared.prefix(SandboxLimits.inputCountMax - 1)) + [.init(markInput)],
                durationMilliseconds: flow.seconds * 1000, callsBack: true)
        }
        let retry = RehearsalLimits.retryMilliseconds * Int64(time.speed)
        configuration.gate = .init(url: "")
        configuration.gate?.tryCountMax = RehearsalLimits.tryCountMax
        configuration.gate?.retryDelayMilliseconds = retry
        configuration.csa = .init(url: "", password: configuration.password)
        configuration.csa?.tryCountMax = RehearsalLimits.tryCountMax
        configuration.csa?.retryDelayMilliseconds = retry
        return configuration
    }

    private static func csa(
        _ load: RehearsalLoad, port: Int, ooURL: String, _ clock: RehearsalSandboxClock, _ logger: Logger
    ) throws -> CSAServer {
        var configuration = SluiceSandbox.CSAConfiguration()
        configuration.port = port
        configuration.settings.ooURL = ooURL
        // A token that runs out in the middle is no part of what is rehearsed.
        configuration.settings.tokenMilliseconds = SandboxLimits.spanMillisecondsMax
        configuration.settings.assignmentEcho = .order
        configuration.seed = seed(load)
        do {
            return try CSAServer(configuration: configuration, clock: clock, logger: logger)
        } catch let refusal as CSARefusal {
            throw ServiceError("the load cannot be played: \(refusal)")
        }
    }

    private static func seed(_ load: RehearsalLoad) -> CSASeed {
        var seed = CSASeed()
        seed.organizations = [.init(organization)]
        seed.persons = [
            .init(person, of: organization, password: "rehearsal"), .init("approver", of: organization),
        ]
        var policy = CSASeed.Policy("Automatic", kind: .named, of: organization)
        policy.approvers = ["approver"]
        policy.automaticApproval = true
        policy.automaticApprovalDecision = "APPROVED"
        seed.policies = [policy]
        seed.catalogs = [.init("Catalog", of: organization, categories: ["Services"])]
        seed.offerings = load.offerings.map { offering in
            .init(
                offering.name, flows: offering.flows,
                publications: [.init("Catalog", "Services", policies: ["ORDER": policy.displayName])])
        }
        seed.pools = load.pools.map { .init($0.name, flow: $0.flow, every: $0.every * 1000) }
        return seed
    }

    // MARK: Sluice

    /// As the operator has it, but with the stand-ins, and with nothing that reaches outside.
    private static func settings(
        _ settings: ServiceSettings, centralURL: String, csaURL: String, port: Int, folder: String,
        time: RehearsalTime, _ notes: inout [String]
    ) -> ServiceSettings {
        var own = ServiceSettings(folder: folder)
        own.listen.port = port
        own.packs = settings.packs
        own.engine = settings.engine
        own.schedules = settings.schedules
        own.csaPollInterval = max(settings.csaPollInterval, time.stretched(RehearsalLimits.drainPause))
        own.csaAnswersEndedLaunches = settings.csaAnswersEndedLaunches
        own.holdRetention = settings.holdRetention
        if !own.engine.plugins.isEmpty {
            notes.append("plugins are not asked: they may reach real systems")
            own.engine.plugins = []
        }
        own.engine.replicas = nil
        own.engine.callbacks = CallbackPolicy()
        own.engine.initialMode = .open
        own.engine.startsClosed = false
        own.engine.drain.sight = .everything
        own.engine.drain.account = "sandbox"
        let pause = time.stretched(RehearsalLimits.drainPause)
        own.engine.drain.policy.lookInterval = max(own.engine.drain.policy.lookInterval, pause)
        own.engine.drain.policy.sweepInterval = max(
            own.engine.drain.policy.sweepInterval, own.engine.drain.policy.lookInterval)
        let (validFor, window) = (
            time.stretched(RehearsalLimits.validFor), time.stretched(RehearsalLimits.startWindow)
        )
        own.engine.gate.validFor = max(own.engine.gate.validFor, validFor)
        own.engine.gate.startWindow = max(own.engine.gate.startWindow, window)
        own.engine.release.startWindow = own.engine.gate.startWindow
        own.engine.lateWriteDuration = max(
            own.engine.lateWriteDuration, time.stretched(RehearsalLimits.lateWrite))
        let account = (user: "sandbox", password: Secret("sandbox"))
        own.central = CentralConfiguration(baseURL: centralURL, username: account.user, password: account.password)
        var csa = SluiceCSA.CSAConfiguration(baseURL: csaURL, username: "admin", password: account.password)
        csa.switches.policyPath = ["approvalPolicy", "id"]
        own.csa = csa
        var facade = FacadeConfiguration(centralURL: centralURL)
        // The stand-in of CSA logs in with Central's one account; nobody else calls through the facade.
        facade.requesters = RequesterRules(
            [.init(user: account.user, source: .csa, patienceSeconds: patienceSeconds)].compactMap(\.self))
        own.listen.facade = facade
        return own
    }
}

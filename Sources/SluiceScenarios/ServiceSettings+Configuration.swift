import Glibc
import Logging
import SluiceCSA
import SluiceCentral
public import SluiceConfig
import SluiceContent
import SluiceCore
import SluiceEngine
import SluiceFacade
import SluiceForecast
import SluiceHTTP
import SluiceModel
public import SluicePluginKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ServiceSettings {
    /// What an operator configured, with the secrets read from where it points.
    /// - Parameter factories: The kinds of plugins that there are.
    /// - Throws: `ServiceError` when Central's password cannot be read, or a plugin not be made.
    public init(_ configuration: SluiceConfiguration, factories: [any PluginFactory] = PluginList.all) throws {
        self.init(folder: ".")
        listen = SluiceServer.Configuration(
            host: configuration.listen.host, port: configuration.listen.port,
            bodyByteCountMax: configuration.limits.bodyBytes, packByteCountMax: configuration.limits.packBytes)
        listen.holdFileByteCountMax = configuration.limits.holdFileBytes
        listen.fenceKeepSeconds = configuration.fence.keepSeconds
        store = try StorePlace(configuration.store)
        keyFile = configuration.key.file
        gateTokenFile = configuration.auth.gateTokenFile
        operatorTokenFile = configuration.auth.operatorTokenFile
        trustsLoopback = configuration.auth.insecureLoopback
        packs = configuration.packs
        central = try Self.central(configuration.central)
        csa = try CSAConfiguration(configuration.csa)
        readCSA = { [source = configuration.csa] in try CSAConfiguration(source) }
        csaDatabase = try Self.csaDatabase(configuration.csa)
        csaPollInterval = .seconds(configuration.csa.pollSeconds)
        csaAnswersEndedLaunches = configuration.csa.endedLaunches == .answer
        listen.facade = Self.facade(configuration)
        engine = Self.engine(configuration)
        if case .postgres = store { engine.replicas = try Self.replicas(configuration) }
        engine.plugins = try PluginLoading.load(
            configuration.plugins, chainMilliseconds: configuration.limits.pluginChainMilliseconds,
            factories: factories)
        engine.pluginChainBudget = .milliseconds(configuration.limits.pluginChainMilliseconds)
        schedules.files = configuration.schedules.files
        schedules.zone = configuration.schedules.zone
        schedules.unsafeToMiss = configuration.schedules.unsafeToMiss
        schedules.flows = configuration.schedules.flows
        blackouts = configuration.windows.blackouts
        callbacks.secretFile = configuration.callbacks.secretFile
        callbacks.source = configuration.callbacks.source
        holdRetention = .seconds(configuration.holds.retentionDays * 86_400)
        listen.holdRetention = holdRetention
        logLevel = Logger.Level(rawValue: configuration.log.level.rawValue) ?? .info
    }

    private static var machineName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "sluice" }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Replicas share a PostgreSQL, even while there is only one of them.
    private static func replicas(_ configuration: SluiceConfiguration) throws -> ReplicaConfiguration {
        let lead = configuration.replicas.leaderLeaseSeconds
        let calls = [
            ("central.timeoutSeconds", configuration.central.timeoutSeconds),
            ("csa.timeoutSeconds", configuration.csa.url == nil ? 0 : configuration.csa.timeoutSeconds),
        ]
        // A leader makes no call that might outlast its lead, and renews that often enough for such a call.
        for (key, call) in calls where lead * 2 < call * 3 {
            throw ServiceError(
                "replicas.leaderLeaseSeconds (\(lead)) must be at least one and a half times \(key) (\(call)): raise "
                    + "the one or lower the other")
        }
        return ReplicaConfiguration(
            name: configuration.replicas.name ?? machineName,
            seat: SeatPolicy(lease: .seconds(configuration.replicas.leaseSeconds)),
            leader: LeaderPolicy(lease: .seconds(lead)), effectDuration: .seconds(calls[0].1))
    }

    private static func central(_ central: SluiceConfiguration.Central) throws -> CentralConfiguration? {
        guard let url = central.url else { return nil }
        var password = central.password
        if password == nil, let file = central.passwordFile {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw ServiceError("Central's password file \(file) (central.passwordFile) cannot be read")
            }
            password = Secret(String(decoding: data, as: UTF8.self).trimmed)
        }
        var configuration = CentralConfiguration(
            baseURL: url, username: central.username ?? "", password: password ?? Secret(""),
            dialect: CentralConfiguration.Dialect(rawValue: central.dialect.rawValue) ?? .v2)
        configuration.caFile = central.caFile
        configuration.totalTimeout = .seconds(central.timeoutSeconds)
        configuration.connectTimeout = min(configuration.connectTimeout, configuration.totalTimeout)
        return configuration
    }

    private static func facade(_ configuration: SluiceConfiguration) -> FacadeConfiguration? {
        guard configuration.facade.enabled, let url = configuration.central.url else { return nil }
        let read = configuration.facade
        var facade = FacadeConfiguration(centralURL: url)
        facade.caFile = configuration.central.caFile
        facade.requesters = RequesterRules(
            read.requesters.compactMap {
                RequesterRules.Rule(user: $0.user, source: $0.source, patienceSeconds: $0.patienceSeconds)
            })
        facade.virtualIDs = VirtualIDs(base: Int64(read.virtualIDBase))
        facade.publicURL = read.publicURL
        facade.keepsHost = read.keepHost
        facade.servesOldRuns = read.oldRuns
        facade.verifyPath = read.verifyPath
        facade.verifiedFor = .seconds(read.verifySeconds)
        facade.trustedFor = .seconds(read.trustSeconds)
        facade.retryAfterSeconds = read.retryAfterSeconds
        facade.connectTimeout = .seconds(min(10, configuration.central.timeoutSeconds))
        facade.idleTimeout = .seconds(read.idleSeconds)
        facade.connectionCountMax = read.connections
        facade.decidedByteCountMax = configuration.limits.bodyBytes
        facade.mergedByteCountMax = read.mergeBytes
        return facade
    }

    private static func engine(_ configuration: SluiceConfiguration) -> EngineConfiguration {
        let startWindow = Duration.seconds(configuration.gate.startWindowSeconds)
        var gate = GatePolicy(
            startWindow: startWindow, validFor: .seconds(configuration.gate.validForSeconds),
            admissionLifetime: .seconds(configuration.passes.admissionDays * 86_400),
            idempotencyRetention: .seconds(configuration.idempotency.retentionHours * 3600),
            keepsSecrets: configuration.gate.keepSecrets, allowRules: configuration.rules.allow)
        gate.unnamedAdmissionLifetime = .seconds(configuration.passes.unnamedSeconds)
        gate.pendingAskCountMax = configuration.limits.pendingAsks
        gate.coalescesWaitedFor = configuration.holds.coalesceWaiting == .answered
        let release = ReleasePolicy(
            settings: configuration.release.settings,
            attemptsMax: configuration.release.attemptsMax, backoff: .seconds(configuration.release.backoffSeconds),
            backoffMax: .seconds(configuration.release.backoffMaxSeconds),
            pollInterval: .seconds(configuration.central.pollSeconds),
            listingLag: .seconds(configuration.central.listingLagSeconds),
            relaunchAfter: configuration.central.relaunchAfterSeconds.map { .seconds($0) }, startWindow: startWindow)
        var engine = EngineConfiguration(
            gate: gate, release: release, initialMode: configuration.gate.initialMode == .hold ? .hold : .open,
            sensitivePatterns: configuration.gate.sensitivePatterns,
            listPageSize: configuration.central.listPageSize)
        engine.callbacks = CallbackPolicy(
            allow: configuration.callbacks.allow.compactMap { CallbackPolicy.Entry($0) },
            allowsClearText: configuration.callbacks.insecureHTTP)
        engine.zones = { SystemTimeZones.shared.zone($0) }
        engine.zoneData = SystemTimeZones.shared.version
        // One that is unknown is an error when the schedules are loaded.
        engine.zone = SystemTimeZones.shared.zone(configuration.schedules.zone) ?? .utc
        engine.misfires = MisfirePolicies(
            standard: configuration.schedules.policy, rules: configuration.schedules.policies)
        engine.drain = drain(configuration)
        let fence = configuration.fence
        let fences: [(FencedSystem, Bool)] = [
            (.csa, fence.csaListen != nil), (.portal, fence.portalListen != nil),
            (.central, fence.centralListen != nil),
        ]
        engine.fences = Set(fences.filter(\.1).map(\.0))
        engine.fencesKeptFor = .seconds(fence.keepSeconds)
        engine.catchUp = CatchUp(rawValue: configuration.central.catchUp.rawValue) ?? .unknown
        engine.catchUpWindow = .seconds(configuration.central.catchUpSeconds)
        engine.thawInterval = .milliseconds(configuration.central.thawMilliseconds)
        engine.occurrencesAreRepeats = configuration.central.occurrencesMeanRepeats
        return engine
    }

    private static func drain(_ configuration: SluiceConfiguration) -> DrainConfiguration {
        let drain = configuration.drain
        return DrainConfiguration(
            policy: DrainPolicy(
                lookInterval: .seconds(drain.pollSeconds), quietLookCount: drain.quietLooks,
                settle: .seconds(drain.settleSeconds), sweepInterval: .seconds(drain.sweepMinutes * 60),
                stuckAfter: .seconds(drain.stuckMinutes * 60), parkedBlocks: drain.parkedBlocks),
            sight: CentralSight(rawValue: drain.accountSees.rawValue) ?? .detect,
            account: configuration.central.username, exempt: drain.exempt.compactMap { PathGlob($0) },
            oldestDays: drain.oldestDays, listingLag: .seconds(configuration.central.listingLagSeconds))
    }
}

import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import SluiceEngine
import SluiceFacade
import SluiceModel
import SluicePorts
import Synchronization

/// The facade in front of Central: passes everything, and decides what starts work (product.md, "The three places a
/// launch is caught" 1).
///
/// It authenticates nobody: credentials go to Central as they came, and are neither logged nor kept; a keyed hash of
/// those that Central knew is (`CallerRecords`).
final class Facade: Sendable {
    let configuration: FacadeConfiguration
    let addresses: FacadeAddresses
    let engine: Engine
    let sealer: any Sealer
    let metrics: HTTPMetrics
    let upstream: Upstream
    let accounts: CallerAccounts
    let logger: Logger
    private let calls: FacadeCalls
    /// Whether one of Central's own ids came near the virtual ones: nothing is held any more.
    private let hasCollision = Mutex(false)

    /// Where the run URLs of OO 9 are.
    static let oldRoot = "/PAS"

    init(
        _ configuration: FacadeConfiguration, _ addresses: FacadeAddresses, engine: Engine, sealer: any Sealer,
        metrics: HTTPMetrics, upstream: Upstream, logger: Logger
    ) {
        self.configuration = configuration
        self.addresses = addresses
        self.engine = engine
        self.sealer = sealer
        self.metrics = metrics
        self.upstream = upstream
        self.logger = logger
        calls = FacadeCalls(virtualIDs: configuration.virtualIDs)
        accounts = CallerAccounts(
            configuration, addresses, upstream: upstream, sealer: sealer, clocks: engine.clocks,
            records: CallerRecords(
                trust: CallerTrust(verifiedFor: configuration.verifiedFor, trustedFor: configuration.trustedFor),
                store: engine.store, clocks: engine.clocks, fence: { engine.writeFence }, logger: logger))
    }

    var virtualIDs: VirtualIDs { configuration.virtualIDs }

    /// Whether holds may have virtual ids.
    var mayHold: Bool { !hasCollision.withLock { $0 } }

    /// One of Central's ids was seen.
    func saw(_ id: ExecutionID) {
        guard virtualIDs.isEndangered(by: id.text), !hasCollision.withLock({ $0 }) else { return }
        hasCollision.withLock { $0 = true }
        logger.critical(
            "Central gives execution ids near the virtual ones: nothing is held any more; set facade.virtualIdBase",
            metadata: ["id": "\(id)"])
    }

    /// One call on its way: what came, and what it is.
    struct Call: Sendable {
        let request: Request
        let requester: RequesterRules.Requester
        let authorization: String?
        /// Where it goes, with its query: `/oo/rest/v2/executions`.
        let target: String
        /// How its target begins: `/oo`.
        let root: String
        /// Of the facade, as the client sees it, without a path.
        let base: String
    }

    /// The answer to a call; nil when its target is not the facade's.
    func answer(_ request: Request, _ context: SluiceRequestContext) async -> Response? {
        let target = request.head.path ?? ""
        let isOld = configuration.servesOldRuns && target.hasPrefix(Self.oldRoot + "/")
        guard let below = isOld ? Self.oldBelow(target) : addresses.below(target) else { return nil }
        var response: Response
        do {
            let sorted = try sort(request, below, isOld: isOld)
            let root = isOld ? Self.oldRoot : addresses.root
            let query = below.query.map { "?\($0)" } ?? ""
            let call = Call(
                request: request, requester: requester(of: request),
                authorization: request.headers[.authorization],
                target: root + (sorted.path ?? below.path) + query, root: root, base: try base(of: request))
            response =
                if sorted.call == .pass {
                    try await pass(call)
                } else {
                    // It computes: not on the event loop, which serves the gate, too.
                    try await withTaskExecutorPreference(globalConcurrentExecutor) {
                        try await perform(sorted.call, call)
                    }
                }
        } catch let problem as Problem {
            response = problem.response()
        } catch let error as any HTTPResponseError {
            response = Problem(status: error.status, type: "http", title: "Not taken", detail: "\(error.status)")
                .response()
        } catch {
            context.logger.error("a call through the facade failed", metadata: ["error": "\(error)"])
            response =
                Problem(
                    status: .internalServerError, type: "internal", title: "Sluice failed",
                    detail: "the log has the cause"
                ).response()
        }
        // What Central answered to a HEAD has no body already, and its own length.
        let hasBody = response.body.contentLength != 0
        return request.method == .head && hasBody ? response.createHeadResponse() : response
    }

    private static func oldBelow(_ target: String) -> (path: String, query: String?)? {
        let rest = target.dropFirst(oldRoot.count)
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
    }

    // MARK: What it is

    private static let overrides = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"].map {
        HTTPField.Name($0)!
    }
    private static let forwardedScheme = HTTPField.Name("X-Forwarded-Proto")!

    /// - Throws: A problem when it is sent to nobody.
    private func sort(
        _ request: Request, _ below: (path: String, query: String?), isOld: Bool
    ) throws -> FacadeCalls.Sorted {
        if request.headers[.upgrade]?.lowercased().contains("websocket") ?? false {
            throw Problem(
                status: .notImplemented, type: "no-websocket", title: "WebSockets do not pass the facade",
                detail: "Sluice passes HTTP requests to Central, and no upgrades of a connection")
        }
        if request.method == .trace || request.method == .connect {
            throw Problem(
                status: .methodNotAllowed, type: "method", title: "That method does not pass the facade",
                detail: "\(request.method) is not sent on")
        }
        if request.headers[PassingHeaders.mark] != nil {
            throw Problem(
                status: .init(code: 508, reasonPhrase: "Loop Detected"), type: "loop",
                title: "The facade is called by itself",
                detail: "central.url leads back to a facade; it must be Central's own address")
        }
        let address: CallAddress
        do throws(CallAddress.Objection) {
            address = try CallAddress(path: below.path)
        } catch {
            throw Problem.badRequest("address", "the address is not sent to Central: \(Self.sentence(error))")
        }
        let query = below.query ?? ""
        guard query.utf8.count <= CallAddress.byteCountMax, query.utf8.allSatisfy(CallAddress.isAddressByte) else {
            throw Problem.badRequest("address", "the query is too long, or has a character that no address may have")
        }
        let sorted =
            isOld
            ? calls.sortOld(method: request.method.rawValue, address)
            : calls.sort(method: request.method.rawValue, address)
        // One method on the wire and another for the application: nobody could tell what it does.
        if Self.overrides.contains(where: { request.headers[$0] != nil }) || CallAddress.overridesMethod(query: query) {
            throw Problem.badRequest("method-override", "a method within the request is not taken; send it as it is")
        }
        if sorted.call != .pass, request.headers[values: .authorization].count > 1 {
            throw Problem.badRequest("authorization", "more than one Authorization; nobody could tell who asks")
        }
        return sorted
    }

    private static func sentence(_ objection: CallAddress.Objection) -> String {
        switch objection {
        case .climbs: "it leads out of Central's root"
        case .unreadable: "an escape in it is broken, or stands for no text"
        case .badCharacter: "it has a character that no address may have"
        case .ambiguous: "servers read it differently: it has a backslash, or .. together with // or ;"
        case .tooLong: "it is longer than \(CallAddress.byteCountMax) bytes"
        }
    }

    private func requester(of request: Request) -> RequesterRules.Requester {
        let user = request.headers[.authorization].flatMap { Access.basicUser(authorization: $0) }
        return configuration.requesters.requester(user: user, hasSession: request.headers[.cookie] != nil)
    }

    /// How the client sees the facade.
    private func base(of request: Request) throws -> String {
        if let url = configuration.publicURL { return url }
        let host = request.head.authority ?? ""
        guard host.isEmpty || FacadeAddresses.isHost(host) else {
            throw Problem.badRequest("host", "the Host is none")
        }
        let isTLS = request.headers[Self.forwardedScheme]?.lowercased() == "https"
        return "\(isTLS ? "https" : "http")://\(host.isEmpty ? "localhost" : host)"
    }

    private func perform(_ kind: FacadeCall, _ call: Call) async throws -> Response {
        switch kind {
        case .pass: try await pass(call)
        case .start(let dialect): try await start(dialect, call)
        case .schedule: try await schedule(call)
        case .enable(let id): try await enable(id, call)
        case .act(let id): try await act(on: id, call)
        case .unknownWork: try await unknownWork(call, flow: nil, source: call.requester.source)
        case .oldRun(let flow):
            try await unknownWork(call, flow: flow.flatMap { FlowID(checking: $0) }, source: call.requester.source)
        case .summaries(let ids): try await summaries(ids, call)
        case .read(let id, let part): try await read(id, part, call)
        case .list: try await list(call)
        }
    }
}

extension Access {
    /// The user that Basic authentication names; nil when there is none, or it cannot be read.
    static func basicUser(authorization: String) -> String? {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let text = basicText(String(parts[1])), let colon = text.firstIndex(of: ":")
        else { return nil }
        let user = String(text[..<colon])
        return user.isEmpty ? nil : user
    }
}

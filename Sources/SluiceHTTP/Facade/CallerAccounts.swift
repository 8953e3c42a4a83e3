import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import SluiceFacade
import SluiceModel
import SluicePorts
import Synchronization

/// Whether Central knows who calls. The facade keeps nothing for anybody else, and shows nothing that it kept.
///
/// Central is asked with a read that needs a login. What it said is remembered by a keyed hash of the credentials,
/// never by themselves: a short while to spare Central, and longer for the time in which it is down (`CallerRecords`).
final class CallerAccounts: Sendable {
    /// What is known of a caller.
    enum Standing {
        /// Central knows it, or did lately and is down.
        case known
        /// Central does not take its credentials, or sends it elsewhere; this is what it said.
        case refused(Upstream.Answer)
        /// Nobody can say: Central is down, or the account may not read what it is asked for.
        case unknown
    }

    private let upstream: Upstream
    private let url: String
    private let sealer: any Sealer
    private let clocks: any Clocks
    private let records: CallerRecords
    private let timeout: Duration
    /// When the read was seen to be refused without a login. Not on record: only callers that were proven so are.
    private let provedAt = Mutex<MonotonicTime?>(nil)

    init(
        _ configuration: FacadeConfiguration, _ addresses: FacadeAddresses, upstream: Upstream, sealer: any Sealer,
        clocks: any Clocks, records: CallerRecords
    ) {
        self.upstream = upstream
        url = "\(addresses.origin)\(addresses.root)/rest\(configuration.verifyPath)"
        self.sealer = sealer
        self.clocks = clocks
        self.records = records
        timeout = configuration.connectTimeout
    }

    /// What stands for credentials in memory and on record: those that are taken by the Central at an address.
    static func fingerprint(authorization: String, url: String, _ sealer: any Sealer) -> Fingerprint {
        sealer.fingerprint(Array("caller:\(url)\n\(authorization)".utf8))
    }

    func fingerprint(authorization: String) -> Fingerprint {
        Self.fingerprint(authorization: authorization, url: url, sealer)
    }

    /// - Parameter authorization: The whole header; a cookie beside it proves nothing of whom it names.
    func standing(authorization: String) async -> Standing {
        let caller = fingerprint(authorization: authorization)
        if records.isVerified(caller) { return .known }
        let asked = clocks.now()
        switch await ask(authorization) {
        case .granted:
            guard await needsLogin(at: asked.monotonic) else { return .unknown }
            await records.granted(caller, asked: asked)
            return .known
        case .refused(let answer):
            await records.refused(caller)
            return .refused(answer)
        case .elsewhere(let answer): return .refused(answer)
        case .forbidden: return .unknown
        case .down: return await records.isTrusted(caller) ? .known : .unknown
        }
    }

    /// Whether the read proves anything: on some sites pages are open to everybody (oo-central-api.md section 1).
    private func needsLogin(at now: MonotonicTime) async -> Bool {
        if let proved = provedAt.withLock({ $0 }), now.since(proved) < records.trust.trustedFor { return true }
        switch await ask(nil) {
        case .refused, .elsewhere: break
        case .granted, .forbidden, .down: return false
        }
        provedAt.withLock { $0 = now }
        return true
    }

    private enum Said {
        case granted
        case refused(Upstream.Answer)
        /// To a login page, as some sites refuse; or a balancer's page during an upgrade. No word on the account.
        case elsewhere(Upstream.Answer)
        case forbidden
        case down
    }

    private func ask(_ authorization: String?) async -> Said {
        var request = HTTPClientRequest(url: url)
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: PassingHeaders.markName, value: "1")
        guard
            let answer = try? await upstream.exchange(
                request, byteCountMax: 1 << 20, isDecided: false, within: timeout)
        else { return .down }
        let isHTML = answer.headers.first(name: "content-type")?.lowercased().contains("html") ?? false
        switch answer.status {
        // A login page may come with 200 (oo-central-api.md section 10).
        case 200..<300: return isHTML ? .elsewhere(answer) : .granted
        case 300..<400: return .elsewhere(answer)
        case 401: return .refused(answer)
        case 403: return .forbidden
        // A server whose application is not there (yet) says 404; everything else is trouble of Central's.
        default: return .down
        }
    }
}

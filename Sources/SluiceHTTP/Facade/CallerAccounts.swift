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
/// never by themselves: a short while to spare Central, and longer for the time in which it is down. The memory is this
/// replica's own, and is gone with it.
final class CallerAccounts: Sendable {
    /// What is known of a caller.
    enum Standing {
        /// Central knows it, or did lately and is down.
        case known
        /// Central does not take its credentials; this is what it said.
        case refused(Upstream.Answer)
        /// Nobody can say: Central is down, or the account may not read what it is asked for.
        case unknown
    }

    private struct State {
        /// When Central last knew a caller, by the hash of its credentials.
        var knownAt: [Fingerprint: MonotonicTime] = [:]
        /// When the read was seen to be refused without a login.
        var provedAt: MonotonicTime?
    }

    private let upstream: Upstream
    private let url: String
    private let sealer: any Sealer
    private let clocks: any Clocks
    private let verifiedFor: Duration
    private let trustedFor: Duration
    private let timeout: Duration
    private let state = Mutex(State())

    init(
        _ configuration: FacadeConfiguration, _ addresses: FacadeAddresses, upstream: Upstream, sealer: any Sealer,
        clocks: any Clocks
    ) {
        self.upstream = upstream
        url = "\(addresses.origin)\(addresses.root)/rest\(configuration.verifyPath)"
        self.sealer = sealer
        self.clocks = clocks
        verifiedFor = configuration.verifiedFor
        trustedFor = max(configuration.trustedFor, configuration.verifiedFor)
        timeout = configuration.connectTimeout
    }

    /// - Parameter authorization: The whole header; a cookie beside it proves nothing of whom it names.
    func standing(authorization: String) async -> Standing {
        let key = sealer.fingerprint(Array("caller:\(authorization)".utf8))
        let now = clocks.now().monotonic
        let knownAt = state.withLock { $0.knownAt[key] }
        if let knownAt, now.since(knownAt) < verifiedFor { return .known }
        switch await ask(authorization) {
        case .granted:
            guard await needsLogin(at: now) else { return .unknown }
            remember(key, at: now)
            return .known
        case .refused(let answer):
            _ = state.withLock { $0.knownAt.removeValue(forKey: key) }
            return .refused(answer)
        case .forbidden: return .unknown
        case .down:
            guard let knownAt, now.since(knownAt) < trustedFor else { return .unknown }
            return .known
        }
    }

    /// Whether the read proves anything: on some sites pages are open to everybody (oo-central-api.md section 1).
    private func needsLogin(at now: MonotonicTime) async -> Bool {
        if let provedAt = state.withLock({ $0.provedAt }), now.since(provedAt) < trustedFor { return true }
        guard case .refused = await ask(nil) else { return false }
        state.withLock { $0.provedAt = now }
        return true
    }

    private enum Said {
        case granted
        case refused(Upstream.Answer)
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
        // A login page with 200 is a refusal too (oo-central-api.md section 10).
        case 200..<300: return isHTML ? .refused(answer) : .granted
        case 300..<400, 401: return .refused(answer)
        case 403: return .forbidden
        // A server whose application is not there (yet) says 404; everything else is trouble of Central's.
        default: return .down
        }
    }

    private func remember(_ key: Fingerprint, at now: MonotonicTime) {
        state.withLock { state in
            if state.knownAt.count >= FacadeLimits.callerCountMax, state.knownAt[key] == nil {
                state.knownAt = state.knownAt.filter { now.since($0.value) < trustedFor }
                if state.knownAt.count >= FacadeLimits.callerCountMax,
                    let oldest = state.knownAt.min(by: { $0.value < $1.value })
                {
                    state.knownAt[oldest.key] = nil
                }
            }
            state.knownAt[key] = now
        }
    }
}

internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
public import SluiceModel
public import SluicePorts

/// Sends callbacks over HTTP(S), only to where the policy allows.
///
/// A host's name is resolved once, every address is checked, and the connection is made to the very address that was
/// checked: a name that resolves to another one a moment later gains nothing. Redirects are not followed. What the
/// receiver answers is not read but for its status, and shown nowhere.
public struct HTTPCallbackSender: CallbackSender {
    private let policy: CallbackPolicy
    private let secret: Secret
    private let source: String
    private let resolver: any HostResolver
    private let clocks: any Clocks

    /// Longest time to resolve, connect, send and hear the answer's head.
    static let duration: TimeAmount = .seconds(15)
    /// Longest time for a connection alone.
    static let connectDuration: TimeAmount = .seconds(5)

    /// - Parameters:
    ///   - secret: Shared with the receivers; signs each message.
    ///   - source: The CloudEvents source: names this Sluice, such as `urn:sluice:production`.
    public init(
        policy: CallbackPolicy, secret: Secret, source: String, clocks: any Clocks,
        resolver: any HostResolver = SystemHostResolver()
    ) {
        self.policy = policy
        self.secret = secret
        self.source = source
        self.clocks = clocks
        self.resolver = resolver
    }

    public func send(_ callback: Callback, of hold: Hold) async -> CallbackOutcome {
        guard let url = hold.request.callbackURL else { return .refused(cause: "its hold names no callback URL") }
        if let objection = policy.objection(to: url) { return .refused(cause: objection) }
        let address: NetworkAddress
        switch await checkedAddress(of: url) {
        case .success(let found): address = found
        case .failure(let refusal): return refusal.outcome
        }
        return await post(CallbackMessage(callback, of: hold, source: source), to: url, at: address)
    }

    private struct Refusal: Error {
        let outcome: CallbackOutcome
    }

    private func checkedAddress(of url: CallbackURL) async -> Result<NetworkAddress, Refusal> {
        var addresses: [NetworkAddress]
        if let address = NetworkAddress(url.host) {
            addresses = [address]
        } else {
            do {
                addresses = try await resolver.addresses(of: url.host)
            } catch {
                return .failure(Refusal(outcome: .again(cause: "the host \(url.host) cannot be resolved: \(error)")))
            }
        }
        if let objection = policy.objection(to: addresses, of: url) {
            return .failure(Refusal(outcome: .refused(cause: objection)))
        }
        // IPv4 first: an IPv6 address without a route is common, and each try has one connection.
        addresses.sort { $0.bytes.count < $1.bytes.count }
        return .success(addresses[0])
    }

    private func post(
        _ message: CallbackMessage, to url: CallbackURL, at address: NetworkAddress
    ) async
        -> CallbackOutcome
    {
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.httpVersion = .http1Only
        settings.timeout = .init(connect: Self.connectDuration)
        settings.connectionPool.retryConnectionEstablishment = false
        // The name stays the one that the certificate is checked against.
        if NetworkAddress(url.host) == nil { settings.dnsOverride = [url.host: address.description] }
        let client = HTTPClient(configuration: settings)
        let outcome: CallbackOutcome
        do {
            var request = HTTPClientRequest(url: url.requestText)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: CallbackMessage.contentType)
            request.headers.add(name: "User-Agent", value: "sluice")
            request.headers.add(
                name: CallbackMessage.signatureHeader,
                value: message.signature(at: clocks.now().wall, secret: secret))
            request.body = .bytes(message.body)
            let response = try await client.execute(request, deadline: .now() + Self.duration)
            outcome = Self.outcome(of: Int(response.status.code))
        } catch {
            outcome = .again(cause: "\(url.host) at \(address) could not be reached: \(Self.words(error))")
        }
        try? await client.shutdown()
        return outcome
    }

    private static func outcome(of status: Int) -> CallbackOutcome {
        switch status {
        case 200...299: .delivered
        case 300...399: .again(cause: "it answered \(status), a redirect: those are not followed")
        case 410: .refused(cause: "it answered 410: it wants no more of them")
        default: .again(cause: "it answered \(status)")
        }
    }

    /// An error in few words: what libraries say may be long.
    private static func words(_ error: any Error) -> String {
        String(String(describing: error).prefix(200))
    }
}

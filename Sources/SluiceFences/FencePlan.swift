public import SluiceModel

/// What a reverse proxy needs to be told to fence CSA, its portal and Central.
public struct FencePlan: Hashable, Sendable {
    /// A host and a port.
    public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
        /// A name, an IPv4 address, or an IPv6 address without brackets.
        public var host: String
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// One system behind the fence.
    public struct Front: Hashable, Sendable {
        public var system: FencedSystem
        /// Where the proxy takes the system's requests.
        public var listen: Endpoint
        /// Where the system really is.
        public var upstream: Endpoint
        /// Whether it speaks TLS there.
        public var isUpstreamSecure: Bool

        public init(system: FencedSystem, listen: Endpoint, upstream: Endpoint, isUpstreamSecure: Bool) {
            self.system = system
            self.listen = listen
            self.upstream = upstream
            self.isUpstreamSecure = isUpstreamSecure
        }
    }

    /// Certificate and key that clients see, both PEM.
    public struct Certificate: Hashable, Sendable {
        public var chainFile: String
        public var keyFile: String

        public init(chainFile: String, keyFile: String) {
            self.chainFile = chainFile
            self.keyFile = keyFile
        }
    }

    public var fronts: [Front]
    /// Where the proxy reaches Sluice, by HTTP.
    public var sluice: Endpoint
    /// nil: clients come without TLS.
    public var certificate: Certificate?
    /// PEM: what upstreams' certificates are checked against.
    public var upstreamCAFile: String
    /// Of OO's Central and workers.
    public var callbackAddresses: [AddressRange] = []
    /// With which OO's flows call CSA back, from wherever; nil: addresses alone count.
    public var callbackAccount: String?
    /// Of Sluice: passes always.
    public var controllerAddresses: [AddressRange] = []
    /// How long the last answer counts while Sluice is silent, at most.
    public var keepSeconds: Int
    /// Where nginx keeps answers and pages.
    public var cacheFolder: String

    public init(
        fronts: [Front], sluice: Endpoint, certificate: Certificate?, upstreamCAFile: String, keepSeconds: Int,
        cacheFolder: String
    ) {
        self.fronts = fronts
        self.sluice = sluice
        self.certificate = certificate
        self.upstreamCAFile = upstreamCAFile
        self.keepSeconds = keepSeconds
        self.cacheFolder = cacheFolder
    }

    /// What cannot be written as a configuration of this proxy; empty: all of it can.
    public func problems(for proxy: Proxy) -> [String] {
        var problems: [String] = []
        if fronts.isEmpty {
            problems.append(
                "no system is fenced: set fence.csaListen and fence.csaUpstream, or the portal's or Central's")
        }
        let listens = fronts.map(\.listen)
        if Set(listens).count < listens.count { problems.append("two systems listen on the same address") }
        if proxy == .haproxy, let certificate {
            let keyFile = Self.keyFileOfHAProxy(certificate.chainFile)
            if certificate.keyFile != keyFile {
                problems.append(
                    "HAProxy reads the key of \(certificate.chainFile) from \(keyFile): put it there and set "
                        + "fence.certificateKeyFile to that")
            }
        }
        return problems
    }

    /// Where HAProxy looks for the key of a certificate (`ssl-load-extra-files`).
    static func keyFileOfHAProxy(_ chainFile: String) -> String { chainFile + ".key" }

    /// The proxies that a configuration can be written for.
    public enum Proxy: String, Hashable, Sendable, CaseIterable {
        case nginx, haproxy
    }

    /// Addresses that are the controller's, and then those that are only OO's.
    var callers: [(range: AddressRange, caller: String)] {
        var seen: Set<AddressRange> = []
        let all = controllerAddresses.map { ($0, "controller") } + callbackAddresses.map { ($0, "callback") }
        return all.filter { seen.insert($0.0).inserted }.map { (range: $0.0, caller: $0.1) }
    }
}

extension SluiceConfiguration {
    /// The fence in front of CSA, its portal and Central, as `sluice fence` writes it for a reverse proxy.
    public struct Fence: Hashable, Sendable {
        /// Where the proxy reaches Sluice.
        public var sluice = ListenAddress(host: "127.0.0.1", port: 8470)
        /// Where the proxy takes a system's requests, and where that system is; both or neither.
        public var csaListen: ListenAddress?
        public var csaUpstream: Upstream?
        public var portalListen: ListenAddress?
        public var portalUpstream: Upstream?
        public var centralListen: ListenAddress?
        public var centralUpstream: Upstream?
        /// What clients see, PEM; nil: they come without TLS.
        public var certificateFile: String?
        public var certificateKeyFile: String?
        /// What the upstreams' certificates are checked against.
        public var caFile = "/etc/ssl/certs/ca-certificates.crt"
        /// Of OO's Central and workers: addresses and ranges.
        public var ooAddresses: [String] = []
        /// With which OO's flows call CSA back; nil: addresses alone count.
        public var callbackAccount: String?
        /// Of Sluice itself.
        public var controllerAddresses: [String] = []
        /// How long the last answer counts while Sluice is silent.
        public var keepSeconds = 30
        /// Where nginx keeps answers and pages.
        public var cacheFolder = "/var/lib/nginx/sluice-fence"
    }

    /// Where a system really is.
    public struct Upstream: Hashable, Sendable {
        public var isSecure: Bool
        public var address: ListenAddress
    }
}

public import SluiceModel

extension SluiceConfiguration {
    /// How Sluice stands in front of Central.
    public struct Facade: Hashable, Sendable {
        public var enabled = false
        /// The first that matches a user counts.
        public var requesters: [Requester] = []
        /// Virtual execution ids begin behind it.
        public var virtualIDBase = 9_000_000_000_000_000
        /// `https://gate.example`, as clients see the facade; nil: as their `Host` says.
        public var publicURL: String?
        /// Whether Central is shown the client's `Host`.
        public var keepHost = false
        /// Whether the run URLs of OO 9, below `/PAS`, are served too.
        public var oldRuns = false
        /// Below Central's REST root: a read that needs a login.
        public var verifyPath = "/v2/executions?pageSize=1&pageNum=1"
        public var verifySeconds = 60
        public var trustSeconds = 86_400
        public var retryAfterSeconds = 60
        public var idleSeconds = 300
        public var connections = 256
        public var mergeBytes = 16_777_216

        /// Whose launches are taken for what, and how long they wait.
        public struct Requester: Hashable, Sendable {
            /// A pattern over user names, in any case.
            public var user: String
            public var source: LaunchSource?
            /// nil: a launch that may not start is refused.
            public var patienceSeconds: Int64?
        }
    }
}

/// A long-running asker: it asks the gate for launches of its own, as a program would over HTTP, and by the same rules.
///
/// It runs as long as Sluice does. When `run` returns or throws, it is started again after a pause that grows up to
/// five minutes; when Sluice stops, its task is cancelled, and it has a few seconds to return.
///
/// A launch answered `hold` with the launcher `sluice` is kept, and Sluice starts it after the release. A source that
/// starts flows itself asks with the launcher `caller` and an `askID`, and asks again with the ticket.
///
/// Not to be mistaken for `SluiceModel.LaunchSource`, the word that says what asked for one launch. With
/// `import SluicePluginKit` alone the name means this protocol.
public protocol LaunchSource: Sendable {
    /// Asks until its task is cancelled.
    /// - Throws: Anything; the error's description is logged, so put no secret in it.
    func run(asking gate: any LaunchAsking) async throws
}

/// The gate as a `LaunchSource` reaches it. Implemented by the host, and by your tests.
public protocol LaunchAsking: Sendable {
    /// Decides one launch request, by the same rules as one over HTTP; the principal is `plugin:NAME`.
    ///
    /// Returns when what the answer promises is durable. Name a sensitive input here, or give it as `.secret`, and it
    /// is sealed before it is stored.
    /// - Throws: `LaunchAskingError` when there is no decision.
    func ask(_ request: LaunchRequest, sensitiveInputs: Set<String>) async throws -> LaunchReply

    /// The gate's wall clock.
    func now() -> Timestamp

    /// Waits, on the gate's clock.
    /// - Throws: `CancellationError` when Sluice stops.
    func sleep(for duration: Duration) async throws
}

extension LaunchAsking {
    /// The same for a request without sensitive inputs.
    public func ask(_ request: LaunchRequest) async throws -> LaunchReply {
        try await ask(request, sensitiveInputs: [])
    }
}

/// The gate's answer to a source.
public struct LaunchReply: Hashable, Sendable {
    public var decision: Decision
    /// With `hold`: names what is kept.
    public var ticket: Ticket?
    /// With `proceed`: to be handed to the flow as the input `sluicePass`.
    public var pass: Secret?
    /// With `proceed`: how long after asking it may be acted on.
    public var validFor: Duration

    public init(decision: Decision, ticket: Ticket? = nil, pass: Secret? = nil, validFor: Duration = .seconds(2)) {
        self.decision = decision
        self.ticket = ticket
        self.pass = pass
        self.validFor = validFor
    }
}

/// Why a source was given no decision.
public struct LaunchAskingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What stood in the way; more may come.
    public struct Code: Hashable, Sendable {
        private let word: String
        private init(_ word: String) { self.word = word }
        /// The request is one that no asker may send; the message says what is wrong with it.
        public static let invalid = Code("invalid")
        /// The idempotency key or ask id was used for another launch.
        public static let keyReused = Code("key-reused")
        /// The same key is being decided, others changed the same launch, or the gate has too many questions.
        public static let askAgain = Code("ask-again")
        /// The store cannot be used: nothing can be promised.
        public static let unavailable = Code("unavailable")
        /// The source has as many questions open as it may have.
        public static let tooMany = Code("too-many")
    }

    public let code: Code
    /// What failed, and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same question may be answered later.
    public var isRetryable: Bool { code != .invalid && code != .keyReused }

    public var description: String { message }
}

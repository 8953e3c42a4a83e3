public import SluiceModel

/// What the configuration lets an operator choose about the gate.
public struct GatePolicy: Hashable, Sendable {
    /// How long after a `proceed` its launch may still appear (product.md: default 60 s).
    public var startWindow: Duration
    /// How long a client may act on a `proceed`, counted from when it sent the question.
    public var validFor: Duration
    /// How long an admission pass is good for (product.md: default 7 d).
    public var admissionLifetime: Duration
    /// How long that of an execution is which neither names itself nor was held: nobody can look up whether it still
    /// runs, so that a copy of its pass would open a closed gate for as long.
    public var unnamedAdmissionLifetime: Duration = .seconds(7 * 86_400)
    /// How long an attempt pass of a held launch is good for: Central may queue a start.
    public var attemptLifetime: Duration
    /// Published: how long an idempotency key is remembered.
    public var idempotencyRetention: Duration
    /// Whether secrets may be kept (sealed) for a relaunch; if not, a launch with secrets is not replayable.
    public var keepsSecrets: Bool
    /// Whether a newer hold may stand for launches that somebody waits for; those are told that it does.
    public var coalescesWaitedFor = false
    /// In the order written; the first that matches answers.
    public var allowRules: [AllowRule]
    /// Whether rule 5 has anybody to ask.
    public var hasInterceptors: Bool
    /// Which launches they are asked about: one match is enough, and none at all means every launch.
    public var interceptorMatches: [LaunchMatch] = []
    /// Questions being looked up, annotated or committed at once; one more is refused as `overloaded`.
    public var pendingAskCountMax = GateLimits.pendingAskCountMax

    public init(
        startWindow: Duration = .seconds(60), validFor: Duration = .seconds(2),
        admissionLifetime: Duration = .seconds(7 * 86_400), attemptLifetime: Duration = .seconds(86_400),
        idempotencyRetention: Duration = .seconds(7 * 86_400), keepsSecrets: Bool = true,
        allowRules: [AllowRule] = [], hasInterceptors: Bool = false
    ) {
        self.startWindow = startWindow
        self.validFor = validFor
        self.admissionLifetime = admissionLifetime
        self.attemptLifetime = attemptLifetime
        self.idempotencyRetention = idempotencyRetention
        self.keepsSecrets = keepsSecrets
        self.allowRules = allowRules
        self.hasInterceptors = hasInterceptors
    }

    /// Whether interceptors are asked about a launch (rule 5).
    public func intercepts(_ request: LaunchRequest, by principal: Principal) -> Bool {
        hasInterceptors
            && (interceptorMatches.isEmpty || interceptorMatches.contains { $0.matches(request, by: principal) })
    }
}

/// What the gate may grow to; hitting one is an answer, never a hang.
public enum GateLimits {
    /// The default of `GatePolicy.pendingAskCountMax`.
    public static let pendingAskCountMax = 10_000
    /// Scopes with a mode of their own.
    public static let scopeCountMax = 1000
    /// Mode changes waiting for the one before them.
    public static let waitingChangeCountMax = 64
    /// How long it stays on record that a held launch's pass was used: longer than any execution runs.
    public static let redemptionRetention: Duration = .seconds(90 * 86_400)
    /// The same of a launch that a caller starts itself, after its pass expired: a second execution of it, which the
    /// caller started because it got no answer, may ask as late as this.
    public static let startRedemptionRetention: Duration = .seconds(3600)
    /// How often a question is decided anew after its commit met a conflict.
    public static let conflictRetryCountMax = 3
    /// How often a change of the gate is weighed anew after another replica changed the gate first.
    public static let modeConflictCountMax = 16
}

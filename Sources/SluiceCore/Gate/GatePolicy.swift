public import SluiceModel

/// What the configuration lets an operator choose about the gate.
public struct GatePolicy: Hashable, Sendable {
    /// How long after a `proceed` its launch may still appear (product.md: default 60 s).
    public var startWindow: Duration
    /// How long a client may act on a `proceed`, counted from when it sent the question.
    public var validFor: Duration
    /// How long an admission pass is good for (product.md: default 7 d).
    public var admissionLifetime: Duration
    /// How long an attempt pass of a held launch is good for: Central may queue a start.
    public var attemptLifetime: Duration
    /// Published: how long an idempotency key is remembered.
    public var idempotencyRetention: Duration
    /// Whether secrets may be kept (sealed) for a relaunch; if not, a launch with secrets is not replayable.
    public var keepsSecrets: Bool
    /// In the order written; the first that matches answers.
    public var allowRules: [AllowRule]
    /// Whether rule 5 has anybody to ask.
    public var hasInterceptors: Bool
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
    /// How often a question is decided anew after its commit met a conflict.
    public static let conflictRetryCountMax = 3
}

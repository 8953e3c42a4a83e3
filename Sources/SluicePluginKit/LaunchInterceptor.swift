/// Looks at launch requests before the gate's mode decides, and may annotate or reject them (rule 5).
///
/// It cannot let a launch start: whatever it says, its time, the mode and the backlog still decide. It is not asked
/// about a launch that a pass, a ticket, an idempotency key, an allow rule or lineage has decided.
///
/// What holds for every implementation, and `InterceptorConformance` (SluicePluginTesting) checks:
/// - **The same of the same.** What it says depends on the launch and the time it is given. A question may be asked
///   again after a crash, and by another replica.
/// - **Soon.** The host waits for its budget (50 ms unless configured) and goes on; then the fault policy decides. Its
///   task is cancelled, and as long as it does not end it keeps one of the plugin's few places.
/// - **For anything.** Requests come from anybody: no inputs, thousands, any text.
/// - **Beside itself.** It is asked from several tasks at once, on threads of the plugin's own.
///
/// Implemented by first-party plugins in `Plugins/`, and by yours.
public protocol LaunchInterceptor: Sendable {
    /// Says what it makes of one launch.
    ///
    /// - Parameters:
    ///   - launch: The request, with what plugins before it in the configured order added.
    ///   - now: The gate's wall clock; do not read another.
    /// - Throws: Anything; the error's description is shown to operators, so put no secret in it. The fault policy
    ///   decides about the launch.
    func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception

    /// Frees what it holds: called once, after the last question, when Sluice stops. The default does nothing.
    func stop() async
}

extension LaunchInterceptor {
    public func stop() async {}
}

/// What an interceptor says of a launch. There is no way to say "let it start".
public enum Interception: Hashable, Sendable {
    /// Adds or tightens; what each annotation does is on `LaunchAnnotations`. The remark, one sentence, is for `why`.
    case annotate(LaunchAnnotations, remark: String? = nil)
    /// The launch is not to start, now or later; nothing is kept of it, and the asker is told the reason.
    case reject(reason: String)

    /// It has nothing to say of this launch.
    public static let nothing = Interception.annotate(LaunchAnnotations())
}

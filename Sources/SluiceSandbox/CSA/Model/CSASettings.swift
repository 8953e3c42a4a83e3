/// What the sandbox's CSA is like: its version, its speed, and a switch for each thing the reference leaves open.
///
/// The grades of the defaults stand in docs/sandbox.md. All of it can be changed while it runs (`PUT
/// /control/settings`).
public struct CSASettings: Codable, Hashable, Sendable {
    /// Which release it is.
    public enum Version: String, Codable, Hashable, Sendable {
        /// `setSOApprovalPolicy`; shows everything; takes any change of a process instance.
        case v400 = "4.00"
        /// `setCatalogSOApprovalPolicy`; `restrict` hides dates and more; terminal process instances are final.
        case v490 = "4.90"
    }

    /// How a single offering shows the policies assigned to it. UNKNOWN.
    public enum AssignmentEcho: String, Codable, Hashable, Sendable {
        case none
        /// One element with the id of ORDER's policy.
        case order
        /// One element for each action, with `requestedAction`.
        case perAction = "per-action"
    }

    /// How a list of offerings shows `hasApproval` to whoever asks for it: "attribute" is the vendor's word, of a
    /// document that shows everything else as elements.
    public enum ApprovalFlag: String, Codable, Hashable, Sendable, CaseIterable {
        case element
        case attribute
    }

    /// What changing a policy does to timers of approvals that wait. UNKNOWN.
    public enum Timers: String, Codable, Hashable, Sendable {
        /// Nothing: an approval copies the policy.
        case copied
        /// A timer that finds its policy not automatic does nothing, and nobody comes back to it.
        case referenced
        /// As `referenced`, and making a policy automatic starts the timers of all approvals that wait on it.
        case reevaluated
    }

    /// Where an order with a start in the future waits. UNKNOWN.
    public enum Reserving: String, Codable, Hashable, Sendable {
        case afterReserving = "after-reserving"
        case beforeInitializing = "before-initializing"
    }

    /// How the shared catalog refuses policies. UNKNOWN.
    public enum SharedRefusal: String, Codable, Hashable, Sendable {
        /// 200 and a "Failed" for each item.
        case messages
        case status500 = "500"
    }

    public var version = Version.v490
    /// `http://host:port/oo` of Central or of Sluice's facade; empty: every launch is refused.
    public var ooURL = ""
    /// Which start call CSA makes. UNKNOWN.
    public var ooDialect = SandboxSettings.Dialect.v2
    /// Added to the machine's clock: CSA's own clock is off by that much.
    public var clockOffsetMilliseconds: Int64 = 0
    /// Of the server's time zone: legacy dates are local.
    public var utcOffsetMinutes = 0
    /// Wrong passwords in a row after which an account is locked; 0 is never.
    public var lockoutAfter = 0
    /// How long a token of the identity service counts. UNKNOWN.
    public var tokenMilliseconds: Int64 = 1_800_000
    /// Length of a day of an automatic policy; shorter for the impatient.
    public var dayMilliseconds: Int64 = 86_400_000
    /// From a request's submission, and from its approval, to what follows: the request processor's period.
    public var processorMilliseconds: Int64 = 0
    /// Between two chained transitions.
    public var gapMilliseconds: Int64 = 200
    public var assignmentEcho = AssignmentEcho.perAction
    /// Name of the element in which an offering shows its policy. UNKNOWN.
    public var assignmentElement = "approvalPolicy"
    public var sharedCatalogRefusal = SharedRefusal.messages
    public var approvalFlag = ApprovalFlag.element
    /// Whether PUT and POST of a policy make `minApprovalRequired` 1 of 0 (PROVEN for 4.90).
    public var normalisesMinimum = true
    /// The code for a `userIdentifier` that names nobody, any more or ever. UNKNOWN.
    public var staleLoginCode = 401
    public var timers = Timers.referenced
    public var reserving = Reserving.afterReserving
    /// INFERRED trap: a manual policy with no approver and `minApprovalRequired` 0 completes at once.
    public var completesWithoutApprover = true
    /// UNKNOWN: whether the process of a delegated policy decides the approval when it ends.
    public var delegatedProcessDecides = true
    /// UNKNOWN: whether a PUT may carry the whole body of a GET, with `id`, `updatedOn` and so on.
    public var takesWholeBodies = true
    /// UNKNOWN: whether only persons of `CSA-Provider` may change policies and publish.
    public var changesNeedProvider = true
    /// UNKNOWN: whether unpublishing an offering also stops changes of its subscriptions.
    public var unpublishStopsModify = false
    /// "Fail on Error" of the three Un- stages; off by default (PROVEN).
    public var unStagesFailOnError = false
    /// UNKNOWN: whether a launch without an answer fails its transition, or waits for the callback.
    public var unansweredLaunchFails = true
    /// UNKNOWN: whether a launch that was on the wire when CSA died is put again, so that its flow may run twice; else
    /// its process waits for a callback, which may never come.
    public var launchesAgain = false
    /// UNKNOWN: the code for a change of a process instance that has ended.
    public var terminalRefusedCode = 500
    /// Whether person lists hold only who logged in to the portal once (INFERRED risk).
    public var listsLoggedInOnly = false

    public init() {}

    /// Nil, or what is wrong.
    var complaint: String? {
        let spans = [
            ("tokenMilliseconds", tokenMilliseconds), ("dayMilliseconds", dayMilliseconds),
            ("processorMilliseconds", processorMilliseconds), ("gapMilliseconds", gapMilliseconds),
            ("clockOffsetMilliseconds", abs(max(clockOffsetMilliseconds, -.max))),
        ]
        for (name, span) in spans where !(0...SandboxLimits.spanMillisecondsMax).contains(span) {
            return "\(name) must be at most \(SandboxLimits.spanMillisecondsMax)"
        }
        guard (-1080...1080).contains(utcOffsetMinutes) else { return "utcOffsetMinutes must be -1080 to 1080" }
        guard (0...1000).contains(lockoutAfter) else { return "lockoutAfter must be 0 to 1000" }
        guard (200...599).contains(terminalRefusedCode) else { return "terminalRefusedCode must be 200 to 599" }
        guard [401, 404].contains(staleLoginCode) else { return "staleLoginCode must be 401 or 404" }
        guard ooURL.isEmpty || ooURL.hasPrefix("http://") || ooURL.hasPrefix("https://") else {
            return "ooURL must be an http address, or empty"
        }
        let letters = assignmentElement.utf8.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
        guard letters, !assignmentElement.isEmpty, assignmentElement.utf8.count <= CSALimits.nameBytesMax else {
            return "assignmentElement must be a word"
        }
        return nil
    }
}

/// A question to the gate: may this flow start?
///
/// Only `flow` and `source` are required (interfaces.md). A request is a value of its own: nothing in it is trusted
/// before the gate has decided.
public struct LaunchRequest: Hashable, Sendable {
    public var flow: FlowID
    public var source: LaunchSource
    /// Who starts it once it may, when it is held.
    public var launcher: Launcher
    /// The gate step's own question id; the same on each repeat.
    public var askID: AskID?
    /// A pass that travelled with the execution, as sealed text.
    public var pass: Secret?
    /// A hold this asker was given before.
    public var ticket: Ticket?
    /// The asking execution, when it knows its id.
    public var runID: ExecutionID?
    /// The execution that caused this one (lineage).
    public var parentRunID: ExecutionID?
    public var csaInstanceID: CSAInstanceID?
    public var csaProcessID: CSAProcessID?
    /// `Library/Backup/Nightly`; filled in from the inventory when the flow is known.
    public var flowPath: String?
    /// What the content packs said of the flow when it asked; nil when the flow was in none.
    public var flowMemory: FlowMemory?
    public var tenant: TenantID?
    /// In the order given; names are unique.
    public var inputs: [LaunchInput]
    /// How Central shall start it.
    public var start: StartOptions
    public var scheduleID: ScheduleID?
    /// The time the schedule meant, not the time it asked.
    public var nominalTime: Timestamp?
    public var orderingKey: OrderingKey?
    public var coalesceKey: CoalesceKey?
    /// 0 (last) to 9 (first); 5 is ordinary.
    public var priority: Priority
    /// Not to be launched before this time.
    public var notBefore: Timestamp?
    /// Not to be launched from this time on.
    public var expiresAt: Timestamp?
    public var idempotencyKey: IdempotencyKey?
    /// The account that asked, as the asker states it.
    public var requestedBy: String?
    /// For whom it asked.
    public var onBehalfOf: String?
    /// Whether its caller, once let through with a ticket, reports the end. Not part of what makes it the same launch.
    public var reportsEnd: Bool
    /// What becomes of it when its nominal time passed while it was held, as a plugin said; nil: as the configuration
    /// says.
    public var misfirePolicy: MisfirePolicy?
    /// What plugins did to it, in their order.
    public var pluginNotes: [PluginNote]
    /// Who is to be told when its hold was launched and when that ended.
    public var callbackURL: CallbackURL?

    public init(flow: FlowID, source: LaunchSource) {
        self.flow = flow
        self.source = source
        launcher = .sluice
        inputs = []
        start = StartOptions()
        priority = .ordinary
        reportsEnd = false
        pluginNotes = []
    }
}

/// How urgent a launch is among the holds: 9 is released first, 0 last.
public struct Priority: Hashable, Sendable, Comparable {
    public let level: Int

    /// The default, as Quartz has it (scheduler-xml.md section 5).
    public static let ordinary = Priority(unchecked: 5)
    /// What a level may be.
    public static let range = 0...9

    /// - Returns: nil outside 0 to 9.
    public init?(_ level: Int) {
        guard Priority.range.contains(level) else { return nil }
        self.level = level
    }

    private init(unchecked level: Int) { self.level = level }

    public static func < (left: Self, right: Self) -> Bool { left.level < right.level }
}

/// What a faithful relaunch needs besides the inputs (oo-central-api.md section 3).
public struct StartOptions: Hashable, Sendable {
    public var runName: String?
    public var logLevel: String?
    public var inputPromptUseBlank: Bool?

    public init(runName: String? = nil, logLevel: String? = nil, inputPromptUseBlank: Bool? = nil) {
        self.runName = runName
        self.logLevel = logLevel
        self.inputPromptUseBlank = inputPromptUseBlank
    }
}

/// One input of a launch.
public struct LaunchInput: Hashable, Sendable {
    public var name: String
    public var value: Value

    /// A value by how much may be seen of it.
    public enum Value: Hashable, Sendable {
        /// May be stored, shown and logged.
        case clear(String)
        /// A secret in memory, on its way to being sealed or sent. Never stored.
        case secret(Secret)
        /// A secret at rest: only the key's owner can open it.
        case sealed(SealedBytes)
    }

    public init(name: String, value: Value) {
        self.name = name
        self.value = value
    }

    /// Whether the value must not be shown.
    public var isSensitive: Bool { if case .clear = value { false } else { true } }
}

/// A secret text whose every printed form is `‹redacted›`.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The clear text. Whoever reads it answers for where it goes.
    public let exposed: String

    public init(_ exposed: String) { self.exposed = exposed }

    public var description: String { "‹redacted›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Authenticated cipher text with its nonce; opened only with Sluice's key.
public struct SealedBytes: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var description: String { "‹sealed›" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

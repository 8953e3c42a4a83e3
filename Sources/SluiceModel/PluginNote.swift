/// What one plugin did to a launch request; kept with its hold and shown by `why`.
public struct PluginNote: Hashable, Sendable {
    /// The name that the configuration gives it.
    public var plugin: String
    public var outcome: Outcome
    /// What it added, why it rejected, or how it failed; one line, cut to `PluginLimits.textCharacterCountMax`.
    public var text: String

    /// What came of asking it.
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        case annotated
        /// It said no.
        case rejected
        /// It failed, and the launch went on without it.
        case skipped
        /// It failed, and the launch is held for the operator.
        case held
        /// It failed, and the launch was rejected.
        case refused

        /// Whether the plugin failed.
        public var isFault: Bool { self == .skipped || self == .held || self == .refused }
    }

    public init(plugin: String, outcome: Outcome, text: String) {
        self.plugin = plugin
        self.outcome = outcome
        self.text = PluginNote.line(text)
    }

    /// One line of what a plugin said: control characters become blanks, and what is too long is cut.
    public static func line(_ text: String) -> String {
        var line = ""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < PluginLimits.textCharacterCountMax else { return line + "…" }
            let isControl = scalar.value < 0x20 || scalar.value == 0x7F
            line.unicodeScalars.append(isControl ? " " : scalar)
            count += 1
        }
        return line
    }

    /// `pools: added coalesce key pool:P1`, `dates: failed, and the launch is held: …`.
    public var sentence: String {
        switch outcome {
        case .annotated: "\(plugin) added \(text)"
        case .rejected: "\(plugin) rejected it: \(text)"
        case .skipped: "\(plugin) failed and was skipped: \(text)"
        case .held: "\(plugin) failed, so it is held for the operator: \(text)"
        case .refused: "\(plugin) failed, so it is rejected: \(text)"
        }
    }
}

/// What plugins may grow to.
public enum PluginLimits {
    /// Plugins in one configuration.
    public static let countMax = 32
    /// Unicode scalars of a plugin's reason, remark or error.
    public static let textCharacterCountMax = 300
}

/// What becomes of a launch when a plugin that was asked about it throws, takes too long or answers nonsense.
public enum PluginFaultPolicy: String, Hashable, Sendable, CaseIterable {
    /// The launch goes on as if the plugin were not there.
    case skip
    /// The launch is kept, and an operator decides.
    case hold
    /// The launch is rejected; nothing is kept.
    case reject
}

/// Which launches something applies to: each condition that is given must match; none at all matches every launch.
public struct LaunchMatch: Hashable, Sendable {
    public var flow: FlowID?
    public var path: PathGlob?
    public var source: LaunchSource?
    /// The authenticated asker.
    public var requester: Principal?

    public init(
        flow: FlowID? = nil, path: PathGlob? = nil, source: LaunchSource? = nil, requester: Principal? = nil
    ) {
        self.flow = flow
        self.path = path
        self.source = source
        self.requester = requester
    }

    public func matches(_ request: LaunchRequest, by principal: Principal) -> Bool {
        if let flow, request.flow != flow { return false }
        if let path, !(request.flowPath.map(path.matches) ?? false) { return false }
        if let source, request.source != source { return false }
        if let requester, principal != requester { return false }
        return true
    }
}

/// What an operator sets about the release; every field can be changed while it runs.
///
/// Values from outside are brought into their ranges by nobody here: check them with `problem` first.
public struct ReleaseSettings: Hashable, Sendable {
    /// Launches a minute, at most.
    public var ratePerMinute: Int
    /// Executions that run at once, at most: those launched by Sluice and direct ones.
    public var ceiling: Int
    /// What has to end well before anything else may start; nil: nothing.
    public var canary: Canary?
    /// How rate and ceiling rise from a part of them to the whole; nil: they are whole at once.
    public var ramp: Ramp?
    /// When failures stop the release; nil: never.
    public var breaker: Breaker?
    /// Holds of one tenant that are launched before it is another's turn, within one priority.
    public var tenantSlice: Int
    /// What later holds of an ordering key do when its head awaits the operator.
    public var strandedKeys: StrandedKeyPolicy
    /// What becomes of a hold whose flow reads the identity of whoever runs it: a launch by Sluice runs as its account.
    public var identity: IdentityPolicy

    /// The first launches of a release.
    public struct Canary: Hashable, Sendable {
        /// So many must have ended well.
        public var count: Int
        /// Only launches of this flow count; of any flow when none of it waits, and when nil.
        public var flow: FlowID?
        /// How long one may take to end; then the release breaks.
        public var timeoutSeconds: Int64

        public init(count: Int = 1, flow: FlowID? = nil, timeoutSeconds: Int64 = 900) {
            self.count = count
            self.flow = flow
            self.timeoutSeconds = timeoutSeconds
        }
    }

    /// Rises with launches that ended well.
    public struct Ramp: Hashable, Sendable {
        /// The part of rate and ceiling that it starts with, in percent.
        public var fromPercent: Int
        public var growth: Growth
        /// Launches that must have ended well for each rise.
        public var everyWellEnded: Int

        public enum Growth: Hashable, Sendable {
            /// To so many percent of what it was: 200 doubles it.
            case factorPercent(Int)
            /// By so many percent of the whole.
            case stepPercent(Int)
        }

        public init(fromPercent: Int = 10, growth: Growth = .factorPercent(200), everyWellEnded: Int = 10) {
            self.fromPercent = fromPercent
            self.growth = growth
            self.everyWellEnded = everyWellEnded
        }
    }

    /// Stops the release when too many of its launches did not end well.
    public struct Breaker: Hashable, Sendable {
        /// The share of failures that is too much, in percent: the breaker opens above it.
        public var sharePercent: Int
        /// How many of the launches that ended last are looked at.
        public var window: Int
        /// So many must have ended before there is a verdict.
        public var minimum: Int
        /// How much more often than in its own past a flow may fail, in percent of its launches; nil: its past is not
        /// looked at.
        public var historyMarginPercent: Int?

        public init(
            sharePercent: Int = 50, window: Int = 20, minimum: Int = 10, historyMarginPercent: Int? = nil
        ) {
            self.sharePercent = sharePercent
            self.window = window
            self.minimum = minimum
            self.historyMarginPercent = historyMarginPercent
        }
    }

    public init(
        ratePerMinute: Int = 600, ceiling: Int = 50, canary: Canary? = nil, ramp: Ramp? = nil, breaker: Breaker? = nil,
        tenantSlice: Int = 10, strandedKeys: StrandedKeyPolicy = .wait, identity: IdentityPolicy = .launch
    ) {
        self.ratePerMinute = ratePerMinute
        self.ceiling = ceiling
        self.canary = canary
        self.ramp = ramp
        self.breaker = breaker
        self.tenantSlice = tenantSlice
        self.strandedKeys = strandedKeys
        self.identity = identity
    }

    /// What is not in its range, as the field's name and what it must be; nil when all is well.
    public var problem: (field: String, expected: String)? {
        func check(_ field: String, _ value: Int, _ range: ClosedRange<Int>) -> (field: String, expected: String)? {
            range.contains(value) ? nil : (field, "\(range.lowerBound) to \(range.upperBound)")
        }
        let first =
            check("ratePerMinute", ratePerMinute, Limits.ratePerMinute) ?? check("ceiling", ceiling, Limits.ceiling)
            ?? check("tenantSlice", tenantSlice, Limits.tenantSlice)
        if let first { return first }
        if let canary {
            let found =
                check("canary.count", canary.count, Limits.canaryCount)
                ?? check("canary.timeoutSeconds", Int(clamping: canary.timeoutSeconds), Limits.canaryTimeoutSeconds)
            if let found { return found }
        }
        if let ramp {
            let growth =
                switch ramp.growth {
                case .factorPercent(let percent): check("ramp.factorPercent", percent, Limits.factorPercent)
                case .stepPercent(let percent): check("ramp.stepPercent", percent, 1...100)
                }
            let found =
                check("ramp.fromPercent", ramp.fromPercent, 1...100) ?? growth
                ?? check("ramp.everyWellEnded", ramp.everyWellEnded, Limits.everyWellEnded)
            if let found { return found }
        }
        guard let breaker else { return nil }
        return check("breaker.sharePercent", breaker.sharePercent, 0...100)
            ?? check("breaker.window", breaker.window, Limits.breakerWindow)
            ?? check("breaker.minimum", breaker.minimum, 1...max(1, breaker.window))
            ?? breaker.historyMarginPercent.flatMap { check("breaker.historyMarginPercent", $0, 0...100) }
    }

    /// The ranges of what may be set.
    public enum Limits {
        /// The highest is what one SQLite database and one process can do.
        public static let ratePerMinute = 1...600_000
        /// A launch under way is held in memory, a few kilobytes each.
        public static let ceiling = 1...20_000
        public static let canaryCount = 1...100
        public static let canaryTimeoutSeconds = 1...604_800
        public static let factorPercent = 101...1000
        public static let everyWellEnded = 1...10_000
        public static let breakerWindow = 1...1000
        public static let tenantSlice = 1...1000
    }
}

/// What later holds of an ordering key do when its head awaits the operator.
public enum StrandedKeyPolicy: String, Hashable, Sendable, CaseIterable {
    /// They wait until the operator has decided.
    case wait
    /// They go on: the head leaves its key, and says so. It concerns heads that are stranded from then on.
    case goOn = "go-on"
}

/// What becomes of a hold whose flow reads the identity of whoever runs it.
public enum IdentityPolicy: String, Hashable, Sendable, CaseIterable {
    /// It awaits the operator.
    case awaitOperator = "await-operator"
    /// It is launched all the same.
    case launch
}

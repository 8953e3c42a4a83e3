/// The release as it is on record: what was set, where it is, and what it has earned.
public struct ReleaseRecord: Hashable, Sendable {
    /// Grows with each write, from 1.
    public var revision: Int64
    /// Grows with each change of the settings, from 1: what `ETag` and `If-Match` name.
    public var settingsRevision: Int64
    public var settings: ReleaseSettings
    public var stage: ReleaseStage
    /// What `paused` interrupted.
    public var resumes: ReleaseStage?
    /// Since when it is in this stage.
    public var since: Timestamp
    /// Who changed it last, and why.
    public var by: Principal
    public var reason: String
    /// When this record was written.
    public var at: Timestamp
    /// The newest close of the gate whose end this release is about, or that was over before there was a release.
    public var closedEpoch: Epoch
    /// When the release that is under way, or was last, began; nil: none was.
    public var beganAt: Timestamp?
    public var earned: Earned
    /// Who or what stopped it and why, as people are told; kept until it goes on. nil: nothing did.
    public var stopWords: String?

    /// Rate and ceiling as they were set.
    public static let wholeLevel = 1_000_000

    /// What launches that ended well have earned in this release; a new process goes on from it, never beyond.
    public struct Earned: Hashable, Sendable {
        /// Canaries that ended well.
        public var canaryCount: Int
        /// How much of rate and ceiling the ramp gives, in millionths.
        public var levelMillionths: Int
        /// How the last launches ended, oldest first, true: well; as of the last one that did not.
        public var recent: [Bool]

        public init(canaryCount: Int = 0, levelMillionths: Int = ReleaseRecord.wholeLevel, recent: [Bool] = []) {
            self.canaryCount = canaryCount
            self.levelMillionths = levelMillionths
            self.recent = recent
        }
    }

    /// The first one: idle, nothing earned.
    public init(
        settings: ReleaseSettings, closedEpoch: Epoch, at now: Timestamp, by principal: Principal, reason: String
    ) {
        revision = 1
        settingsRevision = 1
        self.settings = settings
        stage = .idle
        since = now
        by = principal
        self.reason = reason
        at = now
        self.closedEpoch = closedEpoch
        earned = Earned()
    }

    /// This record's successor.
    public func changed(
        at now: Timestamp, by principal: Principal, reason: String, _ change: (inout ReleaseRecord) -> Void
    ) -> ReleaseRecord {
        var next = self
        change(&next)
        next.revision = revision + 1
        if next.settings != settings { next.settingsRevision = settingsRevision + 1 }
        if next.stage != stage {
            next.since = now
            next.stopWords = next.stage.stopWords(by: principal, reason: reason)
        }
        next.at = now
        next.by = principal
        next.reason = reason
        return next
    }

    /// The kind of the event that each write appends.
    public static let eventKind = "release-changed"

    /// What such an event says.
    public var eventText: String { "\(stage.rawValue), revision \(revision): \(reason)" }
}

/// Where a release is.
public enum ReleaseStage: String, Hashable, Sendable, CaseIterable {
    /// No release is under way; what becomes due is launched all the same. Left when a close of the gate ends.
    case idle
    /// Only canaries start. Left when they ended well, or one did not.
    case canary
    /// Rate and ceiling rise with what ends well. Left when they are whole.
    case ramping
    /// Rate and ceiling are whole. Left when nothing is left to launch.
    case full
    /// Nothing starts: a person said so. Left by `continue` and `abort`.
    case paused
    /// Nothing starts: too much did not end well. Left by `continue`, which begins anew, and `abort`.
    case broken
    /// Nothing starts: a person ended it. Left by `continue`, which begins anew, and by the end of the next close.
    case aborted

    /// Whether a release is under way that may start something.
    public var isActive: Bool { self == .canary || self == .ramping || self == .full }

    /// Whether holds may start at all.
    public var letsStart: Bool { isActive || self == .idle }

    /// What people are told of a stop; nil: it is none.
    public func stopWords(by principal: Principal, reason: String) -> String? {
        func words(of order: String) -> Substring {
            reason.hasPrefix("\(order): ") ? reason.dropFirst(order.count + 2) : reason[...]
        }
        return switch self {
        case .paused: principal == .sluice ? reason : "paused by \(principal): \(words(of: "pause"))"
        case .broken: "the breaker is open: \(reason)"
        case .aborted: "aborted by \(principal): \(words(of: "abort"))"
        case .idle, .canary, .ramping, .full: nil
        }
    }
}

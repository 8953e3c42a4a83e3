/// What a maintenance is to do, as an administrator plans it.
public struct MaintenancePlan: Hashable, Sendable {
    /// Which systems are to be stopped.
    public enum Systems: String, Hashable, Sendable, CaseIterable {
        /// CSA first, OO second; the way back is the reverse.
        case both = "csa-and-oo"
        case csaOnly = "csa"
        case ooOnly = "oo"

        public var includesCSA: Bool { self != .ooOnly }
        public var includesOO: Bool { self != .csaOnly }
    }

    /// What CSA's users meet meanwhile.
    public enum CSAMode: String, Hashable, Sendable, CaseIterable {
        /// The fence is closed: the portal shows the maintenance page.
        case refuse
        /// Orders are taken and wait for an approval; their lifecycles do not start.
        case accept
    }

    /// What happens when the drain is not over by its deadline. Nothing is ever cancelled (requirement R15).
    public enum DeadlineOutcome: String, Hashable, Sendable, CaseIterable {
        /// The owner is asked, and it goes on waiting.
        case ask
        /// Everything is put back.
        case abort
    }

    public var title: String
    /// Told to whoever is refused or held.
    public var reason: String
    /// Who is asked and reminded: a name, a team, an address (requirement R35).
    public var owner: String
    public var systems: Systems
    /// The part of all launches that it is about; nil: all. Only for a maintenance of OO alone.
    public var scope: Scope?
    /// When it starts by itself; nil: by hand, or with `window`.
    public var startsAt: Timestamp?
    /// The window whose next occurrence starts it by itself when it begins; nil: none does.
    public var window: WindowID?
    /// When it should be over; told to whoever is refused or held.
    public var expectedEnd: Timestamp
    /// How long both drains may take, from the start; nil: as long as they do.
    public var drainSeconds: Int64?
    public var onDeadline: DeadlineOutcome
    public var csaMode: CSAMode
    /// Whether offerings are taken out of their catalogs as well: the most invasive step (csa-api.md section 11, 6).
    public var unpublishesOfferings: Bool
    /// Whether requests that waited because of us are approved on the way back; else they are left to people.
    public var replaysParkedRequests: Bool

    public init(
        title: String, reason: String, owner: String, systems: Systems = .both, scope: Scope? = nil,
        startsAt: Timestamp? = nil, expectedEnd: Timestamp
    ) {
        self.title = title
        self.reason = reason
        self.owner = owner
        self.systems = systems
        self.scope = scope
        self.startsAt = startsAt
        self.expectedEnd = expectedEnd
        onDeadline = .ask
        csaMode = .refuse
        unpublishesOfferings = false
        replaysParkedRequests = true
    }

    /// What is wrong with it, one sentence each, in the order of its fields; empty: nothing.
    public func problems(at now: Timestamp) -> [String] {
        var problems: [String] = []
        let texts = [("title", title), ("reason", reason), ("owner", owner)]
        for text in texts {
            if text.1.isEmpty { problems.append("\(text.0) is empty: say it, it is shown to people") }
            if text.1.utf8.count > MaintenanceLimits.textByteCountMax {
                problems.append(
                    "\(text.0) has \(text.1.utf8.count) bytes; at most \(MaintenanceLimits.textByteCountMax) are kept")
            }
        }
        if let scope, systems != .ooOnly {
            problems.append("scope \(scope) needs systems: oo; CSA is closed as a whole or not at all")
        }
        if systems == .ooOnly {
            let asked = [
                ("csaMode: accept", csaMode == .accept), ("unpublishOfferings: true", unpublishesOfferings),
                ("replayParkedRequests: false", !replaysParkedRequests),
            ]
            for key in asked where key.1 {
                problems.append("\(key.0) needs CSA among the systems, which are \(systems.rawValue)")
            }
        }
        if let window, let startsAt {
            problems.append("start \(startsAt) and window \(window) are both given: one of them starts it")
        }
        let start = max(startsAt ?? now, now)
        if let startsAt, startsAt < now {
            problems.append("start \(startsAt) has passed; leave it out to start by hand")
        }
        if expectedEnd <= start {
            problems.append("end \(expectedEnd) does not come after the start, \(start)")
        } else if window == nil, expectedEnd.since(start) > MaintenanceLimits.durationMax {
            // Of one that starts with a window nobody knows here when that is.
            problems.append("end \(expectedEnd) is more than \(MaintenanceLimits.dayCountMax) days after the start")
        }
        if let drainSeconds, !MaintenanceLimits.drainSeconds.contains(drainSeconds) {
            problems.append("drainDeadline of \(drainSeconds) s is outside \(MaintenanceLimits.drainSeconds) s")
        }
        return problems
    }
}

/// What a maintenance may measure.
public enum MaintenanceLimits {
    /// Longest title, reason, owner, or reason of a move, in bytes.
    public static let textByteCountMax = 500
    public static let dayCountMax: Int64 = 31
    /// Longest from its start to its expected end.
    public static let durationMax: Duration = .seconds(dayCountMax * 86_400)
    /// How long the drains may be given.
    public static let drainSeconds: ClosedRange<Int64> = 60...(7 * 86_400)
    /// Steps that a record keeps: the first and the newest of them.
    public static let stepCountMax = 100
    public static let waiverCountMax = 10_000
    /// Instances of CSA whose launches are continuations.
    public static let csaInstanceCountMax = 50_000
    /// Blockers that are told at once.
    public static let blockerCountMax = 1000
    /// Between two reminders of one that is not over by its expected end.
    public static let reminderInterval: Duration = .seconds(3600)
    /// Maintenances that are neither completed nor aborted.
    public static let openCountMax = 100
    /// Maintenances in one list.
    public static let listCountMax = 1000
}

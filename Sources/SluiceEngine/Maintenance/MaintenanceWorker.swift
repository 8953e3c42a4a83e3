public import SluiceCore
public import SluiceModel

/// Works on some parts of a maintenance: does what is wished, and says how it stands.
public protocol MaintenanceWorker: Sendable {
    /// Its parts, those that this site has.
    var parts: Set<MaintenancePart> { get }

    /// Goes towards a wish by one step, and says how it stands; called again and again, never twice at once for one
    /// part. Changes nothing when the wish is reached, so that it may be called after a crash at any point.
    /// - Throws: Nothing can be said now; the cause is shown as a blocker, and it is called again.
    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport

    /// Told on each look what is wished now, so that it can leave off what is not any more.
    /// - Parameter record: The maintenance that is under way; nil: none is.
    func rest(_ wishes: [PartWish], of record: MaintenanceRecord?)

    /// Told on each look while another replica leads, which goes on with it.
    func leave()

    /// What stands against the start, or is to be known before it; looks only.
    func preflight(_ plan: MaintenancePlan) async -> [PreflightFinding]
}

extension MaintenanceWorker {
    public func preflight(_ plan: MaintenancePlan) async -> [PreflightFinding] { [] }
    public func rest(_ wishes: [PartWish], of record: MaintenanceRecord?) {}
    public func leave() {}
}

/// How a wish stands, and what is to be on disk before its worker goes on.
public struct PartReport: Hashable, Sendable {
    public var fact: MaintenanceFacts.Fact
    public var notes: [MaintenanceNote]

    public init(_ fact: MaintenanceFacts.Fact, notes: [MaintenanceNote] = []) {
        self.fact = fact
        self.notes = notes
    }
}

extension PreflightFinding {
    /// What is to be said when a system's clock is not as ours: times of ours and theirs are compared all the time.
    static func clocks(of system: String, _ part: MaintenancePart, differ difference: Duration?) -> [PreflightFinding] {
        guard let difference else { return [] }
        let seconds = difference.wholeMilliseconds / 1000
        guard abs(seconds) > EngineLimits.clockDifferenceNoted.wholeMilliseconds / 1000 else { return [] }
        let isTooMuch = abs(seconds) > EngineLimits.clockDifferenceMax.wholeMilliseconds / 1000
        return [
            PreflightFinding(
                isTooMuch ? .error : .warning, "clocks-apart", part,
                "\(system)'s clock is \(abs(seconds)) s \(seconds > 0 ? "ahead of" : "behind") Sluice's",
                remedy:
                    "set both by NTP; at most \(EngineLimits.clockDifferenceMax.wholeMilliseconds / 1000) s are taken")
        ]
    }
}

/// What a look before the start found.
public struct PreflightFinding: Hashable, Sendable {
    public enum Severity: String, Hashable, Sendable, CaseIterable {
        /// It may not be started.
        case error
        /// It may be started when somebody says so (requirement R17).
        case warning
        /// To be known.
        case note
    }

    public var severity: Severity
    /// Stable, such as `central-unreachable`.
    public var code: String
    public var part: MaintenancePart
    /// What was found, in one sentence with its values; never a secret.
    public var text: String
    /// What to change; empty for a note.
    public var remedy: String

    public init(
        _ severity: Severity, _ code: String, _ part: MaintenancePart, _ text: String, remedy: String = ""
    ) {
        self.severity = severity
        self.code = code
        self.part = part
        self.text = text
        self.remedy = remedy
    }
}

public import SluiceModel

/// How the changes stand.
extension ChangeState {
    /// The newest entry of each object, in journal order.
    public var entries: [JournalEntry] { table.records.map(\.entry) }

    /// Whether the journal was read, so that what is said here holds.
    public var isRead: Bool { isRecovered }

    /// Whether every change is made and verified, was not needed, is gone, or was decided by an operator.
    public var isMade: Bool { isRecovered && !table.records.contains(where: \.isUnmade) }

    /// Whether nothing is left to be put back or to be decided.
    public var isSettled: Bool { isRecovered && !table.records.contains(where: \.entry.isUnsettled) }

    /// Why it does not get on, a line for each system and the store; empty when all is well.
    public var troubles: [ChangeTroubleReport] {
        var reports: [ChangeTroubleReport] = []
        if let storeFailure { reports.append(ChangeTroubleReport(system: nil, cause: storeFailure, asks: false)) }
        for lane in lanes {
            if let cause = lane.haltedCause {
                reports.append(
                    ChangeTroubleReport(
                        system: lane.system.name,
                        cause: "it refuses our account, so nothing is sent until an operator says so: \(cause)",
                        asks: true))
            } else if let cause = lane.failure {
                reports.append(
                    ChangeTroubleReport(system: lane.system.name, cause: "\(cause); tried again", asks: false))
            }
        }
        var unknown: Set<String> = []
        for record in table.records where record.entry.isUnsettled {
            let entry = record.entry
            if record.lane == nil, unknown.insert(entry.system).inserted {
                reports.append(
                    ChangeTroubleReport(
                        system: entry.system, cause: "it is not configured, so its changes do not get on", asks: true))
            }
            guard record.failureCount > 0, let failure = record.failure, record.isUnmade || record.isReturning,
                !record.isAsking, reports.count < Self.troubleCountMax
            else { continue }
            reports.append(
                ChangeTroubleReport(
                    system: entry.system, cause: "\(entry.object) (\(entry.title)): \(failure); tried again",
                    asks: false))
        }
        return reports
    }

    /// Most troubles that are told.
    public static let troubleCountMax = 20
}

/// One thing that keeps the changes from getting on.
public struct ChangeTroubleReport: Hashable, Sendable {
    /// nil: the store.
    public var system: String?
    public var cause: String
    /// Whether it waits for an operator.
    public var asks: Bool

    public init(system: String?, cause: String, asks: Bool) {
        self.system = system
        self.cause = cause
        self.asks = asks
    }
}

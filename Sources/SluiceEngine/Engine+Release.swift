public import SluiceCore
public import SluiceModel
import SluicePorts

// What people are told of the release and of what is in flight, whichever replica they ask.
extension Engine {
    /// Where the release is. A replica that does not lead knows what is on record, and says who knows the rest.
    /// - Throws: `StoreError`.
    public func releaseStatus() async throws -> ReleaseStatus {
        let record = try await releases.record()
        guard let leader, leader.term == nil else {
            var status = releaser.status()
            // What this process runs may be ahead of what is on disk.
            if status.record.revision < record.revision {
                if status.stop == status.record.orderedStop { status.stop = nil }
                status.stop = record.orderedStop ?? status.stop
                status.record = record
            }
            return status
        }
        return ReleaseStatus(
            elsewhere: record, isAnyOpen: gatekeeper.snapshot().record.isAnyOpen, obstacle: leader.absence,
            note: leader.absence
                ?? "replica \(leader.leaderName) leads; what it launched and how that ended it alone knows")
    }

    /// Why what waits is not launched, the gate apart: what a person or the breaker stopped, and what is wrong with
    /// Central or with the lead; nil: nothing is known to be.
    /// - Throws: `StoreError`.
    public func releaseTrouble() async throws -> String? {
        var causes: [String?]
        if let leader, leader.term == nil {
            causes = [try await releases.record().orderedStop, leader.absence]
        } else {
            let (own, stored) = (releaser.record, try await releases.record())
            causes = [(own.revision < stored.revision ? stored : own).orderedStop, releaser.snapshot().trouble]
        }
        let words = causes.compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }

    /// Launches that were let through and whose start window has not passed: of this replica now, of the others as they
    /// said when they last renewed their seats, of those that are gone at least one for a whole start window.
    /// - Throws: `StoreError`.
    public func inFlightCount() async throws -> Int {
        let own = gatekeeper.snapshot().inFlightCount
        guard let leader else { return own }
        return own + leader.othersInFlightCount(after: try await store.replicas())
    }
}

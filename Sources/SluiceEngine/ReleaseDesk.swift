public import SluiceCore
public import SluiceModel
import SluicePorts

/// A person's orders to the release, written by whichever replica got them; the release finds them in the store.
public struct ReleaseDesk: Sendable {
    /// What became of an order.
    public enum Outcome: Sendable {
        case changed(ReleaseRecord)
        /// Its stage does not allow it; this is how it stands.
        case notPossible(ReleaseRecord)
        /// Somebody changed the settings meanwhile.
        case settingsChanged(ReleaseRecord)
    }

    let store: any Store
    let clocks: any Clocks
    let fence: FenceSource
    let settings: ReleaseSettings
    let gate: @Sendable () -> GateRecord
    /// Told what was written.
    let onChanged: @Sendable (ReleaseRecord) -> Void

    /// The release as it is on record, or as it is configured.
    /// - Throws: `StoreError`.
    public func record() async throws -> ReleaseRecord {
        try await store.release() ?? .first(settings: settings, gate: gate(), at: clocks.now().wall)
    }

    /// The same, going by what is configured now where no person set anything.
    /// - Throws: `StoreError`.
    public func recordInForce() async throws -> ReleaseRecord {
        inForce(try await store.release(), at: clocks.now().wall)
    }

    private func inForce(_ stored: ReleaseRecord?, at now: Timestamp) -> ReleaseRecord {
        var record = stored ?? .first(settings: settings, gate: gate(), at: now)
        if record.settingsRevision == 1 { record.settings = settings }
        return record
    }

    /// Carries out one order, on the record with its reason.
    /// - Parameter expected: Only if the settings are still of this revision; nil: in any case.
    /// - Throws: `StoreError`.
    public func order(
        _ order: ReleaseOrder, by principal: Principal, reason: String, expected: Int64? = nil
    ) async throws -> Outcome {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            let stored = try await store.release()
            let now = clocks.now().wall
            let record = inForce(stored, at: now)
            if let expected, expected != record.settingsRevision { return .settingsChanged(record) }
            let words = "\(order.word): \(reason)"
            guard let next = record.ordered(order, at: now, by: principal, reason: words, gate: gate()) else {
                return .notPossible(record)
            }
            do {
                try await store.commit([.setRelease(next, replacing: stored?.revision)], fence: fence.current)
                onChanged(next)
                return .changed(next)
            } catch let error as StoreError where error.code == .conflict {
                // The release itself writes now and then.
                continue
            }
        }
        throw StoreError(.conflict, "the release is being changed by others all the time; try again")
    }
}

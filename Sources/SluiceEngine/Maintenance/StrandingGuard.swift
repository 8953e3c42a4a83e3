import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Asks what opening the gate would strand where no verification has: after an abort, or without one (requirement R36).
final class StrandingGuard: Sendable {
    private struct Last {
        var at: MonotonicTime
        var maintenance: MaintenanceID
        var part: MaintenancePart
        var blocker: MaintenanceBlocker?
    }

    private let search: StrandingSearch
    private let clocks: any Clocks
    private let last = Mutex<Last?>(nil)

    init(search: StrandingSearch, clocks: any Clocks) {
        self.search = search
        self.clocks = clocks
    }

    /// What stands against putting modes of the gate back; nil: nothing does, or a person has said that it may be.
    ///
    /// What the phase `verifying` asked is not asked again: whoever resumed from there has decided. A blocker that was
    /// found is looked at again every `EngineLimits.verificationInterval`.
    /// - Throws: `StoreError`.
    func blocker(
        of settings: [MaintenanceGate.Setting], for part: MaintenancePart, _ record: MaintenanceRecord
    ) async throws -> MaintenanceBlocker? {
        let isVerified = !record.isAborting && record.available.contains(.verification)
        guard !settings.isEmpty, !isVerified, record.waiver(of: VerificationWorker.strandingBlocker) == nil else {
            return nil
        }
        let now = clocks.now().monotonic
        if let last = last.withLock({ $0 }), last.maintenance == record.id, last.part == part,
            let blocker = last.blocker, now.since(last.at) < EngineLimits.verificationInterval
        {
            return blocker
        }
        var words: String?
        for setting in settings where words == nil {
            words = try await search.stranding(changing: setting.scope, to: setting.mode).words
        }
        let blocker = words.map { words in
            MaintenanceBlocker(
                name: VerificationWorker.strandingBlocker, part: part,
                text: "opening the gate would strand held launches: \(words)",
                remedy: "load the content packs that they need, discard them, or waive this",
                since: record.phaseSince, canBeWaived: true)
        }
        last.withLock { $0 = Last(at: now, maintenance: record.id, part: part, blocker: blocker) }
        return blocker
    }
}

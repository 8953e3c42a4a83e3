import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Looks at Central after the upgrade: whether it answers, and whether what the holds need is still there.
final class VerificationWorker: MaintenanceWorker {
    private let central: any CentralClient
    /// Shared with all who read the same: a refused account is not tried every few seconds (oo-central-api.md).
    private let pauses: (schedules: CentralPause, executions: CentralPause)
    private let strandings: StrandingSearch
    private let clocks: any Clocks
    private let last = Mutex<Look?>(nil)

    /// One look, in one verification.
    private struct Look {
        var maintenance: MaintenanceID
        var since: Timestamp
        var at: MonotonicTime
        var fact: MaintenanceFacts.Fact

        func isOf(_ record: MaintenanceRecord) -> Bool { maintenance == record.id && since == record.phaseSince }
    }

    init(
        central: any CentralClient, pauses: (schedules: CentralPause, executions: CentralPause),
        strandings: StrandingSearch, clocks: any Clocks
    ) {
        self.central = central
        self.pauses = pauses
        self.strandings = strandings
        self.clocks = clocks
    }

    let parts: Set<MaintenancePart> = [.verification]

    /// What a waiver of requirement R36 names, here and where the gate opens after an abort.
    static let strandingBlocker = "would-strand"

    /// All that a maintenance needs of Central; that it says its version proves no account, for some do so to everybody
    /// (oo-central-api.md section 1).
    /// - Throws: `CentralError`; after a refusal the same one again, without a call, while the pause lasts.
    private func look(_ reader: CentralPause.Reader) async throws -> String {
        let version = try await pauses.executions.read(for: reader) {
            let version = try await central.version()
            _ = try await central.executions(page: 1, pageSize: 1)
            return version
        }
        _ = try await pauses.schedules.read(for: reader) { try await central.schedules() }
        return version
    }

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        let now = clocks.now()
        let last = last.withLock { $0.flatMap { $0.isOf(record) ? $0 : nil } }
        if let last, now.monotonic.since(last.at) < EngineLimits.verificationInterval {
            return PartReport(last.fact)
        }
        // A person said that it is up: what it refused before an upgrade says nothing.
        if last == nil {
            pauses.executions.hurry()
            pauses.schedules.hurry()
        }
        let since = record.phaseSince
        var blockers: [MaintenanceBlocker] = []
        do {
            _ = try await look(.verification)
        } catch {
            let isRefused = (error as? CentralError)?.code == .unauthorized
            blockers.append(
                MaintenanceBlocker(
                    name: "central", part: .verification, text: "Central does not answer as it should: \(error)",
                    remedy: isRefused
                        ? "put the account right in Central, then reload (SIGHUP); after a change of central.username "
                            + "or its password start Sluice again"
                        : "start it, or put central.url right; it is looked at again", since: since,
                    canBeWaived: false))
        }
        // What opening the gate would strand, requirement R36.
        if let words = try await strandings.stranding(changing: record.plan.scope, to: .open).words {
            blockers.append(
                MaintenanceBlocker(
                    name: Self.strandingBlocker, part: .verification,
                    text: "opening the gate would strand held launches: \(words)",
                    remedy: "load the content packs that they need, discard them, or waive this",
                    since: since, canBeWaived: true))
        }
        let fact = MaintenanceFacts.Fact(goal: wish.goal, isReached: true, blockers: blockers)
        self.last.withLock {
            $0 = Look(maintenance: record.id, since: since, at: now.monotonic, fact: fact)
        }
        return PartReport(fact)
    }

    func preflight(_ plan: MaintenancePlan) async -> [PreflightFinding] {
        do {
            let version = try await look(.person)
            return [PreflightFinding(.note, "central-version", .verification, "Central is \(version)")]
                + PreflightFinding.clocks(of: "Central", .verification, differ: central.clockDifference)
        } catch let error as CentralError {
            let remedy =
                switch error.code {
                case .unauthorized:
                    "give central.username the rights to read executions and schedules, or put it and its password "
                        + "right; reload (SIGHUP) or start Sluice again, for it is not tried again at once"
                case .unreadable: "central.url has to be that of OO Central, ending in /oo"
                default: "start Central, or put central.url and central.caFile right"
                }
            return [
                PreflightFinding(
                    .error, "central-\(error.code)", .verification, "Central: \(error.message)", remedy: remedy)
            ]
        } catch {
            return [
                PreflightFinding(
                    .error, "central-unreachable", .verification, "Central: \(error)", remedy: "see the log")
            ]
        }
    }
}

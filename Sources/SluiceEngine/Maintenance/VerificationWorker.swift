import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Looks at Central after the upgrade: whether it answers, and whether what the holds need is still there.
final class VerificationWorker: MaintenanceWorker {
    private let central: any CentralClient
    private let strandings: StrandingSearch
    private let clocks: any Clocks
    private let last = Mutex<(at: MonotonicTime, maintenance: MaintenanceID, fact: MaintenanceFacts.Fact)?>(nil)

    init(central: any CentralClient, strandings: StrandingSearch, clocks: any Clocks) {
        self.central = central
        self.strandings = strandings
        self.clocks = clocks
    }

    let parts: Set<MaintenancePart> = [.verification]

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        let now = clocks.now()
        if let last = last.withLock({ $0 }), last.maintenance == record.id,
            now.monotonic.since(last.at) < EngineLimits.verificationInterval
        {
            return PartReport(last.fact)
        }
        let since = record.phaseSince
        var blockers: [MaintenanceBlocker] = []
        do {
            _ = try await central.version()
            _ = try await central.executions(page: 1, pageSize: 1)
            _ = try await central.schedules()
        } catch {
            blockers.append(
                MaintenanceBlocker(
                    name: "central", part: .verification, text: "Central does not answer as it should: \(error)",
                    remedy: "start it, or put the account right; it is looked at again", since: since,
                    canBeWaived: false))
        }
        // What opening the gate would strand, requirement R36.
        if let words = try await strandings.stranding(changing: record.plan.scope, to: .open).words {
            blockers.append(
                MaintenanceBlocker(
                    name: "would-strand", part: .verification,
                    text: "opening the gate would strand held launches: \(words)",
                    remedy: "load the content packs that they need, discard them, or waive this",
                    since: since, canBeWaived: true))
        }
        let fact = MaintenanceFacts.Fact(goal: wish.goal, isReached: true, blockers: blockers)
        last.withLock { $0 = (now.monotonic, record.id, fact) }
        return PartReport(fact)
    }

    func preflight(_ plan: MaintenancePlan) async -> [PreflightFinding] {
        do {
            let version = try await central.version()
            return [PreflightFinding(.note, "central-version", .verification, "Central is \(version)")]
        } catch let error as CentralError {
            let remedy =
                switch error.code {
                case .unauthorized: "put central.username and its password right; it is not tried again by itself"
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

import SluiceCore
import SluiceModel
import SluicePorts

/// Tries CSA's database before a maintenance starts: with a table that is not there its drain would never end.
struct CSADatabaseWorker: MaintenanceWorker {
    let database: any CSADatabase

    var parts: Set<MaintenancePart> { [] }

    /// It has no part.
    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        PartReport(.init(goal: wish.goal, isReached: true))
    }

    func preflight(_ plan: MaintenancePlan) async -> [PreflightFinding] {
        guard plan.systems.includesCSA else { return [] }
        do {
            _ = try await database.pendingTransitions()
            return []
        } catch {
            return [
                PreflightFinding(
                    .error, "csa-database-unreadable", .csaDrain,
                    "CSA's database (csa.databaseUrl) cannot be read: \(error)",
                    remedy: "put it right, or take csa.databaseUrl out: CSA's API is looked at all the same")
            ]
        }
    }
}

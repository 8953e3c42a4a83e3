import SluiceModel
import SluicePorts

extension CSASurvey {
    /// Transitions that wait for a callback, by instance, as CSA's database has them; none without one. Of several of
    /// one instance one that runs counts before one that is paused.
    /// - Throws: `CSAError`.
    func pendingTransitions() async throws -> [CSAInstanceID: LifecycleRecord] {
        guard let database else { return [:] }
        return Dictionary(
            try await database.pendingTransitions().map { ($0.instanceID, $0) },
            uniquingKeysWith: { $0.isRunning ? $0 : $1 })
    }
}

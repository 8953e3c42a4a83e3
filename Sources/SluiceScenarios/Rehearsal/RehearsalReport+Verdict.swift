import SluiceModel

extension RehearsalReport {
    /// States of a service instance whose lifecycle work is not over (csa-api.md).
    private static let runningStates = [
        "IN_PROGRESS", "DEPLOYING", "MODIFYING", "CANCELLING", "EXPIRING", "UPGRADING",
    ]

    /// What went wrong with orders, a few words each.
    /// - Parameters:
    ///   - refusedOrders: Those that CSA itself refused; the fence's are the plan's, or the fences', own.
    ///   - instances: Service instances by state, once nothing more was to run.
    ///   - openProcesses: Process instances of before the end that are not over since.
    static func troubles(
        plan: MaintenancePlan, refusedOrders: Int, instances: [String: Int], openProcesses: [String]
    ) -> [String] {
        var troubles: [String] = []
        let refuses = plan.systems.includesCSA && (plan.csaMode == .refuse || plan.unpublishesOfferings)
        if refusedOrders > 0, !refuses {
            troubles.append("CSA refused \(refusedOrders) orders, though the plan refuses none")
        }
        for (state, count) in instances.sorted(by: { $0.key < $1.key }) where count > 0 {
            if state.hasSuffix("FAILED") { troubles.append("\(count) service instances are \(state)") }
            if runningStates.contains(state) { troubles.append("\(count) service instances are still \(state)") }
        }
        if !openProcesses.isEmpty {
            let shown = openProcesses.prefix(RehearsalLimits.differenceCountMax).joined(separator: ", ")
            troubles.append("\(openProcesses.count) process instances of CSA never ended: \(shown)")
        }
        return troubles
    }
}

import SluiceModel
import SluicePorts

extension CSADrainSource {
    /// Of whomever's instances, also of those who never logged in to the portal (csa-api.md 3.4 and section 6).
    func readDatabase(_ look: inout Look) async {
        do {
            look.transitions = try await survey.pendingTransitions()
        } catch {
            look.gaps.append("CSA's database (csa.databaseUrl) cannot be read: \(error)")
        }
    }

    /// What CSA says of an instance by its id, and what its database had just before: whichever shows that it runs
    /// counts, for of several transitions the API tells the latest only.
    func joined(_ look: InstanceLook, _ transition: LifecycleRecord?) -> InstanceLook {
        guard let transition, look.trouble == nil else { return look }
        var look = look
        guard look.artifact != nil else {
            look.trouble = CSAError(
                .missing,
                "CSA's database has a transition of it, and CSA does not know it: is csa.databaseUrl its own?")
            return look
        }
        if !(look.record?.isRunning ?? false) { look.record = transition }
        return look
    }
}

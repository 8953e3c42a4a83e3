import SluiceSandbox

/// What Central and CSA have.
extension MaintenanceSite {
    static func flows(_ milliseconds: Int64, allGated: Bool) -> [SandboxFlow] {
        let csa: [SandboxFlow.Input] = [.init("CSA_PROCESS_ID"), .init("CSA_CONTEXT_ID")]
        let pass = SandboxFlow.Input("sluicePass", isEncrypted: true)
        func flow(
            _ id: String, _ name: String, isGated: Bool? = nil, callsBack: Bool = true, lasts: Int64? = nil
        ) -> SandboxFlow {
            let isGated = isGated ?? allGated
            return SandboxFlow(
                id: id, name: name, path: "Library/CSA/\(name)", isGated: isGated,
                inputs: csa + [.init("order")] + (isGated ? [pass] : []), durationMilliseconds: lasts ?? milliseconds,
                callsBack: callsBack)
        }
        return [
            flow(order, "Order"), flow(gatedOrder, "Gated order", isGated: true), flow(sync, "Sync"),
            flow(approve, "Approve"), flow(nightly, "Nightly", isGated: true, callsBack: false),
            flow(report, "Report", callsBack: false),
            flow(long, "Long", isGated: false, callsBack: false, lasts: 3_600_000),
        ]
    }

    static var seed: CSASeed {
        var seed = CSASeed()
        seed.organizations = [.init("CONSUMER", id: "org")]
        seed.persons = [
            .init("ann", of: "CONSUMER", password: "pw", id: "ann"), .init("bob", of: "CONSUMER", id: "bob"),
            .init("boss", of: "CONSUMER", id: "boss"),
        ]
        var delegated = policy("Delegated", .delegated, isAutomatic: false)
        delegated.process = approve
        seed.policies = [policy("Auto", .named, isAutomatic: true), delegated]
        seed.catalogs = [
            .init("Main", of: "CONSUMER", categories: ["CRM"], id: "main"),
            .init("Shared", of: nil, categories: ["ALL"]),
        ]
        func stages(_ flow: String) -> [String: String] {
            ["initialize": flow, "reserve": flow, "deploy": flow, "undeploy": flow]
        }
        func publication(_ policy: String) -> CSASeed.Offering.Publication {
            .init("Main", "CRM", policies: ["ORDER": policy, "MODIFY_SUBSCRIPTION": policy])
        }
        seed.offerings = [
            .init("Server", flows: stages(order), publications: [publication("Auto")], id: "server"),
            .init("Gated", flows: stages(gatedOrder), publications: [publication("Auto")], id: "gated"),
            .init("Checked", flows: stages(order), publications: [publication("Delegated")], id: "checked"),
        ]
        seed.pools = [.init("Pool", flow: sync, every: 2000, id: "pool")]
        return seed
    }

    /// A policy of the consumers; its id is its name in lower case.
    static func policy(_ name: String, _ kind: CSAPolicyKind = .named, isAutomatic: Bool) -> CSASeed.Policy {
        var policy = CSASeed.Policy(name, kind: kind, of: "CONSUMER", id: name.lowercased())
        if kind == .named { policy.approvers = ["boss"] }
        if isAutomatic {
            policy.automaticApproval = true
            policy.automaticApprovalDecision = "APPROVED"
        }
        return policy
    }
}

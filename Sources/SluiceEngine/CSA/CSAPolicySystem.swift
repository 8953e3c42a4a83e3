import SluiceCore
import SluiceModel
import SluicePorts

/// Approval policies as the journal changes them: `organization/policy`. There is no call for a single one, so those
/// who read at the same time share a listing.
struct CSAPolicySystem: OutsideSystem {
    let system = CSAChangePlan.policies
    let callDuration: Duration
    let callCountMax = CSASiteLimits.callCountMax
    let writeCountMax = 1

    private let client: any CSAClient
    private let sealer: any Sealer
    private let clocks: any Clocks
    private let listing: FreshListing<CSAOrganizationID, [ApprovalPolicyID: ApprovalPolicy]>

    init(_ site: CSASite, sealer: any Sealer, clocks: any Clocks) {
        let client = site.client
        self.client = client
        self.sealer = sealer
        self.clocks = clocks
        callDuration = site.callDuration
        listing = FreshListing { organization in
            Dictionary(try await client.approvalPolicies(of: organization).map { ($0.id, $0) }) { first, _ in first }
        }
    }

    func read(_ object: String) async throws -> OutsideImage? {
        guard let policy = try await CSAOutside.read({ try await policy(object) }) else { return nil }
        return try image(of: policy)
    }

    private func policy(_ object: String) async throws -> ApprovalPolicy? {
        guard let name = CSAObjectName(object, count: 2) else {
            throw CSAError(.status, "'\(object)' is no name of an approval policy")
        }
        return try await listing.value(of: CSAOrganizationID(name.parts[0]))[ApprovalPolicyID(name.parts[1])]
    }

    /// Fields of one name, such as approvers, are one field here: an image has a bound.
    private func image(of policy: ApprovalPolicy) throws -> OutsideImage {
        let fields = policy.fields.gathered
        guard fields.count <= JournalField.countMax else {
            throw OutsideError(
                .status,
                "the policy \(policy.displayName) has \(fields.count) kinds of fields; at most "
                    + "\(JournalField.countMax) can be kept")
        }
        return OutsideImage(fields: fields, record: try CSAOutside.sealed(policy.record, sealer))
    }

    func write(_ writes: [OutsideWrite]) async -> [OutsideOutcome] {
        await CSAOutside.write(writes, within: callDuration, clocks) { outcomes in
            for write in writes { await self.write(write, outcomes) }
        }
    }

    private func write(_ write: OutsideWrite, _ outcomes: CSAOutcomes) async {
        do {
            guard let edit = ApprovalPolicyEdit(write.fields) else {
                return outcomes.set(write.object, .refused("its fields are none that Sluice sets"))
            }
            // The whole text is sent: what somebody changed since it was read must not be lost.
            guard let policy = try await policy(write.object), try image(of: policy).fields == write.basedOn.fields
            else { return outcomes.set(write.object, .stale) }
            outcomes.sending([write.object])
            do {
                let put = try await client.putPolicy(policy, changing: edit)
                outcomes.set(write.object, .taken(try image(of: put)))
            } catch let error as CSAError where error.code == .missing {
                outcomes.set(write.object, .stale)
            } catch {
                outcomes.set([write.object], failed: error)
            }
        } catch {
            outcomes.set(write.object, .notSent(CSAOutside.outsideError(error)))
        }
    }
}

extension ApprovalPolicyEdit {
    /// From the journal's fields; nil when one is not to be set, or has no value that CSA takes.
    init?(_ fields: [JournalField]) {
        self.init()
        for field in fields {
            switch field.name {
            case "automaticApproval":
                guard field.value == "true" || field.value == "false" else { return nil }
                isAutomatic = field.value == "true"
            case "automaticPeriodDuration":
                guard let days = Int(field.value) else { return nil }
                automaticPeriodDays = days
            case "automaticApprovalDecision":
                // One that had none keeps none: there is no way to take it away.
                if !field.value.isEmpty { automaticDecision = ApprovalDecision(word: field.value) }
            case "minApprovalRequired":
                guard let count = Int(field.value) else { return nil }
                minApprovalsRequired = count
            default: return nil
            }
        }
        guard isValid else { return nil }
    }
}

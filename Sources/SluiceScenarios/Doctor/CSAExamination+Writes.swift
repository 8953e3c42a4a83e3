import SluiceCSA
import SluiceConfig
import SluiceJSON
import SluiceModel
import SluicePorts

/// The probes of CSA that need a token or a scratch policy, and what no probe can tell.
extension CSAExamination {
    static let tokenQuestion = "do calls with a token need HTTP Basic as well?"
    static let fullQuestion = "does a PUT of a policy take a GET's whole text?"

    /// A wrong token account counts towards a lock-out, so nobody asks without being told to.
    mutating func lookAtTokens() async throws {
        let name = "csa.basicBesideToken"
        guard configured.tokenUsername != nil || configured.subscriptions == .mpp else {
            return findings.append(
                .untold(
                    name, Self.tokenQuestion,
                    "no csa.tokenUsername is configured, and a wrong try counts towards a lock-out"))
        }
        let (token, expires, date) = try await client.probeToken(of: settings.organization)
        lookAtLife(expires, date)
        let alone = try await portalStatus(token, client)
        guard alone != 200 else { return addToken(needsBasic: false, "200 with the token alone") }
        var both = settings
        both.switches.basicBesideToken = true
        let other = RESTCSAClient(both, clocks: clocks)
        let status = await Result.of { try await portalStatus(token, other) }
        try? await other.shutdown()
        guard try status.get() == 200 else {
            return findings.append(
                .untold(
                    name, Self.tokenQuestion,
                    "answered \(alone) with the token alone and \(try status.get()) with HTTP Basic beside it"))
        }
        addToken(needsBasic: true, "\(alone) with the token alone, 200 with HTTP Basic beside it")
    }

    private func portalStatus(_ token: Secret, _ client: RESTCSAClient) async throws -> Int {
        let answer = try await client.probe(
            "POST", "/api/mpp/mpp-subscription/filter", query: [("page-size", "1")], accept: "application/json",
            body: ("application/json", Array("{}".utf8)), as: .token(token))
        return answer.isHTML ? 0 : answer.status
    }

    private mutating func addToken(needsBasic: Bool, _ answer: String) {
        let name = "csa.basicBesideToken"
        findings.append(
            DoctorFinding(
                name, Self.tokenQuestion, .found, answer,
                switches: [DoctorSwitch(name, "\(needsBasic)", current: "\(configured.basicBesideToken)")]))
        guard !legacySubscriptionsWork else { return }
        findings.removeAll { $0.name == "csa.subscriptions" }
        findings.append(
            DoctorFinding(
                "csa.subscriptions", "where are subscriptions read?", .found,
                "the portal's call answers, the legacy one does not",
                switches: [DoctorSwitch("csa.subscriptions", "mpp", current: configured.subscriptions.rawValue)]))
    }

    private mutating func lookAtLife(_ expires: String?, _ date: String?) {
        let (name, question) = ("csa.tokenLife", "how long does a token live?")
        guard let end = expires.flatMap({ Timestamp(rfc3339: $0) }), let now = date.flatMap({ Timestamp(httpDate: $0) })
        else { return findings.append(.untold(name, question, "it does not say when the token ends")) }
        findings.append(
            DoctorFinding(name, question, .found, "about \(end.since(now).components.seconds) seconds"))
    }

    // MARK: A scratch policy

    /// Makes a policy that nothing is assigned to, changes a number in it, and removes it again.
    mutating func lookAtFullPolicy() async throws {
        let name = "csa.fullPolicy"
        guard let scratchName else {
            if let left = policies.first(where: { $0.displayName == Doctor.scratchName }) {
                findings.append(
                    DoctorFinding(
                        "csa.scratch", Self.scratchQuestion, .problem,
                        "the policy \(left.id) (\"\(left.displayName)\") is there, of an earlier try: --write-probes "
                            + "removes it, or delete it in the console"))
            }
            findings.append(
                .untold("csa.changeRole", Self.roleQuestion, "it needs a scratch policy: --write-probes"))
            return findings.append(.untold(name, Self.fullQuestion, "it needs a scratch policy: --write-probes"))
        }
        let own = organizations.first { $0.name == settings.organization } ?? organizations.first
        guard let own else { return findings.append(.untold(name, Self.fullQuestion, "no organization is shown")) }
        let policy: ApprovalPolicy
        do {
            // One that an earlier try left is used again.
            let there = try await client.approvalPolicies(of: own.id)
            if let left = there.first(where: { $0.displayName == scratchName }) {
                policy = left
            } else {
                let (client, approvers) = (client, [settings.username])
                try Task.checkCancellation()
                policy = try await toTheEnd {
                    try await client.createPolicy(
                        ApprovalPolicyDraft(holding: scratchName, approvers: approvers), in: own.id)
                }
            }
        } catch let error as CSAError {
            let rest = error.code == .unreachable ? "; look whether a policy \"\(scratchName)\" is there" : ""
            findings.append(DoctorFinding("csa.changeRole", Self.roleQuestion, .problem, error.message + rest))
            throw error
        }
        findings.append(
            DoctorFinding("csa.changeRole", Self.roleQuestion, .fine, "it made a policy in \(own.name)"))
        let result = await Result.of { try await putBothWays(policy) }
        await removeScratch(policy, own)
        let (takesWhole, answer) = try result.get()
        guard let takesWhole else { return findings.append(.untold(name, Self.fullQuestion, answer)) }
        findings.append(
            DoctorFinding(
                name, Self.fullQuestion, .found, answer,
                switches: [DoctorSwitch(name, "\(takesWhole)", current: "\(configured.fullPolicy)")]))
    }

    static let roleQuestion = "may our account change policies?"

    private func putBothWays(_ policy: ApprovalPolicy) async throws -> (Bool?, String) {
        var answers: [String] = []
        for takesWhole in [true, false] {
            var settings = settings
            settings.switches.takesFullPolicy = takesWhole
            let other = RESTCSAClient(settings, clocks: clocks)
            // Far from any decision, and nothing is assigned to it anyway.
            let days = takesWhole ? 301 : 302
            let edit = ApprovalPolicyEdit(isAutomatic: true, automaticPeriodDays: days, automaticDecision: .rejected)
            let result = await Result.of { () async throws -> Int? in
                do {
                    _ = try await other.putPolicy(policy, changing: edit)
                } catch let error as CSAError where [.status, .unreadable].contains(error.code) {
                    answers.append(error.message)
                    return nil
                }
                return try await other.approvalPolicy(policy.id, of: policy.organizationID)?.automaticPeriodDays
            }
            try? await other.shutdown()
            let stored = try result.get()
            if stored == days {
                return (takesWhole, takesWhole ? "the whole text was taken" : "only the documented elements are taken")
            }
            if let stored { answers.append("a change to \(days) days was answered well, but \(stored) are stored") }
        }
        return (nil, answers.joined(separator: "; "))
    }

    static let scratchQuestion = "is what the probes made gone again?"

    /// Also for whoever was told to stop; what is not known to be gone is named.
    private mutating func removeScratch(_ policy: ApprovalPolicy, _ organization: CSAOrganization) async {
        let path = "/rest/organization/\(organization.id.text)/approvalPolicy/\(policy.id.text)"
        let what = "the policy \"\(policy.displayName)\" (\(policy.id)) in \(organization.name)"
        let (client, person) = (client, person)
        // No document shows this path, so only the list tells whether it worked.
        let status = await Result.of {
            try await toTheEnd { try await client.probe("DELETE", path, as: .person(person.text)).status }
        }
        let answer = (try? status.get()).map { "\($0)" } ?? "not at all"
        let look = await Result.of {
            try await toTheEnd { try await client.approvalPolicy(policy.id, of: organization.id) == nil }
        }
        let rest = "DELETE was answered \(answer); nothing is assigned to it: delete it in the console"
        let (verdict, text): (DoctorFinding.Verdict, String) =
            switch look {
            case .success(true): (.fine, "the scratch policy is removed; DELETE was answered \(answer)")
            case .success(false): (.problem, "\(what) stays: \(rest)")
            case .failure(let error):
                (.problem, "\(what) may stay, as \((error as? CSAError)?.message ?? "\(error)"); \(rest)")
            }
        findings.append(DoctorFinding("csa.scratch", Self.scratchQuestion, verdict, text))
        if let error = look.trouble as? CSAError, error.code == .unreachable { isUnreachable = true }
    }

    // MARK: What is left

    /// Questions that only a person's order, subscription or browser answers (csa-api.md section 13).
    mutating func addWhatIsLeft() {
        let current = configured.reevaluatesTimer
        for (name, question, why) in [
            (
                "csa.reevaluatesTimer", "does it decide parked requests once their policy is automatic again?",
                "it needs an order: in a rehearsal on a test system, park one by a manual policy, make the policy "
                    + "automatic with 0 days, and see whether the request leaves PENDING_APPROVAL by itself within "
                    + "minutes; the configuration says \(current)"
            ),
            (
                "csa.emptyApprover", "does a manual policy without approver approve at once?",
                "it needs an order; give every policy that is to hold requests an approver and a minimum of 1"
            ),
            (
                "csa.reserved", "where does an order with a later start wait?",
                "it needs an order that starts tomorrow; look at its instance for RESERVED, and at OO for its flows"
            ),
            (
                "csa.unpublishModify", "can a subscription be changed while its offering is unpublished?",
                "it needs a subscription; leave unpublishOfferings at false until you have tried"
            ),
            (
                "csa.portalApproval", "which call does the portal approve by?",
                "approve something with a browser's network view open, and see that the fence covers the call"
            ),
            (
                "csa.poolSync", "when do resource pools synchronise?",
                "CSA has no call that says; Central's executions of the pools' sync flows show it"
            ),
            (
                "csa.terminalProcess", "how is the change of an ended process instance refused?",
                "it needs a process instance of your own that has ended"
            ),
        ] { findings.append(.untold(name, question, why)) }
    }
}

extension Result where Failure == any Error {
    /// What a body gives or throws.
    static func of(_ body: () async throws -> Success) async -> Result {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}

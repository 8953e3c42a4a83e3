import SluiceCSA
import SluiceConfig
import SluiceForecast
import SluiceJSON
import SluiceModel
import SluicePorts

/// The probes of CSA that read only (csa-api.md sections 11 to 13).
///
/// One refused login ends it: accounts lock out.
struct CSAExamination {
    let client: RESTCSAClient
    let settings: CSAConfiguration
    let configured: SluiceConfiguration.CSA
    let clocks: any Clocks
    /// The name of the scratch policy that may be made; nil: read only.
    let scratchName: String?

    var findings: [DoctorFinding] = []
    var clock: DoctorJudgement.ClockReading?
    var person = CSAPersonID("")
    var organizations: [CSAOrganization] = []
    var catalogs: [CSACatalog] = []
    var policies: [ApprovalPolicy] = []
    /// Somebody with subscriptions, if there is one.
    var consumer: CSAUser?
    var legacySubscriptionsWork = false
    /// It did not answer once, in the middle.
    var isUnreachable = false

    /// Offerings looked at for the place of their policy.
    static let offeringCountMax = 40
    /// Persons of an organization looked at for counts that are left out.
    static let personCountMax = 200
    static let countKeys = [
        "csa_pending_request_count", "csa_pending_subscription_count", "csa_paused_subscription_count",
    ]
    static let noID = String(repeating: "0", count: 32)

    init(
        _ settings: CSAConfiguration, _ configured: SluiceConfiguration.CSA, scratchName: String?,
        clocks: any Clocks
    ) {
        var asked = settings
        // What is to be found out must not be taken from the configuration.
        asked.switches.assignmentSpelling = nil
        asked.switches.policyPath = []
        self.settings = asked
        self.configured = configured
        self.scratchName = scratchName
        self.clocks = clocks
        client = RESTCSAClient(asked, clocks: clocks)
    }

    mutating func run() async throws -> DoctorEnd {
        let end = try await reach()
        guard end == .whole else { return end }
        do {
            try await step("csa.clock", "is its clock right?") { try await $0.lookAtClock() }
            try await step("csa.roles", "what may our account see?") { try await $0.lookAtRoles() }
            try await step("csa.policies", "which policies approve by themselves?") { $0.lookAtPolicies() }
            try await step("csa.timeZone", "is csa.timeZone that of its server?") { $0.lookAtZone() }
            try await step("csa.sharedCatalog", "which is the Global Shared Catalog?") { $0.lookAtSharedCatalog() }
            try await step("csa.policyElement", Self.policyQuestion) { try await $0.lookAtOfferings() }
            try await step("csa.absentCountIsZero", DoctorJudgement.countQuestion) { try await $0.lookAtCounts() }
            try await step("csa.subscriptions", "where are subscriptions read?") { try await $0.lookAtSubscriptions() }
            try await step("csa.staleLogin", DoctorJudgement.staleQuestion) { try await $0.lookAtStaleLogin() }
            try await step("csa.assignment", "how is an assignment spelled?") { try await $0.lookAtSpelling() }
            try await step("csa.fullPolicy", Self.fullQuestion) { try await $0.lookAtFullPolicy() }
            try await step("csa.basicBesideToken", Self.tokenQuestion) { try await $0.lookAtTokens() }
        } catch is Stop {
            return .refused
        } catch is CancellationError {
            return .interrupted
        }
        addWhatIsLeft()
        return isUnreachable ? .unreachable : .whole
    }

    /// The account was refused in the middle.
    struct Stop: Error {}

    /// One probe; what it could not do is a finding.
    mutating func step(
        _ name: String, _ question: String, _ body: (inout CSAExamination) async throws -> Void
    ) async throws {
        do {
            try await body(&self)
        } catch let error as CSAError {
            if Task.isCancelled { throw CancellationError() }
            findings.append(.untold(name, question, error.message))
            if error.isFinal, client.isRefused { throw Stop() }
            if error.code == .unreachable { isUnreachable = true }
        }
        if Task.isCancelled { throw CancellationError() }
    }

    // MARK: Reach

    private mutating func reach() async throws -> DoctorEnd {
        let (name, question) = ("csa.reach", "does it answer, and take our account?")
        do {
            person = try await client.logIn()
        } catch let error as CSAError {
            findings.append(DoctorFinding(name, question, .problem, error.message))
            return switch error.code {
            case .unreachable: .unreachable
            case .unauthorized: .refused
            default: .senseless
            }
        }
        let user = "\(settings.username) of \(settings.organization)"
        findings.append(DoctorFinding(name, question, .fine, "it knows \(user)"))
        findings.append(
            DoctorCertificate.finding(
                "csa.certificate", url: settings.baseURL, caFile: settings.caFile, key: "csa.url"))
        return .whole
    }

    mutating func lookAtClock() async throws {
        let sentAt = clocks.now().wall
        let answer = try await client.probe(
            "GET", "/rest/catalog", query: [("detail", "basic")], as: .person(person.text))
        let (reading, finding) = DoctorJudgement.clock(
            "csa.clock", date: answer.date, sentAt: sentAt, receivedAt: clocks.now().wall)
        if let reading { clock = reading }
        findings.append(finding)
    }

    // MARK: What there is

    mutating func lookAtRoles() async throws {
        organizations = try await client.organizations()
        catalogs = try await client.catalogs()
        var unread: [String] = []
        for organization in organizations {
            do {
                policies += try await client.approvalPolicies(of: organization.id)
            } catch let error as CSAError where !error.isFinal {
                unread.append("\(organization.name) (\(error.message))")
            }
        }
        let seen = "\(organizations.count) organizations, \(catalogs.count) catalogs, \(policies.count) policies"
        let isShort = organizations.isEmpty || catalogs.isEmpty || !unread.isEmpty
        let rest = unread.isEmpty ? "" : "; no policies of \(unread.joined(separator: ", "))"
        findings.append(
            DoctorFinding(
                "csa.roles", "what may our account see?", isShort ? .problem : .fine,
                seen + rest + (isShort ? "; the account needs to be an administrator of CSA-Provider" : "")))
    }

    mutating func lookAtPolicies() {
        let automatic = policies.filter(\.isAutomatic)
        let timed = automatic.count { $0.automaticPeriodDays > 0 }
        let traps = policies.filter { policy in
            policy.kind == .namedApprover && !policy.isAutomatic
                && (policy.approvers.isEmpty || policy.minApprovalsRequired == 0)
        }
        var text =
            "\(automatic.count) automatic, \(timed) of them after days, "
            + "\(policies.count { $0.kind == .delegated }) delegated"
        if !traps.isEmpty {
            text +=
                "; without an approver, and so perhaps approved at once: "
                + traps.map(\.displayName).joined(separator: ", ")
        }
        findings.append(
            DoctorFinding(
                "csa.policies", "which policies approve by themselves?", traps.isEmpty ? .found : .problem, text))
    }

    mutating func lookAtZone() {
        let (name, question) = ("csa.timeZone", "is csa.timeZone that of its server?")
        for policy in policies {
            guard let text = DoctorJudgement.firstText(of: "updatedOn", in: policy.record),
                let offset = DoctorJudgement.offsetSeconds(of: text), let time = Timestamp(rfc3339: text)
            else { continue }
            let ours = settings.zone.offsetSeconds(at: time)
            // Times in UTC tell nothing of the zone that dates without an offset are in.
            if text.hasSuffix("Z"), ours != 0 { continue }
            return findings.append(
                DoctorFinding(
                    name, question, Int64(offset) == Int64(ours) ? .fine : .problem,
                    Int64(offset) == Int64(ours)
                        ? "its times have the offset of \(configured.timeZone)"
                        : "its times look like \(text), but \(configured.timeZone) was \(ours / 60) minutes from UTC "
                            + "then; set csa.timeZone",
                    .inferred))
        }
        findings.append(
            .untold(name, question, "no policy carries a time of its server's zone; compare a date with the console"))
    }

    mutating func lookAtSharedCatalog() {
        let (name, question) = ("csa.sharedCatalog", "which is the Global Shared Catalog?")
        if let catalog = catalogs.first(where: \.isShared) {
            return findings.append(DoctorFinding(name, question, .fine, "\(catalog.displayName), \(catalog.id)"))
        }
        let named = catalogs.filter { catalog in
            [catalog.name, catalog.displayName].contains { $0.lowercased().contains("shared") }
        }
        guard let only = named.first, named.count == 1 else {
            return findings.append(
                .untold(
                    name, question,
                    "no catalog has the id \(configured.sharedCatalog), and \(named.count) are named shared"))
        }
        findings.append(
            DoctorFinding(
                name, question, .found, "\(only.displayName), \(only.id), by its name", .inferred,
                switches: [DoctorSwitch(name, only.id.text, current: configured.sharedCatalog)]))
    }

    // MARK: Switches

    static let policyQuestion = "where does an offering name its policy?"

    mutating func lookAtOfferings() async throws {
        var search = PolicyPathSearch()
        let ids = Set(policies.map(\.id.text))
        for catalog in catalogs where !catalog.isShared && search.offeringCount < Self.offeringCountMax {
            for offering in try await client.offerings(of: catalog.id) where offering.hasApproval != false {
                guard search.offeringCount < Self.offeringCountMax else { break }
                guard let detail = try await client.offering(offering.id, in: catalog.id) else { continue }
                search.look(at: detail.record, for: ids)
            }
        }
        findings.append(DoctorJudgement.policyPath(search, current: configured.policyElement))
    }

    mutating func lookAtCounts() async throws {
        var seen = DoctorJudgement.CountSightings()
        for organization in organizations {
            let answer = try await client.probe(
                "POST", "/api/person/organization/\(organization.id.text)",
                query: [
                    ("start-index", "0"), ("page-size", String(Self.personCountMax)), ("sort", "userName:ascending"),
                ],
                accept: "application/json", body: ("application/json", Array("{}".utf8)), as: .account)
            guard answer.status == 200, let members = try? JSONReader.read(answer.body)["members"]?.array else {
                throw CSAError(
                    .status, "the persons of \(organization.name) were answered \(answer.status), not with members")
            }
            for member in members {
                seen.personCount += 1
                for key in Self.countKeys {
                    switch member["ext"]?[key] {
                    case .number(let number):
                        if number.int == 0 { seen.zeroCount += 1 } else { seen.positiveCount += 1 }
                    default: seen.absentCount += 1
                    }
                }
                let active = member["ext"]?["csa_active_subscription_count"]?.number?.int ?? 0
                if consumer == nil, active > 0, let name = member["userName"]?.string {
                    consumer = CSAUser(userName: name, organizationName: organization.name)
                }
            }
        }
        findings.append(DoctorJudgement.absentCounts(seen, current: configured.absentCountIsZero))
    }

    mutating func lookAtSubscriptions() async throws {
        let (name, question) = ("csa.subscriptions", "where are subscriptions read?")
        let user = consumer ?? CSAUser(userName: settings.username, organizationName: settings.organization)
        do {
            let found = try await client.subscriptions(of: user)
            legacySubscriptionsWork = true
            let dated = found.count { $0.startsAt != nil || $0.endsAt != nil }
            findings.append(
                DoctorFinding(
                    name, question, .found,
                    "the legacy call lists \(found.count) of \(user.userName), \(dated) with dates",
                    switches: [DoctorSwitch(name, "legacy", current: configured.subscriptions.rawValue)]))
        } catch let error as CSAError where !error.isFinal && error.code != .unreachable {
            // Whether the portal's way works shows with the token.
            findings.append(.untold(name, question, "the legacy call does not answer: \(error.message)"))
        }
    }

    mutating func lookAtStaleLogin() async throws {
        let answer = try await client.probe(
            "GET", "/rest/catalog", query: [("detail", "basic")], as: .person(Self.noID))
        findings.append(
            DoctorJudgement.staleLogin(status: answer.status, current: configured.staleLogin.rawValue))
        // The account must not have suffered.
        person = try await client.logIn()
    }

    mutating func lookAtSpelling() async throws {
        let (name, question) = ("csa.assignment", "how is an assignment spelled?")
        let spelling = try await client.assignmentSpelling()
        findings.append(
            DoctorFinding(
                name, question, .found,
                "\(spelling.pathPart), as in \(spelling.rawValue); asked with an offering that cannot exist",
                switches: [DoctorSwitch(name, spelling.rawValue, current: configured.assignment.rawValue)]))
    }
}

import SluiceCentral
import SluiceConfig
import SluiceJSON
import SluiceModel
import SluicePorts

/// The probes of Central that read only (oo-central-api.md section 11).
struct CentralExamination {
    let client: RESTCentralClient
    let settings: CentralConfiguration
    let configured: SluiceConfiguration.Central
    let clocks: any Clocks
    /// What may be written; nil: nothing.
    let scratch: Scratch?

    var findings: [DoctorFinding] = []
    var clock: DoctorJudgement.ClockReading?
    /// Below `/rest`: the dialect that answers.
    var root = "/v2"
    /// Once it did not answer, nothing is made in it any more.
    var isUnreachable = false
    let tell: @Sendable (String) -> Void

    /// Scratch schedules, which launch a flow.
    struct Scratch: Hashable, Sendable {
        var name: String
        /// A flow that does no harm and that nobody else launches meanwhile; nil: no schedule is made.
        var flow: FlowID?
        /// How long a schedule stays disabled; beyond a minute Quartz counts a time as missed.
        var disabledFor: Duration
    }

    init(
        _ settings: CentralConfiguration, _ configured: SluiceConfiguration.Central, scratch: Scratch?,
        clocks: any Clocks, tell: @escaping @Sendable (String) -> Void
    ) {
        self.tell = tell
        self.settings = settings
        self.configured = configured
        self.scratch = scratch
        self.clocks = clocks
        client = RESTCentralClient(settings)
    }

    mutating func run() async throws -> DoctorEnd {
        let end = try await reach()
        guard end == .whole else { return end }
        do {
            try await step("oo.clock", "is its clock right?") { try await $0.lookAtClock() }
            try await step("central.dialect", DoctorJudgement.dialectQuestion) { try await $0.lookAtDialects() }
            try await step("oo.schedules", "does our account see all schedules?") { try await $0.lookAtSchedules() }
            try await step("oo.leftOver", Self.leftOverQuestion) { try await $0.lookAtLeftOvers() }
            try await step("oo.executions", "whose executions does our account see?") {
                try await $0.lookAtExecutions()
            }
            try await step("oo.workers", "does it list its workers?") { try await $0.lookAtWorkers() }
            try await step("oo.account", "what may our account do?") { try await $0.lookAtAccount() }
            try await step("oo.session", "must a write with a session's cookie carry its token?") {
                try await $0.lookAtSession()
            }
            try await lookAtFires()
        } catch is Stop {
            return .refused
        } catch is CancellationError {
            return .interrupted
        }
        for (name, question, why) in [
            (
                "oo.filters", "by which parameters can executions be filtered?",
                "set a filter in Central's run explorer and read the request; nothing depends on it"
            ),
            (
                "oo.workerSwitch", "which call turns a worker on or off?",
                "turn one off in Central and read the request; nothing depends on it"
            ),
            (
                "oo.pausedSurvive", "do paused executions survive a restart of Central?",
                "it needs a restart: pause one on a test system, restart Central, and look"
            ),
        ] { findings.append(.untold(name, question, why)) }
        return isUnreachable ? .unreachable : .whole
    }

    /// The account was refused in the middle.
    struct Stop: Error {}

    /// One probe; what it could not do is a finding.
    /// - Throws: `Stop`, or `CancellationError` when it is told to stop.
    mutating func step(
        _ name: String, _ question: String, _ body: (inout CentralExamination) async throws -> Void
    ) async throws {
        do {
            try await body(&self)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            findings.append(.untold(name, question, (error as? CentralError)?.message ?? "\(error)"))
            switch (error as? CentralError)?.code {
            case .unauthorized: throw Stop()
            case .unreachable: isUnreachable = true
            default: break
            }
        }
        if Task.isCancelled { throw CancellationError() }
    }

    /// One call whose answer a probe reads itself, unless it refuses the account: accounts lock out.
    func ask(
        _ method: String, _ path: String, body: [UInt8]? = nil, cookies: [String] = []
    ) async throws -> CentralProbeAnswer {
        let answer = try await client.probe(method, path, body: body, cookies: cookies)
        guard ![401, 407].contains(answer.status) else {
            throw CentralError(
                .unauthorized, "\(method) \(path) answered \(answer.status); check central.username and its password")
        }
        return answer
    }

    // MARK: Reach

    private mutating func reach() async throws -> DoctorEnd {
        let (name, question) = ("oo.reach", "does it answer, and take our account?")
        do {
            let version = try await client.version()
            findings.append(DoctorFinding("oo.version", "which Central is it?", .found, version))
            // Some installs tell their version to anybody.
            let answer = try await client.probe(
                "GET", "/\(settings.dialect.rawValue)/executions?pageSize=1&pageNum=1")
            if [401, 403, 407].contains(answer.status) || (300..<400).contains(answer.status) {
                throw CentralError(
                    .unauthorized,
                    "it answered \(answer.status) to \(settings.username); check central.username, its password and "
                        + "its rights")
            }
            guard !answer.isHTML else {
                throw CentralError(.unreadable, "it answered HTML, not JSON; check central.url")
            }
        } catch let error as CentralError {
            findings.append(DoctorFinding(name, question, .problem, error.message))
            return switch error.code {
            case .unreachable: .unreachable
            case .unauthorized: .refused
            default: .senseless
            }
        }
        findings.append(DoctorFinding(name, question, .fine, "it knows \(settings.username)"))
        findings.append(
            DoctorCertificate.finding(
                "oo.certificate", url: settings.baseURL, caFile: settings.caFile, key: "central.url"))
        return .whole
    }

    mutating func lookAtClock() async throws {
        let sentAt = clocks.now().wall
        let answer = try await ask("GET", "/\(settings.dialect.rawValue)/executions?pageSize=1&pageNum=1")
        let (reading, finding) = DoctorJudgement.clock(
            "oo.clock", date: answer.date, sentAt: sentAt, receivedAt: clocks.now().wall)
        if let reading { clock = reading }
        findings.append(finding)
    }

    // MARK: What there is

    mutating func lookAtDialects() async throws {
        var answering: [String] = []
        for dialect in ["v2", "latest", "v1"] {
            let answer = try await ask("GET", "/\(dialect)/executions?pageSize=1&pageNum=1")
            if answer.status == 200, !answer.isHTML, (try? JSONReader.read(answer.body))?.array != nil {
                answering.append(dialect)
            }
        }
        let own = settings.dialect.rawValue
        if let first = answering.first { root = "/\(answering.contains(own) ? own : first)" }
        findings.append(DoctorJudgement.dialect(answering: answering, current: configured.dialect.rawValue))
    }

    mutating func lookAtSchedules() async throws {
        let all = try await ask("GET", "/latest/all-schedules")
        let own = try await ask("GET", "\(root)/schedules")
        let lists = [all, own].map { answer in
            answer.status == 200 ? (try? JSONReader.read(answer.body))?.array : nil
        }
        let (name, question) = ("oo.schedules", "does our account see all schedules?")
        guard let list = lists[0] ?? lists[1] else {
            return findings.append(
                DoctorFinding(
                    name, question, .problem,
                    "/all-schedules was answered \(all.status) and /schedules \(own.status); the account may lack a "
                        + "right"))
        }
        let owners = Set(list.compactMap { $0["username"]?.string })
        var text = "\(list.count), of \(owners.count) owners"
        if let allCount = lists[0]?.count, let ownCount = lists[1]?.count {
            text += "; /all-schedules lists \(allCount), /schedules \(ownCount)"
        } else {
            text += "; only \(lists[0] == nil ? "/schedules" : "/all-schedules") answers"
        }
        findings.append(
            DoctorFinding(
                name, question, lists[0] == nil ? .problem : .fine,
                text + (lists[0] == nil ? ": it may show one's own alone; compare with Central's page" : "")))
        let counts = list.compactMap { $0["numOfOccurrences"]?.kind.description }
        if !counts.isEmpty {
            findings.append(
                DoctorFinding(
                    "oo.occurrences", "how are occurrences written?", .found,
                    "as \(Set(counts).sorted().joined(separator: " and ")); both are read"))
        }
        try await lookAtOne(list)
    }

    private mutating func lookAtOne(_ list: [JSONValue]) async throws {
        let (name, question) = ("oo.schedule", "can one schedule be read?")
        guard let id = list.first?["id"]?.string else {
            return findings.append(.untold(name, question, "there is no schedule"))
        }
        let answer = try await ask("GET", "\(root)/schedules/\(id)")
        // Its inputs may be secrets, so that they are echoed is all that is said.
        let values = (try? JSONReader.read(answer.body))?["sensitiveInputs"]?.object?.members ?? []
        let isEchoed = values.contains { $0.value != .null }
        let echo = isEchoed ? ", with values of sensitive inputs: only our account should see them" : ""
        findings.append(
            DoctorFinding(name, question, isEchoed ? .problem : .found, "answered \(answer.status)\(echo)"))
    }

    mutating func lookAtExecutions() async throws {
        let list = try await client.executions(page: 1, pageSize: 200)
        let people = Set(list.compactMap(\.triggeredBy))
        let advice = people.count > 1 ? "" : "; if others start some too, set drain.accountSees: own"
        let sources = Set(list.compactMap(\.triggeringSource)).sorted()
        findings.append(
            DoctorFinding(
                "oo.executions", "whose executions does our account see?",
                list.isEmpty ? .untold : people.count > 1 ? .fine : .found,
                list.isEmpty
                    ? "there is none" : "the last \(list.count) were started by \(people.count) accounts\(advice)"))
        findings.append(
            sources.isEmpty
                ? .untold("oo.sources", "what is said to have started an execution?", "no execution says it")
                : DoctorFinding(
                    "oo.sources", "what is said to have started an execution?", .found,
                    sources.joined(separator: ", ")))
    }

    mutating func lookAtWorkers() async throws {
        let (name, question) = ("oo.workers", "does it list its workers?")
        let answer = try await ask("GET", "\(root)/workers")
        guard answer.status == 200, let list = (try? JSONReader.read(answer.body))?.array else {
            return findings.append(.untold(name, question, "\(root)/workers was answered \(answer.status)"))
        }
        let active = list.count { $0["active"] == .bool(true) }
        let names = (list.first?.object?.members.map(\.name) ?? []).joined(separator: ", ")
        findings.append(
            DoctorFinding(
                name, question, active == 0 ? .problem : .found,
                "\(list.count), \(active) of them active; members: \(names)"))
    }

    mutating func lookAtAccount() async throws {
        let (name, question) = ("oo.account", "what may our account do?")
        let answer = try await ask("GET", "\(root)/users/me")
        guard answer.status == 200, let user = (try? JSONReader.read(answer.body))?.object else {
            return findings.append(
                .untold(
                    name, question,
                    "/users/me was answered \(answer.status); it reads executions and schedules, which is needed, and "
                        + "whether it may start flows and enable schedules shows in Central's roles"))
        }
        let roles = (user["roles"]?.array ?? []).compactMap { $0.string ?? $0["name"]?.string }
        findings.append(DoctorFinding(name, question, .found, "roles: \(roles.joined(separator: ", "))"))
    }

    mutating func lookAtSession() async throws {
        let (name, question) = ("oo.session", "must a write with a session's cookie carry its token?")
        let first = try await ask("GET", "\(root)/executions?pageSize=1&pageNum=1")
        let offers = first.csrfToken == nil ? "no token is offered" : "a token is offered"
        guard scratch != nil, !first.cookies.isEmpty else {
            let why = first.cookies.isEmpty ? "no cookie is set" : "it needs --write-probes"
            return findings.append(
                .untold(name, question, "\(offers); \(why); Sluice keeps no cookies, so nothing depends on it"))
        }
        // A flow that cannot exist: whatever is answered, nothing starts.
        let body = Array(#"{"flowUuid":"\#(Self.noFlow)","uuid":"\#(Self.noFlow)"}"#.utf8)
        let answer = try await ask("POST", "\(root)/executions", body: body, cookies: first.cookies)
        let plain = try await ask("POST", "\(root)/executions", body: body)
        findings.append(
            DoctorFinding(
                name, question, plain.status == 403 ? .problem : .found,
                "\(offers); for a flow that cannot exist \(answer.status) with the cookie alone, \(plain.status) "
                    + "without any"))
    }

    static let noFlow = "00000000-0000-4000-8000-000000000000"
}

import ArgumentParser
import FoundationEssentials
import SluiceConfig
import SluiceContent
import SluiceForecast
import SluiceModel
import SluiceScenarios

/// What `schedule forecast` and `schedule quiet` are told about schedules and the gate.
struct ForecastOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Schedule files; without any the server is asked.", valueName: "file"),
        completion: .file())
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            "Zone of what names none, and of the times shown; unless told schedules.zone of --config, else UTC.",
            valueName: "zone"))
    var zone: String?

    @Option(
        help: ArgumentHelp(
            "What becomes of missed times: skip, latest, all, or not-older-than with a time, such as "
                + "not-older-than:2h; unless told, what schedules.policy and schedules.policies of --config say, "
                + "else latest.",
            valueName: "policy"))
    var policy: PolicyArgument?

    @Option(
        help: ArgumentHelp(
            "Past durations, a line each, oldest first: {\"flow\": \"…\", \"seconds\": 12.5}.", valueName: "file"),
        completion: .file())
    var history: String?

    @Option(
        name: .customLong("unsafe"),
        help: ArgumentHelp(
            "Schedules that must not miss a time, by a pattern over their names; may be repeated.", valueName: "glob"))
    var unsafeToMiss: [GlobArgument] = []

    @Option(help: ArgumentHelp("What the gate does while closed: hold or refuse.", valueName: "mode"))
    var mode = ClosedModeArgument(mode: .hold)

    @Option(help: ArgumentHelp("What is closed; the whole gate unless told.", valueName: "scope"))
    var scope: ScopeArgument?

    @OptionGroup var flows: FlowRuleOptions
    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard zone.map({ ScheduleFiles.zone($0) != nil }) ?? true else {
            throw ValidationError(
                "--zone '\((zone ?? "").printable)' is unknown; name a region such as Europe/Berlin, or GMT+02:00")
        }
        let isPlain = history == nil && unsafeToMiss.isEmpty && policy == nil && flows.rules.isEmpty
        guard !files.isEmpty || isPlain else {
            throw ValidationError(
                "--history, --unsafe, --policy, --flow-key and --flow-of go with files only: the server knows its own.")
        }
    }

    /// The zone that was told, else UTC: of what the server is asked and answers.
    var rules: TimeZoneRules { zone.flatMap { ScheduleFiles.zone($0) } ?? .utc }

    /// The configuration that --config names, once it is read, and what follows from it.
    struct Setting {
        var configuration: SluiceConfiguration?
        /// By its Java id.
        var zone: String
        var rules: TimeZoneRules
    }

    /// What is known of the schedules of the files.
    struct Inputs {
        var schedules: [PlannedSchedule]
        var history: DurationHistory
        var outlook: GateOutlook
        var now: Timestamp
    }

    /// Reads the configuration; a command does so once.
    /// - Throws: `CommandFailure` when it cannot be read, or its zone is unknown.
    func setting() throws -> Setting {
        let configuration = try configuration()
        let zone = zone ?? configuration?.schedules.zone ?? "UTC"
        guard let rules = ScheduleFiles.zone(zone) else {
            throw CommandFailure(
                .usage, "--config: schedules.zone: \(zone.printable) is unknown",
                advice: "name a region such as Europe/Berlin, or GMT+02:00")
        }
        return Setting(configuration: configuration, zone: zone, rules: rules)
    }

    /// Reads the files; remarks go to stderr.
    ///
    /// Policies, and what must not miss a time, are those of the configuration, as a server reads it, and what the
    /// command line says goes before them.
    /// - Throws: `CommandFailure` when one cannot be read.
    func inputs(_ setting: Setting) throws -> Inputs {
        let console = output.console
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let known = (setting.configuration ?? SluiceConfiguration()).schedules
        let read = ScheduleFiles.read(
            files, zone: setting.zone, policy: policy?.policy ?? known.policy, now: now,
            rules: flows.rules + known.flows)
        let errors = read.diagnostics.filter { $0.severity == .error }
        if !output.json { console.note(read.diagnostics) }
        if !errors.isEmpty { try Inspection.end(read.diagnostics, of: "schedule file") }
        var schedules = read.schedules
        let policies = MisfirePolicies(standard: known.policy, rules: known.policies)
        let unsafe = known.unsafeToMiss.compactMap { PathGlob($0) }
        for index in schedules.indices {
            schedules[index].take(policies)
            if let policy { schedules[index].policy = policy.policy }
            if unsafe.contains(where: { $0.matches(schedules[index].name) }) { schedules[index].isUnsafeToMiss = true }
        }
        for index in schedules.indices where unsafeToMiss.contains(where: { $0.glob.matches(schedules[index].name) }) {
            schedules[index].isUnsafeToMiss = true
        }
        for pattern in unsafeToMiss where !schedules.contains(where: { pattern.glob.matches($0.name) }) {
            console.warn("--unsafe \(pattern.text) matches no schedule's name: it has no effect")
        }
        for rule in flows.rules where read.unusedRules.contains(rule) {
            switch rule {
            case .dataKey(let key): console.warn("--flow-key \(key) gives no job a flow: it has no effect")
            case .name(let pattern, let flow):
                console.warn("--flow-of \(pattern)=\(flow) matches no job: it has no effect")
            case .jobClass: break
            }
        }
        var durations = DurationHistory()
        if let history {
            let bytes = try InputFile.read(history, byteCountMax: DurationFile.byteCountMax, named: "--history")
            do {
                durations = try DurationFile.read(bytes)
            } catch {
                throw CommandFailure(.failed, "--history: \(error)")
            }
        }
        return Inputs(
            schedules: schedules, history: durations,
            outlook: ForecastScenario.outlook(
                mode: mode.mode, scope: scope?.scope, allow: setting.configuration?.rules.allow ?? [], at: now),
            now: now)
    }

    private func configuration() throws -> SluiceConfiguration? {
        guard let file = client.config else { return nil }
        let (configuration, diagnostics) = SluiceConfiguration.load(
            file: file, environment: ProcessInfo.processInfo.environment)
        guard let error = diagnostics.first(where: { $0.severity == .error }) else { return configuration }
        throw CommandFailure(.usage, "--config: \(error.description.printable)")
    }

    /// Writes a picture to its file, or to stdout for `-`.
    func write(svg: String, to path: String) throws {
        guard path != "-" else { return output.console.print(svg.withoutLastLineBreak) }
        guard let problem = PictureFile.write(svg, to: path) else { return }
        throw CommandFailure(.failed, problem.description)
    }
}

/// As in the configuration, or with a colon: `not-older-than:2h`.
struct PolicyArgument: ExpressibleByArgument {
    let policy: MisfirePolicy

    init?(argument: String) {
        guard let policy = MisfirePolicy(text: argument) else { return nil }
        self.policy = policy
    }
}

/// An RFC 3339 time, with its offset or as the wall time of a zone: skipped and doubled ones as windows take them.
struct LocalTimeArgument: ExpressibleByArgument {
    private let time: Timestamp
    private let isLocal: Bool

    init?(argument: String) {
        if let time = Timestamp(rfc3339: argument) {
            (self.time, isLocal) = (time, false)
        } else if let time = Timestamp(rfc3339: argument + "Z") {
            (self.time, isLocal) = (time, true)
        } else {
            return nil
        }
    }

    func timestamp(_ zone: TimeZoneRules) -> Timestamp { isLocal ? zone.calendarInstant(ofWallTime: time) : time }
}

/// `hold` or `refuse`.
struct ClosedModeArgument: ExpressibleByArgument {
    let mode: GateMode

    init(mode: GateMode) { self.mode = mode }

    init?(argument: String) {
        guard let mode = GateMode(rawValue: argument), !mode.isOpen else { return nil }
        self.mode = mode
    }

    static var allValueStrings: [String] { ["hold", "refuse"] }

    var defaultValueDescription: String { mode.rawValue }
}

/// A pattern with `*` and `?`.
struct GlobArgument: ExpressibleByArgument {
    let glob: PathGlob
    let text: String

    init?(argument: String) {
        guard let glob = PathGlob(argument) else { return nil }
        self.glob = glob
        text = argument
    }
}

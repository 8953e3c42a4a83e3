public import SluiceModel

/// What one schedule file says, whatever its dialect: jobs, triggers, and how to merge them into a scheduler.
///
/// Everything that can be read is in it. There are two verdicts: `hasErrors`, whether a part could not be read, or a
/// file for Quartz 2 is one that Quartz would refuse; and `quartz`, whether Quartz 2.3.2 would take it.
public struct ScheduleFile: Hashable, Sendable {
    /// The file's path as the user gave it.
    public var file: String
    /// nil when the file is none that we know.
    public var dialect: ScheduleDialect?
    /// Whether Quartz 2.3.2 would take it.
    public var quartz: QuartzVerdict
    /// Jobs in the order of the file; a name may appear twice.
    public var jobs: [ScheduleJob]
    /// Triggers in the order of the file; a name may appear twice.
    public var triggers: [ScheduleTrigger]
    public var directives: QuartzDirectives
    /// What is deleted before anything is added, in the order in which Quartz does it: groups first.
    public var preProcessing: [QuartzCommand]
    public var diagnostics: [Diagnostic]

    public init(
        file: String, dialect: ScheduleDialect? = nil, quartz: QuartzVerdict = .accepts, jobs: [ScheduleJob] = [],
        triggers: [ScheduleTrigger] = [], directives: QuartzDirectives = QuartzDirectives(),
        preProcessing: [QuartzCommand] = [], diagnostics: [Diagnostic] = []
    ) {
        self.file = file
        self.dialect = dialect
        self.quartz = quartz
        self.jobs = jobs
        self.triggers = triggers
        self.directives = directives
        self.preProcessing = preProcessing
        self.diagnostics = diagnostics
    }

    /// Whether anything could not be read, or Quartz would refuse a file that is meant for it.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// The file that decides whether Quartz 2.3.2 takes all of some files: the first that it refuses, else the first
    /// of which that is unknown; nil when it takes all.
    public static func notTaken(of files: [ScheduleFile]) -> ScheduleFile? {
        files.first { $0.quartz.isAccepted == false } ?? files.first { $0.quartz.isAccepted == nil }
    }
}

/// Group and name of a job or trigger: together they are its identity.
public struct ScheduleKey: Hashable, Sendable {
    /// What Quartz calls the group of whatever names none.
    public static let defaultGroup = "DEFAULT"

    public var group: String
    public var name: String

    public init(group: String = defaultGroup, name: String) {
        self.group = group
        self.name = name
    }
}

/// What can be run.
public struct ScheduleJob: Hashable, Sendable {
    public var key: ScheduleKey
    /// Name of the Java class or .NET type; nil where jobs have none: in a crontab and in Central.
    public var jobClass: String?
    public var description: String?
    /// Whether it stays without a trigger.
    public var isDurable: Bool
    /// Whether it is run again after a crash (`recover`).
    public var requestsRecovery: Bool
    public var data: [ScheduleDataEntry]
    /// The flow it is by itself: only in Central.
    public var flow: FlowID?
    /// Line of its element.
    public var line: Int

    public init(
        key: ScheduleKey, jobClass: String?, description: String? = nil, isDurable: Bool = false,
        requestsRecovery: Bool = false, data: [ScheduleDataEntry] = [], flow: FlowID? = nil, line: Int = 0
    ) {
        self.key = key
        self.jobClass = jobClass
        self.description = description
        self.isDurable = isDurable
        self.requestsRecovery = requestsRecovery
        self.data = data
        self.flow = flow
        self.line = line
    }
}

/// One entry of a job data map; the maps are sorted by key and have each key once.
public struct ScheduleDataEntry: Hashable, Sendable {
    public var key: String
    /// Trimmed; nil when it is empty.
    public var value: String?

    public init(key: String, value: String?) {
        self.key = key
        self.value = value
    }

    /// Whether the value is a secret by its key or looks, and so is never shown.
    public var isSecret: Bool {
        guard let value else { return false }
        return SecretName.mayBeSecret(key) || SecretName.isHeld(in: value)
    }
}

/// How a file's jobs meet those that the scheduler already has.
public struct QuartzDirectives: Hashable, Sendable {
    /// Replace what is there; without it, what is there stays or is an error.
    public var overwritesExistingData = true
    /// Keep silently what is there.
    public var ignoresDuplicates = false
    /// Quartz.NET: a new trigger goes on where the one it replaces would have.
    public var schedulesRelativeToReplaced = false

    public init() {}
}

/// Something that Quartz deletes before it adds the file's jobs; `*` as a group means all.
public enum QuartzCommand: Hashable, Sendable {
    case deleteJobsInGroup(String)
    case deleteTriggersInGroup(String)
    case deleteJob(ScheduleKey)
    case deleteTrigger(ScheduleKey)
}

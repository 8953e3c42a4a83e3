public import SluiceModel

/// What one Quartz `job_scheduling_data` file says: jobs, triggers, and how to merge them into a scheduler.
///
/// Everything that can be read is in it, also when Quartz would refuse the file: `diagnostics` has an error then.
public struct QuartzSchedule: Hashable, Sendable {
    /// The file's path as the user gave it.
    public var file: String
    /// Jobs in the order of the file; a name may appear twice.
    public var jobs: [QuartzJob]
    /// Triggers in the order of the file; a name may appear twice.
    public var triggers: [QuartzTrigger]
    public var directives: QuartzDirectives
    /// What is deleted before anything is added, in the order in which Quartz does it: groups first.
    public var preProcessing: [QuartzCommand]
    public var diagnostics: [Diagnostic]

    public init(
        file: String, jobs: [QuartzJob] = [], triggers: [QuartzTrigger] = [],
        directives: QuartzDirectives = QuartzDirectives(), preProcessing: [QuartzCommand] = [],
        diagnostics: [Diagnostic] = []
    ) {
        self.file = file
        self.jobs = jobs
        self.triggers = triggers
        self.directives = directives
        self.preProcessing = preProcessing
        self.diagnostics = diagnostics
    }

    /// Whether anything could not be read, or Quartz would refuse the file.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

/// Group and name of a job or trigger: together they are its identity.
public struct QuartzKey: Hashable, Sendable {
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
public struct QuartzJob: Hashable, Sendable {
    public var key: QuartzKey
    /// Name of the Java class.
    public var jobClass: String
    public var description: String?
    /// Whether it stays without a trigger.
    public var isDurable: Bool
    /// Whether it is run again after a crash (`recover`).
    public var requestsRecovery: Bool
    public var data: [QuartzDataEntry]
    /// Line of its element.
    public var line: Int

    public init(
        key: QuartzKey, jobClass: String, description: String? = nil, isDurable: Bool = false,
        requestsRecovery: Bool = false, data: [QuartzDataEntry] = [], line: Int = 0
    ) {
        self.key = key
        self.jobClass = jobClass
        self.description = description
        self.isDurable = isDurable
        self.requestsRecovery = requestsRecovery
        self.data = data
        self.line = line
    }
}

/// One entry of a job data map; the maps are sorted by key and have each key once.
public struct QuartzDataEntry: Hashable, Sendable {
    public var key: String
    /// Trimmed; nil when it is empty.
    public var value: String?

    public init(key: String, value: String?) {
        self.key = key
        self.value = value
    }
}

/// How a file's jobs meet those that the scheduler already has.
public struct QuartzDirectives: Hashable, Sendable {
    /// Replace what is there; without it, what is there stays or is an error.
    public var overwritesExistingData = true
    /// Keep silently what is there.
    public var ignoresDuplicates = false

    public init() {}
}

/// Something that Quartz deletes before it adds the file's jobs; `*` as a group means all.
public enum QuartzCommand: Hashable, Sendable {
    case deleteJobsInGroup(String)
    case deleteTriggersInGroup(String)
    case deleteJob(QuartzKey)
    case deleteTrigger(QuartzKey)
}

public import SluiceForecast
public import SluiceModel

/// When a job is run.
///
/// A crontab entry with both days restricted is two triggers of one key, for the days of the month and of the week; an
/// instant of both is one launch.
public struct ScheduleTrigger: Hashable, Sendable {
    /// The three kinds of Quartz 2, and one of cron.
    public enum Timing: Hashable, Sendable {
        /// A cron expression, in a zone by its id.
        case cron(expression: String, timeZone: String)
        /// The same spelling, but both days are given and a day must be in both: only from a crontab, no scheduler with
        /// Quartz takes it.
        case cronOnBothDays(expression: String, timeZone: String)
        /// A fixed beat from the start: so many repeats after the first run, -1 for ever.
        case simple(repeatCount: Int, repeatIntervalMilliseconds: Int64)
        /// A beat in calendar units from the start.
        case calendarInterval(interval: Int, unit: IntervalUnit)
    }

    public typealias IntervalUnit = Trigger.IntervalUnit

    public var key: ScheduleKey
    public var job: ScheduleKey
    public var timing: Timing
    public var description: String?
    /// Higher goes first when two are due at once; 5 when the file is silent.
    public var priority: Int
    /// Name of a calendar of excluded times, kept in the scheduler.
    public var calendarName: String?
    public var misfire: QuartzMisfire
    /// When it begins; the reading's `now` when the file is silent. Cron triggers begin at whole seconds.
    public var start: Timestamp
    /// When it ends: the instant itself still counts for cron, and no longer for the other kinds.
    public var end: Timestamp?
    public var data: [ScheduleDataEntry]
    /// Whether it fires at all now; only Central says so.
    public var isEnabled: Bool
    /// Whether the file has everything its launches need; false where it has inputs that Central does not echo.
    public var isReplayable: Bool
    /// Line of its element.
    public var line: Int

    public init(
        key: ScheduleKey, job: ScheduleKey, timing: Timing, description: String? = nil, priority: Int = 5,
        calendarName: String? = nil, misfire: QuartzMisfire = .smartPolicy, start: Timestamp, end: Timestamp? = nil,
        data: [ScheduleDataEntry] = [], isEnabled: Bool = true, isReplayable: Bool = true, line: Int = 0
    ) {
        self.key = key
        self.job = job
        self.timing = timing
        self.description = description
        self.priority = priority
        self.calendarName = calendarName
        self.misfire = misfire
        self.start = start
        self.end = end
        self.data = data
        self.isEnabled = isEnabled
        self.isReplayable = isReplayable
        self.line = line
    }
}

/// What a trigger does about times it missed; one code means different things for different kinds.
public struct QuartzMisfire: Hashable, Sendable {
    /// Quartz's word, `MISFIRE_INSTRUCTION_…`, also where the file has that of another dialect.
    public var word: String
    /// Quartz's number for it.
    public var code: Int

    /// What holds when the file is silent.
    public static let smartPolicy = QuartzMisfire(word: prefix + "SMART_POLICY", code: 0)

    private static let prefix = "MISFIRE_INSTRUCTION_"
    private static let simpleCodes = [
        "SMART_POLICY": 0, "FIRE_NOW": 1, "RESCHEDULE_NOW_WITH_EXISTING_REPEAT_COUNT": 2,
        "RESCHEDULE_NOW_WITH_REMAINING_REPEAT_COUNT": 3, "RESCHEDULE_NEXT_WITH_REMAINING_COUNT": 4,
        "RESCHEDULE_NEXT_WITH_EXISTING_COUNT": 5,
    ]
    private static let calendarCodes = ["SMART_POLICY": 0, "FIRE_ONCE_NOW": 1, "DO_NOTHING": 2]

    init(word: String, code: Int) {
        self.word = word
        self.code = code
    }

    /// Reads the word of a simple trigger, or of one of the other two kinds; nil for a word that Quartz refuses there.
    public init?(word: String, isSimple: Bool) {
        guard word.hasPrefix(Self.prefix) else { return nil }
        let codes = isSimple ? Self.simpleCodes : Self.calendarCodes
        guard let code = codes[String(word.dropFirst(Self.prefix.count))] else { return nil }
        self.init(word: word, code: code)
    }

    /// Reads a word of any dialect: Quartz's, or Quartz.NET's such as `DoNothing`; also the word to ignore misfires,
    /// which Quartz 2 refuses in files.
    init?(lenientWord word: String, isSimple: Bool) {
        guard word.utf8.count <= Self.wordBytesMax else { return nil }
        var quartz = word
        if !word.hasPrefix(Self.prefix) {
            quartz = Self.prefix
            for (index, letter) in word.enumerated() {
                if letter.isUppercase, index > 0 { quartz += "_" }
                quartz += letter.uppercased()
            }
        }
        if quartz == Self.prefix + "IGNORE_MISFIRE_POLICY" {
            self.init(word: quartz, code: -1)
        } else {
            self.init(word: quartz, isSimple: isSimple)
        }
    }

    private static let wordBytesMax = 128
}

import SluiceForecast
public import SluiceModel

/// Shows what schedule files hold, merged; the JSON is read by other tools and versioned (design/interfaces.md).
public struct ScheduleInspection {
    /// Version of the JSON's shape.
    public static let format = 1

    let files: [ScheduleFile]
    let rules: [JobFlowRule]
    let next: (ScheduleTrigger) -> Timestamp?
    let zoneData: String?

    /// - Parameters:
    ///   - rules: Which flow a job launches.
    ///   - zoneData: Version of the zone data by which `next` reckons; nil when it is unknown.
    ///   - next: The next time of a trigger; nil when there is none.
    public init(
        _ files: [ScheduleFile], rules: [JobFlowRule] = [], zoneData: String? = nil,
        next: @escaping (ScheduleTrigger) -> Timestamp? = { _ in nil }
    ) {
        self.files = files
        self.rules = rules
        self.next = next
        self.zoneData = zoneData
    }

    // MARK: JSON

    /// One JSON object for all files, without a newline at its end; keys always stand in the same order.
    ///
    /// Times are RFC 3339 in UTC; a `next` after the year 9999, which that cannot write, is null. A calendar interval
    /// has its number in `repeatInterval`, in `repeatIntervalUnit`s: a month is no number of milliseconds, so
    /// `repeatIntervalMilliseconds` is null then. `dialect` and `quartz` on top are those of all files together: null
    /// when they differ, and the first refusal, else the first verdict that is unknown. A value of a data map that is a
    /// secret by its key or looks is `***`, and its key stands in `masked`.
    public var json: String {
        var json = JSONText()
        json.object { json in
            json.member("format", Int64(Self.format))
            json.key("jobs")
            json.array(files.flatMap(\.jobs)) { json, job in Self.append(job, to: &json) }
            json.key("triggers")
            let triggers = files.flatMap { Array(zip($0.triggers, $0.flows(by: rules))) }
            json.array(triggers) { json, trigger in append(trigger.0, flow: trigger.1, to: &json) }
            json.key("diagnostics")
            json.array(files.flatMap(\.diagnostics)) { json, diagnostic in diagnostic.append(to: &json) }
            let dialects = Set(files.map(\.dialect))
            json.member("dialect", dialects.count == 1 ? files.first?.dialect?.rawValue : nil)
            Self.append(ScheduleFile.notTaken(of: files)?.quartz ?? .accepts, to: &json)
            json.member("zoneData", zoneData)
            json.key("files")
            json.array(files) { json, file in
                json.object { json in
                    json.member("file", file.file)
                    json.member("dialect", file.dialect?.rawValue)
                    Self.append(file.quartz, to: &json)
                }
            }
        }
        return json.text
    }

    private static func append(_ verdict: QuartzVerdict, to json: inout JSONText) {
        json.key("quartz")
        json.object { json in
            if let isAccepted = verdict.isAccepted {
                json.member("accepts", isAccepted)
            } else {
                json.member("accepts", String?.none)
            }
            json.member("reason", verdict.reason)
        }
    }

    private static func append(_ job: ScheduleJob, to json: inout JSONText) {
        json.object { json in
            json.member("group", job.key.group)
            json.member("name", job.key.name)
            json.member("class", job.jobClass)
            json.member("description", job.description)
            json.member("durable", job.isDurable)
            append(job.data, to: &json)
        }
    }

    private func append(_ trigger: ScheduleTrigger, flow: FlowID?, to json: inout JSONText) {
        var cron: String?
        var timeZone: String?
        var repeatCount: Int?
        var milliseconds: Int64?
        var interval: Int?
        var unit: String?
        switch trigger.timing {
        case .cron(let expression, let zone): (cron, timeZone) = (expression, zone)
        case .cronOnBothDays(let expression, let zone): (cron, timeZone) = (expression, zone)
        case .simple(let count, let beat): (repeatCount, milliseconds) = (count, beat)
        case .calendarInterval(let count, let word): (interval, unit) = (count, word.rawValue)
        }
        let next = next(trigger)
        json.object { json in
            json.member("group", trigger.key.group)
            json.member("name", trigger.key.name)
            json.key("job")
            json.object { json in
                json.member("group", trigger.job.group)
                json.member("name", trigger.job.name)
            }
            json.member("type", trigger.timing.word)
            json.member("cron", cron)
            json.member("timeZone", timeZone)
            json.member("start", trigger.start.rfc3339)
            json.member("end", trigger.end?.rfc3339)
            json.member("repeatCount", repeatCount.map(Int64.init))
            json.member("repeatIntervalMilliseconds", milliseconds)
            if let interval { json.member("repeatInterval", Int64(interval)) }
            json.member("repeatIntervalUnit", unit)
            json.member("misfire", trigger.misfire.word)
            json.member("priority", Int64(trigger.priority))
            Self.append(trigger.data, to: &json)
            json.member("flow", flow?.text)
            json.member("enabled", trigger.isEnabled)
            json.member("replayable", trigger.isReplayable)
            json.member("next", Self.isShown(next) ? next?.rfc3339 : nil)
        }
    }

    /// Whether a time can be written: those after the year 9999 cannot.
    static func isShown(_ next: Timestamp?) -> Bool { next.map { $0 <= Timestamp.calendarYears.upperBound } ?? true }

    private static func append(_ data: [ScheduleDataEntry], to json: inout JSONText) {
        json.key("data")
        json.object { json in
            for entry in data { json.member(entry.key, entry.isSecret ? CommandSecrets.mask : entry.value) }
        }
        json.key("masked")
        json.array(data.filter(\.isSecret)) { json, entry in json.string(entry.key) }
    }
}

extension ScheduleTrigger.Timing {
    /// The kind's name in the JSON.
    public var word: String {
        switch self {
        case .cron: "cron"
        case .cronOnBothDays: "cronOnBothDays"
        case .simple: "simple"
        case .calendarInterval: "calendarInterval"
        }
    }
}

import Foundation
import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// Schedule files against what Quartz 2.3.2 itself read out of them, or why it refused them.
@Suite struct QuartzOracleTests {
    static let hint: Comment = "needs ../shared/samples/scheduler"
    /// The clock of the oracle's runs.
    static let now = Timestamp(rfc3339: "2024-05-15T12:00:30Z") ?? .zero

    struct Verdict: Sendable, CustomTestStringConvertible {
        var file: String
        var json: String

        var testDescription: String { file }
    }

    static let verdicts: [Verdict] = {
        let path = SharedFiles.samples + "/scheduler/oracle-own.jsonl"
        let lines = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n") ?? []
        return lines.compactMap { line in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return (object?["file"] as? String).map { Verdict(file: $0, json: String(line)) }
        }
    }()

    private func read(_ file: String) -> ScheduleFile {
        ScheduleReader().read(
            path: SharedFiles.samples + "/scheduler/" + file, now: Self.now, defaultZone: .utc)
    }

    @Test(.enabled(if: SharedFiles.hasSchedules, hint))
    func hasAVerdictForEveryFile() {
        #expect(Self.verdicts.count == 51)
    }

    @Test(
        "R33: a forecast has every job and trigger of a file that Quartz reads, as Quartz reads it",
        .enabled(if: SharedFiles.hasSchedules, hint), arguments: verdicts)
    func agreesWithQuartz(verdict: Verdict) throws {
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(verdict.json.utf8)) as? [String: Any])
        let quartz = try #require(object["quartz232"] as? [String: Any])
        let schedule = read(verdict.file)
        guard try #require(quartz["ok"] as? Bool) else {
            #expect(schedule.quartz.isAccepted == false, "Quartz refuses it: \(quartz["error"] ?? "")")
            #expect(schedule.quartz.reason?.isEmpty == false)
            for diagnostic in schedule.diagnostics {
                #expect(diagnostic.file.hasSuffix(verdict.file) && diagnostic.line != nil)
            }
            return
        }
        #expect(schedule.quartz == .accepts)
        #expect(schedule.diagnostics.filter { $0.severity == .error }.isEmpty)
        #expect(schedule.directives.overwritesExistingData == quartz["overwriteExistingData"] as? Bool)
        #expect(schedule.directives.ignoresDuplicates == quartz["ignoreDuplicates"] as? Bool)
        #expect(schedule.preProcessing.map(Self.words) == quartz["preProcessing"] as? [String])
        let jobs = try #require(quartz["jobs"] as? [[String: Any]])
        #expect(schedule.jobs.map(Self.facts).map(NSDictionary.init) == jobs.map(NSDictionary.init))
        let triggers = try #require(quartz["triggers"] as? [[String: Any]])
        #expect(schedule.triggers.map(Self.facts).map(NSDictionary.init) == triggers.map(NSDictionary.init))
    }

    @Test(.enabled(if: SharedFiles.hasSchedules, hint))
    func warnsOfAZoneThatQuartzDoesNotKnow() throws {
        let schedule = read("own/04-time-zones.xml")
        let warning = try #require(schedule.diagnostics.first)
        #expect(schedule.diagnostics.count == 1)
        #expect(warning.severity == .warning && warning.message.contains("No/Such_Zone") && warning.line == 12)
    }

    /// Quartz's own files: whether Quartz 2.3.2 takes them, and how many jobs and triggers it had read by then. Refused
    /// are the DOCTYPE and the 1.8 element `volatility` (scheduler-xml.md section 4).
    @Test(
        .enabled(if: SharedFiles.hasSchedules, hint),
        arguments: [
            ("quartz-1.8.6__directives_no-overwrite_ignoredups.xml", 2, 2, true),
            ("quartz-1.8.6__job-scheduling-data-1.8_trigger-samples.xml", 1, 32, false),
            ("quartz-1.8.6__quartz_data.xml", 3, 4, false),
            ("quartz-1.8.6__simple-job-trigger.xml", 1, 1, false),
            ("v2.3.2__QTZ225_quartz_data.xml", 1, 1, true),
            ("v2.3.2__bad-job-config.xml", 0, 0, false),
            ("v2.3.2__delete-no-jobclass.xml", 1, 1, true),
            ("v2.3.2__directives_no-overwrite_ignoredups.xml", 2, 2, true),
            ("v2.3.2__directives_overwrite_no-ignoredups.xml", 2, 2, true),
            ("v2.3.2__job-scheduling-data-2.0_trigger-samples.xml", 1, 35, true),
            ("v2.3.2__overwrite-no-jobclass.xml", 1, 1, true),
            ("v2.3.2__quartz_data.xml", 3, 4, true),
            ("v2.3.2__simple-job-trigger-no-repeat.xml", 1, 1, true),
            ("v2.3.2__simple-job-trigger-with-timezones.xml", 1, 2, true),
            ("v2.3.2__simple-job-trigger.xml", 1, 1, true),
        ])
    func readsQuartzOwnFiles(file: String, jobs: Int, triggers: Int, isAccepted: Bool) {
        let schedule = read("quartz-upstream/" + file)
        #expect(schedule.jobs.count == jobs)
        #expect(schedule.triggers.count == triggers)
        #expect(schedule.quartz.isAccepted == isAccepted, "\(schedule.diagnostics.map(\.description))")
    }

    /// What Quartz 2.3.2 read out of its own files in zone UTC at `now`, in the words of `line`.
    @Test(
        .enabled(if: SharedFiles.hasSchedules, hint),
        arguments: [
            (
                "v2.3.2__quartz_data.xml",
                [
                    "DEFAULT.TestJob1", "DEFAULT.TestDurableJob durable",
                    "GroupOfTestJob2.TestJob2 recover [someKey=someValue someOtherKey=someOtherValue]",
                    "DEFAULT.TestSimpleTrigger1AtFiveSecondInterval runs DEFAULT.TestJob1: -1 x 5000 misfire 0",
                    "GroupOfTestJob2Triggers.TestSimpleTrigger2AtTenSecondIntervalAndFiveRepeats runs "
                        + "GroupOfTestJob2.TestJob2: 5 x 10000 misfire 2 from 2010-02-09T10:15:00Z",
                    "GroupOfTestJob2Triggers.TestCronTrigger2AtEveryMinute runs GroupOfTestJob2.TestJob2: "
                        + "0 * * ? * * UTC misfire 0 [someKey=overriddenValue someOtherKey=someOtherOverriddenValue]",
                    "GroupOfTestJob2Triggers.TestCronTrigger2AtEveryMinuteOnThe45thSecond runs "
                        + "GroupOfTestJob2.TestJob2: 45 * * ? * * America/Los_Angeles misfire 0 "
                        + "from 2010-02-09T12:26:00Z to 2012-02-09T12:26:00Z",
                ]
            ),
            (
                "quartz-1.8.6__directives_no-overwrite_ignoredups.xml",
                [
                    "DEFAULT.job1", "DEFAULT.job2 [color=GREEN]",
                    "DEFAULT.job1 runs DEFAULT.my_job1: -1 x 1500 misfire 0",
                    "DEFAULT.job2 runs DEFAULT.my_job2: * * * * * ? UTC misfire 0",
                ]
            ),
            (
                "v2.3.2__simple-job-trigger-no-repeat.xml",
                ["DEFAULT.job1 durable", "DEFAULT.job1_trigger runs DEFAULT.job1: 0 x 0 misfire 0"]
            ),
            (
                "v2.3.2__simple-job-trigger-with-timezones.xml",
                [
                    "DEFAULT.job1 durable [foo=bar]",
                    "DEFAULT.job1 runs DEFAULT.job1: -1 x 1500 misfire 0 from 2012-01-01T18:00:00Z "
                        + "to 2012-01-01T19:00:00Z",
                    "DEFAULT.job2 runs DEFAULT.job1: -1 x 1500 misfire 0 from 2012-01-01T06:00:00Z "
                        + "to 2012-01-01T19:00:00Z",
                ]
            ),
        ])
    func readsQuartzOwnFilesAsQuartz(file: String, lines: [String]) {
        let schedule = read("quartz-upstream/" + file)
        #expect(schedule.jobs.map(Self.line) + schedule.triggers.map(Self.line) == lines)
    }

    // MARK: The oracle's words

    private static func words(_ command: QuartzCommand) -> String {
        switch command {
        case .deleteJobsInGroup(let group): "delete-jobs-in-group \(group)"
        case .deleteTriggersInGroup(let group): "delete-triggers-in-group \(group)"
        case .deleteJob(let key): "delete-job \(key.group).\(key.name)"
        case .deleteTrigger(let key): "delete-trigger \(key.group).\(key.name)"
        }
    }

    private static func orNull(_ text: String?) -> Any { text.map { $0 as Any } ?? NSNull() }

    private static func data(_ entries: [ScheduleDataEntry]) -> [String: Any] {
        Dictionary(uniqueKeysWithValues: entries.map { ($0.key, orNull($0.value)) })
    }

    private static func line(_ job: ScheduleJob) -> String {
        "\(job.key.group).\(job.key.name)" + (job.isDurable ? " durable" : "")
            + (job.requestsRecovery ? " recover" : "") + line(job.data)
    }

    private static func line(_ trigger: ScheduleTrigger) -> String {
        let timing =
            switch trigger.timing {
            case .cron(let expression, let zone), .cronOnBothDays(let expression, let zone): "\(expression) \(zone)"
            case .simple(let count, let interval): "\(count) x \(interval)"
            case .calendarInterval(let interval, let unit): "\(interval) \(unit.rawValue)"
            }
        return "\(trigger.key.group).\(trigger.key.name) runs \(trigger.job.group).\(trigger.job.name): \(timing)"
            + " misfire \(trigger.misfire.code)" + (trigger.start == now ? "" : " from \(trigger.start.rfc3339)")
            + (trigger.end.map { " to \($0.rfc3339)" } ?? "") + line(trigger.data)
    }

    private static func line(_ data: [ScheduleDataEntry]) -> String {
        data.isEmpty ? "" : " [" + data.map { "\($0.key)=\($0.value ?? "")" }.joined(separator: " ") + "]"
    }

    private static func facts(_ job: ScheduleJob) -> [String: Any] {
        [
            "name": job.key.name, "group": job.key.group, "description": orNull(job.description),
            "jobClass": orNull(job.jobClass), "durable": job.isDurable, "recover": job.requestsRecovery,
            "data": data(job.data),
        ]
    }

    private static func facts(_ trigger: ScheduleTrigger) -> [String: Any] {
        var facts: [String: Any] = [
            "name": trigger.key.name, "group": trigger.key.group, "jobName": trigger.job.name,
            "jobGroup": trigger.job.group, "description": orNull(trigger.description),
            "priority": trigger.priority, "calendarName": orNull(trigger.calendarName),
            "misfireInstruction": trigger.misfire.code, "startTime": trigger.start.rfc3339,
            "endTime": orNull(trigger.end?.rfc3339), "data": data(trigger.data),
        ]
        switch trigger.timing {
        case .cron(let expression, let timeZone), .cronOnBothDays(let expression, let timeZone):
            facts.merge(["type": "cron", "cronExpression": expression, "timeZone": timeZone]) { $1 }
        case .simple(let count, let interval):
            facts.merge(["type": "simple", "repeatCount": count, "repeatInterval": interval]) { $1 }
        case .calendarInterval(let interval, let unit):
            facts.merge(
                ["type": "calendar-interval", "repeatInterval": interval, "repeatIntervalUnit": unit.rawValue]) { $1 }
        }
        return facts
    }
}

import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// Which of the triggers that share a key is in a forecast (scheduler-xml.md section 5).
@Suite struct KeptTriggersTests {
    private func planned(_ text: String, file: String = "s.xml") -> [PlannedSchedule] {
        let file = ScheduleReader().read(
            bytes: Array(text.utf8), file: file, now: Timestamp(milliseconds: 1_715_774_430_250), defaultZone: .utc)
        return file.plannedSchedules(by: [], defaultZone: .utc, namesUnmapped: true) { _ in .utc }
    }

    private func expressions(_ schedules: [PlannedSchedule]) -> [String] {
        schedules.map { schedule in
            if case .cron(let expression, _) = schedule.trigger.timing { expression.text } else { "" }
        }
    }

    private static func cron(_ hour: Int, job: String = "a", name: String = "t") -> String {
        "<trigger><cron><name>\(name)</name><job-name>\(job)</job-name>"
            + "<cron-expression>0 0 \(hour) * * ?</cron-expression></cron></trigger>"
    }

    private static func document(_ directives: String, _ inside: String) -> String {
        """
        <job-scheduling-data xmlns="http://www.quartz-scheduler.org/xml/JobSchedulingData">\(directives)<schedule>
        \(inside)</schedule></job-scheduling-data>
        """
    }

    private static let keep =
        "<processing-directives><overwrite-existing-data>false</overwrite-existing-data></processing-directives>"
    private static let job = "<job><name>a</name><job-class>x.Y</job-class></job>"
    private static let other = "<job><name>b</name><job-class>x.Z</job-class></job>"

    @Test("of triggers of one key the later replaces the earlier, unless the file does not overwrite")
    func keepsOneOfEachKey() {
        let twins = Self.job + Self.cron(3) + Self.cron(4, name: "u") + Self.cron(5)
        #expect(expressions(planned(Self.document("", twins))) == ["0 0 4 * * ?", "0 0 5 * * ?"])
        #expect(expressions(planned(Self.document(Self.keep, twins))) == ["0 0 3 * * ?", "0 0 4 * * ?"])
    }

    @Test func goesJobByJob() {
        // Quartz takes the triggers of `a` first, then those of `b`, so the one of `b` stays though it stands first.
        let both = Self.job + Self.other + Self.cron(3, job: "b") + Self.cron(4, job: "a")
        #expect(expressions(planned(Self.document("", both))) == ["0 0 3 * * ?"])
        #expect(expressions(planned(Self.document(Self.keep, both))) == ["0 0 4 * * ?"])
        // Triggers of jobs that are elsewhere come last.
        let elsewhere = Self.cron(3, job: "x") + Self.job + Self.cron(4)
        #expect(expressions(planned(Self.document("", elsewhere))) == ["0 0 3 * * ?"])
    }

    @Test func keepsACrontabEntryWithTwoTriggers() {
        #expect(planned("0 0 1 * 1 run\n", file: "tab").map(\.id.text) == ["crontab.run"])
    }

    @Test func keepsTheLaterOfCentral() {
        let entry = { (beat: Int) in #"{"id":"7","flowUuid":"a.b","triggerExpression":"*/\#(beat)"}"# }
        let schedules = planned("[\(entry(1000)),\(entry(2000))]", file: "c.json")
        #expect(schedules.map(\.trigger.timing) == [.simple(repeatCount: -1, intervalMilliseconds: 2000)])
    }
}

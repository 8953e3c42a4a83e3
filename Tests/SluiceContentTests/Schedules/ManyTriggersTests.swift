import Foundation
import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// 100,000 triggers in one file of each kind: all are read, and nothing is quadratic.
@Suite struct ManyTriggersTests {
    static let count = 100_000

    private func read(_ text: String) -> ScheduleFile {
        var limits = ContentLimits()
        // What it costs is compared below; a busy machine must not end it.
        limits.xmlDuration = .seconds(600)
        return ScheduleReader(limits: limits).read(bytes: Array(text.utf8), file: "s", now: .zero, defaultZone: .utc)
    }

    /// Reads a quarter, then all, and compares what both cost this thread: 4 times where each trigger costs the same,
    /// 16 where it is looked for among all others.
    private func readAll(_ text: (Int) -> String) -> ScheduleFile {
        func timed(_ text: String) -> (seconds: Double, schedule: ScheduleFile) {
            let begin = Self.threadSeconds
            let schedule = read(text)
            return (Self.threadSeconds - begin, schedule)
        }
        let few = timed(text(Self.count / 4))
        let many = timed(text(Self.count))
        #expect(many.seconds < 9 * few.seconds, "\(few.seconds) s for a quarter, \(many.seconds) s for all")
        return many.schedule
    }

    /// CPU time of this thread: other tests beside this one do not count.
    private static var threadSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test func readsThemFromQuartzXML() {
        let schedule = readAll { count in Documents.schedule((0..<count).map { Documents.cron("t\($0)") }.joined()) }
        #expect(schedule.triggers.count == Self.count && schedule.diagnostics.isEmpty && schedule.quartz == .accepts)
    }

    @Test func readsThemFromACrontab() {
        let schedule = readAll { count in (0..<count).map { "0 3 * * * /opt/run \($0)\n" }.joined() }
        #expect(schedule.triggers.count == Self.count && schedule.diagnostics.isEmpty)
    }

    @Test func readsThemFromJSON() {
        let one = { (id: Int) in #"{"id":"\#(id)","flowUuid":"f","triggerExpression":"*/5","startDate":1764500000000}"#
        }
        let schedule = readAll { count in "[" + (0..<count).map(one).joined(separator: ",\n") + "]" }
        #expect(schedule.triggers.count == Self.count && schedule.diagnostics.isEmpty)
        #expect(schedule.triggers.last?.line == Self.count)
    }
}

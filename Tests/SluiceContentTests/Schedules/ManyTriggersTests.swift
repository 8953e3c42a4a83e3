import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// 100,000 triggers in one file of each kind: all are read, and nothing is quadratic.
@Suite struct ManyTriggersTests {
    static let count = 100_000

    private func read(_ text: String) -> ScheduleFile {
        ScheduleReader().read(bytes: Array(text.utf8), file: "s", now: .zero, defaultZone: .utc)
    }

    @Test func readsThemFromQuartzXML() {
        let triggers = (0..<Self.count).map { Documents.cron("t\($0)") }.joined()
        let schedule = read(Documents.schedule(triggers))
        #expect(schedule.triggers.count == Self.count && schedule.diagnostics.isEmpty && schedule.quartz == .accepts)
    }

    @Test func readsThemFromACrontab() {
        let schedule = read((0..<Self.count).map { "0 3 * * * /opt/run \($0)\n" }.joined())
        #expect(schedule.triggers.count == Self.count && schedule.diagnostics.isEmpty)
    }

    @Test func readsThemFromJSON() {
        let one = { (id: Int) in #"{"id":"\#(id)","flowUuid":"f","triggerExpression":"*/5","startDate":1764500000000}"#
        }
        let schedule = read("[" + (0..<Self.count).map(one).joined(separator: ",\n") + "]")
        #expect(schedule.triggers.count == Self.count && schedule.diagnostics.isEmpty)
        #expect(schedule.triggers.last?.line == Self.count)
    }
}

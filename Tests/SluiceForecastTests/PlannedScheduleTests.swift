import SluiceForecast
import SluiceModel
import Testing

@Suite struct PlannedScheduleTests {
    @Test func firesOnceByDefaultForWhatItMissed() {
        let trigger = Trigger(timing: .simple(repeatCount: 0, intervalMilliseconds: 0), start: .zero)
        let schedule = PlannedSchedule(id: ScheduleID("s-1"), origin: .central, name: "nightly", trigger: trigger)
        #expect(schedule.policy == .latest)
        #expect(schedule.isReplayable && schedule.isEnabled && !schedule.isUnsafeToMiss)
    }
}

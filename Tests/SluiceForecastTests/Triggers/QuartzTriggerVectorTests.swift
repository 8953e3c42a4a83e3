import SluiceForecast
import SluiceJSON
import SluiceModel
import Testing

/// Simple and calendar-interval triggers, start and end, against the real Quartz 2.3.2.
@Suite(.enabled(if: SharedVectors.areThere, SharedVectors.hint)) struct QuartzTriggerVectorTests {
    @Test func everyTriggerFiresWhenQuartzsDoes() throws {
        let vectors = try SharedVectors.objects("quartz-trigger-vectors")
        #expect(vectors.count > 50)
        for vector in vectors {
            let id = try vector.text("id")
            let trigger = try vector.trigger()
            let expected = try vector.times("fires")
            var times: [String] = []
            var instant = Timestamp(milliseconds: trigger.start.milliseconds - 1000)
            let wanted = expected.count + (vector["exhausted"] == true || vector["error"] != nil ? 1 : 0)
            while times.count < wanted, let next = trigger.next(after: instant) {
                times.append(next.rfc3339)
                instant = next
            }
            #expect(times == expected, "\(id)")
            guard vector["finalFireTime"] != nil else { continue }
            // Quartz never knows the last time of a cron trigger; ours is its last fire time.
            if case .cron = trigger.timing { continue }
            #expect(trigger.quartzFinalFireTime == (try vector.time("finalFireTime")), "\(id)")
        }
    }

    @Test func misfiresLeaveTheStateThatQuartzLeaves() throws {
        let vectors = try SharedVectors.objects("quartz-misfire-vectors")
        #expect(vectors.count > 60)
        for vector in vectors {
            let id = try vector.text("id")
            let trigger = try vector.trigger()
            let number = try #require(vector["misfireInstruction"]?.number?.int)
            let instruction = try #require(MisfireInstruction(code: Int(number), of: trigger.kind), "\(id)")
            let after = trigger.afterMisfire(
                instruction, now: try #require(try vector.time("now")), missed: try vector.time("missedFireTime"),
                timesTriggered: Int(vector["timesTriggered"]?.number?.int ?? 0))
            let expected = try #require(vector["after"]?.object)
            #expect(after.next == (try expected.time("nextFireTime")), "\(id)")
            guard case .simple(let count, _) = after.trigger.timing else { continue }
            #expect(after.trigger.start == (try expected.time("startTime")), "\(id)")
            #expect(Int64(count) == expected["repeatCount"]?.number?.int.map { Int64($0) }, "\(id)")
            #expect(Int64(after.timesTriggered) == expected["timesTriggered"]?.number?.int.map { Int64($0) }, "\(id)")
        }
    }
}

extension JSONObject {
    /// The trigger of a vector.
    func trigger() throws -> Trigger {
        let start = try #require(try time("startTime"))
        let end = try time("endTime")
        let zone = TestZones.zoneOrGMT(self["timeZone"]?.string ?? "UTC")
        switch self["type"]?.string {
        case "simple":
            let count = Int(self["repeatCount"]?.number?.int ?? 0)
            let timing = Trigger.Timing.simple(
                repeatCount: count, intervalMilliseconds: Int64(self["repeatInterval"]?.number?.int ?? 0))
            return Trigger(timing: timing, start: start, end: end)
        case "cron":
            return Trigger(
                timing: .cron(try CronExpression(text("cronExpression")), zone), start: start, end: end)
        default:
            let unit = try #require(Trigger.IntervalUnit(rawValue: text("repeatIntervalUnit")))
            var interval = Trigger.CalendarInterval(
                interval: Int(self["repeatInterval"]?.number?.int ?? 0), unit: unit, zone: zone)
            interval.preservesHourOfDayAcrossDaylightSavings = self["preserveHourOfDayAcrossDaylightSavings"] == true
            interval.skipsDayIfHourDoesNotExist = self["skipDayIfHourDoesNotExist"] == true
            return Trigger(timing: .calendarInterval(interval), start: start, end: end)
        }
    }
}

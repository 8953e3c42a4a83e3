import SluiceForecast
import SluiceJSON
import SluiceModel
import Testing

/// Every answer of the real Quartz 2.3.2 that the project keeps, to the second.
@Suite(.enabled(if: SharedVectors.areThere, SharedVectors.hint)) struct QuartzVectorTests {
    private func fires(_ trigger: Trigger, after instant: Timestamp, count: Int) -> [String] {
        var times: [String] = []
        var instant = instant
        while times.count < count, let next = trigger.next(after: instant) {
            times.append(next.rfc3339)
            instant = next
        }
        return times
    }

    @Test func cronFiresWhenQuartzDoes() throws {
        let vectors = try SharedVectors.objects("quartz-vectors")
        #expect(vectors.count > 800)
        for vector in vectors {
            let id = try vector.text("id")
            let zone = TestZones.zoneOrGMT(try vector.text("tz"))
            let start = try #require(try vector.time("start"))
            let expression = try CronExpression(vector.text("expr"))
            let expected = try vector.times("fires")
            let trigger = Trigger(timing: .cron(expression, zone), start: Timestamp(milliseconds: -1 << 50))
            let isExhausted = vector["exhausted"] == true
            let wanted = expected.count + (isExhausted ? 1 : 0)
            let fires = fires(trigger, after: start, count: wanted)
            #expect(fires == expected, "\(id) \(expression.text) \(zone.identifier)")
        }
    }

    @Test func refusesWhatQuartzRefusesAndNamesTheField() throws {
        let vectors = try SharedVectors.objects("quartz-invalid")
        #expect(vectors.count > 60)
        for vector in vectors {
            let text = try vector.text("expr")
            let error = #expect(throws: CronError.self, "\(text)") { try CronExpression(text) }
            #expect(error?.description.contains("allowed: ") == true, "\(text): \(error?.description ?? "")")
        }
    }
}

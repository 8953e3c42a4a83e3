import Testing

@testable import SluiceSandbox

/// Schedules of the sandbox: what it takes, and how it counts.
@Suite struct ScheduleTests {
    private func create(_ bench: Bench, _ members: String) -> SandboxReply {
        bench.send("POST", "/oo/rest/v2/schedules", #"{"flowUuid": "plain", \#(members)}"#).reply
    }

    @Test(arguments: [
        (#""triggerExpression": "*/9223372036854775807""#, "*/N of 100 to"),
        (#""triggerExpression": "*/9007199254740993""#, "*/N of 100 to"),
        (#""triggerExpression": "*/99""#, "*/N of 100 to"),
        (#""triggerExpression": "*/1000", "startDate": -9223372036854775808"#, "startDate -9223372036854775808"),
        (#""triggerExpression": "*/1000", "startDate": 9223372036854775807"#, "startDate 9223372036854775807"),
        (#""triggerExpression": "0 0 3 * * ?", "startDate": -9223372036854775808"#, "startDate"),
        (#""triggerExpression": "*/1000", "endDate": 253402300800000"#, "endDate 253402300800000"),
    ])
    func refusesWhatItCannotReckonWith(members: String, words: String) {
        let bench = Bench()
        let reply = create(bench, members)
        #expect(reply.status == 400 && reply.text.contains(words), "\(reply.text)")
        let body = #"{"name": "x", "flow": "plain", \#(members)}"#
        #expect(bench.send("POST", "/control/schedules", body).reply.status == 400)
        #expect(bench.get("/schedules").asList == [])
    }

    @Test(arguments: [
        #""triggerExpression": "*/9007199254740992""#,
        #""triggerExpression": "*/9007199254740992", "startDate": -62135596800000"#,
        #""triggerExpression": "*/1000", "numOfOccurrences": 9223372036854775807"#,
        #""triggerExpression": "*/100", "startDate": 253402300799999, "endDate": 253402300799999"#,
        #""triggerExpression": "0 0 3 * * ?", "startDate": -62135596800000"#,
    ])
    func reckonsWithTheLastItTakes(members: String) {
        let bench = Bench()
        #expect(create(bench, members).status == 201)
        bench.pass(1000)
        #expect(bench.get("/schedules").asList?.count == 1)
    }

    /// As Sluice's own reader has it (`Trigger.init(_:defaultZone:...)`): occurrences are those of an interval.
    @Test(arguments: [("*/1000", 3), ("* * * * * ?", 10)])
    func countsOccurrencesOfIntervalsOnly(expression: String, count: Int) {
        let bench = Bench()
        let members = #""triggerExpression": "\#(expression)", "startDate": \#(bench.now + 500), "numOfOccurrences": 3"#
        #expect(create(bench, members).status == 201)
        for _ in 0..<10 { bench.pass(1000) }
        #expect(bench.state.bodies.count == count)
    }

    @Test func countsMissedTimesOfAnInterval() {
        var settings = SandboxSettings()
        settings.catchUpOnEnable = .never
        let bench = Bench(settings: settings)
        let members = #""triggerExpression": "*/1000", "startDate": \#(bench.now + 500), "numOfOccurrences": 3"#
        let id = create(bench, members).value["id"]?.asText ?? ""
        bench.pass(600)
        #expect(bench.send("PUT", "/oo/rest/v2/schedules/\(id)/enabled", "false").reply.status < 300)
        bench.pass(1000)
        #expect(bench.send("PUT", "/oo/rest/v2/schedules/\(id)/enabled", "true").reply.status < 300)
        for _ in 0..<5 { bench.pass(1000) }
        #expect(bench.state.bodies.count == 2, "of three, the second was missed")
    }
}

import SluiceForecast
import SluiceModel
import Testing

@Suite struct WindowLedgerTests {
    private let id = WindowID("w_1")

    @Test("R39: a one-off window happens once, however often it is looked at")
    func happensOnce() {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 2)
        world.run(until: "2027-12-05T10:30:00Z")
        world.settle()
        #expect(world.records.count == 1)
        #expect(world.state("w_1") == .ended)
        #expect(world.count("window-begun") == 1 && world.count("window-ended") == 1)
        #expect(world.mode(nil) == .open)
    }

    @Test("R40: a live window is extended, shortened and cancelled, and the gate follows")
    func changesALiveWindow() throws {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 2, rule: "FREQ=DAILY")
        world.run(until: "11:00")
        let wall = world.time("10:00")
        world.take(try lengthen(world, wall: wall, seconds: 3600))
        world.run(until: "12:30")
        #expect(world.records.first { $0.wall == wall }?.state == .begun)
        #expect(world.mode(nil) == .hold)
        world.take(try lengthen(world, wall: wall, seconds: -7000))
        world.settle()
        #expect(world.records.first { $0.wall == wall }?.state == .ended)
        #expect(world.mode(nil) == .open)
        world.run(until: "2026-12-06T10:30:00Z")
        #expect(world.mode(nil) == .hold)
        world.take(
            try world.ledger.cancel(
                id, wall: nil, by: Principal("ann"), reason: "why", at: world.now, world.zones))
        world.settle()
        #expect(world.mode(nil) == .open)
        world.run(until: "2026-12-09T10:30:00Z")
        #expect(world.mode(nil) == .open && world.count("window-begun") == 2)
    }

    @Test("R40: one occurrence far ahead is cancelled or extended, and the others are not")
    func changesOneAhead() throws {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 2, rule: "FREQ=MONTHLY")
        let far = world.time("2027-07-05T10:00:00Z")
        let longer = world.time("2027-08-05T10:00:00Z")
        world.take(
            try world.ledger.cancel(
                id, wall: far, by: Principal("ann"), reason: "why", at: world.now, world.zones))
        world.take(try lengthen(world, wall: longer, seconds: 3600))
        world.run(until: "2027-09-30T00:00:00Z")
        #expect(world.count("window-begun") == 9)
        #expect(world.records.first { $0.wall == longer }?.end == world.time("2027-08-05T13:00:00Z"))
        #expect(world.mode(nil) == .open)
    }

    @Test("R40: a window whose own occurrences overlap is cancelled, and the gate opens")
    func cancelsWhatOverlapsItself() throws {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 2, rule: "FREQ=HOURLY")
        world.run(until: "11:30")
        #expect(world.ledger.occurrences.count { $0.state == .begun } == 2 && world.mode(nil) == .hold)
        world.take(
            try world.ledger.cancel(
                id, wall: nil, by: Principal("ann"), reason: "why", at: world.now, world.zones))
        world.settle()
        #expect(world.mode(nil) == .open && world.ledger.occurrences.isEmpty)
    }

    @Test(
        "R41: a window that begins as another ends takes over its gate, before and after a stop in between",
        arguments: [false, true])
    func takesOverFromTheLast(isStopped: Bool) {
        var world = WindowWorld()
        world.plan("w_1", at: "09:00", hours: 1)
        world.plan("w_2", at: "10:00", hours: 1, rule: "FREQ=HOURLY;COUNT=2")
        world.run(until: "09:30")
        if isStopped {
            // The end was put on record, and nothing was done about it before the stop.
            world.now = world.time("10:00")
            world.take(world.ledger.tick(at: world.now, gate: world.gate, world.zones))
            world.ledger = WindowLedger(windows: world.ledger.windows, occurrences: world.records)
        }
        world.run(until: "11:30")
        #expect(world.mode(nil) == .hold && world.gate.whole.reason.contains("w_1"))
        #expect(world.records.contains { $0.cause.contains("stays closed for w_2") }, "\(world.records)")
        world.run(until: "12:00")
        #expect(world.mode(nil) == .open)
        #expect(world.ledger.occurrences.isEmpty)
    }

    @Test("R41: a gate that was being opened while a window took it over is closed again")
    func closesAgain() throws {
        var world = WindowWorld()
        world.plan("w_1", at: "09:00", hours: 1)
        world.plan("w_2", at: "10:00", hours: 1)
        world.run(until: "09:30")
        let before = world.ledger
        world.now = world.time("10:00")
        world.take(world.ledger.tick(at: world.now, gate: world.gate, world.zones))
        // Somebody who did not know of it yet opens the gate.
        let last = try #require(before.occurrences.first)
        world.set(.open, nil, by: "sluice", reason: "end")
        world.take(world.ledger.gateChanged(last, to: .opened, since: nil, cause: nil, at: world.now))
        world.settle()
        #expect(world.mode(nil) == .hold && world.state("w_2") == .begun)
        world.run(until: "11:00")
        #expect(world.mode(nil) == .open)
    }

    @Test("R41: a window does not take over from one that a person is to open the gate after, nor what a person set")
    func leavesWhatIsAPersons() {
        var world = WindowWorld()
        world.plan("w_1", at: "09:00", hours: 1) { $0.endsByItself = false }
        world.plan("w_2", at: "10:00", hours: 1)
        world.run(until: "12:00")
        #expect(world.mode(nil) == .hold)
        world = WindowWorld()
        world.plan("w_1", at: "09:00", hours: 1)
        world.plan("w_2", at: "10:00", hours: 1)
        world.run(until: "09:30")
        world.set(.hold, nil, by: "ann", reason: "still broken")
        world.run(until: "12:00")
        #expect(world.mode(nil) == .hold && world.gate.whole.by == Principal("ann"))
    }

    private func lengthen(
        _ world: WindowWorld, wall: Timestamp?, seconds: Int64
    ) throws -> WindowLedger.Outcome {
        try world.ledger.lengthen(
            id, wall: wall, seconds: seconds, by: Principal("ann"), reason: "why", at: world.now, world.zones)
    }

    @Test("R42: each lead time is warned of once, several that are due at once are one warning")
    func warnsAhead() {
        var world = WindowWorld()
        world.plan("w_1", at: "2026-12-06T10:00:00Z", hours: 2) { $0.leadSeconds = [604_800, 86_400 * 2, 3600, 60] }
        #expect(world.count("window-warned") == 1)
        world.run(until: "2026-12-06T09:00:00Z")
        #expect(world.count("window-warned") == 2)
        world.run(until: "2026-12-06T12:30:00Z")
        #expect(world.count("window-warned") == 3)
    }

    @Test("R31: what a person did to the gate during a window stays after it")
    func leavesAPersonsChange() {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 2)
        world.run(until: "11:00")
        world.set(.hold, nil, by: "ann", reason: "still broken")
        world.run(until: "12:30")
        #expect(world.gate.whole.by == Principal("ann") && world.mode(nil) == .hold)
    }

    @Test("R35: a gate left closed by a window is reminded of each hour until somebody opens it")
    func reminds() {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 2) { $0.endsByItself = false }
        world.run(until: "15:30")
        #expect(world.mode(nil) == .hold && world.count("window-reminder") == 3)
        world.set(.open, nil, by: "ann", reason: "done")
        world.run(until: "20:00")
        #expect(world.count("window-reminder") == 3 && world.ledger.occurrences.isEmpty)
    }

    @Test("R34: after a stop a window begins late if its time is not over, else it is missed")
    func catchesUp() {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 2)
        world.plan("w_2", at: "09:00", hours: 1)
        // Nothing ran between 8 and 11.
        world.now = world.time("11:00")
        world.ledger = WindowLedger(windows: world.ledger.windows, occurrences: world.records)
        world.settle()
        #expect(world.state("w_1") == .begun && world.state("w_2") == .missed)
        #expect(world.notes.contains { $0.text.contains("begun late, its time was 2026-12-05T10:00:00Z") })
    }

    @Test(
        "a window that cannot happen as it is written is refused, with what to do",
        arguments: [
            ("10:00", 0, "FREQ=DAILY", "its length is 0 s"), ("10:00", 1000, "FREQ=DAILY", "its length"),
            ("05:00", 1, nil, "not over"), ("10:00", 1, "FREQ=WEEKLY;BYDAY=MO", "move the start"),
            ("10:00", 1, "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "rrule: names no time"),
            ("10:00", 1, "FREQ=SECONDLY", "rrule: FREQ"), ("10:00", 1, "FREQ=DAILY;UNTIL=20261224", "UNTIL"),
        ] as [(String, Int64, String?, String)])
    func refuses(start: String, hours: Int64, rule: String?, words: String) {
        let world = WindowWorld()
        let window = world.window("w_1", at: start, hours: hours, rule: rule)
        let error = #expect(throws: WindowLedger.Refusal.self) {
            try world.ledger.plan(window, at: world.now, world.zones)
        }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        let field = hours == 1 ? (rule?.hasSuffix("BYDAY=MO") ?? true ? "/start" : "/rrule") : "/durationSeconds"
        #expect(error?.field == field)
    }

    /// As of a calendar that was imported before such rules were refused.
    @Test("a rule without times is looked through once for each span of time, within a second for a hundred")
    func looksThroughEmptyRulesOnce() {
        var world = WindowWorld()
        let windows = (0..<100).map { index in
            world.window("w_\(index)", at: "10:00", hours: 1, rule: "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30")
        }
        world.ledger = WindowLedger(windows: windows)
        let duration = ContinuousClock().measure { world.settle() }
        #expect(duration < .seconds(20), "each one took 0.4 s before")
        #expect(world.ledger.windows.allSatisfy { $0.reach == world.now.advanced(by: WindowLimits.horizon) })
        let again = world.ledger.tick(at: world.now.advanced(by: .seconds(3600)), gate: world.gate, world.zones)
        #expect(again.isEmpty)
    }

    @Test("R40: a window of days that is shortened by hours has a length of its own in hours")
    func shortensDays() throws {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 0, rule: "FREQ=WEEKLY") { $0.days = 2 }
        world.take(try lengthen(world, wall: nil, seconds: -3600))
        world.settle()
        let window = try #require(world.ledger.window(id))
        #expect(window.days == 1 && window.seconds == 82_800)
        #expect(world.ledger.occurrences.allSatisfy { $0.end.since($0.start) == .seconds(47 * 3600) })
        var writer = ICalendarWriter(zones: world.zones)
        #expect(writer.write([window], [], at: world.now).contains("DURATION:P1DT23H\r\n"))
    }

    @Test("R40: a window that happened once is cancelled while it is not over, and refused after it")
    func cancelsOnlyWhatIsNotOver() throws {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 2)
        func cancel() throws {
            _ = try world.ledger.cancel(
                id, wall: nil, by: Principal("ann"), reason: "why", at: world.now, world.zones)
        }
        try cancel()
        world.run(until: "11:00")
        try cancel()
        world.run(until: "12:01")
        let error = #expect(throws: WindowLedger.Refusal.self) { try cancel() }
        #expect(error?.kind == .wrongState && error?.description.contains("is over") == true)
    }

    @Test(
        "R42: of a window that recurs the standard lead times are shorter than the time between two occurrences",
        arguments: [
            (nil, [604_800, 86_400, 1800]), ("FREQ=MONTHLY", [604_800, 86_400, 1800]), ("FREQ=WEEKLY", [86_400, 1800]),
            ("FREQ=DAILY", [1800]), ("FREQ=HOURLY", [1800]), ("FREQ=DAILY;BYHOUR=10;BYMINUTE=0,30", []),
            ("FREQ=DAILY;COUNT=1", [604_800, 86_400, 1800]),
        ] as [(String?, [Int64])])
    func dropsStandardLeads(rule: String?, leads: [Int64]) {
        let world = WindowWorld()
        let window = world.window("w_1", at: "10:00", hours: 1, rule: rule)
        #expect(WindowLedger.standardLeads(for: window, world.zones) == leads)
    }
}

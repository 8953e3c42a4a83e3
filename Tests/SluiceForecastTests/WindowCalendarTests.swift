import SluiceForecast
import SluiceModel
import Testing

/// What becomes of blackouts when their calendar is imported again.
@Suite struct WindowCalendarTests {
    /// With each write a walk through all that is on record this would take an hour.
    @Test("a calendar of 600 daily events is taken over, and replaced", .timeLimit(.minutes(10)))
    func takesALargeCalendar() throws {
        var world = WindowWorld()
        func events(_ summary: String) -> [Window] {
            (0..<600).map { index in
                var event = world.window(
                    "w_\(summary)\(index)", kind: .blackout, at: "10:00", hours: 1, rule: "FREQ=DAILY")
                event.summary = summary
                event.place = Window.CalendarPlace(calendar: "c", event: "\(index)")
                return event
            }
        }
        for summary in ["first", "second"] {
            let outcome = try world.ledger.replaceCalendar(
                "c", with: events(summary), by: Principal("ann"), reason: "why", at: world.now)
            world.ledger.apply(outcome)
            world.ledger.apply(world.ledger.tick(at: world.now, gate: world.gate, world.zones))
            #expect(world.ledger.windows.count { !$0.isCancelled } == 600)
            #expect(world.ledger.occurrences.count == 36_000)
        }
        let again = try world.ledger.replaceCalendar(
            "c", with: events("second"), by: Principal("ann"), reason: "why", at: world.now)
        #expect(again.isEmpty)
    }

    @Test("more events than there may be are refused, with what to do; they take no window's place")
    func refusesTooManyEvents() {
        var world = WindowWorld()
        let events = (0...WindowLimits.calendarEventCountMax).map { index in
            var event = world.window("w_\(index)", kind: .blackout, at: "10:00", hours: 1)
            event.place = Window.CalendarPlace(calendar: "c", event: "\(index)")
            return event
        }
        let error = #expect(throws: WindowLedger.Refusal.self) {
            try world.ledger.replaceCalendar(
                "c", with: events, by: Principal("ann"), reason: "why", at: world.now)
        }
        #expect(
            error?.description.contains("2001 events and 0 of other calendars") == true, "\(String(describing: error))")
        let most = try? world.ledger.replaceCalendar(
            "c", with: Array(events.dropLast()), by: Principal("ann"), reason: "why", at: world.now)
        world.ledger.apply(most ?? .init())
        world.plan("w_new", at: "10:00", hours: 1)
        #expect(world.state("w_new") == .scheduled)
    }

    @Test("R40: what a calendar no longer has ends now, also when it has begun; what it shortens ends sooner")
    func endsABegunBlackout() throws {
        var world = WindowWorld()
        func event(_ hours: Int64) -> Window {
            var event = world.window("w_\(hours)", kind: .blackout, at: "09:00", hours: hours)
            event.place = Window.CalendarPlace(calendar: "c", event: "1")
            return event
        }
        func take(_ events: [Window]) throws {
            let outcome = try world.ledger.replaceCalendar(
                "c", with: events, by: Principal("ann"), reason: "wrong", at: world.now)
            world.take(outcome)
            world.settle()
        }
        try take([event(300)])
        world.plan("w_up", at: "09:30", hours: 2)
        world.run(until: "10:00")
        #expect(world.state("w_300") == .begun && world.state("w_up") == .scheduled)
        try take([event(200)])
        #expect(world.state("w_300") == .cancelled && world.state("w_200") == .begun)
        #expect(world.records.first { $0.window == WindowID("w_300") }?.end == world.now)
        #expect(world.state("w_up") == .scheduled)
        try take([])
        #expect(world.state("w_200") == .cancelled && world.state("w_up") == .begun && world.mode(nil) == .hold)
    }
}

import SluiceForecast
import SluiceModel
import Testing

/// What has begun keeps its times, whatever is done to the window that it is of.
@Suite struct BegunWindowTests {
    private let id = WindowID("w_1")

    /// What is done to a window of 10:00 to 12:00 on three days, after the first has begun.
    enum Edit: String, CaseIterable, Sendable {
        case extended, shortened, oneExtended, oneCancelled
        /// The zone's rules are others now: an hour to the east.
        case zoneChanged
        /// Its record has another rule and length now, and is looked through from its start again.
        case storedWithAnotherRule

        /// What has not begun then.
        var rest: [String] {
            switch self {
            case .extended: ["06T10:00-13:00", "07T10:00-13:00"]
            case .shortened: ["06T10:00-11:00", "07T10:00-11:00"]
            case .oneExtended: ["06T10:00-13:00", "07T10:00-12:00"]
            case .oneCancelled: ["07T10:00-12:00"]
            case .zoneChanged: ["06T09:00-11:00", "07T09:00-11:00"]
            case .storedWithAnotherRule: ["05T11:00-11:10", "05T12:00-12:10", "06T10:00-10:10", "07T10:00-10:10"]
            }
        }
    }

    @Test(
        "R38: an occurrence that has begun is not changed by its rule, its length or its zone, one that has not is",
        arguments: Edit.allCases)
    func freezesWhatHasBegun(edit: Edit) throws {
        var world = WindowWorld()
        world.plan("w_1", at: "10:00", hours: 2, rule: "FREQ=DAILY;COUNT=3")
        world.run(until: "10:30")
        let begun = try #require(world.ledger.occurrences.first)
        #expect(begun.state == .begun && begun.end == world.time("12:00"))
        try carryOut(edit, &world)
        for isRestarted in [false, true] {
            if isRestarted { world.ledger = WindowLedger(windows: world.ledger.windows, occurrences: world.records) }
            world.settle()
            #expect(world.ledger.occurrences.first == begun)
            let rest = world.ledger.occurrences.dropFirst().map { Self.text($0) }
            #expect(rest == edit.rest, "restarted: \(isRestarted)")
        }
        world.run(until: "12:01")
        let ended = try #require(world.records.first { $0.wall == begun.wall })
        #expect(ended.state == .ended && ended.stateSince == begun.end)
    }

    private func carryOut(_ edit: Edit, _ world: inout WindowWorld) throws {
        let ann = Principal("ann")
        let later = world.time("2026-12-06T10:00:00Z")
        switch edit {
        case .extended, .shortened, .oneExtended:
            world.take(
                try world.ledger.lengthen(
                    id, wall: edit == .oneExtended ? later : nil, seconds: edit == .shortened ? -3600 : 3600, by: ann,
                    reason: "why", at: world.now, world.zones))
        case .oneCancelled:
            world.take(
                try world.ledger.cancel(id, wall: later, by: ann, reason: "why", at: world.now, world.zones))
        case .zoneChanged: world.zones = { _ in TimeZoneRules(identifier: "UTC", fixedOffsetSeconds: 3600) }
        case .storedWithAnotherRule:
            var window = try #require(world.ledger.window(id))
            window.rule = "FREQ=HOURLY;COUNT=3"
            window.seconds = 600
            window.reach = window.start
            world.ledger = WindowLedger(windows: [window], occurrences: world.records)
        }
    }

    /// Such as `06T10:00-12:00`.
    private static func text(_ occurrence: WindowOccurrence) -> String {
        "\(occurrence.start.rfc3339.dropFirst(8).prefix(8))-\(occurrence.end.rfc3339.dropFirst(11).prefix(5))"
    }

    /// How an event of 09:00 to 13:00 on three days is changed in its calendar; it is 10:00 on the first.
    enum Change: String, CaseIterable, Sendable {
        case rule, length, zone, start

        var times: [String] {
            switch self {
            case .rule: ["05T09:00-13:00", "12T09:00-13:00"]
            case .length: ["05T09:00-15:00", "06T09:00-15:00", "07T09:00-15:00"]
            case .zone: ["05T08:00-12:00", "06T08:00-12:00", "07T08:00-12:00"]
            case .start: ["05T11:00-15:00", "06T11:00-15:00", "07T11:00-15:00"]
            }
        }
    }

    @Test(
        "R38: a calendar with an event changed ends what had begun of it, moves none of it, and leaves the others",
        arguments: Change.allCases)
    func importsAChangedCalendar(change: Change) throws {
        var world = WindowWorld()
        world.zones = {
            switch $0 {
            case "UTC": .utc
            case "Etc/GMT-1": TimeZoneRules(identifier: "Etc/GMT-1", fixedOffsetSeconds: 3600)
            default: nil
            }
        }
        func event(_ name: String, _ place: String) -> Window {
            var event = world.window(name, kind: .blackout, at: "09:00", hours: 4, rule: "FREQ=DAILY;COUNT=3")
            event.scope = place == "1" ? .source(.csa) : .source(.api)
            event.place = Window.CalendarPlace(calendar: "c", event: place)
            return event
        }
        func take(_ events: [Window]) throws {
            let outcome = try world.ledger.replaceCalendar(
                "c", with: events, by: Principal("ann"), reason: "why", at: world.now)
            world.take(outcome)
            world.settle()
        }
        try take([event("w_old", "1"), event("w_same", "2")])
        world.plan("w_up", scope: .source(.csa), at: "09:30", hours: 6)
        world.run(until: "10:00")
        func records(_ id: String) -> [WindowOccurrence] {
            world.records.filter { $0.window == WindowID(id) }.sorted { $0.wall < $1.wall }
        }
        let (old, same) = (records("w_old"), records("w_same"))
        #expect(old.map(\.state) == [.begun, .scheduled, .scheduled] && same.first?.state == .begun)
        var changed = event("w_new", "1")
        switch change {
        case .rule: changed.rule = "FREQ=WEEKLY;COUNT=2"
        case .length: changed.seconds = 6 * 3600
        case .zone: changed.timeZone = "Etc/GMT-1"
        case .start: changed.start = world.time("11:00")
        }
        try take([changed, event("w_copy", "2")])
        #expect(records("w_same") == same && records("w_copy").isEmpty, "what says the same is not touched")
        let gone = records("w_old")
        #expect(gone.map(\.state) == [.cancelled, .cancelled, .cancelled])
        #expect(gone.map(\.start) == old.map(\.start))
        #expect(gone.map(\.end) == [world.now] + old.dropFirst().map(\.end), "it ends now, and takes no other end")
        #expect(records("w_new").map { Self.text($0) } == change.times)
        let isCovered = change != .start
        #expect(records("w_new").first?.state == (isCovered ? .begun : .scheduled))
        #expect(world.state("w_up") == (isCovered ? .scheduled : .begun), "a blackout that goes on denies at all times")
    }
}

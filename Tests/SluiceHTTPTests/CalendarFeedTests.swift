import HTTPTypes
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// `GET /v1/windows.ics`: each occurrence that says other than its rule is in it, however many do not.
@Suite struct CalendarFeedTests {
    private static let fence = Fence(timeline: 1, term: 1)

    private static func window(_ name: String, _ kind: Window.Kind, from start: Timestamp) -> Window {
        var window = Window(
            id: WindowID(name), kind: kind, summary: name, start: start, timeZone: "UTC", seconds: 3600,
            rule: "FREQ=DAILY", by: Principal("ann"), reason: "why", plannedAt: start)
        window.reach = start.advanced(by: .seconds(400 * 86_400))
        return window
    }

    private static func occurrence(of window: Window, day: Int64) -> WindowOccurrence {
        let start = window.start.advanced(by: .seconds(day * 86_400))
        return WindowOccurrence(
            window: window.id, wall: start, start: start, end: start.advanced(by: .seconds(3600)), stateSince: start,
            cause: "planned")
    }

    @Test("an occurrence that was extended or cancelled is exported so, behind more than a thousand others")
    func exportsLateChanges() async throws {
        let setup = Bench.Setup()
        let start = setup.clocks.now().wall
        let many = (0..<8).map { Self.window("w_0\($0)", $0 < 4 ? .maintenance : .blackout, from: start) }
        for window in many {
            let plain = (0..<150).map { Self.occurrence(of: window, day: $0) }
            try await setup.memory.commit([.putWindow(window)] + plain.map { .putOccurrence($0) }, fence: Self.fence)
        }
        let changed = many[3]
        var longer = Self.occurrence(of: changed, day: 200)
        longer.end = longer.end.advanced(by: .seconds(1800))
        longer.isChanged = true
        var cancelled = Self.occurrence(of: changed, day: 201)
        cancelled.state = .cancelled
        var blackout = Self.occurrence(of: many[7], day: 202)
        blackout.isChanged = true
        try await setup.memory.commit([longer, cancelled, blackout].map { .putOccurrence($0) }, fence: Self.fence)
        let (names, end) = ([longer, cancelled].map(\.wall), longer.end)
        try await Bench.run(setup) { bench in
            let reply = try await bench.client.send(.get, "/v1/windows.ics", bytes: nil)
            #expect(reply.status == 200)
            let lines = reply.text.split(whereSeparator: \.isNewline).map(String.init)
            func stamp(_ time: Timestamp) -> String {
                String(time.cutToSecond.rfc3339.filter { $0 != "-" && $0 != ":" })
            }
            let replaced = lines.filter { $0.hasPrefix("RECURRENCE-ID") }
            #expect(replaced == names.map { "RECURRENCE-ID:\(stamp($0))" })
            #expect(lines.contains("DTEND:\(stamp(end))"))
            #expect(lines.count { $0 == "STATUS:CANCELLED" } == 1)
        }
    }
}

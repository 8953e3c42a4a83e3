import HTTPTypes
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@Suite struct WindowTests {
    /// The manual clock starts at 2025-11-30T10:53:20Z.
    private static func plan(_ fields: JSONObject = [:]) -> JSONValue {
        var body: JSONObject = [
            "summary": "Upgrade", "start": "2025-11-30T12:00:00Z", "durationSeconds": 3600, "autoStart": true,
            "autoEnd": true, "reason": "monthly upgrade", "leadTimeSeconds": [1800],
        ]
        for field in fields.members { body[field.name] = field.value }
        return .object(body)
    }

    private static func withKeeper(
        _ setup: Bench.Setup = Bench.Setup(), _ body: @escaping @Sendable (Bench) async throws -> Void
    ) async throws {
        try await Bench.run(setup) { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await bench.engine.windows.run() }
                defer { group.cancelAll() }
                try await body(bench)
            }
        }
    }

    @Test("R44: every window route asks for a token, and changing for an operator's")
    func asksForAuthority() async throws {
        try await Bench.run { bench in
            let planned = try await bench.client.send(.post, "/v1/windows", as: .operator, body: Self.plan())
            let id = try #require(planned["id"]?.string)
            let reads = ["/v1/windows", "/v1/windows.ics", "/v1/windows/\(id)"]
            let changes: [(HTTPRequest.Method, String)] = [
                (.post, "/v1/windows"), (.post, "/v1/windows/\(id)/extend"), (.post, "/v1/windows/\(id)/shorten"),
                (.post, "/v1/windows/\(id)/cancel"), (.put, "/v1/calendars/site"),
            ]
            for path in reads {
                #expect(try await bench.client.send(.get, path, as: nil, bytes: nil).status == 401, "\(path)")
                for token in Bench.Token.allCases {
                    #expect(try await bench.client.send(.get, path, as: token, bytes: nil).status == 200, "\(path)")
                }
            }
            for (method, path) in changes {
                #expect(try await bench.client.send(method, path, as: nil, bytes: nil).status == 401, "\(path)")
                for token in [Bench.Token.gate, .viewer] {
                    let reply = try await bench.client.send(method, path, as: token, bytes: nil)
                    #expect(reply.status == 403, "\(path) as \(token)")
                }
                let reply = try await bench.client.send(method, path, as: .operator, bytes: nil)
                #expect(![401, 403].contains(reply.status), "\(path)")
            }
            let shown = try await bench.client.send(.get, "/v1/windows/\(id)", as: .viewer, bytes: nil)
            #expect(shown["occurrences", "0", "state"]?.string == "scheduled", "nothing was changed by the refused")
        }
    }

    @Test("R40, R42: a window warns, closes the gate at its time, is extended live, and opens the gate at its end")
    func goesItsWay() async throws {
        try await Self.withKeeper { bench in
            let planned = try await bench.client.send(.post, "/v1/windows", as: .operator, body: Self.plan())
            #expect(planned.status == 201)
            let id = try #require(planned["id"]?.string)
            #expect(planned.header("Location") == "/v1/windows/\(id)")
            func mode() async throws -> String? {
                try await bench.client.send(.get, "/v1/gate", bytes: nil)["mode"]?.string
            }
            bench.clocks.advance(by: .seconds(45 * 60))
            try await bench.advance(by: .seconds(1)) {
                try await bench.client.send(.get, "/v1/windows", bytes: nil)["banner", "0"] != nil
            }
            try await bench.advance(by: .seconds(60)) { try await mode() == "hold" }
            let held = try await bench.client.ask()
            #expect(held.status == 202 && held["reason", "message"]?.string?.contains(id) == true, "\(held)")
            let longer = try await bench.client.send(
                .post, "/v1/windows/\(id)/extend", as: .operator, body: ["seconds": 3600, "reason": "slow"])
            #expect(longer["occurrences", "0", "end"]?.string == "2025-11-30T14:00:00Z", "\(longer)")
            bench.clocks.advance(by: .seconds(3600))
            for _ in 0..<100 { await Task.yield() }
            #expect(try await mode() == "hold")
            try await bench.advance(by: .seconds(60)) { try await mode() == "open" }
            let events = try await bench.memory.events(of: nil, after: 0, limit: 100).map(\.kind)
            let own = events.filter { $0.hasPrefix("window-") }
            #expect(own == ["window-planned", "window-warned", "window-begun", "window-extended", "window-ended"])
        }
    }

    @Test("R34: windows and what was done to the gate for them survive a restart")
    func survivesARestart() async throws {
        let memory = InMemoryStore()
        let clocks = ManualClocks()
        var setup = Bench.Setup()
        setup.memory = memory
        setup.clocks = clocks
        try await Self.withKeeper(setup) { bench in
            _ = try await bench.client.send(.post, "/v1/windows", as: .operator, body: Self.plan())
        }
        clocks.advance(by: .seconds(5000))
        try await Self.withKeeper(setup) { bench in
            try await bench.advance(by: .seconds(1)) { bench.engine.gatekeeper.snapshot().record.whole.mode == .hold }
        }
        clocks.advance(by: .seconds(3600))
        try await Self.withKeeper(setup) { bench in
            try await bench.advance(by: .seconds(1)) { bench.engine.gatekeeper.snapshot().record.whole.mode == .open }
        }
        #expect(try await memory.occurrences(OccurrenceQuery(limit: 9)).map(\.state) == [.ended])
    }

    @Test func aDryRunShowsOccurrencesAndPlansNothing() async throws {
        try await Bench.run { bench in
            let body = Self.plan(["dryRun": true, "rrule": "FREQ=DAILY;COUNT=3"])
            let reply = try await bench.client.send(.post, "/v1/windows", as: .operator, body: body)
            #expect(reply.status == 200 && reply["occurrences"]?.array?.count == 3, "\(reply)")
            let list = try await bench.client.send(.get, "/v1/windows", bytes: nil)
            #expect(list["windows"]?.array?.isEmpty == true)
        }
    }

    @Test(
        "what cannot be planned is refused with the field or the part",
        arguments: [
            (["start": "2025-11-30T12:00:00"], "/start"), (["kind": "party"], "/kind"), (["color": "red"], "color"),
            (["scope": "planet:earth"], "/scope"), (["leadTimeSeconds": [0]], "/leadTimeSeconds"),
            (["rrule": "FREQ=SECONDLY"], "FREQ"), (["start": "2025-11-29T12:00:00Z"], "not over"),
            (["exdates": ["soon"]], "/exdates"), (["timeZone": "Mars/Base", "start": "2025-11-30T12:00"], "Mars/Base"),
            (["durationSeconds": 0], "length"), (["reason": ""], "/reason"),
        ] as [(JSONObject, String)])
    func refuses(fields: JSONObject, words: String) async throws {
        try await Bench.run { bench in
            let reply = try await bench.client.send(.post, "/v1/windows", as: .operator, body: Self.plan(fields))
            #expect(reply.status == 400 && reply.text.contains(words), "\(reply)")
        }
    }

    @Test func aCalendarBecomesBlackoutsAndIsReplacedWhole() async throws {
        try await Bench.run { bench in
            func calendar(_ start: String) -> String {
                "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u1\r\nSUMMARY:Year end\r\nDTSTART:\(start)\r\nDURATION:PT1H\r\n"
                    + "END:VEVENT\r\nEND:VCALENDAR\r\n"
            }
            func put(_ text: String) async throws -> Reply {
                try await bench.client.send(.put, "/v1/calendars/site", as: .operator, text: text)
            }
            let first = try await put(calendar("20251201T120000Z"))
            #expect(first.status == 200 && first["windows", "0", "kind"]?.string == "blackout", "\(first)")
            let again = try await put(calendar("20251201T120000Z"))
            #expect(again["windows", "0", "id"] == first["windows", "0", "id"], "what says the same stays")
            let moved = try await put(calendar("20251202T120000Z"))
            #expect(moved["windows"]?.array?.count == 1 && moved["windows", "0", "id"] != first["windows", "0", "id"])
            let broken = try await put(calendar("tomorrow"))
            #expect(broken.status == 422 && broken["diagnostics", "0", "line"]?.number?.int == 5, "\(broken)")
            let list = try await bench.client.send(.get, "/v1/windows", bytes: nil)
            #expect(list["occurrences"]?.array?.filter { $0["state"]?.string == "scheduled" }.count == 1, "\(list)")
        }
    }
}

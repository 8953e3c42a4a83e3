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
            await letOthersRun(turns: 100)
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
            #expect(reply["id"] == .null && reply["occurrences", "0", "window"] == .null, "nothing has that name")
            let list = try await bench.client.send(.get, "/v1/windows", bytes: nil)
            #expect(list["windows"]?.array?.isEmpty == true)
        }
    }

    @Test(
        "what cannot be planned is refused with the field or the part",
        arguments: [
            (["start": "2025-11-30T12:00:00"], "/start"), (["kind": "party"], "/kind"), (["color": "red"], "color"),
            (["scope": "planet:earth"], "/scope"), (["leadTimeSeconds": [0]], "/leadTimeSeconds"),
            (["rrule": "FREQ=SECONDLY"], "\"/rrule\""), (["start": "2025-11-29T12:00:00Z"], "not over"),
            (["exdates": ["soon"]], "/exdates"),
            (["timeZone": "Mars/Base", "start": "2025-11-30T12:00"], "\"/timeZone\""),
            (["durationSeconds": 0], "\"/durationSeconds\""), (["reason": ""], "/reason"),
            (["autoStart": false], "/autoEnd"), (["kind": "blackout"], "/autoStart"),
            (["summary": "x\nerror: forged"], "/summary"), (["reason": "x\u{85}forged"], "/reason"),
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
            func put(_ text: String, _ query: String = "?reason=dates") async throws -> Reply {
                try await bench.client.send(.put, "/v1/calendars/site" + query, as: .operator, text: text)
            }
            for query in ["", "?reason=", "?reason=%20%20", "?reason=a&more=1", "?reason=a%0Aforged"] {
                let refused = try await put(calendar("20251201T120000Z"), query)
                #expect(refused.status == 400 && refused.text.contains("reason"), "\(query): \(refused)")
            }
            #expect(try await bench.memory.windows().isEmpty, "nothing was imported without a reason")
            let first = try await put(calendar("20251201T120000Z"), "?reason=50%25%20done")
            #expect(first["windows", "0", "reason"]?.string == "50% done", "\(first)")
            let local = try await put(calendar("20251201T120000"), "?reason=dates&zone=UTC")
            #expect(local.status == 200 && local["diagnostics"]?.array?.isEmpty == true, "\(local)")
            let guessed = try await put(calendar("20251201T120000"))
            #expect(guessed["diagnostics", "0", "message"]?.string?.contains("zone=") == true, "\(guessed)")
            let unknown = try await put(calendar("20251201T120000"), "?reason=dates&zone=Mars/Base")
            #expect(unknown.status == 422, "\(unknown)")
            #expect(first.status == 200 && first["windows", "0", "kind"]?.string == "blackout", "\(first)")
            let here = try await put(calendar("20251201T120000Z"))
            let again = try await put(calendar("20251201T120000Z"))
            #expect(here["windows", "0", "id"] == first["windows", "0", "id"], "UTC is UTC")
            #expect(again["windows", "0", "id"] == first["windows", "0", "id"], "what says the same stays")
            let moved = try await put(calendar("20251202T120000Z"))
            #expect(moved["windows"]?.array?.count == 1 && moved["windows", "0", "id"] != first["windows", "0", "id"])
            let broken = try await put(calendar("tomorrow"))
            #expect(broken.status == 422 && broken["diagnostics", "0", "line"]?.number?.int == 5, "\(broken)")
            let list = try await bench.client.send(.get, "/v1/windows", bytes: nil)
            #expect(list["occurrences"]?.array?.filter { $0["state"]?.string == "scheduled" }.count == 1, "\(list)")
        }
    }

    // MARK: Shortening and cancelling

    private static func planned(_ bench: Bench, _ fields: JSONObject = [:]) async throws -> String {
        let reply = try await bench.client.send(.post, "/v1/windows", as: .operator, body: plan(fields))
        return try #require(reply["id"]?.string, "\(reply)")
    }

    @Test("R40: one occurrence is shortened, then one is cancelled, and the others stay")
    func shortensAndCancelsOne() async throws {
        try await Bench.run { bench in
            let id = try await Self.planned(bench, ["rrule": "FREQ=DAILY;COUNT=3"])
            func send(_ verb: String, _ body: JSONValue) async throws -> Reply {
                try await bench.client.send(.post, "/v1/windows/\(id)/\(verb)", as: .operator, body: body)
            }
            let first: JSONValue = "2025-11-30T12:00:00"
            let shorter = try await send("shorten", ["seconds": 600, "occurrence": first, "reason": "sooner"])
            let ends = shorter["occurrences"]?.array?.map { $0["end"]?.string }
            #expect(ends == ["2025-11-30T12:50:00Z", "2025-12-01T13:00:00Z", "2025-12-02T13:00:00Z"], "\(shorter)")
            let all = try await send("shorten", ["seconds": 1200, "reason": "sooner still"])
            #expect(all["occurrences", "2", "end"]?.string == "2025-12-02T12:40:00Z", "\(all)")
            let cancelled = try await send("cancel", ["occurrence": "2025-12-01T12:00:00", "reason": "feast"])
            let states = cancelled["occurrences"]?.array?.map { $0["state"]?.string }
            #expect(states == ["scheduled", "cancelled", "scheduled"], "\(cancelled)")
            let again = try await send("cancel", ["occurrence": "2025-12-01T12:00:00", "reason": "feast"])
            #expect(again.status == 404 && again.text.contains("cancelled or over"), "\(again)")
            let whole = try await send("cancel", ["reason": "no more"])
            #expect(whole["cancelled"] == true, "\(whole)")
            #expect(whole["occurrences"]?.array?.allSatisfy { $0["state"]?.string == "cancelled" } == true)
            #expect(try await send("cancel", ["reason": "no more"]).status == 409)
            let list = try await bench.client.send(.get, "/v1/windows", bytes: nil)
            #expect(list["windows", "0", "summary"]?.string == "Upgrade", "what is listed has its window: \(list)")
        }
    }

    @Test(
        "what cannot be shortened or cancelled is refused with the field, the value and what is allowed",
        arguments: [
            ("shorten", [:], 400, "/seconds"), ("shorten", ["seconds": 60], 400, "/reason"),
            ("shorten", ["seconds": 0, "reason": "r"], 400, "1 to"),
            ("shorten", ["seconds": -60, "reason": "r"], 400, "1 to"),
            ("shorten", ["seconds": "1h", "reason": "r"], 400, "/seconds"),
            ("shorten", ["seconds": 3600, "reason": "r"], 400, "0 s; allowed is 1 to"),
            ("shorten", ["seconds": 3600, "occurrence": "2025-11-30T12:00:00", "reason": "r"], 400, "end"),
            ("shorten", ["seconds": 60, "occurrence": "noon", "reason": "r"], 400, "/occurrence"),
            ("shorten", ["seconds": 60, "occurrence": "2025-11-30T13:00:00", "reason": "r"], 404, "no occurrence"),
            ("shorten", ["seconds": 60, "reason": "r", "by": "1h"], 400, "by"),
            ("extend", ["seconds": 2_678_400, "reason": "r"], 400, "2678400"),
            ("cancel", [:], 400, "/reason"), ("cancel", ["reason": " "], 400, "/reason"),
            ("cancel", ["reason": "r", "occurrence": 7], 400, "/occurrence"),
            ("cancel", ["reason": "r", "occurrence": "2025-11-30T12:00:01"], 404, "no occurrence"),
            ("cancel", ["reason": "r", "seconds": 60], 400, "seconds"),
        ] as [(String, JSONObject, Int, String)])
    func refusesChanges(verb: String, body: JSONObject, status: Int, words: String) async throws {
        try await Bench.run { bench in
            let id = try await Self.planned(bench)
            let reply = try await bench.client.send(
                .post, "/v1/windows/\(id)/\(verb)", as: .operator, body: .object(body))
            #expect(reply.status == status && reply.text.contains(words), "\(reply)")
            let broken = try await bench.client.send(
                .post, "/v1/windows/\(id)/\(verb)", as: .operator, text: "{\"reason\": ")
            #expect(broken.status == 400, "\(broken)")
            let unknown = try await bench.client.send(
                .post, "/v1/windows/w_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD/\(verb)", as: .operator,
                body: verb == "cancel" ? ["reason": "r"] : ["seconds": 60, "reason": "r"])
            #expect(unknown.status == 404 && unknown.text.contains("/v1/windows"), "\(unknown)")
            let shown = try await bench.client.send(.get, "/v1/windows/\(id)", bytes: nil)
            #expect(shown["occurrences", "0", "end"]?.string == "2025-11-30T13:00:00Z", "nothing was changed")
            #expect(shown["occurrences", "0", "state"]?.string == "scheduled")
        }
    }

    @Test func showsTheNextOccurrencesHoweverFarTheyAre() async throws {
        try await Bench.run { bench in
            let id = try await Self.planned(bench, ["start": "2026-06-05T12:00:00Z", "rrule": "FREQ=YEARLY;COUNT=60"])
            let shown = try await bench.client.send(.get, "/v1/windows/\(id)", bytes: nil)
            #expect(shown["occurrences"]?.array?.count == 50 && shown["isCut"] == true, "\(shown)")
            #expect(shown["occurrences", "0", "start"]?.string == "2026-06-05T12:00:00Z")
            let span = try await bench.client.send(
                .get, "/v1/windows/\(id)?from=2027-01-01T00:00:00Z&to=2028-01-01T00:00:00Z", bytes: nil)
            #expect(span["occurrences"]?.array?.count == 1 && span["isCut"] == false, "\(span)")
        }
    }
}

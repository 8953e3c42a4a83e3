import HTTPTypes
import SluiceEngine
import SluiceForecast
import SluiceJSON
import SluiceModel
import Testing

@testable import SluiceHTTP

/// `GET /v1/forecast` and `/v1/forecast/quiet`: what is answered, and what is refused.
@Suite(.timeLimit(.minutes(10)))
struct ForecastRouteTests {
    private static let span = "from=2026-12-05T22:00:00Z&to=2026-12-06T02:00:00Z"

    private func put(_ bench: Bench) {
        let start = Timestamp(rfc3339: "2026-12-01T00:00:00Z")!
        bench.engine.forecasts.shelf.setFiles(
            [("<b>&\"nightly\"", 1440), ("hourly", 60)].map { name, minutes in
                PlannedSchedule(
                    id: ScheduleID(name), origin: .file("x.xml"), name: name, flow: FlowID("f"),
                    trigger: Trigger(
                        timing: .simple(repeatCount: -1, intervalMilliseconds: Int64(minutes) * 60_000), start: start),
                    policy: .latest, isUnsafeToMiss: minutes == 1440)
            })
    }

    @Test("R33 answers a forecast as the document says, with what the gate does and what becomes of it")
    func answersAForecast() async throws {
        try await Bench.run { bench in
            put(bench)
            let document = try OpenAPIDocument.load()
            let reply = try await bench.client.send(.get, "/v1/forecast?\(Self.span)", as: .viewer)
            #expect(reply.status == 200)
            #expect(document.faults(of: reply, "GET", "/v1/forecast") == [])
            #expect(reply["countsInWindow", "held"] == 5 && reply["release", "count"] == 2)
            #expect(reply["launches", "4", "fate"] == "stands-for-others" && reply["launches", "4", "standsFor"] == 3)
            #expect(reply["launches", "0", "decision"] == "hold" && reply["complete"] == true)
            #expect(reply["release", "ratePerMinute"] == 600)
            let cut = try await bench.client.send(.get, "/v1/forecast?\(Self.span)&limit=1", as: .viewer)
            #expect(cut["launches"]?.array?.count == 1 && cut["complete"] == false)
            #expect(document.faults(of: cut, "GET", "/v1/forecast") == [])
            let current = try await bench.client.send(.get, "/v1/forecast?\(Self.span)&mode=current", as: .viewer)
            #expect(current["countsInWindow", "run"] == 5)
        }
    }

    @Test func answersQuietWindows() async throws {
        try await Bench.run { bench in
            put(bench)
            let path = "/v1/forecast/quiet"
            let query = "?length=4h&within=3d&from=2026-12-02T00:00:00Z&workingHours=MON-FRI%2008:00-18:00&count=2"
            let reply = try await bench.client.send(.get, path + query, as: .viewer)
            #expect(reply.status == 200)
            #expect(try OpenAPIDocument.load().faults(of: reply, "GET", path) == [])
            #expect(reply["windows"]?.array?.count == 2)
            // Never at midnight, which is unsafe to miss, and four of the hourly ones.
            #expect(reply["windows", "0", "unsafeToMiss"] == 0 && reply["windows", "0", "held"] == 4)
        }
    }

    @Test("quiet windows keep clear of the calendars that are stored, and say what they left out")
    func keepsClearOfCalendars() async throws {
        try await Bench.run { bench in
            put(bench)
            let query = "/v1/forecast/quiet?length=4h&within=3d&from=2026-12-02T00:00:00Z&count=50"
            let free = try await bench.client.send(.get, query, as: .viewer)
            #expect(free["blackouts"]?.array == [] && free["blackoutStarts"] == 0)
            let text = """
                BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Close of books\r\nDTSTART:20261202T060000Z\r
                DTEND:20261204T060000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n
                """
            let put = try await bench.client.send(.put, "/v1/calendars/site?reason=year", as: .operator, text: text)
            #expect(put.status == 200, "\(put)")
            let reply = try await bench.client.send(.get, query, as: .viewer)
            #expect(try OpenAPIDocument.load().faults(of: reply, "GET", "/v1/forecast/quiet") == [])
            #expect(reply["blackouts", "0", "calendar"] == "site" && reply["blackoutCount"] == 1)
            #expect(reply["blackouts", "0", "summary"] == "Close of books")
            // All but those that end at six in the morning of the 2nd, and those that begin at six of the 4th or later.
            #expect(reply["allowedStarts"]?.number?.int == 9 + 57 && reply["blackoutStarts"]?.number?.int == 273 - 66)
            for window in reply["windows"]?.array ?? [] {
                let (from, to) = (window.object?["from"]?.string ?? "", window.object?["to"]?.string ?? "")
                #expect(to <= "2026-12-02T06:00:00Z" || from >= "2026-12-04T06:00:00Z", "\(from)")
            }
            let refused = try await bench.client.send(
                .put, "/v1/calendars/file:x.ics?reason=x", as: .operator, text: text)
            #expect(refused.status == 400, "that one would be the configuration's")
        }
    }

    @Test("the picture is SVG, by format or Accept, and holds no name from outside")
    func drawsPictures() async throws {
        try await Bench.run { bench in
            put(bench)
            let quiet = "/v1/forecast/quiet?length=4h&within=3d&from=2026-12-02T00:00:00Z"
            for path in ["/v1/forecast?\(Self.span)", quiet] {
                let byFormat = try await bench.client.send(.get, path + "&format=svg", as: .viewer)
                #expect(byFormat.status == 200 && byFormat.header("Content-Type") == "image/svg+xml")
                #expect(byFormat.text.hasPrefix("<?xml") && byFormat.text.hasSuffix("</svg>\n"))
                #expect(!byFormat.text.contains("<b>") && !byFormat.text.contains("script"))
                let byAccept = try await bench.client.send(
                    .get, path, as: .viewer, headers: [.accept: "image/svg+xml,*/*;q=0.8"])
                #expect(byAccept.header("Content-Type") == "image/svg+xml")
            }
        }
    }

    @Test(arguments: [
        ("/v1/forecast", "missing-field"), ("/v1/forecast?from=2026-12-05T22:00:00Z", "missing-field"),
        ("/v1/forecast?\(span)&x=1", "unknown-fields"),
        ("/v1/forecast?\(span)&from=2026-12-05T22:00:00Z", "unknown-fields"),
        ("/v1/forecast?from=now&to=2026-12-06T02:00:00Z", "invalid-value"),
        ("/v1/forecast?from=2026-12-06T02:00:00Z&to=2026-12-05T22:00:00Z", "invalid-value"),
        ("/v1/forecast?from=2026-12-05T22:00:00Z&to=2028-12-06T02:00:00Z", "invalid-value"),
        ("/v1/forecast?\(span)&mode=open", "invalid-value"), ("/v1/forecast?\(span)&scope=x", "invalid-value"),
        ("/v1/forecast?\(span)&zone=Nowhere/Land", "invalid-value"),
        ("/v1/forecast?\(span)&limit=10001", "invalid-value"),
        ("/v1/forecast?\(span)&format=pdf", "invalid-value"), ("/v1/forecast/quiet", "missing-field"),
        ("/v1/forecast/quiet?length=4h", "missing-field"), ("/v1/forecast/quiet?length=4h&within=1h", "invalid-value"),
        ("/v1/forecast/quiet?length=0s&within=1h", "invalid-value"),
        ("/v1/forecast/quiet?length=1ms&within=1h", "invalid-value"),
        ("/v1/forecast/quiet?length=90s&within=1h", "invalid-value"),
        ("/v1/forecast/quiet?length=4h&within=400d", "invalid-value"),
        ("/v1/forecast/quiet?length=4h&within=1d&workingHours=always", "invalid-value"),
        ("/v1/forecast/quiet?length=4h&within=1d&weekdays=XXX", "invalid-value"),
        ("/v1/forecast/quiet?length=4h&within=1d&count=51", "invalid-value"),
    ])
    func refusesWrongQuestions(path: String, problem: String) async throws {
        try await Bench.run { bench in
            let reply = try await bench.client.send(.get, path, as: .viewer)
            #expect(reply.status == 400 && reply.problem == problem, "\(reply)")
        }
    }

    @Test func asksForTheRoleOfAViewer() async throws {
        try await Bench.run { bench in
            for path in ["/v1/forecast?\(Self.span)", "/v1/forecast/quiet?length=4h&within=1d"] {
                let asGate = try await bench.client.send(.get, path, as: .gate)
                let asNobody = try await bench.client.send(.get, path, as: nil)
                #expect(asGate.status == 403 && asNobody.status == 401)
            }
        }
    }

    @Test func computesSoManyAtOnceAndNoMore() async throws {
        let slots = ForecastSlots()
        try await slots.run {
            try await slots.run {
                await #expect(throws: Problem.self) { try await slots.run {} }
            }
            try await slots.run {}
        }
    }
}

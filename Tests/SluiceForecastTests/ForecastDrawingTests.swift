import SluiceModel
import Testing

@testable import SluiceForecast

/// Pictures of forecasts: whole documents, the same each time, that hold nothing from outside.
@Suite struct ForecastDrawingTests {
    private let from = Timestamp("2026-12-05T22:00:00Z")

    private func forecast(_ name: String, span: Bool = true) -> Forecast {
        var history = DurationHistory()
        let window = from..<from.plus(minutes: 240)
        var query = Forecast.Query(window: window, now: from, ratePerMinute: 1, ceiling: 2)
        if span { query.span = Forecast.Query.span(around: window) }
        let schedules = [
            PlannedSchedule.every(minutes: 5, from: from.plus(minutes: -1000), name, flow: name, policy: .all),
            .every(minutes: 7, from: from.plus(minutes: -1000), "latest", policy: .latest),
        ]
        return Forecast(schedules, query: query, outlook: .held, history: &history)
    }

    /// Every element that is opened is closed, in order; gives the names.
    private func elements(_ svg: String) throws -> [String] {
        var (open, names): ([String], [String]) = ([], [])
        for part in svg.split(separator: "<").dropFirst() where !part.hasPrefix("?") {
            let tag = try #require(part.split(separator: ">", omittingEmptySubsequences: false).first)
            if tag.hasPrefix("/") {
                #expect(open.popLast() == String(tag.dropFirst()))
            } else {
                let name = String(tag.prefix { $0 != " " && $0 != "/" })
                names.append(name)
                if !tag.hasSuffix("/") { open.append(name) }
            }
        }
        #expect(open.isEmpty)
        return names
    }

    @Test func drawsAWholeDocument() throws {
        let svg = ForecastDrawing(forecast("nightly"), zone: .utc).svg
        let names = Set(try elements(svg))
        #expect(names.isSubset(of: ["svg", "title", "desc", "rect", "text", "g", "path"]))
        #expect(names.isSuperset(of: ["title", "desc"]))
        for words in [
            "Gate closed", "Runs at its time", "Held, launched after the window", "Drained: even chance",
            "Drained: 9 in 10", "to launch", "Sat 5 Dec", "10 minutes are assumed",
        ] { #expect(svg.contains(words), "\(words) is missing") }
        #expect(svg == ForecastDrawing(forecast("nightly"), zone: .utc).svg)
    }

    @Test func holdsNoNameFromOutside() throws {
        let svg = ForecastDrawing(forecast("<script>alert('x')</script>&\u{202E}"), zone: .utc).svg
        #expect(!svg.contains("script") && !svg.contains("alert") && !svg.contains("\u{202E}"))
        let zone = TimeZoneRules(identifier: "<b>\"&", fixedOffsetSeconds: 3600)
        let named = ForecastDrawing(forecast("nightly"), zone: zone).svg
        #expect(!named.contains("<b>"))
        _ = try elements(named)
    }

    @Test func drawsNothingForNothing() throws {
        var history = DurationHistory()
        let empty = Forecast(
            [], query: .init(window: from..<from.plus(minutes: 60), now: from), outlook: .held, history: &history)
        _ = try elements(ForecastDrawing(empty, zone: .utc).svg)
        #expect(ForecastDrawing(empty, zone: .utc).svg.contains("hardly anything is expected to run"))
        let long = Forecast(
            [.every(minutes: 1, from: from)],
            query: .init(window: from..<from.plus(minutes: 366 * 1440), now: from), outlook: .held, history: &history)
        #expect(ForecastDrawing(long, zone: .utc).svg.utf8.count < 100_000)
    }

    @Test func drawsQuietWindows() throws {
        var history = DurationHistory()
        var query = QuietSearch.Query(
            horizon: from..<from.plus(minutes: 14 * 1440), lengthMilliseconds: 14_400_000, now: from)
        query.workingHours = [WorkingHours("MON-FRI 08:00-18:00")!]
        var unsafe = PlannedSchedule.every(minutes: 60, from: from, "<b>books</b>")
        unsafe.isUnsafeToMiss = true
        let search = QuietSearch([unsafe], query: query, outlook: .held, history: &history)
        let svg = QuietDrawing(search).svg
        _ = try elements(svg)
        #expect(!svg.contains("<b>") && svg.contains("1 schedule would miss a time though") && svg.contains(">5<"))
        query.workingHours = [WorkingHours("00:00-24:00")!]
        let none = QuietSearch([unsafe], query: query, outlook: .held, history: &history)
        #expect(QuietDrawing(none).svg.contains("No window fits"))
        query.workingHours = []
        let unknown = QuietDrawing(QuietSearch([], query: query, outlook: .held, history: &history)).svg
        #expect(!unknown.contains("No window fits") && !unknown.contains("iden the horizon"))
        #expect(unknown.contains("starts are equal"))
    }

    @Test(
        "a length is said in the largest unit it is whole in, rounded up to minutes",
        arguments: [
            (30_000, "1 minute"), (60_000, "1 minute"), (90_000, "2 minutes"), (3_600_000, "1 hour"),
            (5_400_000, "90 minutes"), (14_400_000, "4 hours"), (86_400_000, "1 day"), (172_800_000, "2 days"),
            (3_600_001, "61 minutes"),
        ] as [(Int64, String)])
    func saysTheLength(milliseconds: Int64, words: String) {
        let query = QuietSearch.Query(
            horizon: from..<from.plus(minutes: 5 * 1440), lengthMilliseconds: milliseconds, now: from)
        var history = DurationHistory()
        let search = QuietSearch([], query: query, outlook: .held, history: &history)
        #expect(QuietDrawing(search).svg.contains("The quietest windows of \(words)<"))
    }

    @Test("ranks of windows that lie close together stay readable, and blackouts are drawn")
    func keepsRanksApart() throws {
        var history = DurationHistory()
        var query = QuietSearch.Query(
            horizon: from..<from.plus(minutes: 60 * 1440), lengthMilliseconds: 3_600_000, now: from)
        query.blackouts = [Blackout(span: from.plus(minutes: -60)..<from.plus(minutes: 1440))]
        let later = PlannedSchedule.every(minutes: 60, from: query.horizon.upperBound)
        let search = QuietSearch([later], query: query, outlook: .held, history: &history)
        let svg = QuietDrawing(search).svg
        let places = svg.split(separator: "\n").filter { $0.contains("font-weight=\"bold\"") && $0.contains("middle") }
            .compactMap { line in
                line.split(separator: "x=\"").dropFirst().first.flatMap { Double($0.prefix { $0 != "\"" }) }
            }
        #expect(search.windows.count == 5 && places.count == 5, "\(svg)")
        for (left, right) in zip(places.sorted(), places.sorted().dropFirst()) { #expect(right - left >= 18) }
        #expect(svg.contains(">Blackout<") && svg.contains("1 blackout leaves out"))
    }

    @Test func saysWhatIsUnsafeToMiss() {
        var history = DurationHistory()
        var unsafe = PlannedSchedule.every(minutes: 60, from: from, "books")
        unsafe.isUnsafeToMiss = true
        let query = Forecast.Query(window: from..<from.plus(minutes: 60), now: from)
        let held = Forecast([unsafe], query: query, outlook: .held, history: &history)
        #expect(held.unsafeCount == 1)
        #expect(ForecastDrawing(held, zone: .utc).svg.contains("1 schedule would miss a time though that is unsafe"))
        let open = GateOutlook(inWindow: { _ in .proceed(.open) }, outside: { _ in .proceed(.open) })
        #expect(Forecast([unsafe], query: query, outlook: open, history: &history).unsafeCount == 0)
    }

    @Test(arguments: [0, 1, 4, 7, 23, 99, 101, 123_456])
    func marksRoundNumbers(highest: Int) {
        let scale = TimeAxis.scale(highest)
        #expect(scale.top >= highest && scale.top % scale.step == 0 && scale.top / scale.step <= 5)
        #expect(scale.top <= max(1, highest * 2))
    }

    @Test func marksWholeStepsOfTheZonesTime() {
        let zone = TimeZoneRules(identifier: "GMT+05:30", fixedOffsetSeconds: 19_800)
        let axis = TimeAxis(span: from..<from.plus(minutes: 300), zone: zone, left: 0, right: 100)
        #expect(axis.ticks.compactMap(\.clock) == ["04:00", "05:00", "06:00", "07:00", "08:00"])
        #expect(axis.ticks.compactMap(\.day) == ["Sun 6 Dec"])
        #expect(axis.words(from) == "Sun 6 Dec 03:30")
    }
}

import SluiceDrawing
import SluiceModel

/// Draws a forecast for people who decide: the window as a band, launches as bars by what becomes of them, when the
/// drain is expected to end, and how the backlog of the release falls.
///
/// The same forecast is always the same text; no name from outside is in it. No script, style sheet, link or id.
public struct ForecastDrawing: Sendable {
    /// The picture, a whole SVG 1.1 document.
    public let svg: String

    private static let barCountMax: Int64 = 120
    private static let barMinutes: [Int64] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080]

    /// - Parameter zone: Of the times that are shown.
    public init(_ forecast: Forecast, zone: TimeZoneRules) {
        let query = forecast.query
        let cleared = query.window.upperBound.advanced(by: .milliseconds(forecast.backlog.clearedMilliseconds))
        // The release gets at most as much room as the window.
        let length = query.window.upperBound.since(query.window.lowerBound)
        let roomEnd = min(cleared, query.window.upperBound.advanced(by: length))
        let end = max(query.span.upperBound, roomEnd)
        let axis = TimeAxis(
            span: query.span.lowerBound..<max(end, query.span.lowerBound.advanced(by: .seconds(60))), zone: zone,
            left: ChartDocument.margin + 44, right: ChartDocument.width - ChartDocument.margin - 44)
        let bars = Bars(forecast, minutes: Self.minutes(axis.span))
        svg = ChartDocument.svg(
            title: "What the maintenance window holds", lines: Self.lines(forecast, axis, cleared), height: 440
        ) { svg, top in
            let frame = ChartFrame(
                axis: axis, top: top + 58, bottom: top + 330, scale: TimeAxis.scale(bars.highest + bars.highest / 8 + 1)
            )
            Self.drawWindow(&svg, forecast, frame, top)
            frame.draw(&svg, unit: "Launches in \(Self.words(minutes: bars.minutes))")
            bars.draw(&svg, frame)
            Self.drawDrain(&svg, forecast, frame)
            Self.drawBacklog(&svg, forecast, frame)
            ChartDocument.legend(&svg, Self.legend(forecast), at: top + 380)
        }
    }

    private static func minutes(_ span: Range<Timestamp>) -> Int64 {
        let length = (span.upperBound.milliseconds - span.lowerBound.milliseconds) / 60_000
        return barMinutes.first { length / $0 <= barCountMax } ?? 20_160
    }

    static func words(minutes: Int64) -> String {
        switch minutes {
        case 1: "1 minute"
        case ..<60: "\(minutes) minutes"
        case 60: "1 hour"
        case ..<1440: "\(minutes / 60) hours"
        case 1440: "1 day"
        default: "\(minutes / 1440) days"
        }
    }

    // MARK: In words

    private static func lines(_ forecast: Forecast, _ axis: TimeAxis, _ cleared: Timestamp) -> [String] {
        let (window, counts, drain) = (forecast.query.window, forecast.countsInWindow, forecast.drain)
        var lines = [
            "Closed from \(axis.words(window.lowerBound)) to \(axis.words(window.upperBound)) "
                + "(\(axis.zone.identifier)). \(counts.total) launches fall in it: \(counts.held) are held, "
                + "\(counts.runs) run all the same."
        ]
        if counts.notReplayable + counts.rejected > 0 {
            lines.append(
                "\(counts.notReplayable) cannot be kept and are left to Central's own catch-up; "
                    + "\(counts.rejected) are turned away.")
        }
        let unsafe = forecast.unsafeCount
        if unsafe > 0 {
            lines.append(
                "\(unsafe) \(unsafe == 1 ? "schedule" : "schedules") would miss a time though that is unsafe.")
        }
        lines.append(Self.words(drain, axis))
        if forecast.backlog.count == 0 {
            lines.append("At the end nothing is launched later.")
        } else {
            let bound = forecast.backlog.isBound ? " at the latest" : ""
            lines.append(
                "At the end \(forecast.backlog.count) are launched, \(forecast.query.ratePerMinute) a minute and "
                    + "at most \(forecast.query.ceiling) at once: done by \(axis.words(cleared))\(bound).")
        }
        if drain.assumedCount > 0.05 {
            let assumed = (drain.assumedCount * 10).rounded() / 10
            lines.append("Of \(assumed) running executions no past durations are known; 10 minutes are assumed.")
        }
        if forecast.releaseAssumedCount > 0 {
            lines.append(
                "Of \(forecast.releaseAssumedCount) of those launched at the end, too, 10 minutes each are assumed.")
        }
        lines += forecast.notes
        return lines
    }

    private static func words(_ drain: DrainEstimate, _ axis: TimeAxis) -> String {
        let running = (drain.expectedRunningCount * 10).rounded() / 10
        guard running > 0 else { return "When it closes hardly anything is expected to run." }
        let words = "When it closes about \(running) executions run"
        guard let p50 = drain.end(withChance: 0.5), let p90 = drain.end(withChance: 0.9) else {
            return words + "; when they have ended cannot be said."
        }
        return words + "; they have ended by \(axis.words(p50)) (even chance) or \(axis.words(p90)) (9 in 10)."
    }

    private static func legend(_ forecast: Forecast) -> [(colour: String, words: String)] {
        let counts = forecast.counts
        let entries: [(Int, String, String)] = [
            (counts.runs, Bars.colours[0], "Runs at its time"),
            (counts.released, Bars.colours[1], "Held, launched after the window"),
            (counts.dropped, Bars.colours[2], "Held, then skipped by its policy"),
            (counts.notReplayable, Bars.colours[3], "Cannot be kept: Central's own catch-up"),
            (counts.rejected, Bars.colours[4], "Turned away"),
        ]
        var legend = entries.filter { $0.0 > 0 }.map { (colour: $0.1, words: "\($0.2) (\($0.0))") }
        legend.append((colour: "#dbe7f5", words: "The window"))
        if forecast.drain.expectedRunningCount >= 0.05 {
            legend.append((colour: "#6140ad", words: "Drain ended: even chance, 9 in 10"))
        }
        if forecast.backlog.count > 0 {
            legend.append((colour: "#1d56ad", words: "Still to be launched after the window"))
        }
        return legend
    }

    // MARK: The chart

    private static func drawWindow(_ svg: inout SVGText, _ forecast: Forecast, _ frame: ChartFrame, _ top: Double) {
        let window = forecast.query.window
        let (left, right) = (frame.axis.x(window.lowerBound), frame.axis.x(window.upperBound))
        svg.element(
            "rect",
            [
                .init("x", left), .init("y", frame.top), .init("width", max(1, right - left)),
                .init("height", frame.bottom - frame.top), .init("fill", "#dbe7f5"),
            ])
        svg.element(
            "text",
            [
                .init("x", (left + right) / 2), .init("y", frame.top + 17), .init("text-anchor", "middle"),
                .init("font-weight", "bold"), .init("fill", "#1d4470"),
            ], text: right - left > 90 ? "Gate closed" : "")
    }

    private static func drawDrain(_ svg: inout SVGText, _ forecast: Forecast, _ frame: ChartFrame) {
        guard forecast.drain.expectedRunningCount >= 0.05 else { return }
        // The later line is the lower one, so that no line crosses the other's words.
        for (chance, words, row) in [(0.5, "Drained: even chance", 22.0), (0.9, "Drained: 9 in 10", 6.0)] {
            guard let end = forecast.drain.end(withChance: chance), frame.axis.span.contains(end) else { continue }
            let x = frame.axis.x(end)
            svg.element(
                "path",
                [
                    .init("d", "M" + frame.point(x, frame.top - row - 9) + "V" + SVGText.number(frame.bottom)),
                    .init("stroke", "#6140ad"), .init("stroke-width", "1.5"), .init("stroke-dasharray", "5 3"),
                ])
            let label = "\(words), \(frame.axis.clock(end))"
            let isLeft = x + DrawnText.width(label, size: 11) + 8 > ChartDocument.width
            svg.element(
                "text",
                [
                    .init("x", isLeft ? x - 5 : x + 5), .init("y", frame.top - row), .init("font-size", 11),
                    .init("text-anchor", isLeft ? "end" : "start"), .init("fill", "#54369b"),
                ], text: label)
        }
    }

    /// On a scale of its own: from all at the top of the chart to none at its bottom.
    private static func drawBacklog(_ svg: inout SVGText, _ forecast: Forecast, _ frame: ChartFrame) {
        let backlog = forecast.backlog
        guard backlog.count > 0 else { return }
        let start = forecast.query.window.upperBound
        let top = frame.top + 24
        var path = ""
        var last = (x: 0.0, y: 0.0)
        for point in backlog.curve {
            let time = start.advanced(by: .milliseconds(point.milliseconds))
            guard time <= frame.axis.span.upperBound else { break }
            let share = Double(point.waiting) / Double(backlog.count)
            last = (frame.axis.x(time), frame.bottom - (frame.bottom - top) * share)
            path += (path.isEmpty ? "M" : "L") + frame.point(last.x, last.y)
        }
        svg.element(
            "path",
            [
                .init("d", path), .init("fill", "none"), .init("stroke", "#1d56ad"), .init("stroke-width", "2.5"),
                .init("stroke-linejoin", "round"),
            ])
        let x = frame.axis.x(start)
        let isLeft = x > frame.axis.right - 120
        svg.element(
            "text",
            [
                .init("x", isLeft ? x - 6 : x + 6), .init("y", top - 6), .init("font-size", 11),
                .init("text-anchor", isLeft ? "end" : "start"), .init("fill", "#1d4e9e"),
            ], text: "\(backlog.count) to launch")
    }

    /// Stacked bars.
    private struct Bars {
        static let colours = ["#2e8b57", "#d98514", "#8a96a3", "#b42318", "#6b2b22"]
        let minutes: Int64
        let start: Timestamp
        private let values: [[Int]]

        init(_ forecast: Forecast, minutes: Int64) {
            self.minutes = minutes
            let load = forecast.load
            start = load.start
            let count = (load.count + Int(minutes) - 1) / Int(minutes)
            values = [load.runs, load.released, load.dropped, load.notReplayable, load.rejected].map { series in
                var sums = [Int](repeating: 0, count: count)
                for (minute, value) in series.enumerated() where value != 0 {
                    sums[minute / Int(minutes)] += Int(value)
                }
                return sums
            }
        }

        var highest: Int {
            (0..<values[0].count).map { bar in values.reduce(0) { $0 + $1[bar] } }.max() ?? 0
        }

        func draw(_ svg: inout SVGText, _ frame: ChartFrame) {
            for (kind, series) in values.enumerated() where series.contains(where: { $0 > 0 }) {
                var path = ""
                for (bar, value) in series.enumerated() where value > 0 {
                    let below = values[..<kind].reduce(0) { $0 + $1[bar] }
                    let from = start.advanced(by: .seconds(Int64(bar) * minutes * 60))
                    let to = from.advanced(by: .seconds(minutes * 60))
                    let (left, right) = (frame.axis.x(from), frame.axis.x(to))
                    let gap = right - left > 3 ? 0.8 : 0
                    let (bottom, top) = (frame.y(Double(below)), frame.y(Double(below + value)))
                    path += "M" + frame.point(left + gap, bottom) + "V" + SVGText.number(top)
                    path += "H" + SVGText.number(max(right - gap, left + 0.5)) + "V" + SVGText.number(bottom) + "Z"
                }
                svg.element("path", [.init("d", path), .init("fill", Self.colours[kind])])
            }
        }
    }
}

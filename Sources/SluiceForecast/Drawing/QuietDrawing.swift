import SluiceDrawing
import SluiceModel

/// Draws a search for quiet windows: how much a window would hold, by when it starts, and where the best ones lie.
///
/// The same search is always the same text; no name from outside is in it. No script, style sheet, link or id.
public struct QuietDrawing: Sendable {
    /// The picture, a whole SVG 1.1 document.
    public let svg: String

    private static let bar = "#8fb3d9"
    private static let forbidden = "#e3e6ea"
    private static let blackout = "#f2cfc9"
    private static let best = "#2e8b57"
    private static let columnCountMax = 860
    /// What the number of a rank takes, with a gap.
    private static let rankWidth = 18.0

    public init(_ search: QuietSearch) {
        let query = search.query
        let axis = TimeAxis(
            span: query.horizon, zone: query.zone, left: ChartDocument.margin + 44,
            right: ChartDocument.width - ChartDocument.margin)
        let listed = 22.0 * Double(search.windows.count)
        svg = ChartDocument.svg(
            title: "The quietest windows of \(Self.words(query.lengthMilliseconds))",
            lines: Self.lines(search, axis), height: 350 + listed
        ) { svg, top in
            let frame = ChartFrame(
                axis: axis, top: top + 52, bottom: top + 262,
                scale: TimeAxis.scale(search.heldCounts.max() ?? 0))
            Self.drawLoad(&svg, search, frame)
            Self.drawBlackouts(&svg, search, frame)
            frame.draw(&svg, unit: "Launches that a window starting then would hold")
            Self.drawWindows(&svg, search, frame)
            ChartDocument.legend(
                &svg,
                [
                    (Self.best, "Best windows, by rank"), (Self.bar, "Held by a window that starts then"),
                    (Self.forbidden, "No window may start here"),
                ] + (search.blackouts.isEmpty ? [] : [(Self.blackout, "Blackout")]), at: top + 304)
            Self.list(&svg, search, axis, at: top + 344)
        }
    }

    private static func words(_ milliseconds: Int64) -> String {
        let minutes = milliseconds / 60_000 + (milliseconds % 60_000 > 0 ? 1 : 0)
        func words(_ count: Int64, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
        if minutes % 1440 == 0 { return words(minutes / 1440, "day") }
        return minutes % 60 == 0 ? words(minutes / 60, "hour") : words(minutes, "minute")
    }

    private static func lines(_ search: QuietSearch, _ axis: TimeAxis) -> [String] {
        let query = search.query
        var lines = [
            "From \(axis.words(query.horizon.lowerBound)) to \(axis.words(query.horizon.upperBound)) "
                + "(\(query.zone.identifier)). \(search.startCount) starts were looked at, "
                + "\(search.allowedCount) are allowed."
        ]
        if let sentence = search.blackoutSentence { lines.append(sentence) }
        if !search.windows.isEmpty {
            let mean = (search.meanHeldCount * 10).rounded() / 10
            lines.append("An allowed window holds \(mean) launches on average.")
        }
        lines += search.notes
        return lines
    }

    /// Columns of the picture, each with the most that a window starting in it would hold.
    private static func drawLoad(_ svg: inout SVGText, _ search: QuietSearch, _ frame: ChartFrame) {
        let count = search.heldCounts.count
        guard count > 0 else { return }
        let stride = (count + columnCountMax - 1) / columnCountMax
        var (path, closed) = ("", "")
        for start in Swift.stride(from: 0, to: count, by: stride) {
            let end = min(count, start + stride)
            let (left, right) = (frame.axis.x(search.begin(ofStart: start)), frame.axis.x(search.begin(ofStart: end)))
            let value = search.heldCounts[start..<end].max() ?? 0
            let isAllowed = search.isAllowed[start..<end].contains(true)
            func rectangle(_ top: Double) -> String {
                "M" + frame.point(left, frame.bottom) + "V" + SVGText.number(top) + "H" + SVGText.number(right) + "V"
                    + SVGText.number(frame.bottom) + "Z"
            }
            if !isAllowed { closed += rectangle(frame.top) }
            if value > 0 { path += rectangle(frame.y(Double(value))) }
        }
        svg.element("path", [.init("d", closed), .init("fill", forbidden)])
        svg.element("path", [.init("d", path), .init("fill", bar), .init("fill-opacity", "0.85")])
    }

    /// The blackouts themselves, as far as they lie within the horizon, along the top of the chart.
    private static func drawBlackouts(_ svg: inout SVGText, _ search: QuietSearch, _ frame: ChartFrame) {
        var path = ""
        for heeded in search.blackouts.prefix(ForecastLimits.toldBlackoutCountMax) {
            let span = heeded.blackout.span.clamped(to: search.query.horizon)
            let (left, right) = (frame.axis.x(span.lowerBound), frame.axis.x(span.upperBound))
            path += "M" + frame.point(left, frame.top) + "H" + SVGText.number(max(right, left + 2)) + "V"
            path += SVGText.number(frame.top + 14) + "H" + SVGText.number(left) + "Z"
        }
        guard !path.isEmpty else { return }
        svg.element("path", [.init("d", path), .init("fill", blackout)])
    }

    private static func drawWindows(_ svg: inout SVGText, _ search: QuietSearch, _ frame: ChartFrame) {
        // From left to right, each number clear of the one before it.
        var free = -Double.infinity
        func isBefore(_ left: QuietSearch.Window, _ right: QuietSearch.Window) -> Bool {
            left.span.lowerBound < right.span.lowerBound
        }
        for (rank, window) in search.windows.enumerated().sorted(by: { isBefore($0.element, $1.element) }) {
            let (left, right) = (frame.axis.x(window.span.lowerBound), frame.axis.x(window.span.upperBound))
            let middle = max((left + right) / 2, free)
            free = middle + rankWidth
            svg.element(
                "rect",
                [
                    .init("x", left), .init("y", frame.top), .init("width", max(3, right - left)),
                    .init("height", frame.bottom - frame.top), .init("fill", best), .init("fill-opacity", "0.45"),
                ])
            svg.element(
                "text",
                [
                    .init("x", middle), .init("y", frame.top - 6), .init("text-anchor", "middle"),
                    .init("font-weight", "bold"), .init("fill", "#1c6340"),
                ], text: "\(rank + 1)")
        }
    }

    private static func list(_ svg: inout SVGText, _ search: QuietSearch, _ axis: TimeAxis, at top: Double) {
        for (rank, window) in search.windows.enumerated() {
            let drain: String
            if let minutes = window.drainMinutes {
                drain = minutes == 0 ? "nothing to drain" : "drained within \(minutes) min (9 in 10)"
            } else {
                drain = "the drain's end cannot be said"
            }
            let unsafe =
                window.unsafeCount == 0
                ? ""
                : ", \(window.unsafeCount) \(window.unsafeCount == 1 ? "schedule" : "schedules") would miss a time "
                    + "though that is unsafe"
            svg.element(
                "text",
                [.init("x", ChartDocument.margin), .init("y", top + Double(rank) * 22)],
                text: "\(rank + 1).  \(axis.words(window.span.lowerBound)) to \(axis.words(window.span.upperBound)): "
                    + "\(window.heldCount + window.notReplayableCount) held\(unsafe), \(drain)")
        }
    }
}

import SluiceDrawing
import SluiceModel

/// Where times and numbers stand in a chart, and how its axes are marked.
struct TimeAxis {
    let span: Range<Timestamp>
    let zone: TimeZoneRules
    /// Left and right end of the chart, in units of the picture.
    let left: Double
    let right: Double

    private static let minute: Int64 = 60_000
    private static let steps: [Int64] = [
        1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 20_160, 43_200,
    ]
    private static let tickCountMax = 9
    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    func x(_ time: Timestamp) -> Double {
        let length = Double(span.upperBound.milliseconds - span.lowerBound.milliseconds)
        let share = Double(time.milliseconds - span.lowerBound.milliseconds) / max(1, length)
        return left + (right - left) * min(max(share, 0), 1)
    }

    /// A time to be marked, with its words: the clock, and the day where a new one begins or days are the step.
    struct Tick {
        var time: Timestamp
        var clock: String?
        var day: String?
    }

    /// Times on whole steps of the zone's wall time.
    var ticks: [Tick] {
        let length = (span.upperBound.milliseconds - span.lowerBound.milliseconds) / Self.minute
        let minutes = Self.steps.first { length / $0 < Int64(Self.tickCountMax) } ?? length
        let step = max(1, minutes) * Self.minute
        var wall = wall(span.lowerBound)
        let rest = ((wall % step) + step) % step
        if rest > 0 { wall += step - rest }
        var ticks: [Tick] = []
        var lastDay: Int64?
        // Twice as many as fit would already be a mistake.
        while ticks.count < 2 * Self.tickCountMax {
            let time = zone.instant(ofWallTime: Timestamp(milliseconds: wall))
            guard time < span.upperBound else { break }
            let day = Self.day(wall)
            if time >= span.lowerBound {
                let isOfDays = step >= 1440 * Self.minute
                ticks.append(
                    Tick(time: time, clock: isOfDays ? nil : clock(time), day: day != lastDay ? date(time) : nil))
                lastDay = day
            }
            wall += step
        }
        return ticks
    }

    private func wall(_ time: Timestamp) -> Int64 {
        time.milliseconds + Int64(zone.offsetSeconds(at: time)) * 1000
    }

    private static func day(_ wall: Int64) -> Int64 { wall >= 0 ? wall / 86_400_000 : (wall - 86_399_999) / 86_400_000 }

    /// `22:30`.
    func clock(_ time: Timestamp) -> String {
        let wall = wall(time)
        let minute = (wall - Self.day(wall) * 86_400_000) / Self.minute
        return Self.two(minute / 60) + ":" + Self.two(minute % 60)
    }

    /// `Sat 5 Dec 22:30`.
    func words(_ time: Timestamp) -> String { date(time) + " " + clock(time) }

    /// `Sat 5 Dec`.
    private func date(_ time: Timestamp) -> String {
        let day = Self.day(wall(time))
        let (_, month, dayOfMonth) = CivilDate.civil(daysSinceEpoch: day)
        let weekday = Self.days[Weekday(daysSinceEpoch: day).rawValue - 1]
        return "\(weekday) \(dayOfMonth) \(Self.months[month - 1])"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// A round number at or above one, of which three to six steps make marks.
    static func scale(_ highest: Int) -> (top: Int, step: Int) {
        var step = 1
        while true {
            for factor in [1, 2, 5] where step * factor * 5 >= highest {
                let unit = step * factor
                return (max(unit, (highest + unit - 1) / unit * unit), unit)
            }
            step *= 10
        }
    }
}

/// Parts that all charts have.
struct ChartFrame {
    let axis: TimeAxis
    let top: Double
    let bottom: Double
    let scale: (top: Int, step: Int)

    func y(_ value: Double) -> Double { bottom - (bottom - top) * value / Double(max(1, scale.top)) }

    /// Lines and numbers of the values, times below.
    func draw(_ svg: inout SVGText, unit: String) {
        svg.element(
            "g", [.init("font-size", 11), .init("fill", DrawingPalette.quietText), .init("stroke", "none")]
        ) { svg in
            for value in stride(from: 0, through: scale.top, by: scale.step) {
                let height = y(Double(value))
                svg.element(
                    "path",
                    [
                        .init("d", "M" + point(axis.left, height) + "H" + SVGText.number(axis.right)),
                        .init("stroke", value == 0 ? DrawingPalette.line : "#dde3ea"),
                    ])
                svg.element(
                    "text", [.init("x", axis.left - 7), .init("y", height + 4), .init("text-anchor", "end")],
                    text: "\(value)")
            }
            svg.element("text", [.init("x", axis.left - 40), .init("y", top - 40)], text: unit)
            for tick in axis.ticks {
                let place = axis.x(tick.time)
                svg.element(
                    "path", [.init("d", "M" + point(place, bottom) + "v5"), .init("stroke", DrawingPalette.line)])
                for (row, words) in [tick.clock, tick.day].enumerated() {
                    guard let words else { continue }
                    // Within the picture, also at its ends.
                    let half = DrawnText.width(words, size: 11) / 2
                    let centre = min(max(place, half + 4), ChartDocument.width - half - 4)
                    svg.element(
                        "text",
                        [
                            .init("x", centre), .init("y", bottom + 19 + (tick.clock == nil ? 0 : 15 * Double(row))),
                            .init("text-anchor", "middle"),
                        ],
                        text: words)
                }
            }
        }
    }

    func point(_ x: Double, _ y: Double) -> String { SVGText.number(x) + "," + SVGText.number(y) }
}

/// The whole document around a chart.
enum ChartDocument {
    static let width = 960.0
    static let margin = 28.0

    /// - Parameter lines: Below the title, in plain words.
    static func svg(
        title: String, lines: [String], height: Double, _ body: (inout SVGText, Double) -> Void
    ) -> String {
        let head = margin + 30 + Double(lines.count) * 19 + 16
        let total = head + height + margin
        var svg = SVGText()
        svg.element(
            "svg",
            [
                .init("xmlns", "http://www.w3.org/2000/svg"), .init("width", width), .init("height", total),
                .init("viewBox", "0 0 " + SVGText.number(width) + " " + SVGText.number(total)),
                .init("role", "graphics-document document"), .init("font-family", DrawingPalette.font),
                .init("font-size", 13), .init("fill", DrawingPalette.text),
            ]
        ) { svg in
            svg.element("title", text: title)
            svg.element("desc", text: lines.joined(separator: " "))
            svg.element(
                "rect", [.init("width", width), .init("height", total), .init("fill", DrawingPalette.background)])
            svg.element(
                "text",
                [
                    .init("x", margin), .init("y", margin + 18), .init("font-size", 21), .init("font-weight", "bold"),
                ], text: DrawnText.shortened(title, widthMax: width - 2 * margin, size: 21))
            for (number, line) in lines.enumerated() {
                svg.element(
                    "text", [.init("x", margin), .init("y", margin + 44 + Double(number) * 19)],
                    text: DrawnText.shortened(line, widthMax: width - 2 * margin, size: 13))
            }
            body(&svg, head)
        }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + svg.text
    }

    /// Coloured boxes with their words, in rows; gives the height used.
    static func legend(_ svg: inout SVGText, _ entries: [(colour: String, words: String)], at top: Double) {
        var (x, y) = (margin, top)
        for entry in entries {
            let needed = 24 + DrawnText.width(entry.words, size: 12) + 22
            if x > margin, x + needed > width - margin { (x, y) = (margin, y + 24) }
            svg.element(
                "rect",
                [
                    .init("x", x), .init("y", y), .init("width", 14), .init("height", 14), .init("rx", 3),
                    .init("fill", entry.colour),
                ])
            svg.element(
                "text", [.init("x", x + 22), .init("y", y + 11.5), .init("font-size", 12)], text: entry.words)
            x += needed
        }
    }
}

public import CoreMetrics
import Synchronization

/// A swift-metrics back end that keeps everything in memory and writes it in Prometheus' text format.
public final class PrometheusRegistry: MetricsFactory {
    /// Series kept at most; more are counted under no label.
    public static let seriesCountMax = 5000
    /// Upper bounds of histogram buckets, in seconds.
    static let bucketBounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    private struct Key: Hashable {
        var name: String
        var labels: [[String]]
    }

    private let cells = Mutex<[Key: MetricCell]>([:])

    public init() {}

    private func cell(_ label: String, _ dimensions: [(String, String)], _ kind: MetricCell.Kind) -> MetricCell {
        let name = String(label.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" ? $0 : "_" })
        return cells.withLock { cells in
            var key = Key(name: name, labels: dimensions.map { [$0.0, $0.1] })
            if let cell = cells[key] { return cell }
            if cells.count >= Self.seriesCountMax { key.labels = [] }
            if let cell = cells[key] { return cell }
            let cell = MetricCell(kind: kind)
            cells[key] = cell
            return cell
        }
    }

    /// Everything, sorted by name and labels, with extra gauges. The lines of one histogram stay in the order of their
    /// bounds, as the format asks.
    func render(extra: [(name: String, labels: [[String]], value: Double)] = []) -> String {
        var series: [(name: String, labels: String, lines: [(name: String, kind: String, text: String)])] = []
        let snapshot = cells.withLock { Array($0) }
        for (key, cell) in snapshot {
            series.append((key.name, MetricCell.labelText(key.labels), cell.lines(key.name, key.labels)))
        }
        for (name, labels, value) in extra {
            let text = MetricCell.labelText(labels)
            series.append((name, text, [(name, "gauge", "\(name)\(text) \(MetricCell.number(value))")]))
        }
        series.sort { ($0.name, $0.labels) < ($1.name, $1.labels) }
        let lines = series.flatMap(\.lines)
        var text = ""
        var last = ""
        for line in lines {
            if line.name != last { text += "# TYPE \(line.name) \(line.kind)\n" }
            last = line.name
            text += line.text + "\n"
        }
        return text
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, .counter)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, .gauge)
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        cell(label, dimensions, aggregate ? .histogram : .gauge)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, .histogram)
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}

/// One series.
final class MetricCell: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    enum Kind: Sendable { case counter, gauge, histogram }

    private struct State {
        var value = 0.0
        var count = 0
        var buckets: [Int]
    }

    private let kind: Kind
    private let state: Mutex<State>

    init(kind: Kind) {
        self.kind = kind
        let bucketCount = kind == .histogram ? PrometheusRegistry.bucketBounds.count : 0
        state = Mutex(State(buckets: Array(repeating: 0, count: bucketCount)))
    }

    func increment(by amount: Int64) { state.withLock { $0.value += Double(amount) } }
    func reset() { state.withLock { $0.value = 0 } }
    func set(_ value: Int64) { state.withLock { $0.value = Double(value) } }
    func set(_ value: Double) { state.withLock { $0.value = value } }
    func increment(by amount: Double) { state.withLock { $0.value += amount } }
    func decrement(by amount: Double) { state.withLock { $0.value -= amount } }
    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Double) {
        state.withLock { state in
            guard kind == .histogram else {
                state.value = value
                return
            }
            state.value += value
            state.count += 1
            if let index = PrometheusRegistry.bucketBounds.firstIndex(where: { value <= $0 }) {
                state.buckets[index] += 1
            }
        }
    }

    func lines(_ name: String, _ labels: [[String]]) -> [(name: String, kind: String, text: String)] {
        let state = state.withLock { $0 }
        switch kind {
        case .counter: return [(name, "counter", "\(name)\(Self.labelText(labels)) \(Self.number(state.value))")]
        case .gauge: return [(name, "gauge", "\(name)\(Self.labelText(labels)) \(Self.number(state.value))")]
        case .histogram:
            var lines: [(name: String, kind: String, text: String)] = []
            var sum = 0
            for (bound, count) in zip(PrometheusRegistry.bucketBounds, state.buckets) {
                sum += count
                let all = labels + [["le", Self.number(bound)]]
                lines.append((name, "histogram", "\(name)_bucket\(Self.labelText(all)) \(sum)"))
            }
            let all = labels + [["le", "+Inf"]]
            lines.append((name, "histogram", "\(name)_bucket\(Self.labelText(all)) \(state.count)"))
            lines.append((name, "histogram", "\(name)_count\(Self.labelText(labels)) \(state.count)"))
            lines.append((name, "histogram", "\(name)_sum\(Self.labelText(labels)) \(Self.number(state.value))"))
            return lines
        }
    }

    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    static func labelText(_ labels: [[String]]) -> String {
        guard !labels.isEmpty else { return "" }
        let parts = labels.map { pair in "\(pair[0])=\"\(escaped(pair[1]))\"" }
        return "{\(parts.joined(separator: ","))}"
    }

    /// By scalars, not characters: a quote with an accent, or a carriage return with its newline, is one character.
    private static func escaped(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
            case "\"": escaped.append(contentsOf: "\\\"".unicodeScalars)
            case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}

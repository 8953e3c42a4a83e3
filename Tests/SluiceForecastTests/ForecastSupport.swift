import SluiceForecast
import SluiceModel

/// Random numbers from a seed, the same each time.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    // SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }
}

extension Timestamp {
    /// Reads an RFC 3339 time of a test.
    init(_ text: String) { self = Timestamp(rfc3339: text)! }

    func plus(minutes: Int) -> Timestamp { advanced(by: .seconds(minutes * 60)) }
}

extension PlannedSchedule {
    /// A schedule with a fixed beat for ever.
    static func every(
        minutes: Int, from start: Timestamp, _ name: String = "s", flow: String? = "f",
        policy: MisfirePolicy = .latest
    ) -> PlannedSchedule {
        PlannedSchedule(
            id: ScheduleID(name), origin: .file("test.xml"), name: name, flow: flow.map { FlowID($0) },
            trigger: Trigger(
                timing: .simple(repeatCount: -1, intervalMilliseconds: Int64(minutes) * 60_000), start: start),
            policy: policy)
    }
}

extension GateOutlook {
    /// Open, but for the window.
    static let held = GateOutlook(inWindow: { _ in .hold(.maintenance) }, outside: { _ in .proceed(.open) })
}

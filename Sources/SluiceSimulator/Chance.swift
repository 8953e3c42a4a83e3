/// SplitMix64, inlined: the one source of everything that a run leaves to chance.
struct Chance {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0xD129_0D3F_4A5B_2C71 ^ 0x5851_F42D_4C95_7F2D }

    @inline(__always)
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 to below a bound, which is above 0.
    @inline(__always)
    mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

    @inline(__always)
    mutating func among(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// True so many times in a thousand.
    @inline(__always)
    mutating func happens(_ permille: Int) -> Bool { permille > 0 && below(1000) < permille }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    /// A wait around a mean: from a tenth of it to about three times.
    mutating func wait(around mean: Instant) -> Instant {
        let low = max(1, mean / 10)
        return low + Instant(below(Int(mean))) + (below(8) == 0 ? mean * 2 : 0)
    }
}

/// True time in microseconds since the run began: what no replica's clock shows exactly.
typealias Instant = Int64

extension Instant {
    static func milliseconds(_ count: Int) -> Instant { Instant(count) * 1000 }
    static func seconds(_ count: Int) -> Instant { Instant(count) * 1_000_000 }
}

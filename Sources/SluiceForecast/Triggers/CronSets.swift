/// Whole numbers from 0 to 127: Quartz's values with its marks 98 for `?` and 99 for `*`.
struct CronSet: Hashable, Sendable {
    static let any = 99
    static let none = 98
    /// Stands for all greater ones: none of them is a second, day or mark.
    static let greatest = 127

    private(set) var bits: UInt128 = 0

    var isEmpty: Bool { bits == 0 }
    var first: Int? { bits == 0 ? nil : bits.trailingZeroBitCount }
    var last: Int? { bits == 0 ? nil : 127 - bits.leadingZeroBitCount }

    func contains(_ value: Int) -> Bool { bits >> UInt128(value) & 1 == 1 }

    /// The least value that is not less.
    func first(from value: Int) -> Int? {
        guard value <= Self.greatest else { return nil }
        let rest = bits >> UInt128(value)
        return rest == 0 ? nil : value + rest.trailingZeroBitCount
    }

    mutating func insert(_ value: Int) { bits |= 1 << UInt128(min(value, Self.greatest)) }
}

/// The years of an expression.
struct CronYears: Hashable, Sendable {
    /// One bit for each year up to `CronExpression.lastYear`; empty for all years from 1970.
    private var words: [UInt64] = []
    private(set) var isEvery = false

    static let every: CronYears = {
        var years = CronYears()
        years.isEvery = true
        return years
    }()

    func contains(_ year: Int) -> Bool {
        if isEvery { return year >= 1970 }
        guard year >= 0, year / 64 < words.count else { return false }
        return words[year / 64] >> UInt64(year % 64) & 1 == 1
    }

    /// The least year that is not less; nil when there is none.
    func first(from year: Int) -> Int? {
        if isEvery { return max(year, 1970) }
        var year = max(year, 0)
        while year / 64 < words.count {
            let rest = words[year / 64] >> UInt64(year % 64)
            if rest != 0 { return year + rest.trailingZeroBitCount }
            year = (year / 64 + 1) * 64
        }
        return nil
    }

    /// The greatest year that is not greater; nil when there is none.
    func last(upTo year: Int) -> Int? {
        if isEvery { return year >= 1970 ? year : nil }
        var year = min(year, words.count * 64 - 1)
        while year >= 0 {
            let rest = words[year / 64] << UInt64(63 - year % 64)
            if rest != 0 { return year - rest.leadingZeroBitCount }
            year = year / 64 * 64 - 1
        }
        return nil
    }

    mutating func insert(_ year: Int) {
        guard (0...CronExpression.lastYear).contains(year) else { return }
        if words.isEmpty { words = [UInt64](repeating: 0, count: CronExpression.lastYear / 64 + 1) }
        words[year / 64] |= 1 << UInt64(year % 64)
    }

    mutating func insertEvery() { isEvery = true }
}

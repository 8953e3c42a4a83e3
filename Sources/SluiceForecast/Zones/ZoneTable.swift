import SluiceModel

/// The changes of a zone's offset, in order, and what holds after the last.
final class ZoneTable: Sendable {
    /// A stretch of time with one offset.
    struct Span {
        /// Seconds east of Greenwich.
        var offset: Int64
        /// The first second that is no longer in it; `.max` for ever.
        var end: Int64
        /// Wall times from the span's start up to here, this not counted, belong to it alone.
        var wallEnd: Int64
    }

    /// Where a rule begins that follows no change: the first year of Unix time.
    static let firstRuleYear = 1970
    /// Up to this year the rule's changes are in the table.
    static let lastTabledYear = 2200

    /// Seconds at which the offset changes.
    private let instants: [Int64]
    /// One more than there are changes: `offsets[n]` holds before change n.
    private let offsets: [Int64]
    /// What the wall clock shows right after each change.
    private let walls: [Int64]
    private let rule: DaylightRule?
    /// Whether a whole day is left out somewhere, as in Apia in 2011.
    let skipsDays: Bool

    /// A wall time's surroundings.
    struct Place {
        /// Of its instant.
        var offset: Int64
        /// Whether it lies in a gap, or so soon after one that a search may have been pushed beyond it.
        var isNearGap: Bool
    }

    /// - Parameters:
    ///   - changes: In order of time.
    ///   - rule: Holds after the last of them.
    init(firstOffset: Int64, changes: [ZoneChange] = [], rule: DaylightRule? = nil) {
        var all = changes
        if let rule {
            let year = changes.last.map { CivilDate.year(ofSecond: $0.instant) } ?? ZoneTable.firstRuleYear
            if year <= Self.lastTabledYear {
                for year in year...Self.lastTabledYear {
                    all += rule.changes(inYear: year).filter { $0.instant > all.last?.instant ?? .min }
                }
            }
        }
        // A change to the same offset (of the name, or of what counts as standard) is none.
        var offsets = [firstOffset]
        var instants: [Int64] = []
        for change in all where change.offsetAfter != offsets[offsets.count - 1] {
            instants.append(change.instant)
            offsets.append(change.offsetAfter)
        }
        self.instants = instants
        self.offsets = offsets
        walls = instants.indices.map { instants[$0] + offsets[$0 + 1] }
        self.rule = rule
        skipsDays = instants.indices.contains { offsets[$0 + 1] - offsets[$0] > 72_000 }
    }

    func span(at second: Int64) -> Span {
        let index = Self.count(in: instants, upTo: second)
        if index == instants.count {
            guard let rule else { return Span(offset: offsets[index], end: .max, wallEnd: .max) }
            return rule.span(at: second, offsetBefore: offsets[index])
        }
        let end = instants[index]
        return Span(offset: offsets[index], end: end, wallEnd: end + min(offsets[index], offsets[index + 1]))
    }

    /// The offset that Java's lenient calendar takes for a wall time: that of the last change whose wall time is not
    /// later.
    func offset(atWall wall: Int64) -> Int64 {
        let index = Self.count(in: walls, upTo: wall)
        if index == walls.count, let rule { return rule.offset(atWall: wall, offsetBefore: offsets[index]) }
        return offsets[index]
    }

    /// The offset of a wall time, and whether a gap is near.
    func place(ofWall wall: Int64) -> Place {
        let index = Self.count(in: walls, upTo: wall)
        if index == walls.count, let rule { return rule.place(ofWall: wall, offsetBefore: offsets[index]) }
        let offset = offsets[index]
        var isNearGap = false
        if index > 0 {
            let jump = offset - offsets[index - 1]
            isNearGap = jump > 0 && wall < walls[index - 1] + CronTimes.reach(ofGap: jump)
        }
        if index < walls.count, !isNearGap { isNearGap = wall >= instants[index] + offset }
        return Place(offset: offset, isNearGap: isNearGap)
    }

    func isSame(as other: ZoneTable) -> Bool {
        instants == other.instants && offsets == other.offsets && rule == other.rule
    }

    /// A stretch of wall times that no clock of the zone shows.
    struct Gap {
        /// The instant at which the clock jumps.
        var start: Int64
        var wallStart: Int64
        var wallEnd: Int64

        static let none = Gap(start: .min, wallStart: .min, wallEnd: .min)
    }

    /// The gap around a wall time, or the last before it.
    func gap(near wall: Int64) -> Gap {
        // A gap's offset after is the greater one, so the jump lies no later than this.
        let second = wall - Self.leastOffset
        return gaps(from: wall - 4 * 86_400, to: second).last { $0.wallStart <= wall } ?? .none
    }

    /// Gaps that begin between two seconds, the second not counted, in order.
    func gaps(from begin: Int64, to end: Int64) -> [Gap] {
        var gaps: [Gap] = []
        var span = span(at: begin)
        while span.end < end {
            let next = self.span(at: span.end)
            if next.offset > span.offset {
                gaps.append(
                    Gap(start: span.end, wallStart: span.end + span.offset, wallEnd: span.end + next.offset))
            }
            span = next
        }
        return gaps
    }

    private static let leastOffset: Int64 = -ZoneFile.maximumOffset

    /// How many of an ordered list are not greater than a value.
    private static func count(in list: [Int64], upTo value: Int64) -> Int {
        list.withUnsafeBufferPointer { list in
            var low = 0
            var length = list.count
            while length > 0 {
                let half = length / 2
                if list[low + half] <= value {
                    low += half + 1
                    length -= half + 1
                } else {
                    length = half
                }
            }
            return low
        }
    }
}

/// One change of a zone's offset.
struct ZoneChange: Hashable, Sendable {
    var instant: Int64
    var offsetAfter: Int64
}

extension CivilDate {
    /// The year of Greenwich in which a second lies.
    static func year(ofSecond second: Int64) -> Int { civil(daysSinceEpoch: second.flooredQuotient(by: 86_400)).year }
}

public import SluiceModel

/// Everything that says when an event or a window begins: a start, a rule, dates added and taken out.
///
/// All times are local ones of one zone, given as if they were UTC. Each becomes an instant by RFC 5545, 3.3.5: a time
/// that the zone skips is read with the offset before the gap (02:30 on the gap day is 03:30 after it), a doubled time
/// is the first of the two. Two local times that become the same instant are one occurrence.
public struct RecurrenceSet: Hashable, Sendable {
    public var start: Timestamp
    public var zone: TimeZoneRules
    public var rule: RecurrenceRule?
    /// `RDATE`.
    public var additions: [Timestamp] = []
    /// `EXDATE`.
    public var exclusions: [Timestamp] = []

    public init(start: Timestamp, zone: TimeZoneRules, rule: RecurrenceRule? = nil) {
        self.start = start
        self.zone = zone
        self.rule = rule
    }

    /// When one occurrence begins.
    public struct Start: Hashable, Sendable, Comparable {
        /// By the rule, as if it were UTC; names the occurrence, and stays when the zone's rules change.
        public var wall: Timestamp
        public var instant: Timestamp

        public init(wall: Timestamp, instant: Timestamp) {
            self.wall = wall
            self.instant = instant
        }

        public static func < (left: Self, right: Self) -> Bool {
            (left.instant, left.wall) < (right.instant, right.wall)
        }
    }

    /// Starts within a span of time.
    public struct Starts: Hashable, Sendable {
        /// In order.
        public var starts: [Start]
        /// Whether there are more in the span than were asked for.
        public var isCut: Bool
    }

    /// Furthest that a zone's local time is from UTC, doubled for safety.
    private static let offsetMillisecondsMax: Int64 = 2 * 86_400_000

    /// Occurrences that begin in a span, its end not counted.
    ///
    /// The start counts whether or not it matches the rule (RFC 5545, 3.8.5.3).
    /// - Parameter limit: Most given; with more, `isCut` is true.
    public func starts(in span: Range<Timestamp>, limit: Int) -> Starts {
        let last = span.upperBound.milliseconds.addingReportingOverflow(Self.offsetMillisecondsMax)
        let lastWall = last.overflow ? nil : Timestamp(milliseconds: last.partialValue)
        var walls = RecurrenceExpansion.Walls(
            self, from: span.lowerBound, to: lastWall, margin: Self.offsetMillisecondsMax)
        let excluded = Set(exclusions)
        var found: [Start] = []
        while let wall = walls.next() {
            if let lastWall, wall > lastWall { break }
            guard !excluded.contains(wall) else { continue }
            let instant = zone.calendarInstant(ofWallTime: wall)
            if case .instant(let until) = rule?.until, instant > until, !additions.contains(wall), wall != start {
                continue
            }
            guard span.contains(instant) else { continue }
            found.append(Start(wall: wall, instant: instant))
            // Skipped times may change places with later ones, by an hour or so: read on before cutting.
            if found.count > limit + 16 { break }
        }
        found.sort()
        let distinct = found.reduce(into: [Start]()) { if $0.last?.instant != $1.instant { $0.append($1) } }
        return Starts(starts: Array(distinct.prefix(limit)), isCut: distinct.count > limit)
    }

    /// Whether the rule itself gives the start.
    public var isStartOfRule: Bool {
        guard let rule else { return true }
        var expansion = RecurrenceExpansion(rule, start: start, notAfter: start)
        return expansion.next() == start
    }
}

extension RecurrenceRule {
    /// Whether it names any time from a start on, whatever its `COUNT` and `UNTIL`: 30 February is none.
    /// - Returns: And how many periods were looked at for that.
    func isPossible(from start: Timestamp) -> (isPossible: Bool, periodCount: Int) {
        var rule = self
        rule.count = nil
        rule.until = nil
        var expansion = RecurrenceExpansion(rule, start: start)
        let isPossible = expansion.next() != nil
        return (isPossible, expansion.periodCount)
    }

    /// What is said of one that names no time.
    static let impossible =
        "names no time: none of the next \(RecurrenceLimits.emptyPeriodCountMax) periods has one; compare its parts, "
        + "such as BYMONTH=2 with BYMONTHDAY=30"
}

extension RecurrenceExpansion {
    /// The local times of a whole set: start, rule and additions merged, each once, in order.
    struct Walls {
        private var expansion: RecurrenceExpansion?
        private var fromRule: Timestamp?
        private var others: ArraySlice<Timestamp>
        private var last: Timestamp?
        private var untilWall: Timestamp?

        init(_ set: RecurrenceSet, from instant: Timestamp, to last: Timestamp?, margin: Int64) {
            let from = instant.milliseconds.subtractingReportingOverflow(margin)
            let notBefore = Timestamp(milliseconds: from.overflow ? .min : from.partialValue)
            others = ArraySlice(([set.start] + set.additions).filter { $0 >= notBefore }.sorted())
            expansion = set.rule.map { RecurrenceExpansion($0, start: set.start, notBefore: notBefore, notAfter: last) }
            if case .instant(let until) = set.rule?.until {
                untilWall = Timestamp(milliseconds: until.milliseconds + margin)
            }
            fromRule = expansion?.next()
        }

        mutating func next() -> Timestamp? {
            while true {
                // A rule that ended by an instant need not be expanded to the end of time.
                if let untilWall, let wall = fromRule, wall > untilWall { fromRule = nil }
                let time: Timestamp
                if let wall = fromRule, others.first.map({ wall <= $0 }) ?? true {
                    time = wall
                    fromRule = expansion?.next()
                } else if let other = others.popFirst() {
                    time = other
                } else {
                    return nil
                }
                if time != last {
                    last = time
                    return time
                }
            }
        }
    }
}

extension TimeZoneRules {
    /// The instant of a local time, given as if it were UTC, by RFC 5545, 3.3.5: of a doubled time the first, a skipped
    /// one with the offset before the gap.
    ///
    /// This is not Java's choice (`instant(ofWallTime:)`), which takes the second of a doubled time.
    public func calendarInstant(ofWallTime wall: Timestamp) -> Timestamp {
        CalendarInstant.instant(ofWallTime: wall) { offsetSeconds(at: $0) }
    }

    /// The local time of an instant, as if it were UTC.
    public func wallTime(at instant: Timestamp) -> Timestamp {
        instant.advanced(by: .seconds(offsetSeconds(at: instant)))
    }
}

/// How local times become instants, whatever gives the offsets.
enum CalendarInstant {
    /// - Precondition: The offset changes at most once within a day around the time.
    static func instant(ofWallTime wall: Timestamp, offset: (Timestamp) -> Int) -> Timestamp {
        let before = offset(wall.advanced(by: .seconds(-86_400)))
        let after = offset(wall.advanced(by: .seconds(86_400)))
        let first = wall.advanced(by: .seconds(-before))
        if before == after || offset(first) == before { return first }
        let second = wall.advanced(by: .seconds(-after))
        return offset(second) == after ? second : first
    }
}

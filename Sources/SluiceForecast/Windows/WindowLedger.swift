public import SluiceModel

/// All windows and what becomes of their occurrences: which begin, wait, end, warn, and what that does to the gate.
///
/// A step gives an outcome and changes nothing; whoever drives it commits the outcome and then applies it. How windows
/// that overlap compose is the truth table of docs/windows.md, which is also its test.
public struct WindowLedger: Hashable, Sendable {
    /// By id.
    public private(set) var windows: [Window]
    /// Those that are open, by start.
    public private(set) var occurrences: [WindowOccurrence]

    public init(windows: [Window] = [], occurrences: [WindowOccurrence] = []) {
        self.windows = windows.sorted { $0.id < $1.id }
        self.occurrences = occurrences.filter(\.isOpen).sorted(by: Self.isEarlier)
    }

    /// What a step wants written, all at once.
    public struct Outcome: Hashable, Sendable {
        public var windows: [Window] = []
        public var occurrences: [WindowOccurrence] = []
        public var notes: [AuditNote] = []

        public var isEmpty: Bool { windows.isEmpty && occurrences.isEmpty && notes.isEmpty }

        /// The same as one commit.
        public var changes: [Change] {
            windows.map(Change.putWindow) + occurrences.map(Change.putOccurrence) + notes.map(Change.note)
        }
    }

    /// Why a wish is refused, in words, and with what to do.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        public enum Kind: Hashable, Sendable { case unknown, wrongState, invalid }

        public let kind: Kind
        public let description: String

        public init(_ kind: Kind, _ description: String) {
            self.kind = kind
            self.description = description
        }
    }

    /// How zones are found by name.
    public typealias Zones = (String) -> TimeZoneRules?

    public func window(_ id: WindowID) -> Window? { windows.first { $0.id == id } }

    /// Takes over what was committed.
    public mutating func apply(_ outcome: Outcome) {
        for window in outcome.windows {
            windows.removeAll { $0.id == window.id }
            windows.append(window)
        }
        if !outcome.windows.isEmpty { windows.sort { $0.id < $1.id } }
        for occurrence in outcome.occurrences {
            occurrences.removeAll { $0.isSame(as: occurrence) }
            if occurrence.isOpen { occurrences.append(occurrence) }
        }
        if !outcome.occurrences.isEmpty { occurrences.sort(by: Self.isEarlier) }
    }

    static func isEarlier(_ left: WindowOccurrence, _ right: WindowOccurrence) -> Bool {
        (left.start, left.window, left.wall) < (right.start, right.window, right.wall)
    }

    /// Occurrences whose gate is to be closed or opened now.
    public var gateWork: [WindowOccurrence] {
        occurrences.filter { $0.gate?.step == .closing || $0.gate?.step == .opening }
    }

    /// When time next changes something; nil when nothing is planned.
    public func nextEvent(after now: Timestamp) -> Timestamp? {
        var next: Timestamp?
        func consider(_ time: Timestamp) { if time > now { next = min(next ?? time, time) } }
        for occurrence in occurrences {
            if !occurrence.state.isFinal {
                consider(occurrence.start)
                consider(occurrence.end)
            }
            if occurrence.state == .scheduled, let window = window(occurrence.window) {
                for lead in window.leadSeconds where !occurrence.warned.contains(lead) {
                    consider(occurrence.start.advanced(by: .seconds(-lead)))
                }
            } else if occurrence.state.isFinal, let reminded = occurrence.gate?.remindedAt {
                consider(reminded.advanced(by: WindowLimits.reminderInterval))
            }
        }
        return next
    }

    /// When occurrences of a window begin, or why that cannot be said.
    static func set(of window: Window, _ zones: Zones) throws(Refusal) -> RecurrenceSet {
        guard let zone = zones(window.timeZone) else {
            throw Refusal(
                .invalid, "the time zone \"\(window.timeZone)\" is not known; use an id such as Europe/London")
        }
        var set = RecurrenceSet(start: window.start, zone: zone)
        if let text = window.rule {
            do throws(RecurrenceError) { set.rule = try RecurrenceRule(text) } catch {
                throw Refusal(.invalid, "rrule: \(error)")
            }
        }
        set.additions = window.additions
        set.exclusions = window.exclusions
        return set
    }

    /// When an occurrence that begins at a time ends.
    static func end(_ window: Window, wall: Timestamp, start: Timestamp, _ zone: TimeZoneRules) -> Timestamp {
        guard window.days > 0 else { return start.advanced(by: .seconds(window.seconds)) }
        let day = zone.calendarInstant(ofWallTime: wall.advanced(by: .seconds(window.days * 86_400)))
        return day.advanced(by: .seconds(window.seconds))
    }

    /// Occurrences of one window that meet a span, as its rule has them now, whether or not they are on record.
    /// - Throws: `Refusal` when its zone or rule cannot be read.
    public static func planned(
        _ window: Window, in span: Range<Timestamp>, limit: Int, _ zones: Zones
    ) throws(Refusal) -> (occurrences: [WindowOccurrence], isCut: Bool) {
        let set = try set(of: window, zones)
        let length = Duration.seconds(Int64(window.days) * 90_000 + window.seconds)
        let from = span.lowerBound.advanced(by: .zero - length)
        let found = set.starts(in: from..<max(from, span.upperBound), limit: limit)
        let occurrences = found.starts.map { start in
            WindowOccurrence(
                window: window.id, wall: start.wall, start: start.instant,
                end: end(window, wall: start.wall, start: start.instant, set.zone), stateSince: window.plannedAt,
                cause: window.reason)
        }
        return (occurrences.filter { $0.end > span.lowerBound }, found.isCut)
    }
}

extension WindowOccurrence {
    func isSame(as other: WindowOccurrence) -> Bool { window == other.window && wall == other.wall }
}

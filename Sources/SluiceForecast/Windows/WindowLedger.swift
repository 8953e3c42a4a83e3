public import SluiceModel

/// All windows and what becomes of their occurrences: which begin, wait, end, warn, and what that does to the gate.
///
/// A step gives an outcome and changes nothing; whoever drives it commits the outcome and then applies it. How windows
/// that overlap compose is the truth table of docs/windows.md, which is also its test.
public struct WindowLedger: Hashable, Sendable {
    private(set) var shelf: WindowShelf

    /// - Parameter occurrences: Of them those that are open are kept.
    public init(windows: [Window] = [], occurrences: [WindowOccurrence] = []) {
        shelf = WindowShelf(windows, occurrences)
    }

    /// By id.
    public var windows: [Window] { shelf.places.compactMap(\.window) }

    /// Those that are open, by start; sorted at each call.
    public var occurrences: [WindowOccurrence] { shelf.places.flatMap(\.occurrences).sorted(by: Self.isEarlier) }

    /// Why a wish is refused, in words, and with what to do.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        public enum Kind: Hashable, Sendable { case unknown, wrongState, invalid }

        public let kind: Kind
        public let description: String
        /// The field of the wish that it is about, as a JSON pointer.
        public let field: String?

        public init(_ kind: Kind, _ description: String, field: String? = nil) {
            self.kind = kind
            self.description = description
            self.field = field
        }
    }

    /// How zones are found by name.
    public typealias Zones = (String) -> TimeZoneRules?

    public func window(_ id: WindowID) -> Window? { shelf[id]?.window }

    /// The open occurrences of one window, by local time.
    func occurrences(of id: WindowID) -> [WindowOccurrence] { shelf[id]?.occurrences ?? [] }

    /// An occurrence as it is now; nil when it is not open.
    func current(_ occurrence: WindowOccurrence) -> WindowOccurrence? { shelf[occurrence.window, occurrence.wall] }

    /// Takes over what was committed.
    public mutating func apply(_ outcome: Outcome) {
        for window in outcome.windows { shelf.put(window) }
        for occurrence in outcome.occurrences { shelf.put(occurrence) }
        for id in outcome.forgotten { shelf.remove(id) }
    }

    /// Into a draft and the outcome; each record once, with the next revision.
    mutating func write(_ window: Window, _ outcome: inout Outcome) {
        shelf.put(outcome.put(window, after: self.window(window.id)?.revision ?? 0))
    }

    mutating func write(_ occurrence: WindowOccurrence, _ outcome: inout Outcome) {
        shelf.put(outcome.put(occurrence))
    }

    mutating func forget(_ id: WindowID, _ outcome: inout Outcome) {
        shelf.remove(id)
        outcome.forgotten.append(id)
    }

    static func isEarlier(_ left: WindowOccurrence, _ right: WindowOccurrence) -> Bool {
        (left.start, left.window, left.wall) < (right.start, right.window, right.wall)
    }

    /// Occurrences that have begun and not ended, of all windows in any order.
    public var begunOccurrences: [WindowOccurrence] {
        shelf.places.flatMap { place in place.occurrences.filter { $0.state == .begun } }
    }

    /// Occurrences whose gate is to be closed or opened now.
    public var gateWork: [WindowOccurrence] {
        shelf.places.flatMap { place in
            place.occurrences.filter { $0.gate?.step == .closing || $0.gate?.step == .opening }
        }.sorted(by: Self.isEarlier)
    }

    /// When time next changes something; nil when nothing is planned.
    public func nextEvent(after now: Timestamp) -> Timestamp? {
        var next: Timestamp?
        func consider(_ time: Timestamp) { if time > now { next = min(next ?? time, time) } }
        for place in shelf.places {
            for occurrence in place.occurrences { consider(occurrence, of: place.window) }
        }
        return next

        func consider(_ occurrence: WindowOccurrence, of window: Window?) {
            if !occurrence.state.isFinal {
                consider(occurrence.start)
                consider(occurrence.end)
            }
            if occurrence.state == .scheduled, let window {
                for lead in window.leadSeconds where !occurrence.warned.contains(lead) {
                    consider(occurrence.start.advanced(by: .seconds(-lead)))
                }
            } else if occurrence.state.isFinal, let reminded = occurrence.gate?.remindedAt {
                consider(reminded.advanced(by: WindowLimits.reminderInterval))
            }
        }
    }

    /// When occurrences of a window begin, or why that cannot be said.
    static func set(of window: Window, _ zones: Zones) throws(Refusal) -> RecurrenceSet {
        guard let zone = zones(window.timeZone) else {
            throw Refusal(
                .invalid, "the time zone \"\(window.timeZone)\" is not known; use an id such as Europe/London",
                field: "/timeZone")
        }
        var set = RecurrenceSet(start: window.start, zone: zone)
        if let text = window.rule {
            do throws(RecurrenceError) { set.rule = try RecurrenceRule(text) } catch {
                throw Refusal(.invalid, "rrule: \(error)", field: "/rrule")
            }
        }
        set.additions = window.additions
        set.exclusions = window.exclusions
        return set
    }

    /// Whether it happened once, at some dates, or by a rule that ends, and no occurrence is left.
    func isOver(_ window: Window, _ zones: Zones) -> Bool {
        guard occurrences(of: window.id).allSatisfy(\.state.isFinal) else { return false }
        guard let set = try? Self.set(of: window, zones) else { return false }
        // A rule without an end may have its next time far on; it is never over.
        if let rule = set.rule, rule.count == nil, rule.until == nil { return false }
        return set.starts(in: window.reach..<Timestamp(milliseconds: .max), limit: 1).starts.isEmpty
    }

    /// The lead times of a window for which none are given. Those of one that recurs are shorter than the time between
    /// its first two occurrences: else each would be warned of before the one before it.
    public static func standardLeads(for window: Window, _ zones: Zones) -> [Int64] {
        let all = WindowLimits.standardLeadSeconds
        guard window.rule != nil || !window.additions.isEmpty, let set = try? set(of: window, zones) else { return all }
        let from = set.zone.calendarInstant(ofWallTime: window.start)
        let first = set.starts(in: from..<Timestamp(milliseconds: .max), limit: 2).starts
        guard first.count == 2 else { return all }
        return all.filter { .seconds($0) < first[1].instant.since(first[0].instant) }
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
        let from = span.lowerBound.advanced(by: .zero - window.longest)
        var occurrences: [WindowOccurrence] = []
        var rest = from..<max(from, span.upperBound)
        // Some of those that are looked back for are over: they count for no limit.
        while occurrences.count <= limit {
            let found = set.starts(in: rest, limit: max(limit, WindowLimits.aheadCountMax) + 1)
            for start in found.starts {
                let end = end(window, wall: start.wall, start: start.instant, set.zone)
                guard end > span.lowerBound else { continue }
                occurrences.append(
                    WindowOccurrence(
                        window: window.id, wall: start.wall, start: start.instant, end: end,
                        stateSince: window.plannedAt, cause: window.reason))
            }
            guard found.isCut, let last = found.starts.last else { break }
            rest = last.instant.advanced(by: .milliseconds(1))..<rest.upperBound
        }
        return (Array(occurrences.prefix(limit)), occurrences.count > limit)
    }
}

extension WindowLedger {
    /// What a step wants written, all at once.
    public struct Outcome: Hashable, Sendable {
        public private(set) var windows: [Window] = []
        public private(set) var occurrences: [WindowOccurrence] = []
        public internal(set) var notes: [AuditNote] = []
        /// Windows that are kept no longer.
        public internal(set) var forgotten: [WindowID] = []
        private var windowPlaces: [WindowID: Int] = [:]
        private var occurrencePlaces: [Name: Int] = [:]

        private struct Name: Hashable, Sendable {
            var window: WindowID
            var wall: Timestamp
        }

        public init() {}

        public var isEmpty: Bool { windows.isEmpty && occurrences.isEmpty && notes.isEmpty && forgotten.isEmpty }

        /// The same as one commit.
        public var changes: [Change] {
            windows.map(Change.putWindow) + occurrences.map(Change.putOccurrence) + notes.map(Change.note)
                + forgotten.map(Change.forgetWindow)
        }

        /// - Parameter revision: That of the stored one.
        /// - Returns: The window as it is to be written.
        mutating func put(_ window: Window, after revision: Int) -> Window {
            var written = window
            if let place = windowPlaces[window.id] {
                written.revision = windows[place].revision
                windows[place] = written
            } else {
                written.revision = revision + 1
                windowPlaces[window.id] = windows.count
                windows.append(written)
            }
            return written
        }

        /// - Returns: The occurrence as it is to be written.
        mutating func put(_ occurrence: WindowOccurrence) -> WindowOccurrence {
            let name = Name(window: occurrence.window, wall: occurrence.wall)
            var written = occurrence
            if let place = occurrencePlaces[name] {
                written.revision = occurrences[place].revision
                occurrences[place] = written
            } else {
                written.revision = occurrence.revision + 1
                occurrencePlaces[name] = occurrences.count
                occurrences.append(written)
            }
            return written
        }
    }
}

extension WindowOccurrence {
    func isSame(as other: WindowOccurrence) -> Bool { window == other.window && wall == other.wall }
}

extension Window {
    /// No occurrence lasts longer: a day has at most 25 hours.
    var longest: Duration { .seconds(Int64(days) * 90_000 + seconds) }
}

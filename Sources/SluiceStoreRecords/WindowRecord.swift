package import FoundationEssentials
package import SluiceModel

/// Windows and their occurrences as JSON, and back.
///
/// A field is only ever added, and then optional: older rows must stay readable.
package enum WindowRecord {
    package static func window(_ json: Data) throws -> Window {
        try JSONDecoder().decode(StoredWindow.self, from: json).window()
    }

    package static func occurrence(_ json: Data) throws -> WindowOccurrence {
        try JSONDecoder().decode(StoredOccurrence.self, from: json).occurrence()
    }

    package static func encode(_ window: Window) throws -> Data { try JSONEncoder().encode(StoredWindow(window)) }

    package static func encode(_ occurrence: WindowOccurrence) throws -> Data {
        try JSONEncoder().encode(StoredOccurrence(occurrence))
    }

    private struct StoredWindow: Codable {
        var id: String
        var kind: String
        var summary: String
        var scope: String?
        var start: Int64
        var timeZone: String
        var days: Int
        var seconds: Int64
        var rule: String?
        var additions: [Int64]
        var exclusions: [Int64]
        var leadSeconds: [Int64]
        var startsByItself: Bool
        var endsByItself: Bool
        var calendar: String?
        var event: String?
        var by: String
        var reason: String
        var plannedAt: Int64
        var reach: Int64
        var isCancelled: Bool
        var endedAt: Int64?
        var revision: Int

        init(_ window: Window) {
            id = window.id.text
            kind = window.kind.rawValue
            summary = window.summary
            scope = window.scope?.description
            start = window.start.milliseconds
            timeZone = window.timeZone
            days = window.days
            seconds = window.seconds
            rule = window.rule
            additions = window.additions.map(\.milliseconds)
            exclusions = window.exclusions.map(\.milliseconds)
            leadSeconds = window.leadSeconds
            startsByItself = window.startsByItself
            endsByItself = window.endsByItself
            calendar = window.place?.calendar
            event = window.place?.event
            by = window.by.text
            reason = window.reason
            plannedAt = window.plannedAt.milliseconds
            reach = window.reach.milliseconds
            isCancelled = window.isCancelled
            endedAt = window.endedAt?.milliseconds
            revision = window.revision
        }

        func window() throws -> Window {
            let scope = try self.scope.map { text in
                guard let scope = Scope(text) else { throw StoredWord.unreadable("scope \(text) of window \(id)") }
                return scope
            }
            var window = Window(
                id: WindowID(id), kind: try StoredWord.decode(kind), summary: summary, scope: scope,
                start: Timestamp(milliseconds: start), timeZone: timeZone, days: days, seconds: seconds, rule: rule,
                by: Principal(by), reason: reason, plannedAt: Timestamp(milliseconds: plannedAt))
            window.additions = additions.map { Timestamp(milliseconds: $0) }
            window.exclusions = exclusions.map { Timestamp(milliseconds: $0) }
            window.leadSeconds = leadSeconds
            window.startsByItself = startsByItself
            window.endsByItself = endsByItself
            if let calendar, let event { window.place = .init(calendar: calendar, event: event) }
            window.reach = Timestamp(milliseconds: reach)
            window.isCancelled = isCancelled
            window.endedAt = endedAt.map { Timestamp(milliseconds: $0) }
            window.revision = revision
            return window
        }
    }

    private struct StoredOccurrence: Codable {
        var window: String
        var wall: Int64
        var start: Int64
        var end: Int64
        var state: String
        var stateSince: Int64
        var cause: String
        var isChanged: Bool
        var warned: [Int64]
        var gate: Gate?
        var revision: Int

        struct Gate: Codable {
            var step: String
            var before: String?
            var reason: String
            var since: Int64?
            var remindedAt: Int64?
        }

        init(_ occurrence: WindowOccurrence) {
            window = occurrence.window.text
            wall = occurrence.wall.milliseconds
            start = occurrence.start.milliseconds
            end = occurrence.end.milliseconds
            state = occurrence.state.rawValue
            stateSince = occurrence.stateSince.milliseconds
            cause = occurrence.cause
            isChanged = occurrence.isChanged
            warned = occurrence.warned
            gate = occurrence.gate.map { gate in
                Gate(
                    step: gate.step.rawValue, before: gate.before?.rawValue, reason: gate.reason,
                    since: gate.since?.milliseconds, remindedAt: gate.remindedAt?.milliseconds)
            }
            revision = occurrence.revision
        }

        func occurrence() throws -> WindowOccurrence {
            var occurrence = WindowOccurrence(
                window: WindowID(window), wall: Timestamp(milliseconds: wall), start: Timestamp(milliseconds: start),
                end: Timestamp(milliseconds: end), stateSince: Timestamp(milliseconds: stateSince), cause: cause)
            occurrence.state = try StoredWord.decode(state)
            occurrence.isChanged = isChanged
            occurrence.warned = warned
            if let gate {
                let before: GateMode? = try gate.before.map { try StoredWord.decode($0) }
                occurrence.gate = .init(
                    step: try StoredWord.decode(gate.step), before: before, reason: gate.reason,
                    since: gate.since.map { Timestamp(milliseconds: $0) })
                occurrence.gate?.remindedAt = gate.remindedAt.map { Timestamp(milliseconds: $0) }
            }
            occurrence.revision = revision
            return occurrence
        }
    }
}

import SluiceModel
import SluicePorts

extension StoreConformance {
    private static func window(_ name: String, revision: Int = 1) -> Window {
        var window = Window(
            id: WindowID(name), kind: .maintenance, summary: "Upgrade", scope: .source(.csa), start: .after(100),
            timeZone: "Europe/London", seconds: 3600, rule: "FREQ=WEEKLY", by: .fixture, reason: "why",
            plannedAt: start)
        window.additions = [.after(200)]
        window.exclusions = [.after(300)]
        window.leadSeconds = [600, 60]
        window.startsByItself = true
        window.place = .init(calendar: "site", event: "uid")
        window.reach = .after(400)
        window.isCancelled = revision == 2
        window.endedAt = revision == 2 ? .after(500) : nil
        window.revision = revision
        return window
    }

    private static func occurrence(
        _ name: String, at seconds: Int64, revision: Int = 1, _ state: WindowOccurrence.State = .scheduled
    ) -> WindowOccurrence {
        var occurrence = WindowOccurrence(
            window: WindowID(name), wall: .after(seconds), start: .after(seconds), end: .after(seconds + 10),
            stateSince: start, cause: "planned")
        occurrence.state = state
        occurrence.warned = [600]
        occurrence.isChanged = true
        if state == .begun {
            occurrence.gate = .init(step: .closed, before: .open, reason: "window", since: .after(1))
            occurrence.gate?.remindedAt = .after(2)
        }
        occurrence.revision = revision
        return occurrence
    }

    /// Windows and their occurrences.
    static let windowChecks: [Check] = [
        Check("windows and occurrences are kept as they were put last") { store in
            try requireEqual(try await store.windows(), [], "none")
            try await store.commit(.putWindow(window("w2")), .putWindow(window("w1")))
            try await store.commit(.putWindow(window("w2", revision: 2)))
            try requireEqual(try await store.windows(), [window("w1"), window("w2", revision: 2)], "by id")
            try await store.commit(
                .putOccurrence(occurrence("w1", at: 50)), .putOccurrence(occurrence("w1", at: 20)),
                .putOccurrence(occurrence("w2", at: 20)), .putOccurrence(occurrence("w2", at: 70)))
            try await store.commit(
                .putOccurrence(occurrence("w1", at: 20, revision: 2, .begun)),
                .putOccurrence(occurrence("w2", at: 20, revision: 2, .ended)))
            let all = try await store.occurrences(OccurrenceQuery(limit: 10))
            try requireEqual(
                all,
                [
                    occurrence("w1", at: 20, revision: 2, .begun), occurrence("w2", at: 20, revision: 2, .ended),
                    occurrence("w1", at: 50), occurrence("w2", at: 70),
                ], "by start, then window")
            func count(_ query: OccurrenceQuery) async throws -> Int { try await store.occurrences(query).count }
            try requireEqual(try await count(OccurrenceQuery(limit: 2)), 2, "cut")
            try requireEqual(try await count(OccurrenceQuery(limit: 0)), 0, "limit 0")
            try requireEqual(try await count(OccurrenceQuery(window: WindowID("w1"), limit: 9)), 2, "of one")
            try requireEqual(try await count(OccurrenceQuery(isOpenOnly: true, limit: 9)), 3, "open ones")
            var plain = occurrence("w1", at: 90)
            plain.isChanged = false
            var cancelled = occurrence("w1", at: 110, .cancelled)
            cancelled.isChanged = false
            try await store.commit(.putOccurrence(plain), .putOccurrence(cancelled))
            var altered = OccurrenceQuery(from: .after(60), limit: 9)
            altered.isAlteredOnly = true
            try requireEqual(
                try await store.occurrences(altered), [occurrence("w2", at: 70), cancelled], "altered ones")
            altered.kind = .maintenance
            try requireEqual(try await count(altered), 2, "of a kind")
            altered.kind = .blackout
            try requireEqual(try await count(altered), 0, "of another kind")
            let span = OccurrenceQuery(from: .after(30), to: .after(70), limit: 9)
            try requireEqual(
                try await store.occurrences(span), [occurrence("w1", at: 50)], "in a span, ends not counted")
        },
        Check("a window that is forgotten goes with its occurrences, and others stay") { store in
            try await store.commit(
                .putWindow(window("w1")), .putWindow(window("w2")), .putOccurrence(occurrence("w1", at: 20)),
                .putOccurrence(occurrence("w1", at: 50)), .putOccurrence(occurrence("w2", at: 20)))
            try await requireRefusal(
                .conflict, "a later change fails", store,
                [.forgetWindow(WindowID("w1")), .putWindow(window("w2"))])
            try requireEqual(try await store.occurrences(OccurrenceQuery(limit: 9)).count, 3, "nothing is gone")
            try await store.commit(.forgetWindow(WindowID("w1")), .forgetWindow(WindowID("unknown")))
            try requireEqual(try await store.windows(), [window("w2")], "the other one")
            try requireEqual(
                try await store.occurrences(OccurrenceQuery(limit: 9)), [occurrence("w2", at: 20)], "and its own")
            try await store.commit(.putWindow(window("w1")))
            try requireEqual(try await store.windows().count, 2, "as if it had never been there")
        },
        Check("a window's and an occurrence's revisions follow each other, and a refused one leaves nothing") { store in
            try await requireRefusal(.conflict, "not from 1", store, [.putWindow(window("w1", revision: 2))])
            try await store.commit(.putWindow(window("w1")))
            try await requireRefusal(.conflict, "twice", store, [.putWindow(window("w1"))])
            try await requireRefusal(
                .conflict, "an occurrence not from 1", store, [.putOccurrence(occurrence("w1", at: 1, revision: 3))])
            try await requireRefusal(
                .conflict, "a later change fails", store,
                [
                    .putWindow(window("w1", revision: 2)), .putOccurrence(occurrence("w1", at: 1)),
                    .putOccurrence(occurrence("w1", at: 1)),
                ])
            try requireEqual(try await store.windows(), [window("w1")], "what is left")
            try requireEqual(try await store.occurrences(OccurrenceQuery(limit: 9)), [], "no occurrence")
        },
    ]
}

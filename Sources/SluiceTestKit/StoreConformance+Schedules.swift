import SluiceModel
import SluicePorts

extension StoreConformance {
    private static func entry(_ object: String, _ second: Int64 = 0, system: String = "central") -> JournalEntry {
        var entry = JournalEntry(
            system: system, object: object, title: "nightly\u{0}é",
            before: [JournalField("flow", "a\"b"), .init("", "")],
            record: SealedBytes([0, 1, 255]), intended: "enabled=false", at: .after(second), by: Principal("ann"),
            cause: "upgrade")
        entry.title = "nightly é"
        return entry
    }

    private static func change(
        _ object: String, _ second: Int64, of maintenance: String, _ state: JournalState
    ) -> JournalEntry {
        let planned = PlannedChange(
            system: "csa", object: object, title: object, wanted: [JournalField("automatic", "false")], step: 0,
            returnStep: 0)
        var entry = JournalEntry(
            planned, of: MaintenanceID(maintenance), at: .after(second), by: Principal("ann"), cause: "upgrade")
        entry.state = state
        return entry
    }

    private static func missed(_ schedule: String, _ second: Int64) -> MissedTime {
        MissedTime(
            schedule: ScheduleID(schedule), nominalTime: .after(second), title: "nightly", policy: "latest",
            outcome: second == 3 ? .held : .coalesced, ticket: second == 3 ? .fixture(3) : nil,
            executionID: second == 2 ? ExecutionID("7") : nil, at: .after(60), cause: "because")
    }

    /// The journal, and missed times.
    static let scheduleChecks: [Check] = [
        Check("the journal keeps each entry, and moves it only from the state it was thought to be in") { store in
            var first = entry("1")
            try await store.commit(.journal(first, replacing: nil))
            try await requireRefusal(.conflict, "twice new", store, [.journal(first, replacing: nil)])
            try await requireRefusal(.conflict, "from another state", store, [.journal(first, replacing: .done)])
            try requireEqual(
                try await store.journal(JournalQuery(system: "central", limit: 9)), [first], "as it was written")
            first = first.moved(to: .reverting, at: .after(5), cause: "thaw")
            first.attempt = 2
            first.doneAt = .after(1)
            first.revertedAt = .after(2)
            first.gapFrom = .after(3)
            first.gapTo = .after(4)
            first.uncertainTo = .after(5)
            try await store.commit(.journal(first, replacing: .intended))
            try requireEqual(try await store.journal(JournalQuery(system: "central", limit: 9)), [first], "moved")
            let events = try await store.events(of: nil, after: 0, limit: 9)
            try requireEqual(events.map(\.kind), ["journal-intended", "journal-reverting"], "events")
            try await requireRefusal(
                .conflict, "all or none", store,
                [.journal(entry("2"), replacing: nil), .journal(first, replacing: .done)])
            try requireEqual(try await store.journal(JournalQuery(system: "central", limit: 9)).count, 1, "one")
        },
        Check("the journal is listed by system, state and time") { store in
            let entries = [entry("b", 1), entry("a", 1), entry("c", 2), entry("d", 0, system: "csa")]
            try await store.commit(entries.map { .journal($0, replacing: nil) }, fence: fence)
            let done = entries[2].moved(to: .done, at: .after(9), cause: "read back")
            try await store.commit(.journal(done, replacing: .intended))
            func objects(_ vary: (inout JournalQuery) -> Void) async throws -> [String] {
                var query = JournalQuery(system: "central", limit: 9)
                vary(&query)
                return try await store.journal(query).map(\.object)
            }
            try requireEqual(try await objects { _ in }, ["a", "b", "c"], "by time, then id")
            try requireEqual(try await objects { $0.isNewestFirst = true }, ["c", "b", "a"], "newest first")
            try requireEqual(try await objects { $0.states = [.done, .conflict] }, ["c"], "by state")
            try requireEqual(try await objects { $0.states = [] }, [], "in no state")
            try requireEqual(try await objects { $0.since = .after(2) }, ["c"], "since")
            try requireEqual(try await objects { $0.limit = 2 }, ["a", "b"], "cut")
            try requireEqual(try await objects { $0.limit = 0 }, [], "limit 0")
            try requireEqual(try await objects { $0.system = "csa" }, ["d"], "of another system")
        },
        Check("R35: the journal keeps what a maintenance changed, and lists it by owner and by what is unsettled") {
            store in
            var full = change("full", 1, of: "m_1", .done)
            full.after = [JournalField("automatic", "FALSE"), JournalField("nul\u{0}", "\u{0}é\"\\")]
            full.found = [JournalField("automatic", "maybe")]
            full.checksum = JournalEntry.checksum(of: full.before, full.record)
            full.step = 2
            full.returnStep = -1
            full.returnOrderedAt = .after(7)
            full.lateUntil = .after(9)
            full.decision = JournalDecision(
                .putBack, fields: ["automatic"], by: Principal("ann"), at: .after(8), reason: "ours")
            var entries = [full]
            for (index, state) in JournalState.allCases.enumerated() {
                entries.append(change(state.rawValue, Int64(10 + index), of: "m_1", state))
            }
            var kept = change("kept", 20, of: "m_1", .conflict)
            kept.decision = JournalDecision(.keep, fields: [], by: Principal("ann"), at: .after(21), reason: "theirs")
            entries += [kept, change("other", 21, of: "m_2", .gone)]
            var schedule = entry("schedule", 22)
            schedule.state = .conflict
            entries.append(schedule)
            try await store.commit(entries.map { .journal($0, replacing: nil) }, fence: fence)
            func objects(_ vary: (inout JournalQuery) -> Void) async throws -> [String] {
                var query = JournalQuery(limit: 99)
                vary(&query)
                let found = try await store.journal(query)
                try requireEqual(found, entries.filter(query.matches), "as the query says")
                return found.map(\.object)
            }
            try requireEqual(try await objects { _ in }.count, entries.count, "of every system")
            try requireEqual(try await objects { $0.owner = .nobody }, ["schedule"], "of no maintenance")
            try requireEqual(try await objects { $0.owner = .maintenance(MaintenanceID("m_2")) }, ["other"], "of one")
            let unsettled = ["full", "intended", "applied", "done", "reverting", "conflict"]
            try requireEqual(
                try await objects {
                    $0.owner = .anyMaintenance
                    $0.isUnsettledOnly = true
                }, unsettled, "unsettled")
            try requireEqual(
                try await objects {
                    $0.isUnsettledOnly = true
                    $0.owner = .maintenance(MaintenanceID("m_2"))
                }, [], "unsettled of another")
            try requireEqual(
                try await objects {
                    $0.system = "csa"
                    $0.states = [.conflict, .gone]
                }, ["conflict", "gone", "kept", "other"], "by state")
            var undecided = entries[1 + (JournalState.allCases.firstIndex(of: .conflict) ?? 0)]
            undecided.decision = kept.decision
            try await store.commit(.journal(undecided, replacing: .conflict))
            let rest = try await store.journal(
                {
                    var query = JournalQuery(owner: .anyMaintenance, limit: 99)
                    query.isUnsettledOnly = true
                    return query
                }())
            try requireEqual(rest.map(\.object), Array(unsettled.dropLast()), "a decided conflict is settled")
        },
        Check("R26: each missed time is a row of its own, once") { store in
            try requireEqual(try await store.lastMissed(of: ScheduleID("1")), nil, "none")
            try await store.commit((1...3).map { .addMissed(missed("1", $0)) }, fence: fence)
            try await store.commit(.addMissed(missed("2", 9)))
            try await requireRefusal(
                .conflict, "twice", store, [.addMissed(missed("1", 4)), .addMissed(missed("1", 2))])
            let all = try await store.missed(MissedQuery())
            try requireEqual(
                all, MissedPage(times: (1...3).map { missed("1", $0) } + [missed("2", 9)], next: nil), "all")
            var page = try await store.missed(MissedQuery(schedule: ScheduleID("1"), limit: 2))
            try requireEqual(page.times, [missed("1", 1), missed("1", 2)], "the first page")
            page = try await store.missed(
                MissedQuery(schedule: ScheduleID("1"), after: page.next ?? -1, limit: 2))
            try requireEqual(page, MissedPage(times: [missed("1", 3)], next: nil), "the last page")
            page = try await store.missed(MissedQuery(executionID: ExecutionID("7")))
            try requireEqual(page.times, [missed("1", 2)], "by execution")
            try requireEqual(try await store.lastMissed(of: ScheduleID("1")), .after(3), "the newest")
        },
    ]
}

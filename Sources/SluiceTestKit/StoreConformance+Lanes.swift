import SluiceModel
import SluicePorts

extension StoreConformance {
    private static func of(_ tenant: String?, _ level: Int = 5) -> (inout Hold) -> Void {
        {
            $0.request.tenant = tenant.map { TenantID($0) }
            $0.request.priority = Priority(level) ?? .ordinary
        }
    }

    private static func lane(_ tenant: String?, _ level: Int = 5) -> Lane {
        Lane(id: LaneID(tenant.map { TenantID($0) }), priority: Priority(level) ?? .ordinary)
    }

    /// What the release takes in turns, and where it is.
    static let laneChecks: [Check] = [
        Check("R22 lanes are found with their highest priority, and candidates lane by lane") { store in
            let tenants: [(String?, Int)] = [("b", 5), (nil, 3), ("a", 5), ("a", 7), ("B", 0), ("a", 5), (nil, 9)]
            for (index, (tenant, level)) in tenants.enumerated() {
                try await store.commit(.add(UInt64(index) + 1, of(tenant, level)))
            }
            func lanes(_ includesHeld: Bool = true, after: LaneID? = nil, limit: Int = 9) async throws -> [Lane] {
                try await store.lanes(LaneQuery(includesHeld: includesHeld, after: after, limit: limit))
            }
            try requireEqual(try await lanes(), [lane(nil, 9), lane("B", 0), lane("a", 7), lane("b", 5)], "all")
            try requireEqual(try await lanes(limit: 2), [lane(nil, 9), lane("B", 0)], "cut")
            try requireEqual(
                try await lanes(after: lane("B").id), [lane("a", 7), lane("b", 5)], "the rest of them")
            try requireEqual(
                try await lanes(after: lane(nil).id, limit: 1), [lane("B", 0)], "after holds without a tenant")
            try requireEqual(try await lanes(false), [], "released ones alone")
            try requireEqual(try await lanes(limit: 0), [], "limit 0")
            func numbers(_ tenant: String?, after: CandidateQuery.Place? = nil) async throws -> [UInt64] {
                let query = CandidateQuery(
                    at: start, includesHeld: true, lane: lane(tenant).id, after: after, limit: 9)
                return try await store.candidates(query).map(\.ticket.ulid.low)
            }
            try requireEqual(try await numbers("a"), [4, 3, 6], "of one tenant")
            try requireEqual(try await numbers(nil), [7, 2], "of none")
            try requireEqual(try await numbers("x"), [], "of a tenant without holds")
            let place = try await store.existing(4)
            try requireEqual(
                try await numbers("a", after: .init(priority: place.request.priority, arrival: place.arrival)),
                [3, 6], "after a place")
            try await store.commit(.move(4, [.held], .released), .move(7, [.held], .launching))
            try requireEqual(try await lanes(), [lane(nil, 3), lane("B", 0), lane("a", 7), lane("b", 5)], "moved")
            try requireEqual(try await lanes(false), [lane("a", 7)], "released")
        },
        Check("lanes are of holds that wait for their turn, whether or not their time has come") { store in
            try await store.commit(
                .add(1) {
                    of("late")(&$0)
                    $0.request.notBefore = .after(1000)
                },
                .add(2) {
                    of("head")(&$0)
                    $0.request.orderingKey = OrderingKey("k")
                },
                .add(3) {
                    of("behind", 9)(&$0)
                    $0.request.orderingKey = OrderingKey("k")
                },
                .add(4) {
                    of("caller")(&$0)
                    $0.request.launcher = .caller
                })
            func found() async throws -> [Lane] { try await store.lanes(LaneQuery(includesHeld: true, limit: 9)) }
            try requireEqual(try await found(), [lane("caller"), lane("head"), lane("late")], "at first")
            try await store.commit(.move(2, [.held], .awaitingOperator), .move(4, [.held], .released))
            try requireEqual(try await found(), [lane("late")], "stranded, and let go")
        },
        Check("a hold that leaves its ordering key is waited for no more") { store in
            func keyed(_ number: UInt64) -> Change { .add(number) { $0.request.orderingKey = OrderingKey("k") } }
            try await store.commit(keyed(1), keyed(2), keyed(3))
            try await store.commit(.move(1, [.held], .awaitingOperator) { $0.leavesOrderingKey = true })
            try requireEqual(try await store.candidateNumbers(), [2], "the next takes its place")
            try requireEqual(try await store.existing(1).request.orderingKey, nil, "without a key")
            try await store.commit(.move(3, [.held], .held) { $0.leavesOrderingKey = true })
            try requireEqual(try await store.candidateNumbers(), [2, 3], "one behind leaves too")
            try await store.commit(.move(1, [.awaitingOperator], .released), .move(2, [.held], .discarded))
            try requireEqual(try await store.candidateNumbers(), [1, 3], "without a key it waits for nobody")
            try await store.commit(keyed(4), .move(2, [.discarded], .held) { $0.leavesOrderingKey = true })
            try requireEqual(try await store.candidateNumbers(), [1, 2, 3, 4], "back without its key")
            let page = try await store.holds(
                {
                    var query = HoldQuery()
                    query.orderingKey = OrderingKey("k")
                    return query
                }())
            try requireEqual(page.holds.map(\.ticket.ulid.low), [4], "listed by key")
        },
        Check("the release's record is replaced only by its successor, with one event each") { store in
            try requireEqual(try await store.release(), nil, "none at first")
            let settings = ReleaseSettings(
                ratePerMinute: 7, ceiling: 8, canary: .init(count: 2, flow: FlowID("f"), timeoutSeconds: 3),
                ramp: .init(fromPercent: 4, growth: .stepPercent(5), everyWellEnded: 6),
                breaker: .init(sharePercent: 9, window: 10, minimum: 5, historyMarginPercent: 12),
                tenantSlice: 13, strandedKeys: .goOn, identity: .awaitOperator)
            let first = ReleaseRecord(
                settings: settings, closedEpoch: Epoch(4), at: .after(1), by: Principal("op"), reason: "first")
            try await requireRefusal(.conflict, "without one", store, [.setRelease(first, replacing: 1)])
            try await store.commit(.setRelease(first, replacing: nil))
            try requireEqual(try await store.release(), first, "as it was written")
            let second = first.changed(at: .after(2), by: .sluice, reason: "second") {
                $0.settings = ReleaseSettings(ramp: .init(growth: .factorPercent(150)))
                $0.stage = .paused
                $0.resumes = .ramping
                $0.beganAt = .after(2)
                $0.earned = .init(canaryCount: 1, levelMillionths: 250_000, recent: [true, false])
            }
            try await store.commit(.setRelease(second, replacing: 1))
            try requireEqual(try await store.release(), second, "replaced")
            try requireEqual([second.revision, second.settingsRevision], [2, 2], "numbers grow")
            for replaced in [nil, 1, 3] as [Int64?] {
                try await requireRefusal(
                    .conflict, "replacing \(String(describing: replaced))", store,
                    [.add(1), .setRelease(second, replacing: replaced)])
            }
            try requireEqual(try await store.hold(.fixture(1)), nil, "all or none")
            let events = try await store.events(of: nil, after: 0, limit: 9)
            try requireEqual(
                events.map(\.cause), ["idle, revision 1: first", "paused, revision 2: second"], "events")
        },
    ]
}

import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// What becomes of requests that a maintenance of CSA parked, and of the policy that Sluice made for some of them.
@Suite(.timeLimit(.minutes(5)))
struct CSAParkedRequestTests {
    /// A maintenance that takes orders, until it is quiesced.
    private func quiesced(_ site: CSAMaintenanceBench, _ bench: EngineBench) async throws -> MaintenanceID {
        let id = try await site.start(bench) { $0.csaMode = .accept }
        try await site.advance(bench, to: .quiesced, id)
        return id
    }

    private func hasHoldingPolicy(_ site: CSAMaintenanceBench) -> Bool {
        site.world.fake.policies.contains { CSAChangePlan.isHolding($0) }
    }

    private func deletionCount(_ site: CSAMaintenanceBench) -> Int {
        site.world.fake.changes.count { if case .delete = $0 { true } else { false } }
    }

    // MARK: The policy that Sluice made

    @Test("the policy that holds requests is not deleted while what waits under it cannot be read: that is named")
    func keepsWhatItCannotRead() async throws {
        let site = try CSAMaintenanceBench()
        try await site.run { bench in
            let id = try await quiesced(site, bench)
            site.park("r-1", for: "svc", at: bench.clocks.now().wall)
            site.world.fail("approvals/svc", CSAError(.status, "500"))
            try await site.move(.resume, id, bench)
            let names = ["parked/CSA-Provider/svc", "parked/CONSUMER/svc"]
            try await site.until("named", bench, id) { try await site.blockers(id, bench).contains(names[1]) }
            await bench.advance(by: .seconds(60), step: .seconds(1))
            #expect(try await bench.store.maintenance(id)?.phase == .reopening)
            #expect(hasHoldingPolicy(site) && deletionCount(site) == 0)
            site.world.fail("approvals/svc", nil)
            try await site.until("read", bench, id) { try await site.blockers(id, bench).contains("parked/holding") }
            site.world.fail("approvals/svc", CSAError(.unreadable, "cut"))
            try await site.until("named again", bench, id) {
                try await Set(site.blockers(id, bench)).isSuperset(of: names)
            }
            for name in names { try await site.move(.waive(blocker: name), id, bench) }
            try await site.advance(bench, to: .completed, id)
            #expect(hasHoldingPolicy(site) && deletionCount(site) == 0, "it is not known what waits under it")
        }
    }

    @Test("an organization that does not know Sluice's account has nothing that waits for it")
    func passesOverWhoIsNotThere() async throws {
        let site = try CSAMaintenanceBench()
        site.world.fail("approvals/svc", CSAError(.missing, "no such user"))
        try await site.run { bench in
            let id = try await quiesced(site, bench)
            #expect(hasHoldingPolicy(site))
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(!hasHoldingPolicy(site))
        }
    }

    @Test("the policy that holds requests stays while an offering has it, whoever gave it, and goes when none has")
    func keepsWhatIsUsed() async throws {
        let site = try CSAMaintenanceBench()
        // Of another Sluice, or left by an operator.
        site.add("theirs", isAutomatic: false, approvers: ["svc"])
        try site.edit("theirs") { $0.displayName = CSAChangePlan.holdingPolicyName }
        site.publish("their-offer", policy: "theirs")
        try await site.run { bench in
            for isUsed in [true, false] {
                if !isUsed {
                    _ = try await site.world.assign(
                        ApprovalPolicyID("by-hand"), to: [CSAOfferingID("their-offer")],
                        in: CSAMaintenanceBench.catalog)
                }
                let id = try await quiesced(site, bench)
                #expect(try await site.offering("delegated-offer").policyIDs == ["theirs"])
                try await site.move(.resume, id, bench)
                try await site.advance(bench, to: .completed, id)
                #expect(try await site.offering("delegated-offer").policyIDs == ["delegated"])
                #expect(hasHoldingPolicy(site) == isUsed && deletionCount(site) == (isUsed ? 0 : 1))
            }
        }
    }

    // MARK: Whose requests are decided

    @Test("R8 what CSA, whose clock is behind, dates before the maintenance is decided too")
    func allowsForTheClocks() async throws {
        let site = try CSAMaintenanceBench()
        try await site.run { bench in
            let id = try await quiesced(site, bench)
            let startedAt = try #require(try await bench.store.maintenance(id)?.startedAt)
            site.park("behind", for: "boss", at: startedAt.advanced(by: .seconds(-45)))
            site.park("older", for: "boss", at: startedAt.advanced(by: .seconds(-600)))
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(site.decided == ["a-behind"])
        }
    }

    @Test("R8 an approval of which CSA does not show when it came in is left to people, and told")
    func tellsWhatHasNoDate() async throws {
        let site = try CSAMaintenanceBench()
        try await site.run { bench in
            let id = try await quiesced(site, bench)
            site.park("undated", for: "boss", at: nil)
            site.park("dated", for: "boss", at: bench.clocks.now().wall)
            try await site.move(.resume, id, bench)
            try await site.until("told", bench, id) { try await site.blockers(id, bench) == ["parked/unclear"] }
            try await site.move(.waive(blocker: "parked/unclear"), id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(site.decided == ["a-dated"])
        }
    }

    /// When it came in, from the start on, and whether that is to be told: the policy waits for three days.
    static let timedRows: [(seconds: Int64, isTold: Bool)] = [
        (1, true), (-3 * 86_400 + 30, true), (-3 * 86_400 - 600, false), (-86_400, false),
    ]

    @Test(
        "R8 what came in, or fell due, under a policy that waits for days is told, unless CSA makes good for it",
        arguments: timedRows.indices, [false, true])
    func tellsWhatIsTimed(row: Int, reevaluatesTimer: Bool) async throws {
        let (seconds, isTold) = Self.timedRows[row]
        let site = try CSAMaintenanceBench()
        site.setup.csa?.reevaluatesTimer = reevaluatesTimer
        try await site.run { bench in
            let id = try await quiesced(site, bench)
            let startedAt = try #require(try await bench.store.maintenance(id)?.startedAt)
            site.park("r-1", for: "chief", at: startedAt.advanced(by: .seconds(seconds)))
            try await site.move(.resume, id, bench)
            if isTold, !reevaluatesTimer {
                try await site.until("told", bench, id) { try await site.blockers(id, bench) == ["parked/unclear"] }
                try await site.move(.waive(blocker: "parked/unclear"), id, bench)
            }
            try await site.advance(bench, to: .completed, id)
            #expect(site.decided.isEmpty)
        }
    }

    @Test(
        "R8 parked requests are left, when the plan says so or CSA decides them by itself",
        arguments: [(false, false), (true, true), (false, true)])
    func leavesThem(replays: Bool, reevaluatesTimer: Bool) async throws {
        let site = try CSAMaintenanceBench()
        site.setup.csa?.reevaluatesTimer = reevaluatesTimer
        try await site.run { bench in
            let id = try await site.start(bench) {
                $0.csaMode = .accept
                $0.replaysParkedRequests = replays
            }
            try await site.advance(bench, to: .quiesced, id)
            site.park("r-1", for: "boss", at: bench.clocks.now().wall)
            site.park("r-2", for: "chief", at: bench.clocks.now().wall)
            try await site.move(.resume, id, bench)
            try await site.advance(bench, to: .completed, id)
            #expect(site.decided.isEmpty, "nobody is decided for, and nobody is asked")
            #expect(!hasHoldingPolicy(site), "what Sluice made is taken away all the same")
        }
    }
}

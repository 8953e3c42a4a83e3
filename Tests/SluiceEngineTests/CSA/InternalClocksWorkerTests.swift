import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// CSA's own clocks in a maintenance: told before it, blockers right before CSA may be stopped.
@Suite(.timeLimit(.minutes(10)))
struct InternalClocksWorkerTests {
    private struct Bench {
        let world = CSAWorld()
        let carol: CSAUser
        let worker: InternalClocksWorker
        let start: Timestamp

        init() {
            carol = world.addPerson("carol")
            worker = InternalClocksWorker(CSASurvey(world, clocks: world.clocks))
            start = world.clocks.now().wall
        }

        func after(_ seconds: Int64) -> Timestamp { start.advanced(by: .seconds(seconds)) }

        /// It should be over in an hour.
        var plan: MaintenancePlan {
            MaintenancePlan(title: "t", reason: "r", owner: "o", expectedEnd: after(3600))
        }

        func record(_ phase: MaintenancePhase = .drainingOO, since: Int64 = 0) -> MaintenanceRecord {
            var record = MaintenanceRecord(
                id: MaintenanceID("m_1"), plan: plan, by: Principal("ann"), plannedAt: start)
            record.phase = phase
            record.phaseSince = after(since)
            return record
        }

        static let wish = PartWish(.internalClocks, .watched)

        func fact(_ record: MaintenanceRecord? = nil) async throws -> MaintenanceFacts.Fact {
            try await worker.work(on: Self.wish, of: record ?? self.record()).fact
        }

        func names(_ record: MaintenanceRecord? = nil) async throws -> [String] {
            try await fact(record).blockers.map(\.name)
        }

        func addPolicy(_ id: String, isAutomatic: Bool = true, days: Int = 5) {
            var policy = ApprovalPolicy(
                id: ApprovalPolicyID(id), organizationID: CSAWorld.consumer.id, kind: .namedApprover, name: id,
                displayName: "Policy \(id)", isAutomatic: isAutomatic)
            policy.automaticPeriodDays = days
            policy.automaticDecision = .approved
            world.fake.put(policy)
        }
    }

    @Test(
        "a date blocks when it fires before the expected end, or has just fired: every status, both dates",
        arguments: ["PENDING", "ACTIVE", "PAUSED", "CANCELLED", "EXPIRED", "TERMINATED"])
    func judgesDates(status: String) async throws {
        let isOver = ["CANCELLED", "EXPIRED", "TERMINATED"].contains(status)
        let grace = CSASurveyLimits.firedGrace.components.seconds
        for (seconds, isWithin) in [
            (-grace - 1, false), (-grace, true), (0, true), (1, true), (3600, true), (3601, false),
        ] {
            let ends = Bench()
            ends.world.setSubscription("s", status, of: ends.carol, endsAt: ends.after(seconds))
            let end = "clock/s/end/\(ends.after(seconds).rfc3339)"
            #expect(try await ends.names() == (isWithin && !isOver ? [end] : []), "ends \(seconds)")
            let starts = Bench()
            starts.world.setSubscription("s", status, of: starts.carol, startsAt: starts.after(seconds))
            // What is ACTIVE has started.
            let counts = isWithin && !isOver && status != "ACTIVE"
            let start = "clock/s/start/\(starts.after(seconds).rfc3339)"
            #expect(try await starts.names() == (counts ? [start] : []), "starts \(seconds)")
        }
    }

    @Test("where orders are taken, one for at once that waits for its approval is no clock; a RESERVED one is")
    func judgesOrdersForAtOnce() async throws {
        for (state, seconds, counts) in [
            (nil, -20, false), ("DEPLOYING", -20, false), ("RESERVED", -20, true), (nil, 20, true),
        ] as [(String?, Int64, Bool)] {
            for mode in MaintenancePlan.CSAMode.allCases {
                let bench = Bench()
                let instance = state.map { bench.world.addInstance("i", $0, of: bench.carol) }
                bench.world.setSubscription(
                    "s", "PENDING", of: bench.carol, instance: instance, startsAt: bench.after(seconds))
                var record = bench.record()
                record.plan.csaMode = mode
                let isShown = try await bench.names(record).count == 1
                #expect(isShown == (counts || mode == .refuse), "\(state ?? "none") \(seconds) \(mode)")
            }
        }
    }

    @Test("everybody's dates count, the soonest first; who has an end date has nothing pending")
    func readsEverybody() async throws {
        let bench = Bench()
        var expected: [String] = []
        for number in 0..<40 {
            let user = bench.world.addPerson("p-\(number)", in: number % 2 == 0 ? CSAWorld.provider : CSAWorld.consumer)
            bench.world.setSubscription("s-\(number)", "ACTIVE", of: user, endsAt: bench.after(3600 - Int64(number)))
            expected.insert("clock/s-\(number)/end/\(bench.after(3600 - Int64(number)).rfc3339)", at: 0)
        }
        let fact = try await bench.fact()
        #expect(fact.blockers.map(\.name) == expected && !fact.isReached && fact.totalCount == 40)
        #expect(fact.blockers.allSatisfy { $0.canBeWaived && $0.remedy.contains("waive") })
        #expect(fact.blockers.first?.text.contains(bench.after(3561).rfc3339) == true)
        #expect(fact.blockers.first?.text.contains("expire") == true)
        #expect(bench.world.activeCountMax <= CSASurveyLimits.parallelCountMax)
    }

    @Test("a reserved instance without a readable start may start any time")
    func suspectsHiddenDates() async throws {
        let bench = Bench()
        let reserved = bench.world.addInstance("i-1", "RESERVED", of: bench.carol)
        let running = bench.world.addInstance("i-2", "DEPLOYING", of: bench.carol)
        bench.world.setSubscription("s-1", "PENDING", of: bench.carol, instance: reserved)
        bench.world.setSubscription("s-2", "PENDING", of: bench.carol, instance: running)
        #expect(try await bench.names() == ["clock/s-1/start/unknown"])
    }

    @Test("a timed policy that is still automatic is a clock, an instant or a manual one is none")
    func tellsTimedPolicies() async throws {
        let bench = Bench()
        bench.addPolicy("timed")
        bench.addPolicy("instant", days: 0)
        bench.addPolicy("manual", isAutomatic: false)
        let fact = try await bench.fact()
        #expect(fact.blockers.map(\.name) == ["clock/policy/timed/APPROVED/5d"])
        #expect(fact.blockers.first?.text.contains("Policy timed decides APPROVED") == true)
    }

    @Test("what is waived by name does not block; the rest does")
    func takesWaivers() async throws {
        let bench = Bench()
        bench.addPolicy("timed")
        bench.world.setSubscription("s", "ACTIVE", of: bench.carol, endsAt: bench.after(60))
        var record = bench.record()
        let (end, policy) = ("clock/s/end/\(bench.after(60).rfc3339)", "clock/policy/timed/APPROVED/5d")
        for (name, left) in [("clock/s", [end, policy]), (end, [policy]), (policy, [])] {
            record.waivers.append(
                MaintenanceWaiver(blocker: name, at: bench.start, by: Principal("ann"), reason: "it may"))
            let fact = try await bench.fact(record)
            #expect(fact.blockers.map(\.name) == left && fact.isReached == left.isEmpty && fact.totalCount == 2)
        }
    }

    @Test("a waiver is for one clock at one time: not for the other date of a subscription, nor for a moved one")
    func waivesOneClock() async throws {
        let bench = Bench()
        func set(start: Int64, end: Int64) {
            bench.world.setSubscription(
                "s", "PENDING", of: bench.carol, startsAt: bench.after(start), endsAt: bench.after(end))
        }
        set(start: 60, end: 120)
        var record = bench.record()
        let (start, end) = (
            "clock/s/start/\(bench.after(60).rfc3339)", "clock/s/end/\(bench.after(120).rfc3339)"
        )
        #expect(try await bench.names(record) == [start, end])
        for name in [start, end] {
            record.waivers.append(
                MaintenanceWaiver(blocker: name, at: bench.start, by: Principal("ann"), reason: "it may"))
        }
        #expect(try await bench.fact(record).isReached)
        set(start: 61, end: 120)
        record.phase = .drainingCSA
        #expect(try await bench.names(record) == ["clock/s/start/\(bench.after(61).rfc3339)"])
        bench.addPolicy("timed")
        record.phase = .drainingOO
        let policy = try #require(try await bench.names(record).last)
        record.waivers.append(
            MaintenanceWaiver(blocker: policy, at: bench.start, by: Principal("ann"), reason: "it may"))
        bench.addPolicy("timed", days: 1)
        record.phase = .drainingCSA
        #expect(try await bench.names(record).last == "clock/policy/timed/APPROVED/1d", "it decides sooner now")
    }

    @Test("when the expected end has passed, or is near, the clocks of the next half hour block all the same")
    func looksBeyondTheEnd() async throws {
        for (now, at, isShown) in [
            (3599, 3600, true), (3599, 3599 + 1800, true), (3599, 3600 + 1800, false), (3900, 3900 + 600, true),
            (3900, 3900 + 1800, true), (3900, 3900 + 1801, false), (7200, 7200 + 900, true), (1800, 3601, false),
        ] as [(Int64, Int64, Bool)] {
            let bench = Bench()
            let time = bench.after(at)
            bench.world.setSubscription("s", "PENDING", of: bench.carol, startsAt: time)
            bench.world.clocks.advance(by: .seconds(now))
            let names = try await bench.names()
            #expect(names == (isShown ? ["clock/s/start/\(time.rfc3339)"] : []), "at \(now): \(at)")
        }
    }

    @Test("many are counted where they are not named, and a waiver brings the next ones to light")
    func boundsNames() async throws {
        let bench = Bench()
        let namedMax = MaintenanceLimits.blockerCountMax / 2
        for number in 0..<(namedMax + 3) {
            bench.world.setSubscription("s-\(number)", "ACTIVE", of: bench.carol, endsAt: bench.after(Int64(number)))
        }
        var record = bench.record()
        var fact = try await bench.fact(record)
        #expect(fact.blockers.count == namedMax && fact.unnamedBlockerCount == 3)
        record.waivers = fact.blockers.map {
            MaintenanceWaiver(blocker: $0.name, at: bench.start, by: Principal("ann"), reason: "all")
        }
        fact = try await bench.fact(record)
        #expect(fact.blockers.count == 3 && fact.unnamedBlockerCount == 0)
    }

    @Test("it reads anew in each phase and every interval, and not with each look")
    func readsAnew() async throws {
        let bench = Bench()
        func readCount() -> Int { bench.world.count("subscriptions") }
        for _ in 0..<5 { #expect(try await bench.names().isEmpty) }
        #expect(readCount() == 1)
        bench.world.setSubscription("s", "ACTIVE", of: bench.carol, endsAt: bench.after(1800))
        let name = "clock/s/end/\(bench.after(1800).rfc3339)"
        #expect(try await bench.names().isEmpty, "as it was read")
        #expect(try await bench.names(bench.record(since: 5)) == [name], "entered once more")
        #expect(try await bench.names(bench.record(.drainingCSA)) == [name])
        #expect(readCount() == 3)
        bench.world.clocks.advance(by: CSASurveyLimits.clockInterval)
        _ = try await bench.names(bench.record(.drainingCSA))
        #expect(readCount() == 4)
        bench.worker.rest([PartWish(.csaDrain, .watched)], of: bench.record(.drainingCSA))
        _ = try await bench.names(bench.record(.drainingCSA))
        #expect(readCount() == 5, "it was not wished for meanwhile")
        bench.worker.rest([Bench.wish], of: bench.record(.drainingCSA))
        _ = try await bench.names(bench.record(.drainingCSA))
        #expect(readCount() == 5)
    }

    @Test("a reading that the phase outran does not count")
    func forgetsWhatWasOutrun() async throws {
        let bench = Bench()
        let worker = bench.worker
        let isOutrun = Mutex(false)
        bench.world.onCall { name in
            guard name.hasPrefix("policies/"), !isOutrun.withLock({ $0 }) else { return }
            isOutrun.withLock { $0 = true }
            worker.rest([], of: nil)
        }
        let fact = try await bench.fact()
        #expect(!fact.isReached && fact.blockers.isEmpty)
        #expect(try await bench.fact().isReached)
        #expect(bench.world.count("subscriptions") == 2)
    }

    @Test("a later expected end brings the clocks before it to light without a reading")
    func followsTheEnd() async throws {
        let bench = Bench()
        bench.world.setSubscription("s", "ACTIVE", of: bench.carol, endsAt: bench.after(7200))
        #expect(try await bench.names().isEmpty)
        var record = bench.record()
        record.plan.expectedEnd = bench.after(7200)
        #expect(try await bench.names(record) == ["clock/s/end/\(bench.after(7200).rfc3339)"])
        #expect(bench.world.count("subscriptions") == 1)
    }

    @Test("a person who cannot be read is a blocker by name; CSA as a whole is an error")
    func namesWhoCannotBeRead() async throws {
        let bench = Bench()
        bench.world.fail("subscriptions/carol", CSAError(.status, "500"))
        #expect(try await bench.names() == ["clock/person/CONSUMER/carol"])
        for call in ["subscriptions/carol", "organizations", "counts/o-provider", "policies/o-consumer"] {
            let bench = Bench()
            bench.world.fail(call, CSAError(.unreachable, "gone"))
            await #expect(throws: CSAError.self, "\(call)") { _ = try await bench.fact() }
            bench.world.fail(call, nil)
            #expect(try await bench.fact().isReached)
        }
    }

    @Test("R17 before the start the same are warnings, the first by name and the rest by count")
    func tellsBefore() async throws {
        let bench = Bench()
        #expect(await bench.worker.preflight(bench.plan).isEmpty)
        bench.addPolicy("timed")
        for number in 0..<30 {
            bench.world.setSubscription("s-\(number)", "ACTIVE", of: bench.carol, endsAt: bench.after(Int64(number)))
        }
        let findings = await bench.worker.preflight(bench.plan)
        #expect(findings.count == CSASurveyLimits.preflightClockCountMax + 1)
        #expect(findings.allSatisfy { $0.severity == .warning && $0.part == .internalClocks })
        #expect(findings.first?.text.contains("only stopping CSA stops it") == true)
        #expect(findings.last?.code == "csa-clocks-more" && findings.last?.text.hasPrefix("11 more") == true)
        var later = bench.plan
        later.startsAt = bench.after(3000)
        #expect(await bench.worker.preflight(later).map(\.code) == ["csa-clock"], "only the policy")
        var ooOnly = bench.plan
        ooOnly.systems = .ooOnly
        let count = bench.world.callCount
        #expect(await bench.worker.preflight(ooOnly).isEmpty && bench.world.callCount == count)
    }

    @Test("R17 a CSA that cannot be read stands against the start, wrong credentials after one call")
    func refusesBefore() async throws {
        let bench = Bench()
        bench.world.fail("organizations", CSAError(.unauthorized, "no", isFinal: true))
        for _ in 0..<3 {
            let findings = await bench.worker.preflight(bench.plan)
            #expect(findings.map(\.severity) == [.error] && findings.first?.remedy.contains("csa.username") == true)
        }
        #expect(bench.world.callCount == 1)
    }

    @Test("a preflight does not wait for ever")
    func preflightsInTime() async throws {
        let bench = Bench()
        let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
        bench.world.onCall { _ in
            await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
        }
        async let findings = bench.worker.preflight(bench.plan)
        while bench.world.clocks.sleeperCount == 0 || waiting.withLock({ $0.isEmpty }) { await Task.yield() }
        bench.world.clocks.advance(by: CSASurveyLimits.preflightTimeout)
        #expect(await findings.map(\.code) == ["csa-clocks-unknown"])
        waiting.withLock { $0.forEach { $0.resume() } }
    }
}

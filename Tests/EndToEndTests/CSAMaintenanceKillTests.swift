import SluiceJSON
import SluiceModel
import SluiceSandbox
import Testing

/// Whatever dies in the middle of a maintenance: Sluice by kill -9, CSA and Central by a restart. Each phase is held
/// until that is done, and which phase it was is read from what was left.
@Suite(.timeLimit(.minutes(6)), .serialized)
struct CSAMaintenanceKillTests {
    /// Kills the service, reads what it left, and starts it again.
    private struct Killer {
        let site: MaintenanceSite
        /// States of journal entries that were on disk at a kill.
        var states: Set<JournalState> = []
        var phases: Set<MaintenancePhase> = []

        mutating func kill(in phase: MaintenancePhase, with wanted: Set<JournalState> = []) async throws {
            let isOpen = MaintenanceSite.fence(of: .csa, in: phase) == "open"
            // nginx goes by what it heard last.
            let door = try await site.throughFence("POST", MaintenanceSite.orderDoor)
            #expect((door != 503) == isOpen, "\(door) in \(phase.rawValue)")
            site.kill()
            let left = try await site.left()
            #expect(left.record.phase == phase, "the phase on disk at the kill")
            #expect(left.states.isSuperset(of: wanted), "\(left.states) on disk in \(phase.rawValue)")
            states.formUnion(left.states)
            phases.insert(left.record.phase)
            let seen = try await site.restart()
            for system in FencedSystem.allCases {
                let expected = MaintenanceSite.fence(of: system, in: phase)
                #expect(seen.fences[system] == [expected], "\(system)'s fence from its first word on, in \(phase)")
            }
            if !isOpen { #expect(seen.orders == [503], "no order passed meanwhile, in \(phase)") }
        }
    }

    @Test("R9 R11 R34 killed -9 at each step of the journal and in each phase: nothing stays changed or runs twice")
    func survivesKills() async throws {
        try await MaintenanceSite.with(stepMilliseconds: 200, isDirect: true) { site in
            let (business, brakes) = (MaintenanceBusiness(site), MaintenanceBrakes(site))
            try business.begin()
            try seedMore(site)
            try await site.start()
            try await site.startFence()
            let before = try site.picture()
            try site.order(["server": 1])
            try await site.plan()
            var killer = Killer(site: site)
            try await killer.kill(in: .planned)
            try await brakes.course {
                try site.order(["server": 5, "gated": 4, "checked": 2])
            } _: { phase in
                try await business.ask("asked-\(phase.rawValue)")
                try await killer.kill(in: phase, with: Self.states[phase] ?? [])
                switch phase {
                case .drainingCSA: try await killWhileApplied(site, &killer)
                case .quiesced: try edit(site)
                case .reopening:
                    try site.csa.removeFaults()
                    try await killAtAConflict(site, &killer)
                default: break
                }
                try await business.launchPatiently("patient-\(phase.rawValue)")
            }
            #expect(killer.states == Set(JournalState.allCases), "each step of the journal was on disk at a kill")
            #expect(killer.phases.count == 9, "planned and all phases until it is over: \(killer.phases)")
            #expect(try without(["deleted", "late"], site.picture()) == without(["deleted", "late"], before))
            let late = try policies(site).first { $0["id"]?.asText == "late" }
            #expect(late?["automaticApproval"] == true, "what was added meanwhile is as it was added")
            try await site.checkLaunches(business, orders: 12)
        }
    }

    /// What the phase's brake leaves in the journal for sure.
    private static let states: [MaintenancePhase: Set<JournalState>] = [
        .closingCSA: [.intended], .drainingCSA: [.done], .quiesced: [.done], .reopening: [.reverting],
    ]

    /// Policies that somebody edits, and deletes, in the middle of it.
    private func seedMore(_ site: MaintenanceSite) throws {
        var edited = MaintenanceSite.policy("Edited", isAutomatic: true)
        edited.automaticPeriodDuration = 3
        var seed = CSASeed()
        seed.policies = [edited, MaintenanceSite.policy("Deleted", isAutomatic: true)]
        try site.csa.seed(seed)
    }

    private func edit(_ site: MaintenanceSite) throws {
        var edited = MaintenanceSite.policy("Edited", isAutomatic: false)
        edited.automaticPeriodDuration = 9
        edited.automaticApprovalDecision = "APPROVED"
        var seed = CSASeed()
        seed.policies = [edited]
        try site.csa.seed(seed)
        try site.csa.control("DELETE", "policies/deleted")
    }

    /// A policy that is added while CSA drains is changed too; killed when CSA said yes and nobody has read it back.
    private func killWhileApplied(_ site: MaintenanceSite, _ killer: inout Killer) async throws {
        try site.csa.add(
            faults: [
                SandboxFault(
                    .delay(milliseconds: 2000), id: "late", method: "PUT", path: "\(MaintenanceBrakes.policies)/late")
            ])
        var seed = CSASeed()
        seed.policies = [MaintenanceSite.policy("Late", isAutomatic: true)]
        try site.csa.seed(seed)
        try await site.until("the policy is changed", within: .seconds(60)) {
            try site.csa.hitCount(ofFault: "late") > 0
        }
        // Its answer comes in a moment, and what is read after that much later.
        try site.csa.add(
            faults: [
                SandboxFault(
                    .delay(milliseconds: MaintenanceBrakes.answerMilliseconds), id: "reading", method: "GET",
                    path: MaintenanceBrakes.policies)
            ])
        try await site.until("CSA said yes", within: .seconds(10)) { try await !site.entries(.applied).isEmpty }
        try await killer.kill(in: .drainingCSA, with: [.applied])
        try site.csa.removeFaults()
        try await site.until("it is done", within: .seconds(60)) {
            let done = try await site.entries(.done)
            return done.contains { $0["title"]?.string?.contains("Late") == true }
        }
    }

    /// Killed while the operator is asked about one, another is gone, and others are back.
    private func killAtAConflict(_ site: MaintenanceSite, _ killer: inout Killer) async throws {
        try await site.until("one is asked about, and one is gone", within: .seconds(90)) {
            for state in [JournalState.conflict, .gone, .reverted] where try await site.entries(state).isEmpty {
                return false
            }
            return true
        }
        try await killer.kill(in: .reopening, with: [.conflict, .gone, .reverted])
        let conflict = try await site.entries(.conflict)
        #expect(conflict.count == 1, "\(conflict)")
        let id = try #require(conflict.first?["id"]?.string)
        try await site.move("decide", [("entry", .string(id)), ("decision", "put-back")])
        try await site.until("what was deleted is known", within: .seconds(60)) {
            for blocker in try await site.maintenance()["blockers"]?.array ?? [] {
                guard blocker["canBeWaived"] == true, let name = blocker["name"]?.string, name.contains("deleted")
                else { continue }
                try await site.move("waive", [("blocker", .string(name))])
            }
            return try await site.phase() == "releasing"
        }
    }

    private func policies(_ site: MaintenanceSite) throws -> [LooseValue] {
        try site.csa.dump(part: "configuration")?["policies"]?.asList ?? []
    }

    /// A picture without some policies.
    private func without(_ ids: Set<String>, _ picture: [LooseValue]) -> [LooseValue] {
        picture.map { part in
            guard var members = part.asObject, let policies = members["policies"]?.asList else { return part }
            members["policies"] = .list(policies.filter { !ids.contains($0["id"]?.asText ?? "") })
            return .object(members)
        }
    }

    @Test("R9 R34 CSA and Central restarted in each phase: it goes on, and everything comes back")
    func survivesRestarts() async throws {
        try await MaintenanceSite.with(stepMilliseconds: 200) { site in
            let (business, brakes) = (MaintenanceBusiness(site), MaintenanceBrakes(site))
            try business.begin()
            try await site.start()
            try await site.startFence()
            let before = try site.picture()
            try site.order(["server": 1])
            try await site.plan()
            var stopped: [MaintenancePhase] = []
            try await brakes.course {
                try site.order(["server": 5, "gated": 4, "checked": 2])
            } _: { phase in
                try await business.ask("asked-\(phase.rawValue)")
                // A CSA that is stopped with a launch on the wire never hears of it: that drain ends by a person.
                try await site.untilNoneIsOnTheWire()
                await site.stopCSA()
                await site.stopCentral()
                #expect(try await site.phase() == phase.rawValue, "both are down in this phase")
                stopped.append(phase)
                try await site.startCentral()
                try await site.startCSA()
            }
            #expect(stopped.count == 8, "\(stopped)")
            #expect(try site.picture() == before, "everything is as it was")
            try await site.checkLaunches(business, orders: 12, isRestarted: true)
        }
    }
}

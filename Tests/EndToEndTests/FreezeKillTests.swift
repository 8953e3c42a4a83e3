import SluiceJSON
import SluiceSandbox
import Testing

/// Freeze and thaw of Central's schedules by a real `sluice serve` that is killed on the way.
@Suite(.timeLimit(.minutes(10)))
struct FreezeKillTests {
    /// Where `kill -9` hits.
    enum Point: Hashable, Sendable, CustomTestStringConvertible {
        /// The order is on disk, and Central is being asked for its schedules.
        case ordered
        /// Central has taken the nth switch and not answered yet.
        case write(Int)
        /// Central has answered the nth switch, and it is being read back.
        case readBack(Int)

        var testDescription: String {
            switch self {
            case .ordered: "ordered"
            case .write(let number): "write \(number)"
            case .readBack(let number): "read back \(number)"
            }
        }
    }

    private static let delay = SandboxFault.Effect.delay(milliseconds: 600_000)

    /// Gives an order and kills the service at a point; starts it again.
    private func order(_ verb: String, _ schedules: FrozenSchedules, killedAt point: Point?) async throws {
        let site = schedules.site
        guard let point else { return try await schedules.order(verb) }
        func hit(_ id: String) async throws {
            try await site.until("\(verb) is at \(point)\n\(site.logText)", within: .seconds(30)) {
                site.sandbox.hitCount(ofFault: id) > 0
            }
        }
        switch point {
        case .ordered:
            site.sandbox.add(faults: [SandboxFault(Self.delay, id: "list", method: "GET", path: "/all-schedules")])
            try await schedules.order(verb)
            try await hit("list")
        case .write(let number):
            site.sandbox.add(faults: [
                SandboxFault(Self.delay, id: "put", method: "PUT", path: "/schedules/*/enabled", nth: number)
            ])
            try await schedules.order(verb)
            try await hit("put")
        case .readBack(let number):
            // Slow enough for the listing after it to be caught.
            site.sandbox.add(faults: [
                SandboxFault(
                    .delay(milliseconds: 1000), id: "put", method: "PUT", path: "/schedules/*/enabled", nth: number)
            ])
            try await schedules.order(verb)
            try await hit("put")
            site.sandbox.add(faults: [SandboxFault(Self.delay, id: "list", method: "GET", path: "/all-schedules")])
            try await hit("list")
        }
        site.kill()
        site.sandbox.removeFaults()
        try await site.start()
    }

    private func run(freeze: Point? = nil, thaw: Point? = nil) async throws {
        try await TestSite.with(settings: FrozenSchedules.settings, moreFlows: FrozenSchedules.flows) { site in
            let schedules = try FrozenSchedules(in: site)
            try await site.start()
            try await order("freeze", schedules, killedAt: freeze)
            try await schedules.wait("frozen")
            #expect(schedules.enabled.isEmpty)
            try await schedules.letTimesPass()
            try await order("thaw", schedules, killedAt: thaw)
            try await schedules.wait("idle")
            try await schedules.letTimesPass(2)
            try await schedules.judge()
            for name in ["all", "latest", "skip"] {
                #expect(try await schedules.journal()[name]?.state == "reverted", "\(name)")
            }
        }
    }

    @Test(
        "R26 R27 R30 R31: killed at any point of a freeze, all is enabled as before and no time is lost or doubled",
        arguments: [Point.ordered, .write(1), .write(2), .write(3), .readBack(3)])
    func killedInTheFreeze(point: Point) async throws { try await run(freeze: point) }

    @Test(
        "R26 R27 R30 R31: killed at any point of a thaw, all is enabled as before and no time is lost or doubled",
        arguments: [Point.ordered, .write(1), .readBack(1), .write(2), .readBack(2), .write(3), .readBack(3)])
    func killedInTheThaw(point: Point) async throws { try await run(thaw: point) }

    @Test("R26 R31: killed in the freeze and again in the thaw")
    func killedTwice() async throws { try await run(freeze: .write(2), thaw: .write(2)) }

    @Test("R27 R28: unkilled, /metrics counts each missed time under its policy, and each fires on as before")
    func countsMisfires() async throws {
        try await TestSite.with(settings: FrozenSchedules.settings, moreFlows: FrozenSchedules.flows) { site in
            let schedules = try FrozenSchedules(in: site)
            try await site.start()
            try await schedules.order("freeze")
            try await schedules.wait("frozen")
            try await schedules.letTimesPass()
            try await schedules.order("thaw")
            try await schedules.wait("idle")
            let fired = schedules.launches("skip").own.count
            try await site.until("it fires on", within: .seconds(10)) {
                schedules.launches("skip").own.count > fired + 1
            }
            try await schedules.judge()
            for name in ["all", "latest", "skip"] {
                let count = try await site.metric("sluice_schedule_misfires_total{policy=\"\(name)\"}")
                let rows = try await schedules.missed(name)
                #expect(Double(rows.count) == count && rows.count >= 3, "\(name): \(count) for \(rows)")
            }
        }
    }

    @Test("R30: times that Central fires while its listing is on its way are no missed times")
    func doublesNothingWhenTheListingIsSlow() async throws {
        try await TestSite.with(settings: FrozenSchedules.settings, moreFlows: FrozenSchedules.flows) { site in
            let schedules = try FrozenSchedules(in: site)
            try await site.start()
            site.sandbox.add(faults: [
                SandboxFault(.delay(milliseconds: 900), method: "GET", path: "/all-schedules")
            ])
            try await schedules.order("freeze")
            try await schedules.wait("frozen")
            try await schedules.letTimesPass()
            try await schedules.order("thaw")
            try await schedules.wait("idle")
            try await schedules.letTimesPass(2)
            try await schedules.judge()
        }
    }

    @Test("R31: what a person does in between wins, before and after a kill, and is reported")
    func aPersonWins() async throws {
        try await TestSite.with(settings: FrozenSchedules.settings, moreFlows: FrozenSchedules.flows) { site in
            let schedules = try FrozenSchedules(in: site)
            let sandbox = site.sandbox
            // Between our switch and our reading it back.
            let early = try #require(schedules.ids["all"])
            sandbox.add(faults: [
                SandboxFault(
                    .personSwitches(schedule: early, isEnabled: true), method: "PUT",
                    path: "/schedules/\(schedules.ids["skip"] ?? "")/enabled", limit: 1)
            ])
            try await site.start()
            try await schedules.order("freeze")
            try await schedules.wait("frozen")
            sandbox.removeFaults()
            #expect(schedules.enabled == ["all"], "frozen again it would not be theirs")
            site.kill()
            // While the service is away: one is enabled; one made new while it is away is frozen with the others.
            sandbox.switchSchedule(try #require(schedules.ids["latest"]), to: true)
            sandbox.add(
                schedule: SandboxSchedule(
                    name: "new", flow: FrozenSchedules.flow, triggerExpression: "*/\(FrozenSchedules.usualInterval)",
                    inputs: ["order": "new"]))
            try await site.start()
            try await site.until("the new one is frozen\n\(site.logText)", within: .seconds(40)) {
                schedules.enabled == ["all", "latest"]
            }
            try await schedules.letTimesPass()
            // Enabled by the thaw, and then disabled by a person: it stays disabled.
            try await schedules.order("thaw")
            try await schedules.wait("idle")
            #expect(schedules.enabled == ["all", "latest", "new", "skip"])
            #expect(!schedules.enabled.contains("off"))
            let journal = try await schedules.journal()
            #expect(journal["all"]?.state == "conflict" && journal["latest"]?.state == "conflict", "\(journal)")
            #expect(journal["latest"]?.cause.contains("somebody enabled it") == true, "\(journal)")
            #expect(journal["skip"]?.state == "reverted" && journal["new"]?.state == "reverted", "\(journal)")
            #expect(
                try await schedules.missed("latest").allSatisfy { ["left-alone", "uncertain"].contains($0.outcome) })
            #expect(try await schedules.missed("all").allSatisfy { ["left-alone", "uncertain"].contains($0.outcome) })
            #expect(schedules.launches("all").ours.isEmpty)
        }
    }

    @Test(
        "a launch that Central makes by itself after the thaw is recognised, though we were killed, and not doubled",
        arguments: [nil, Point.write(2)])
    func recognisesCentralsOwnLaunch(point: Point?) async throws {
        var settings = FrozenSchedules.settings
        settings["SLUICE_CENTRAL_CATCH_UP"] = "unknown"
        settings["SLUICE_CENTRAL_CATCH_UP_SECONDS"] = "3"
        try await TestSite.with(settings: settings, moreFlows: FrozenSchedules.flows) { site in
            // Long, so that hardly a time comes while Central is told: its fire could not be told from a catch-up.
            let schedules = try FrozenSchedules(in: site, interval: 3000)
            site.sandbox.settings.catchUpOnEnable = .always
            try await site.start()
            try await schedules.order("freeze")
            try await schedules.wait("frozen")
            try await schedules.letTimesPass(2)
            try await order("thaw", schedules, killedAt: point)
            try await schedules.wait("idle")
            let rows = try await schedules.missed("latest").filter { $0.outcome != "uncertain" }
            #expect(rows.last?.outcome == "caught-up", "\(rows)")
            #expect(rows.dropLast().allSatisfy { $0.outcome == "coalesced" }, "\(rows)")
            #expect(schedules.launches("latest").ours.isEmpty, "Central's own launch alone")
            let skipped = try await schedules.journal()["skip"]
            #expect(skipped?.cause.contains("though its policy is to skip") == true, "\(String(describing: skipped))")
        }
    }
}

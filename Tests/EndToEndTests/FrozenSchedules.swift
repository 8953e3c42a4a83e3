import Foundation
import SluiceJSON
import SluiceSandbox
import Testing

/// Schedules of the sandbox's Central through a freeze and a thaw of a real `sluice serve`, and what must hold after.
struct FrozenSchedules {
    static let flow = "7e570004-0000-4000-8000-000000000004"
    static let usualInterval: Int64 = 400

    /// A schedule for each policy, and one that is off before and must be off after.
    static let names = ["all", "latest", "skip", "off"]

    let site: TestSite
    /// By name.
    let ids: [String: String]
    let startedAt: Int64
    /// Milliseconds.
    let interval: Int64

    /// One schedule for each policy; holds of missed times come at once, since this Central launches none by itself.
    static let settings = [
        "SLUICE_SCHEDULES_POLICIES": "[{name: all, policy: all}, {name: skip, policy: skip}]",
        "SLUICE_GATE_INITIAL_MODE": "hold", "SLUICE_CENTRAL_CATCH_UP": "none", "SLUICE_CENTRAL_THAW_MILLISECONDS": "50",
    ]

    static let flows = [
        SandboxFlow(
            id: flow, name: "Scheduled", path: "Library/Test/Scheduled",
            inputs: [.init("order", isMandatory: true), .init("sluiceNominalTime")], durationMilliseconds: 0)
    ]

    /// Makes them in a site whose service is not started yet.
    init(in site: TestSite, interval: Int64 = Self.usualInterval) throws {
        self.site = site
        self.interval = interval
        try TestSite.writePack(to: site.folder, flows: TestSite.flows(0) + Self.flows)
        site.sandbox.settings.catchUpOnEnable = .never
        // After all are made, so that none is late for its first time.
        startedAt = Self.now + 1000
        var ids: [String: String] = [:]
        for name in Self.names {
            ids[name] = site.sandbox.add(
                schedule: SandboxSchedule(
                    name: name, flow: Self.flow, triggerExpression: "*/\(interval)", startDate: startedAt,
                    isEnabled: name != "off", inputs: ["order": name]))
        }
        self.ids = ids
        #expect(ids.count == Self.names.count)
    }

    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    /// Names of those that are on.
    var enabled: [String] { site.sandbox.schedules.filter(\.isEnabled).map(\.name).sorted() }

    // MARK: Orders

    func order(_ verb: String) async throws {
        let answer = try await site.post("/v1/schedules/\(verb)", ["reason": "a test"])
        guard answer.status == 202 else { throw TestSiteError("\(verb) was not taken: \(answer)") }
    }

    func wait(_ phase: String) async throws {
        try await site.until("the freeze is \(phase)\n\(site.logText)", within: .seconds(40)) {
            try await site.get("/v1/schedules").body["freeze"]?["phase"] == .string(phase)
        }
    }

    /// Until the schedules have missed some times, and one that was on has time for another.
    func letTimesPass(_ count: Int64 = 4) async throws {
        // Before they start, none is missed: a quick service is frozen by then.
        let end = max(Self.now, startedAt) + count * interval
        try await site.until("times pass", within: .seconds(30)) { Self.now > end }
    }

    // MARK: What must hold

    struct Missed {
        var time: Int64
        var outcome: String
        var ticket: String?
        var cause: String
    }

    func missed(_ name: String) async throws -> [Missed] {
        let answer = try await site.get("/v1/schedules/missed?schedule=\(ids[name] ?? "")&limit=10000")
        return (answer.body["missed"]?.array ?? []).map { row in
            Missed(
                time: Self.milliseconds(row["nominalTime"]?.string ?? ""), outcome: row["outcome"]?.string ?? "",
                ticket: row["ticket"]?.string, cause: row["cause"]?.string ?? "")
        }
    }

    static func milliseconds(_ text: String) -> Int64 {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        return (try? style.parse(text)).map { Int64(($0.timeIntervalSince1970 * 1000).rounded()) } ?? -1
    }

    /// Times at which Central itself launched it, and the nominal times that our own launches were for; nil when one
    /// stands for several. Ours carry their ticket in their name.
    func launches(_ name: String) -> (own: [Int64], ours: [Int64?]) {
        var (own, ours): ([Int64], [Int64?]) = ([], [])
        for body in site.sandbox.bodies where body.inputs["order"] == name {
            if body.runName == name {
                own.append(body.startedAt)
            } else {
                ours.append(body.inputs["sluiceNominalTime"].map(Self.milliseconds))
            }
        }
        return (own, ours)
    }

    /// R26, R27, R30, R31: all of it, once the thaw is over; opens the gate.
    func judge() async throws {
        try await site.setGate("open")
        var counts: [String: Int] = [:]
        try await site.until("holds have ended: \(counts)\n\(site.logText)", within: .seconds(40)) {
            counts = try await site.counts()
            return counts.allSatisfy { $0.key == "ended" || $0.value == 0 }
        }
        #expect(enabled == ["all", "latest", "skip"], "each is as it was before")
        for name in ["all", "latest", "skip"] { try await judge(name) }
        #expect(try await missed("off").isEmpty && launches("off").own.isEmpty)
    }

    private func judge(_ name: String) async throws {
        let rows = try await missed(name)
        let times = rows.map(\.time)
        #expect(Set(times).count == times.count, "\(name): each missed time is on record once")
        #expect(!rows.isEmpty, "\(name): times were missed")
        let (own, ours) = launches(name)
        #expect(own.allSatisfy { ($0 - startedAt) % interval == 0 }, "\(name): on its grid")
        #expect(Set(own).count == own.count, "\(name): Central fires each time once")
        let decided = rows.filter { $0.outcome != "uncertain" }
        let both = Set(own).intersection(decided.map(\.time))
        #expect(both.isEmpty, "\(name): a time that fired was also treated as missed: \(both)")
        let last = own.max() ?? 0
        let grid = stride(from: startedAt, through: last, by: Int64.Stride(interval))
        let lost = grid.filter { !own.contains($0) && !times.contains($0) }
        #expect(lost.isEmpty, "\(name): neither fired nor recorded: \(lost)")
        let held = rows.filter { $0.outcome == "held" }
        #expect(held.allSatisfy { $0.ticket != nil } && Set(held.compactMap(\.ticket)).count == held.count)
        switch name {
        case "all":
            #expect(Set(decided.map(\.outcome)) == ["held"])
            #expect(ours.compactMap(\.self).sorted() == held.map(\.time), "each hold was launched once, for its time")
            #expect(ours.count == held.count)
        case "latest":
            #expect(held.count == 1 && decided.last?.outcome == "held")
            #expect(decided.dropLast().allSatisfy { $0.outcome == "coalesced" })
            #expect(ours == [nil], "one launch for all of them")
        default:
            #expect(Set(decided.map(\.outcome)) == ["skipped"] && ours.isEmpty)
        }
    }

    /// Outcomes of the journal, by the schedule's name.
    func journal() async throws -> [String: (state: String, cause: String)] {
        let answer = try await site.get("/v1/schedules/journal?limit=100")
        var newest: [String: (state: String, cause: String)] = [:]
        for entry in (answer.body["entries"]?.array ?? []).reversed() {
            newest[entry["title"]?.string ?? ""] = (entry["state"]?.string ?? "", entry["cause"]?.string ?? "")
        }
        return newest
    }
}

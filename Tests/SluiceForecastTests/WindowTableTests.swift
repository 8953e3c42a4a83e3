import Foundation
import SluiceForecast
import SluiceModel
import Testing

/// Runs every row of the truth table in docs/windows.md.
@Suite struct WindowTableTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var other: String
        var blackout: String
        var gate: String
        var window: String
        var start: String
        var end: String

        /// Whether the gate is closed already and stays so at the start.
        var isHeld: Bool { gate.hasPrefix("closed") && start == "leaves the gate" }

        var testDescription: String { "\(other) | \(blackout) | \(gate)" }
    }

    static let rows: [Row] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/windows.md")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
        return lines.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return Row(
                other: cells[0], blackout: cells[1], gate: cells[2], window: cells[3], start: cells[4], end: cells[5])
        }
    }()

    /// How long the other one lasts from 09:00 on; this one begins at 10:00 and ends at 12:00.
    private static let hours: [String: Int64] = [
        "yes, ends later": 5, "yes, ends sooner": 2, "yes, ends as this one begins": 1,
    ]

    @Test func theTableIsWhole() { #expect(Self.rows.count == 15) }

    @Test("R41: overlapping windows compose as the published table says, deny wins", arguments: rows)
    func composes(row: Row) throws {
        var world = WindowWorld()
        let scope = Scope.source(.csa)
        world.plan("w_this", scope: scope, at: "10:00", hours: 2)
        if row.other != "no" {
            world.plan("w_other", scope: scope, at: "09:00", hours: Self.hours[row.other] ?? 0)
        }
        // The other one begins before any blackout.
        world.run(until: "09:30")
        if row.blackout != "none" {
            let part = row.blackout == "for its launches" ? nil : Scope.source(.api)
            world.plan("w_black", kind: .blackout, scope: part, at: "09:45", hours: 4)
        }
        if row.gate == "closed by a person" { world.set(.hold, scope, by: "ann", reason: "by hand") }
        if row.gate == "opened by a person" { world.set(.open, scope, by: "ann", reason: "by hand") }
        #expect(world.mode(scope) == (row.gate.hasPrefix("open") ? .open : .hold))
        let before = world.gate.entry(for: scope)
        world.run(until: "10:30")
        #expect(world.state("w_this") == (row.window == "begins" ? .begun : .scheduled))
        #expect((world.gate.entry(for: scope) == before) == (row.start == "leaves the gate"))
        #expect((world.mode(scope) == .hold) == (row.start == "closes the gate" || row.isHeld))
        world.run(until: "11:59")
        let late = world.gate.entry(for: scope)
        world.run(until: "12:01")
        #expect(world.mode(scope) == (row.end == "opens the gate" ? .open : late?.mode ?? .open))
        if row.end == "opens the gate" { #expect(late?.mode == .hold) }
    }
}

/// Windows, a gate and a clock without anything around them: what the keeper does, in one thread.
struct WindowWorld {
    var ledger = WindowLedger()
    var gate = GateRecord(
        epoch: .first,
        whole: ScopeMode(scope: nil, mode: .open, since: .zero, by: .sluice, reason: "first start"))
    var notes: [AuditNote] = []
    var records: [WindowOccurrence] = []
    var forgotten: [WindowID] = []
    var now = Timestamp(rfc3339: "2026-12-05T08:00:00Z")!
    var zones: (String) -> TimeZoneRules? = { $0 == "UTC" ? .utc : nil }

    /// A time of the day, or a whole one.
    func time(_ text: String) -> Timestamp {
        Timestamp(rfc3339: text) ?? Timestamp(rfc3339: "2026-12-05T\(text):00Z")!
    }

    func window(
        _ id: String, kind: Window.Kind = .maintenance, scope: Scope? = nil, at start: String, hours: Int64,
        rule: String? = nil
    ) -> Window {
        var window = Window(
            id: WindowID(id), kind: kind, summary: "Upgrade", scope: scope, start: time(start), timeZone: "UTC",
            seconds: hours * 3600, rule: rule, by: Principal("ann"), reason: "why", plannedAt: now)
        window.startsByItself = true
        window.endsByItself = true
        return window
    }

    mutating func plan(
        _ id: String, kind: Window.Kind = .maintenance, scope: Scope? = nil, at start: String, hours: Int64,
        rule: String? = nil, _ vary: (inout Window) -> Void = { _ in }
    ) {
        var planned = window(id, kind: kind, scope: scope, at: start, hours: hours, rule: rule)
        vary(&planned)
        do throws(WindowLedger.Refusal) { take(try ledger.plan(planned, at: now, zones)) } catch {
            Issue.record("\(error)")
        }
        settle()
    }

    mutating func take(_ outcome: WindowLedger.Outcome) {
        ledger.apply(outcome)
        notes += outcome.notes
        forgotten += outcome.forgotten
        for occurrence in outcome.occurrences {
            records.removeAll { $0.window == occurrence.window && $0.wall == occurrence.wall }
            records.append(occurrence)
        }
    }

    mutating func settle() {
        for _ in 0..<10 {
            let outcome = ledger.tick(at: now, gate: gate, zones)
            take(outcome)
            let work = ledger.gateWork
            for occurrence in work { self.work(occurrence) }
            if outcome.isEmpty, work.isEmpty { return }
        }
        Issue.record("the ledger does not come to rest")
    }

    private mutating func work(_ occurrence: WindowOccurrence) {
        switch ledger.gateMove(for: occurrence, gate: gate) {
        case .none: break
        case .note(let step, let since, let cause):
            take(ledger.gateChanged(occurrence, to: step, since: since, cause: cause, at: now))
        case .set(let mode, let scope, let reason, let step):
            set(mode, scope, by: "sluice", reason: reason)
            let since = step == .closed ? now : nil
            take(ledger.gateChanged(occurrence, to: step, since: since, cause: nil, at: now))
        }
    }

    mutating func set(_ mode: GateMode?, _ scope: Scope?, by: String, reason: String) {
        gate.scopes.removeAll { $0.scope == scope }
        guard let mode else { return }
        let entry = ScopeMode(scope: scope, mode: mode, since: now, by: Principal(by), reason: reason)
        if scope == nil { gate.whole = entry } else { gate.scopes.append(entry) }
    }

    func mode(_ scope: Scope?) -> GateMode { gate.entry(for: scope)?.mode ?? gate.whole.mode }

    /// Goes on from event to event.
    mutating func run(until text: String) {
        let end = time(text)
        while let next = ledger.nextEvent(after: now), next <= end {
            now = next
            settle()
        }
        now = end
        settle()
    }

    func state(_ id: String) -> WindowOccurrence.State? { records.first { $0.window == WindowID(id) }?.state }

    func count(_ kind: String) -> Int { notes.count { $0.kind == kind } }
}

import SluiceForecast
import SluiceModel
import Testing

/// Windows, a gate and a clock without anything around them, for what the ledger decides by itself. The real keeper
/// with the real gate is in `WindowKeeperTests` of the engine.
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

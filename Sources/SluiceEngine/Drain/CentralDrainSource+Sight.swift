import SluiceCore
import SluiceModel
import SluicePorts

extension CentralDrainSource {
    /// What a look showed, and what is kept of it.
    func sight(of look: inout Look, holds: [ExecutionID: GateHold]) -> DrainSight {
        let inventory = packs.inventory
        var items: [DrainItem] = []
        var ended: [DrainEnd] = []
        for id in look.memory.known.keys.sorted() {
            guard var summary = look.memory.known[id] else { continue }
            if let seen = look.seen[id] {
                summary = seen
                look.memory.misses[id] = nil
            }
            if summary.status.isTerminal {
                if isWithin(summary, look.memory, inventory) { ended.append(end(summary, look, inventory)) }
                forget(id, &look)
                continue
            }
            look.memory.known[id] = summary
            guard isWithin(summary, look.memory, inventory) else { continue }
            let isGated = summary.flow.flatMap { inventory[$0]?.isGated } ?? false
            items.append(
                ExecutionDrainRules.item(
                    summary, hold: holds[id], isNewAtGate: isGated && look.memory.isNew.contains(id),
                    isExempt: isExempt(summary, inventory)))
        }
        for summary in look.vanished where look.seen[summary.id] == nil {
            // It may have gone on unseen, so this is no idle end.
            if isWithin(summary, look.memory, inventory) {
                ended.append(DrainEnd(DrainItemID(summary.id), isIdle: false))
                items.removeAll { $0.id == DrainItemID(summary.id) }
            }
            forget(summary.id, &look)
            look.notes.append("Central does not know execution \(summary.id) any more, which was running")
        }
        for summary in look.passed where isWithin(summary, look.memory, inventory) {
            ended.append(end(summary, look, inventory))
        }
        look.memory.hasLooked = true
        if let gap = blindness(look.memory) { look.gaps.append(gap) }
        if let days = configuration.oldestDays {
            look.notes.append("executions that began more than \(days) days ago are not looked for (drain.oldestDays)")
        }
        return DrainSight(
            system: .central, isFull: look.isFull && !look.memory.needsFull, items: items, ended: ended,
            gaps: look.gaps, notes: look.notes)
    }

    private func forget(_ id: ExecutionID, _ look: inout Look) {
        look.memory.known[id] = nil
        look.memory.misses[id] = nil
        look.memory.isNew.remove(id)
    }

    private func end(_ summary: ExecutionSummary, _ look: Look, _ inventory: Inventory) -> DrainEnd {
        let isGated = summary.flow.flatMap { inventory[$0]?.isGated } ?? false
        return ExecutionDrainRules.end(
            summary, asksGate: isGated || look.memory.holds.hasAsked(summary.id),
            isExempt: isExempt(summary, inventory))
    }

    private func isExempt(_ summary: ExecutionSummary, _ inventory: Inventory) -> Bool {
        let path = summary.flowPath ?? summary.flow.flatMap { inventory[$0]?.path }
        return configuration.isExempt(flow: summary.flow, path: path)
    }

    /// Why Central may show only a part; nil: it shows everything, as far as anybody knows.
    private func blindness(_ memory: Memory) -> String? {
        let advice = "check it with an account that sees all, and set drain.accountSees to everything"
        switch configuration.sight {
        case .everything: return nil
        case .own:
            return "Sluice's account sees only its own executions (drain.accountSees), so nothing is known of others'; "
                + "give it the right to see all"
        case .detect:
            guard configuration.account != nil else {
                return "Sluice's account in Central has no name here, so whose executions it sees is not known: "
                    + advice
            }
            return memory.hasSeenOthers
                ? nil
                : "Central lists no execution that another account started: Sluice's may see only its own; \(advice)"
        }
    }

    /// Whether a drain is about an execution. By tenant it cannot be told, and by source only of CSA's, so all are.
    private func isWithin(_ summary: ExecutionSummary, _ memory: Memory, _ inventory: Inventory) -> Bool {
        memory.scopes.isEmpty
            || memory.scopes.contains { scope in
                switch scope {
                case .flow(let flow): return summary.flow.map { $0 == flow } ?? true
                case .path(let glob):
                    let path = summary.flowPath ?? summary.flow.flatMap { inventory[$0]?.path }
                    return path.map(glob.matches) ?? true
                case .contentPack(let name):
                    return summary.flow.flatMap { inventory[$0]?.contentPack }.map { $0 == name } ?? true
                case .source where MaintenanceGate.isOfCSA(scope):
                    return memory.isOfCSA[summary.id] ?? true
                case .source, .tenant: return true
                }
            }
    }
}

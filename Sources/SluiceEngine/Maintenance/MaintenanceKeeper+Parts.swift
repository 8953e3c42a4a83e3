import Logging
import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// How its parts are worked on, and what the machine hears of them.
extension MaintenanceKeeper {
    /// One part to be worked on.
    struct Job: Sendable {
        var record: MaintenanceRecord
        var wish: PartWish
        var worker: any MaintenanceWorker
    }

    /// The parts that are to be worked on further; each counts as busy until its job is done.
    func takeJobs(of id: MaintenanceID) -> [Job] {
        let now = clocks.now().monotonic
        return state.withLock { state -> [Job] in
            guard let machine = state.machines[id], machine.record.isUnderWay else { return [] }
            let wishes = machine.wishes
            // A fence that no step of a phase is about stands as after a restart: by the record. Where an abort shuts
            // one, it is in force before anything behind it is put back (csa-api.md section 11).
            let worked = Set(wishes.compactMap { MaintenanceFences.system(of: $0.part) })
            let left = MaintenanceFences.standings(of: machine.record).filter { !worked.contains($0.system) }
            if fences.hold(left) { state.fencesShutAt = now }
            if let shutAt = state.fencesShutAt, now.since(shutAt) < fences.closedAfter { return [] }
            return wishes.compactMap { wish in
                guard !state.busy.contains(wish.part),
                    let worker = workers.first(where: { $0.parts.contains(wish.part) })
                else { return nil }
                state.busy.insert(wish.part)
                return Job(record: machine.record, wish: wish, worker: worker)
            }
        }
    }

    func work(_ job: Job) async {
        let (part, phase) = (job.wish.part, job.record.phase)
        do {
            let report = try await job.worker.work(on: job.wish, of: job.record)
            report.notes.forEach { handle(.learnt($0), of: job.record.id) }
            saw(part, Seen(maintenance: job.record.id, phase: phase, fact: report.fact))
        } catch {
            logger.warning(
                "a part of a maintenance does not get on",
                metadata: ["part": "\(part.rawValue)", "goal": "\(job.wish.goal.rawValue)", "error": "\(error)"])
            let now = clocks.now().wall
            let since = state.withLock { $0.seen[part]?.trouble?.since } ?? now
            let blocker = MaintenanceBlocker(
                name: "trouble/\(part.rawValue)", part: part, text: "\(error)",
                remedy: "solve it; it is tried again all the time, or abort", since: since, canBeWaived: false)
            saw(
                part,
                Seen(
                    maintenance: job.record.id, phase: phase,
                    fact: .init(goal: job.wish.goal, isReached: false, blockers: [blocker]),
                    trouble: ("\(error)", since)))
        }
    }

    private func saw(_ part: MaintenancePart, _ seen: Seen) {
        let facts = state.withLock { state in
            state.busy.remove(part)
            state.seen[part] = seen
            let same = state.seen.filter { $0.value.maintenance == seen.maintenance && $0.value.phase == seen.phase }
            return MaintenanceFacts(same.mapValues(\.fact))
        }
        handle(.observed(facts, in: seen.phase), of: seen.maintenance)
    }
}

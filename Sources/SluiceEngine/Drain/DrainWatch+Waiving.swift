import SluiceCore
public import SluiceModel
import SluicePorts
import Synchronization

extension DrainWatch {
    /// What became of a waiver.
    public enum WaiveOutcome: Hashable, Sendable {
        case waived(DrainItem)
        /// Nothing of that name is waited for, in any of the drain's systems.
        case notFound
        /// No drain of that name is watched.
        case noDrain
        /// `DrainLimits.waiverCountMax` are kept.
        case tooMany
    }

    /// Notes that a drain need not wait for something any more.
    public func waive(_ waiver: DrainWaiver, in id: String) -> WaiveOutcome {
        let now = clocks.now()
        let (outcome, news) = state.withLock { state -> (WaiveOutcome, [DrainNews]) in
            guard var drain = state.drain, drain.order.id == id else { return (.noDrain, []) }
            for system in drain.order.systems {
                guard var machine = drain.states[system], let entry = machine.entry(waiver.id) else { continue }
                let changes = machine.step(.waived(waiver), at: now)
                guard machine.entry(waiver.id)?.waiver == waiver else { return (.tooMany, []) }
                drain.states[system] = machine
                drain.blockers[system]?.removeAll { $0.item.id == waiver.id }
                if case .running = entry.item.standing { drain.isCut = true }
                state.drain = drain
                return (.waived(entry.item), DrainWatch.news(changes, drain, system, at: now.wall))
            }
            return (.notFound, [])
        }
        tell(news)
        return outcome
    }

    /// Takes a waiver back.
    public func unwaive(_ item: DrainItemID, in id: String) {
        handle(.unwaived(item), in: id)
    }
}

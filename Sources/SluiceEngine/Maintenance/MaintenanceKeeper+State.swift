import SluiceCore
import SluiceModel
import Synchronization

extension MaintenanceKeeper {
    /// What is known of the maintenances that are not over, and who waits for their orders.
    struct State {
        typealias Orders = [MoveOrder.Ref: CheckedContinuation<MoveOutcome, Never>]

        /// Those that are neither completed nor aborted, by id.
        var machines: [MaintenanceID: MaintenanceState] = [:]
        var isLoaded = false
        /// How many plans were put on record here.
        var planCount = 0
        var loadedAt: MonotonicTime?
        /// The gate that was in force here before they were read.
        var loadedEpoch: Epoch?
        var orders = Orders()
        /// Nothing is written any more.
        var isStopped = false
        var nextRef: UInt64 = 1
        /// How each part stands, as its worker said last, for the phase it was asked in.
        var seen: [MaintenancePart: Seen] = [:]
        /// Parts that are being worked on.
        var busy: Set<MaintenancePart> = []
        /// Since when a fence is shut that was open before, without its worker.
        var fencesShutAt: MonotonicTime?
        /// Of the one that is under way.
        var continuing: Set<CSAInstanceID> = []
    }

    struct Seen {
        var maintenance: MaintenanceID
        var phase: MaintenancePhase
        var fact: MaintenanceFacts.Fact
        /// Since when its worker fails, and with what.
        var trouble: (cause: String, since: Timestamp)?
    }

    /// Whoever waits when the process ends is told so: what was written has been answered by then.
    func refuseIfStopped() {
        let waiting = state.withLock { state in
            guard state.isStopped else { return State.Orders() }
            defer { state.orders = [:] }
            return state.orders
        }
        for (_, order) in waiting { order.resume(returning: .refused(.notWritten(cause: "Sluice is stopping"))) }
    }
}

extension MaintenanceKeeper.State {
    /// One that was read meanwhile, and may have gone on, stays.
    mutating func adopt(planned record: MaintenanceRecord) {
        planCount += 1
        if machines[record.id] == nil { machines[record.id] = MaintenanceState(record: record) }
    }

    /// Whether what is known here is older than what was just written.
    func isBehind(_ record: MaintenanceRecord) -> Bool {
        machines[record.id].map { $0.record.revision < record.revision } ?? false
    }

    /// Why another one stands against a move; asked with the step, so that of two starts at once one is refused.
    func refusal(of move: MaintenanceMove, of id: MaintenanceID) -> MoveRefusal? {
        guard case .start = move,
            let other = machines.values.filter({ $0.isStarted && $0.record.id != id }).map(\.record)
                .min(by: { $0.id < $1.id })
        else { return nil }
        let place = other.isUnderWay ? "under way, in \(other.phase.rawValue)" : "being started"
        return .invalid(["maintenance \(other.id) is \(place): one at a time"])
    }

    /// nil: no maintenance that closed CSA is under way.
    func wasRunning(_ instance: CSAInstanceID) -> Bool? {
        guard machines.values.contains(where: { $0.record.isUnderWay && $0.record.csaInstances != nil })
        else { return nil }
        return continuing.contains(instance)
    }

    /// Sets of many thousand ids are made anew only when they changed.
    mutating func adoptContinuing() {
        let ids = machines.values.first { $0.record.isUnderWay }?.record.csaInstances ?? []
        if ids.count != continuing.count { continuing = Set(ids) }
    }
}

import Logging
import ServiceLifecycle
import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Tells CSA what became of launches that it waits for and that never started (`EndedLaunchAnswer`).
///
/// Whoever leads looks now and then at the holds that ended so; what CSA itself says is over is left as it is, so a
/// crash at any point is made good by the next look.
final class ProcessInstanceKeeper: Service, MaintenanceWorker {
    private struct State {
        /// Holds that ended so, and about which CSA may still have to be told.
        var pending: Set<Ticket> = []
        /// Up to which line the events were read; nil: all holds have to be looked at.
        var line: Int64?
        var readAllAt: MonotonicTime?
        var sweptAt: MonotonicTime?
        /// For which phase of a maintenance all were looked at.
        var phase: (MaintenanceID, Timestamp)?
        var last: MaintenanceFacts.Fact?
    }

    private let site: CSASite
    private let store: any Store
    private let clocks: any Clocks
    private let logger: Logger
    private let isLeading: @Sendable () -> Bool
    /// Whether something that may take so long may be sent now.
    private let permit: @Sendable (Duration) -> Permit
    private let state = Mutex(State())

    init(
        site: CSASite, store: any Store, clocks: any Clocks, logger: Logger,
        isLeading: @escaping @Sendable () -> Bool, permit: @escaping @Sendable (Duration) -> Permit
    ) {
        self.site = site
        self.store = store
        self.clocks = clocks
        self.logger = logger
        self.isLeading = isLeading
        self.permit = permit
    }

    let parts: Set<MaintenancePart> = [.processInstances]

    func run() async throws {
        try? await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                if isLeading() {
                    do {
                        _ = try await sweep()
                    } catch {
                        // CSA may be down for hours; who needs it said is told by the maintenance.
                        logger.debug("process instances cannot be looked at", metadata: ["error": "\(error)"])
                    }
                }
                try await clocks.sleep(
                    until: clocks.now().monotonic.advanced(by: ProcessInstanceLimits.sweepInterval))
            }
        }
    }

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        let now = clocks.now()
        let last = state.withLock { state -> MaintenanceFacts.Fact? in
            if state.phase.map({ $0 != (record.id, record.phaseSince) }) ?? true {
                state.phase = (record.id, record.phaseSince)
                state.line = nil
                state.last = nil
            }
            guard let last = state.last, let sweptAt = state.sweptAt, now.monotonic.since(sweptAt) < site.pollInterval
            else { return nil }
            return last
        }
        if let last { return PartReport(last) }
        let blockers = try await sweep().map { left in
            MaintenanceBlocker(
                name: "process/\(left.process)", part: .processInstances, text: left.text,
                remedy: "look at it in CSA; set it by hand, or waive it", since: record.phaseSince,
                canBeWaived: true)
        }
        let fact = MaintenanceFacts.Fact(
            goal: wish.goal, isReached: true, blockers: Array(blockers.prefix(MaintenanceLimits.blockerCountMax)),
            unnamedBlockerCount: max(0, blockers.count - MaintenanceLimits.blockerCountMax))
        state.withLock { state in
            state.sweptAt = now.monotonic
            state.last = fact
        }
        return PartReport(fact)
    }

    /// What CSA still waits for, and why it cannot be told.
    private struct Left {
        var process: CSAProcessID
        var text: String
    }

    private func sweep() async throws -> [Left] {
        try await read()
        var left: [Left] = []
        for ticket in state.withLock({ $0.pending }).sorted() {
            if let hold = try await store.hold(ticket), let process = hold.request.csaProcessID,
                let text = try await answer(hold, process)
            {
                left.append(Left(process: process, text: text))
            } else {
                state.withLock { _ = $0.pending.remove(ticket) }
            }
        }
        return left
    }

    /// All holds that ended so at first and now and then, else what the events tell since.
    ///
    /// An event may come to light after one with a higher number, so they alone do not do.
    private func read() async throws {
        let now = clocks.now().monotonic
        let line = state.withLock { state -> Int64? in
            let isOld = state.readAllAt.map { now.since($0) >= ProcessInstanceLimits.readAllInterval } ?? true
            return isOld || state.pending.count >= ProcessInstanceLimits.pendingCountMax ? nil : state.line
        }
        if var line {
            for _ in 0..<ProcessInstanceLimits.eventPageCountMax {
                let events = try await store.events(of: nil, after: line, limit: EngineLimits.followedEventCountMax)
                for event in events {
                    line = event.sequence
                    guard let ticket = event.ticket, let newState = event.to, Self.states.contains(newState) else {
                        continue
                    }
                    state.withLock { _ = $0.pending.insert(ticket) }
                }
                if events.count < EngineLimits.followedEventCountMax { break }
            }
            state.withLock { [line] in $0.line = line }
            return
        }
        // Before the holds: what ends meanwhile is told by its event.
        let newest = try await store.newestEvent()
        var found: Set<Ticket> = []
        var query = HoldQuery(states: Self.states, limit: HoldQuery.limitMax)
        for _ in 0..<EngineLimits.scanPageCountMax {
            let page = try await store.holds(query)
            for hold in page.holds where hold.request.csaProcessID != nil { found.insert(hold.ticket) }
            guard let next = page.next else { break }
            query.after = next
        }
        state.withLock { [found] state in
            state.pending.formUnion(found)
            state.line = newest
            state.readAllAt = now
        }
    }

    private static let states: Set<HoldState> = [.coalesced, .expired, .discarded]

    /// - Returns: Why CSA still waits; nil: it does not.
    private func answer(_ hold: Hold, _ process: CSAProcessID) async throws -> String? {
        guard let told = try await site.client.processInstance(process), !told.state.isTerminal else { return nil }
        let representative = try await representative(of: hold)
        var other: ProcessInstance?
        if let id = representative?.request.csaProcessID, id != process {
            other = try await site.client.processInstance(id)
        }
        switch EndedLaunchAnswer(hold, representative: representative, told: other) {
        case .none: return nil
        case .ask(let words): return words
        case .wait: return "\(process) waits for \(representative?.ticket.description ?? "another launch")"
        case .tell(let newState, let code, let status):
            guard permit(site.callDuration) == .yes else {
                return "\(process) is not told yet: this replica's lead does not last long enough"
            }
            do {
                try await site.client.setProcessInstance(process, to: newState, returnCode: code, status: status)
            } catch let error as CSAError where !error.isFinal {
                // Perhaps it took it all the same.
                guard let now = try await site.client.processInstance(process), !now.state.isTerminal else {
                    return nil
                }
                return "CSA does not take the end of \(process): \(error.message)"
            }
            logger.notice(
                "CSA is told of a launch that did not start",
                metadata: [
                    "process": "\(process)", "hold": "\(hold.ticket)", "state": "\(newState.word)",
                    "status": "\(status)",
                ])
            return nil
        }
    }

    private func representative(of hold: Hold) async throws -> Hold? {
        let standIn = try await store.standIn(for: hold, limit: Coalescing.chainCountMax)
        if standIn.state == .coalesced, let next = standIn.representative, try await store.hold(next) == nil {
            return nil
        }
        return standIn.ticket == hold.ticket ? nil : standIn
    }
}

/// How often CSA is told, and what is remembered of it.
enum ProcessInstanceLimits {
    static let sweepInterval: Duration = .seconds(60)
    /// Between two looks at all holds.
    static let readAllInterval: Duration = .seconds(3600)
    /// Holds about which CSA is asked; from there on all are looked at each time.
    static let pendingCountMax = 100_000
    /// Pages of events that are read at once.
    static let eventPageCountMax = 100
}

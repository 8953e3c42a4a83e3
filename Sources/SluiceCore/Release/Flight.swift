public import SluiceModel

/// One launch on its way: from the intent until its execution has ended.
public struct Flight: Hashable, Sendable {
    public var hold: Hold
    /// Whether the flow's first step asks the gate.
    public var isGated: Bool
    public var phase: Phase
    /// Whether its pass is known to have been redeemed.
    public var isRedeemed = false
    /// The commit that ends it, under way or failed; nothing else is done with it meanwhile.
    var landing: Landing?
    /// Whether its pass was redeemed while it was landing: what the landing made of it must be read again.
    var hasNews = false

    /// A commit that ends a flight.
    struct Landing: Hashable, Sendable {
        var changes: [Change]
        /// Its record is being read again, to see what became of it.
        var hasFailed = false
    }

    public enum Phase: Hashable, Sendable {
        /// The intent is being committed. Left by the commit's end.
        case intending(PassClaims)
        /// The request is on its way. Left by its outcome.
        case launching
        /// Its execution is followed. Left when that has ended.
        case running(ExecutionID, nextPollAt: MonotonicTime, missCount: Int)
        /// Its end is known; whether its work ran is being read.
        case ending(ExecutionSummary)
        /// What became of it is being established.
        case doubted(ReconciliationState)
        /// Its caller was told to start it; nothing is known of its execution. Left by a report, or its start window's
        /// end; when its end will be reported, its record is read again by then.
        case withCaller(until: MonotonicTime)
    }

    public init(hold: Hold, isGated: Bool, phase: Phase) {
        self.hold = hold
        self.isGated = isGated
        self.phase = phase
    }

    /// Whether it takes a place under the ceiling.
    var countsToCeiling: Bool { hold.request.launcher == .sluice }

    /// Whether what its start led to is still open.
    var isStarting: Bool {
        switch phase {
        case .intending, .launching: landing == nil && countsToCeiling
        case .running, .ending, .doubted, .withCaller: false
        }
    }
}

/// The flights by ticket, walked in ticket order so that the same events give the same effects.
struct FlightTable: Sendable {
    private var byTicket: [Ticket: Flight] = [:]
    private(set) var tickets: [Ticket] = []
    private(set) var ceilingCount = 0
    private(set) var startingCount = 0
    private var orderingKeys: [OrderingKey: Int] = [:]
    private var ticketsByExecution: [ExecutionID: Ticket] = [:]

    var count: Int { tickets.count }

    subscript(_ ticket: Ticket) -> Flight? { byTicket[ticket] }

    func ticket(runningAs id: ExecutionID) -> Ticket? { ticketsByExecution[id] }

    func hasFlight(of key: OrderingKey) -> Bool { orderingKeys[key, default: 0] > 0 }

    mutating func set(_ flight: Flight) {
        let ticket = flight.hold.ticket
        if let old = byTicket[ticket] {
            unindex(old)
        } else {
            tickets.insert(ticket, at: insertionIndex(of: ticket))
            if flight.countsToCeiling { ceilingCount += 1 }
            if let key = flight.hold.request.orderingKey { orderingKeys[key, default: 0] += 1 }
        }
        byTicket[ticket] = flight
        if flight.isStarting { startingCount += 1 }
        if case .running(let id, _, _) = flight.phase { ticketsByExecution[id] = ticket }
    }

    mutating func remove(_ ticket: Ticket) {
        guard let flight = byTicket.removeValue(forKey: ticket) else { return }
        unindex(flight)
        let index = insertionIndex(of: ticket)
        if index < tickets.count, tickets[index] == ticket { tickets.remove(at: index) }
        if flight.countsToCeiling { ceilingCount -= 1 }
        if let key = flight.hold.request.orderingKey {
            let left = orderingKeys[key, default: 1] - 1
            orderingKeys[key] = left > 0 ? left : nil
        }
    }

    private mutating func unindex(_ flight: Flight) {
        if flight.isStarting { startingCount -= 1 }
        guard case .running(let id, _, _) = flight.phase, ticketsByExecution[id] == flight.hold.ticket else { return }
        ticketsByExecution[id] = nil
    }

    /// Binary search: the first index whose ticket is not before this one.
    private func insertionIndex(of ticket: Ticket) -> Int {
        var low = 0
        var high = tickets.count
        while low < high {
            let middle = (low + high) / 2
            if tickets[middle] < ticket { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

public import SluiceModel

/// One launch on its way: from the intent until its execution has ended.
public struct Flight: Hashable, Sendable {
    public var hold: Hold
    /// Whether the flow's first step asks the gate.
    public var isGated: Bool
    public var phase: Phase
    /// Whether its pass is known to have been redeemed.
    public var isRedeemed = false
    /// Whether it was started as a canary.
    public var isCanary = false
    /// The begin of the release that it was intended in; nil: in none, or it was taken up.
    var releaseBeganAt: Timestamp?
    /// Whether a person had let it go before it was intended.
    var wasReleased = false
    /// When it was intended or taken up.
    public var begunAt = MonotonicTime(nanoseconds: 0)
    /// The commit that ends it, under way or failed; nothing else is done with it meanwhile.
    var landing: Landing?
    /// Whether its pass was redeemed while it was landing: what the landing made of it must be read again.
    var hasNews = false

    /// A commit that ends a flight.
    struct Landing: Hashable, Sendable {
        var changes: [Change]
        /// Its record is being read again, to see what became of it.
        var hasFailed = false
        /// It is committed when the release's record is.
        var isHeldBack = false
        /// How it ended is counted already, in that record.
        var isCounted = false
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

    /// Whether its request is on its way.
    fileprivate var isSent: Bool {
        guard case .launching = phase else { return false }
        return isStarting
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
    /// Those that came, with some that have gone or come twice: putting them in order each time costs more than walking
    /// them, which is rare.
    private var arrived: [Ticket] = []
    private var inDoubt = TicketList()
    private var callers = TicketList()
    private(set) var ceilingCount = 0
    private(set) var startingCount = 0
    private(set) var canaryCount = 0
    private var orderingKeys: [OrderingKey: Int] = [:]
    private var ticketsByExecution: [ExecutionID: Ticket] = [:]
    private var polls = PollQueue()

    /// Beyond as many as there are, this many gone ones are kept in `arrived`.
    private static let goneCountMax = 64

    var count: Int { byTicket.count }

    private var tickets: [Ticket] {
        var list = TicketList()
        for ticket in arrived where byTicket[ticket] != nil { list.insert(ticket) }
        return list.tickets
    }

    /// Those in doubt, and those whose caller starts them: they are looked at often, and are few among many that run.
    var doubted: [Ticket] { inDoubt.tickets }
    var withCaller: [Ticket] { callers.tickets }

    /// Launches by Sluice whose answer has not come yet.
    private(set) var sentCount = 0

    subscript(_ ticket: Ticket) -> Flight? { byTicket[ticket] }

    /// None of what is under way is a canary any more.
    mutating func forgetCanaries() {
        guard canaryCount > 0 else { return }
        for ticket in tickets { byTicket[ticket]?.isCanary = false }
        canaryCount = 0
    }

    /// When the last launch by Sluice was intended, as far as it is under way.
    var lastAttemptAt: Timestamp? {
        tickets.lazy.compactMap { byTicket[$0] }.filter(\.countsToCeiling).compactMap(\.hold.attemptAt).max()
    }

    /// The first by ticket that fits.
    func first(where fits: (Flight) -> Bool) -> Flight? {
        for ticket in tickets {
            if let flight = byTicket[ticket], fits(flight) { return flight }
        }
        return nil
    }

    func ticket(runningAs id: ExecutionID) -> Ticket? { ticketsByExecution[id] }

    func hasFlight(of key: OrderingKey) -> Bool { orderingKeys[key, default: 0] > 0 }

    mutating func set(_ flight: Flight) {
        let ticket = flight.hold.ticket
        if let old = byTicket[ticket] {
            unindex(old)
        } else {
            arrived.append(ticket)
            if flight.countsToCeiling { ceilingCount += 1 }
            if flight.isCanary { canaryCount += 1 }
            if let key = flight.hold.request.orderingKey { orderingKeys[key, default: 0] += 1 }
        }
        byTicket[ticket] = flight
        if flight.isStarting { startingCount += 1 }
        if flight.isSent { sentCount += 1 }
        switch flight.phase {
        case .running(let id, let nextPollAt, _):
            ticketsByExecution[id] = ticket
            if flight.landing == nil { polls.insert(PollQueue.Entry(at: nextPollAt, id: id, ticket: ticket)) }
        case .doubted: inDoubt.insert(ticket)
        case .withCaller: callers.insert(ticket)
        case .intending, .launching, .ending: break
        }
    }

    /// Takes out executions that are due to be looked at, the most overdue first. Those that stay as they are must be
    /// put back.
    mutating func takeDue(at now: MonotonicTime, limit: Int) -> [PollQueue.Entry] {
        var due: [PollQueue.Entry] = []
        while due.count < limit, let entry = polls.removeFirst(due: now) {
            guard let flight = byTicket[entry.ticket], flight.landing == nil,
                case .running(entry.id, entry.at, _) = flight.phase, due.last != entry
            else { continue }
            due.append(entry)
        }
        return due
    }

    mutating func putBack(_ entries: [PollQueue.Entry]) { for entry in entries { polls.insert(entry) } }

    mutating func remove(_ ticket: Ticket) {
        guard let flight = byTicket.removeValue(forKey: ticket) else { return }
        unindex(flight)
        if arrived.count > 2 * byTicket.count + Self.goneCountMax { arrived = tickets }
        if flight.countsToCeiling { ceilingCount -= 1 }
        if flight.isCanary { canaryCount -= 1 }
        if let key = flight.hold.request.orderingKey {
            let left = orderingKeys[key, default: 1] - 1
            orderingKeys[key] = left > 0 ? left : nil
        }
    }

    private mutating func unindex(_ flight: Flight) {
        if flight.isStarting { startingCount -= 1 }
        if flight.isSent { sentCount -= 1 }
        switch flight.phase {
        case .running(let id, _, _):
            if ticketsByExecution[id] == flight.hold.ticket { ticketsByExecution[id] = nil }
        case .doubted: inDoubt.remove(flight.hold.ticket)
        case .withCaller: callers.remove(flight.hold.ticket)
        case .intending, .launching, .ending: break
        }
    }
}

extension Hold {
    /// When its attempt was intended: `attemptAt` may be later, since it is never before the begin of the release,
    /// which another replica's clock may have told.
    var intendedAt: Timestamp { min(attemptAt ?? stateSince, stateSince) }
}

/// Tickets, each once, in their order.
struct TicketList: Sendable {
    private(set) var tickets: [Ticket] = []

    mutating func insert(_ ticket: Ticket) {
        let index = insertionIndex(of: ticket)
        if index == tickets.count || tickets[index] != ticket { tickets.insert(ticket, at: index) }
    }

    mutating func remove(_ ticket: Ticket) {
        let index = insertionIndex(of: ticket)
        if index < tickets.count, tickets[index] == ticket { tickets.remove(at: index) }
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

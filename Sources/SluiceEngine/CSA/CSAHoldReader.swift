import SluiceCore
import SluiceModel
import SluicePorts

/// Finds the holds that CSA waits for: those whose request carries its ids (`CSA_PROCESS_ID`, `CSA_CONTEXT_ID`).
struct CSAHoldReader: Sendable {
    /// One of them, as it stands now.
    struct Found: Sendable {
        var hold: Hold
        /// What stands for it, when it is coalesced; else itself.
        var standIn: Hold

        /// What CSA waits for; nil: its launch is on its way, runs, or is over.
        var waitsFor: Ticket? {
            switch standIn.state {
            // Coalesced: the chain is longer than is followed, and not at its end.
            case .held, .released, .awaitingOperator, .coalesced: standIn.ticket
            case .launching, .running, .ended, .superseded, .expired, .discarded: nil
            }
        }

        /// Whether nothing of it is to come any more; nil while that is not so, or not known.
        var hasExecution: Bool? {
            switch standIn.state {
            case .ended, .expired, .discarded: false
            // Its asker went on without us: whatever runs is not known here.
            case .superseded: nil
            case .held, .released, .awaitingOperator, .launching, .running, .coalesced: nil
            }
        }
    }

    /// What one reading gave.
    struct Reading: Sendable {
        /// By ticket.
        var found: [Found] = []
        /// Why some may be missing; nil: none is.
        var gap: String?
    }

    private static let openStates: Set<HoldState> = [.held, .released, .launching, .running, .awaitingOperator]

    private var tickets: Set<Ticket> = []
    /// Up to which arrival the holds were read.
    private var cursor: Int64 = 0

    /// - Parameter isAnew: All holds are read once more: one that came back is older than the cursor.
    /// - Throws: `StoreError`.
    mutating func read(_ store: any Store, isAnew: Bool) async throws -> Reading {
        var reading = Reading()
        var cursor = isAnew ? 0 : cursor
        let pageCountMax = isAnew ? CSASurveyLimits.holdSweepPageCountMax : CSASurveyLimits.holdPageCountMax
        var isWhole = false
        for _ in 0..<pageCountMax {
            let query = HoldQuery(states: Self.openStates, after: cursor, limit: HoldQuery.limitMax)
            let page = try await store.holds(query)
            for hold in page.holds {
                cursor = max(cursor, hold.arrival)
                if hold.isOfCSA, tickets.count < CSASurveyLimits.processCountMax { tickets.insert(hold.ticket) }
            }
            isWhole = page.next == nil
            if isWhole { break }
        }
        self.cursor = cursor
        if !isWhole { reading.gap = "not all holds were read yet, so which of them CSA waits for is not all known" }
        if tickets.count >= CSASurveyLimits.processCountMax {
            reading.gap = "CSA waits for \(tickets.count) holds or more, and no more of them are followed"
        }
        for ticket in tickets.sorted() {
            guard let hold = try await store.hold(ticket) else {
                tickets.remove(ticket)
                continue
            }
            let found = Found(
                hold: hold, standIn: try await store.standIn(for: hold, limit: Coalescing.chainCountMax))
            reading.found.append(found)
            // It is told once more; whoever reads follows its process instance from there.
            if found.standIn.state.isFinal { tickets.remove(ticket) }
        }
        return reading
    }
}

extension Hold {
    /// Whether something of CSA's waits for it.
    fileprivate var isOfCSA: Bool { request.csaProcessID != nil || request.csaInstanceID != nil }
}

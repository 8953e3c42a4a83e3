import SluiceCore
import SluiceModel

/// What was launched: once, in order, and as holds live.
extension HistoryChecker {
    // MARK: At most once

    mutating func checkOnce() {
        var worked: [Ticket: [ExecutionRecord]] = [:]
        var tickets: [Ticket] = []
        for execution in executions {
            guard let ticket = Self.ticket(of: execution), mayHaveWorked(execution) else { continue }
            if worked[ticket] == nil { tickets.append(ticket) }
            worked[ticket, default: []].append(execution)
        }
        for ticket in tickets {
            guard let launches = worked[ticket], launches.count > 1 else { continue }
            let ids = launches.map(\.id.text).joined(separator: ", ")
            let isCertain = launches.filter { $0.hasWorked == true }.count > 1
            find(.atMostOnce, "hold \(ticket) \(isCertain ? "ran" : "may have run") \(launches.count) times: \(ids)")
        }
        checkKeys()
    }

    /// Whether the flow's own work may have run: it was seen to, or it did not end at its gate step.
    private func mayHaveWorked(_ execution: ExecutionRecord) -> Bool {
        if let hasWorked = execution.hasWorked { return hasWorked }
        let gateEnds: Set<String> = ["held", "rejected", "unreachable", "deferred"]
        return !gateEnds.contains(execution.resultName?.lowercased() ?? "")
    }

    /// One idempotency key is one launch: one hold, or one answer to proceed that is not a repeat.
    private mutating func checkKeys() {
        struct Place: Hashable, Comparable {
            let principal: String
            let key: String

            static func < (left: Self, right: Self) -> Bool {
                (left.principal, left.key) < (right.principal, right.key)
            }
        }
        struct Launches {
            var tickets: Set<Ticket> = []
            var proceedCount = 0
        }
        var launches: [Place: Launches] = [:]
        for answer in answers {
            guard let asked = questions[answer.ask], let key = asked.idempotencyKey else { continue }
            let place = Place(principal: asked.principal ?? "", key: key.text)
            if let ticket = answer.ticket, answer.decision == "hold" {
                launches[place, default: .init()].tickets.insert(ticket)
            }
            let isRepeat = answer.code == "repeated" || answer.code == "released" || answer.code == "admitted"
            if answer.decision == "proceed", !isRepeat { launches[place, default: .init()].proceedCount += 1 }
        }
        for (place, seen) in launches.sorted(by: { $0.key < $1.key }) {
            let count = seen.tickets.count + seen.proceedCount
            guard count > 1 else { continue }
            find(
                .atMostOnce,
                "idempotency key \(place.key) of \(place.principal.isEmpty ? "one client" : place.principal) made "
                    + "\(seen.tickets.count) holds and \(seen.proceedCount) answers to proceed")
        }
    }

    // MARK: Order of a key

    mutating func checkOrder() {
        var byKey: [OrderingKey: [(hold: HoldRecord, execution: ExecutionRecord)]] = [:]
        for execution in executions {
            guard let ticket = Self.ticket(of: execution), mayHaveWorked(execution), let hold = ends[ticket],
                let key = hold.orderingKey
            else { continue }
            byKey[key, default: []].append((hold, execution))
        }
        for (key, launches) in byKey.sorted(by: { $0.key < $1.key }) {
            // By their start, as `executions` is.
            for (before, after) in zip(launches, launches.dropFirst()) where before.hold.ticket != after.hold.ticket {
                if after.hold.arrival < before.hold.arrival {
                    find(
                        .orderOfKey,
                        "of key \(key), \(after.hold.ticket) arrived before \(before.hold.ticket) and started after it")
                }
                guard let end = before.execution.endedAt else {
                    find(
                        .orderOfKey,
                        "of key \(key), \(after.hold.ticket) started though \(before.hold.ticket) had not ended")
                    continue
                }
                if after.execution.startedAt + tolerance.skew < end {
                    find(
                        .orderOfKey,
                        "of key \(key), \(after.hold.ticket) started \(end - after.execution.startedAt) µs before "
                            + "\(before.hold.ticket) ended")
                }
            }
        }
    }

    // MARK: Lives

    mutating func checkLives() {
        var last: Int64?
        var states: [Ticket: HoldState] = [:]
        var settledStates: [Ticket: HoldState] = [:]
        var laterStates: [Ticket: Set<HoldState>] = [:]
        for event in audit {
            if let last, event.sequence <= last {
                find(.auditInOrder, "line \(event.sequence) of the audit is there twice")
            }
            last = event.sequence
            guard let ticket = event.ticket, let to = event.to else { continue }
            if let state = states[ticket] {
                if event.from != state {
                    find(
                        .lifeOfHold,
                        "line \(event.sequence): hold \(ticket) left \(event.from?.rawValue ?? "nothing"), but it was "
                            + state.rawValue)
                } else if !Self.canMove(from: state, to: to) {
                    find(
                        .lifeOfHold,
                        "line \(event.sequence): hold \(ticket) went from \(state.rawValue) to \(to.rawValue)")
                }
            } else if event.from == nil, to != .held, event.kind != HoldImport.eventKind {
                find(.lifeOfHold, "line \(event.sequence): hold \(ticket) began as \(to.rawValue)")
            }
            states[ticket] = to
            if let asOf = ends[ticket]?.asOf, event.sequence > asOf {
                laterStates[ticket, default: []].insert(to)
            } else {
                settledStates[ticket] = to
            }
        }
        for hold in ends.values.sorted(by: { $0.arrival < $1.arrival }) {
            guard let state = states[hold.ticket], settledStates[hold.ticket] != hold.state,
                laterStates[hold.ticket]?.contains(hold.state) != true
            else { continue }
            find(
                .lifeOfHold,
                "hold \(hold.ticket) is \(hold.state.rawValue); its last line in the audit says \(state.rawValue)")
        }
    }

    /// Whether something that can happen to a hold leads from one state to the other.
    static func canMove(from: HoldState, to: HoldState) -> Bool {
        HoldHappening.allCases.contains { HoldLife.state(after: $0, in: from) == to }
    }
}

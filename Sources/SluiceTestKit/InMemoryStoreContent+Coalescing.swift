import SluiceModel
import SluicePorts

extension InMemoryStoreContent {
    mutating func coalesce(_ coalescing: Coalescing) throws {
        guard let newest = holds[coalescing.representative], newest.request.coalesceKey == coalescing.key else {
            throw conflict("coalesce \(coalescing.representative)")
        }
        let found = holds.filter { other in
            other.state == .held && newest.mayStand(for: other, at: coalescing.at)
                && (coalescing.includesWaitedFor || !other.isWaitedFor)
        }
        let sorted = found.sorted {
            ($0.request.notBefore?.milliseconds ?? .min, $0.arrival)
                < ($1.request.notBefore?.milliseconds ?? .min, $1.arrival)
        }
        for other in sorted.prefix(Coalescing.countMax) {
            var move = HoldMove(
                ticket: other.ticket, from: [.held], to: .coalesced, at: coalescing.at, by: coalescing.by,
                cause: coalescing.cause)
            move.update.representative = newest.ticket
            try self.move(move)
        }
    }

    mutating func succeed(_ succession: Succession) throws {
        guard let failed = holds[succession.of], failed.request.coalesceKey == succession.key, failed.state.isFinal
        else { throw conflict("succeed \(succession.of)") }
        var before = Int64.max
        for _ in 0...Succession.passedOverCountMax {
            guard let next = represented(by: failed.ticket, before: before).last else { return }
            let others = represented(by: failed.ticket, before: next.arrival)
            guard succession.passesOverItsSchedule, next.isMissedTime(ofScheduleOf: failed) else {
                for other in others { point(other, to: next.ticket) }
                return try bringBack(next, failed, succession)
            }
            for other in represented(by: next.ticket, before: .max) { point(other, to: failed.ticket) }
            before = next.arrival
        }
    }

    /// Those that name a hold as their representative, in arrival order.
    private func represented(by ticket: Ticket, before arrival: Int64) -> [Hold] {
        holds.filter {
            $0.state == .coalesced && $0.representative == ticket && $0.arrival < arrival
        }
    }

    private mutating func bringBack(_ hold: Hold, _ failed: Hold, _ succession: Succession) throws {
        let newer = holds.last {
            !$0.state.isFinal && $0.mayStand(for: hold, at: succession.at)
        }
        if let newer { return point(hold, to: newer.ticket) }
        try move(
            HoldMove(
                ticket: hold.ticket, from: [.coalesced], to: .held, at: succession.at, by: succession.by,
                cause: succession.cause(failed.state)))
    }

    private mutating func point(_ hold: Hold, to ticket: Ticket) {
        var pointed = hold
        pointed.representative = ticket
        set(hold.ticket, to: pointed)
    }
}

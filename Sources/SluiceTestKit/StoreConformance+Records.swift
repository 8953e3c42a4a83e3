import SluiceModel
import SluicePorts

extension StoreConformance {
    private static func redemption(
        ask: String?, run: String? = nil, by principal: Principal = .fixture, at: Timestamp = start
    ) -> Change {
        let asker = Asker(principal: principal, askID: ask.map { AskID($0) }, runID: run.map { ExecutionID($0) })
        return .redeem(Redemption(passID: .fixture(1), asker: asker, at: at, forgetAt: .after(100)))
    }

    private static func record(
        _ outcome: IdempotencyRecord.Outcome, by principal: Principal = .fixture, at: Timestamp = start,
        forgetAt: Timestamp = .after(100)
    ) -> IdempotencyRecord {
        IdempotencyRecord(
            principal: principal, key: IdempotencyKey("key"), fingerprint: Fingerprint([0, 1, 255]), outcome: outcome,
            at: at, forgetAt: forgetAt)
    }

    private static func keys(_ vary: (inout LookupKeys) -> Void) -> LookupKeys {
        var keys = LookupKeys(principal: .fixture)
        vary(&keys)
        return keys
    }

    /// Passes, idempotency keys, admissions.
    static let recordChecks: [Check] = [
        Check("a pass is redeemed by one asker, who may repeat it") { store in
            try await store.commit(redemption(ask: "a", run: "7"))
            try await store.commit(redemption(ask: "a", run: "8", at: .after(1)))
            try await requireRefusal(.conflict, "another ask id", store, [redemption(ask: "b", run: "7")])
            try await requireRefusal(.conflict, "another principal", store, [redemption(ask: "a", by: Principal("x"))])
            try await requireRefusal(.conflict, "no ask id and another run", store, [redemption(ask: nil, run: "9")])
            try await store.commit(redemption(ask: nil, run: "7"))
            let found = try await store.facts(for: keys { $0.passID = .fixture(1) }, at: start).redemption
            try requireEqual(found?.asker.runID, ExecutionID("7"), "the first redemption stays")
            try requireEqual(found?.at, start, "and its time")
            let other = try await store.facts(for: keys { $0.passID = .fixture(2) }, at: start).redemption
            try requireEqual(other, nil, "another pass")
        },
        Check("a redemption is forgotten at its time") { store in
            try await store.commit(redemption(ask: "a"))
            let look = keys { $0.passID = .fixture(1) }
            try require(try await store.facts(for: look, at: .after(99)).redemption != nil, "before")
            try requireEqual(try await store.facts(for: look, at: .after(100)).redemption, nil, "after")
            try await requireRefusal(.conflict, "before", store, [redemption(ask: "b", at: .after(99))])
            try await store.commit(redemption(ask: "b", at: .after(100)))
        },
        Check("an idempotency key has one answer until it is forgotten") { store in
            let held = record(.held(.fixture(1)))
            try await store.commit(.add(1), .remember(held))
            try await store.commit(.remember(held))
            try await requireRefusal(.conflict, "another answer", store, [.remember(record(.held(.fixture(2))))])
            try await requireRefusal(
                .conflict, "just before", store, [.remember(record(.held(.fixture(2)), at: .after(99)))])
            let passed = record(.proceeded(Epoch(4), .fixture(6)), by: Principal("other"))
            try await store.commit(.remember(passed))
            let look = keys { $0.idempotencyKey = IdempotencyKey("key") }
            let facts = try await store.facts(for: look, at: .after(99))
            try requireEqual(facts.idempotency, held, "record")
            try requireEqual(facts.idempotencyHold?.ticket, .fixture(1), "its hold")
            var otherLook = look
            otherLook.principal = Principal("other")
            let otherFacts = try await store.facts(for: otherLook, at: start)
            try requireEqual(otherFacts.idempotency, passed, "another principal's record")
            try requireEqual(otherFacts.idempotencyHold, nil, "which names no hold")
            let late = try await store.facts(for: look, at: .after(100))
            try requireEqual(late.idempotency, nil, "forgotten")
            try requireEqual(late.idempotencyHold, nil, "with its hold")
            let anew = record(.proceeded(Epoch(5), .fixture(7)), at: .after(100), forgetAt: .after(200))
            try await store.commit(.remember(anew))
            try requireEqual(try await store.facts(for: look, at: .after(101)).idempotency, anew, "used anew")
        },
        Check("an admission is recorded once and ends once") { store in
            let id = ExecutionID("42")
            var admission = Admission(executionID: id, flow: .fixture, reason: .allowedByRule, at: start)
            let look = keys { $0.parentRunID = id }
            try await store.commit(.endAdmission(id, at: start))
            try requireEqual(try await store.facts(for: look, at: start).parent, nil, "an unknown id changes nothing")
            try await store.commit(.admit(admission))
            var second = admission
            second.reason = .open
            second.at = .after(5)
            try await store.commit(.admit(second))
            try requireEqual(try await store.facts(for: look, at: start).parent, admission, "the first stays")
            try await store.commit(.endAdmission(id, at: .after(9)))
            try await store.commit(.endAdmission(id, at: .after(10)), .admit(second))
            admission.endedAt = .after(9)
            try requireEqual(try await store.facts(for: look, at: start).parent, admission, "the first end stays")
        },
        Check("the newest epoch whose misfires were judged is known, and an older one changes nothing") { store in
            try requireEqual(try await store.judgedEpoch(), nil, "none at first")
            for (epoch, expected) in [(9, 9), (10, 10), (9, 10), (100, 100)] as [(Int64, Int64)] {
                try await store.commit(.judgedMisfires(Epoch(epoch)))
                try requireEqual(try await store.judgedEpoch(), Epoch(expected), "after \(epoch)")
            }
        },
        Check("facts are found by each key") { store in
            try await store.commit(
                .add(1) {
                    $0.request.askID = AskID("ask")
                    $0.request.orderingKey = OrderingKey("o")
                })
            try await store.commit(.move(1, [.held], .superseded))
            try await store.commit(.add(2) { $0.request.askID = AskID("ask") })
            let nothing = try await store.facts(for: LookupKeys(principal: .fixture), at: start)
            try requireEqual(nothing, LookupFacts(), "no keys")
            let facts = try await store.facts(
                for: keys {
                    $0.ticket = .fixture(1)
                    $0.askID = AskID("ask")
                    $0.passTicket = .fixture(2)
                    $0.orderingKey = OrderingKey("o")
                }, at: start)
            try requireEqual(facts.ticketHold, try await store.existing(1), "by ticket")
            try requireEqual(facts.askHold?.ticket, .fixture(2), "the newest by ask id")
            try requireEqual(facts.passHold?.ticket, .fixture(2), "by the pass's ticket")
            try require(!facts.hasBacklog, "a final hold is no backlog")
            try await store.commit(.add(3) { $0.request.orderingKey = OrderingKey("o") }, .move(3, [.held], .running))
            let later = try await store.facts(for: keys { $0.orderingKey = OrderingKey("o") }, at: start)
            try require(later.hasBacklog, "an open hold is backlog")
            var other = keys { $0.askID = AskID("ask") }
            other.principal = Principal("other")
            try requireEqual(try await store.facts(for: other, at: start).askHold, nil, "another principal's ask id")
        },
    ]
}

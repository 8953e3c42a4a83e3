import SluiceModel
import SluicePorts

extension StoreConformance {
    private static func asks(_ askID: String?, _ runID: String?, by principal: Principal = .fixture) -> Change {
        .expectUnasked(
            Asker(principal: principal, askID: askID.map { AskID($0) }, runID: runID.map { ExecutionID($0) }))
    }

    private static func keep(_ number: UInt64, askID: String) -> Change {
        .add(number) { $0.request.askID = AskID(askID) }
    }

    private static func admit(_ runID: String) -> Change {
        .admit(Admission(executionID: ExecutionID(runID), flow: .fixture, reason: .open, at: start))
    }

    static let questionChecks: [Check] = [
        Check("what answers a question anew is refused once another copy of it was decided") { store in
            let another = Principal("another")
            try await store.commit(asks("q", "run"), keep(1, askID: "q"))
            try await requireRefusal(.conflict, "it is held", store, [asks("q", nil), admit("run")])
            // The refused admission is not there, and others' ids are nobody else's.
            try await store.commit(asks("q", "run", by: another), asks(nil, "run"), asks("r", nil))
            try await store.commit(.move(1, [.held], .discarded))
            try await requireRefusal(.conflict, "it was held", store, [asks("q", nil), .add(2)])
            try await store.commit(admit("run"))
            try await requireRefusal(.conflict, "it was let through", store, [asks(nil, "run"), .add(2)])
            try await requireRefusal(.conflict, "whoever asked", store, [asks("r", "run", by: another), .add(2)])
            try await store.commit(.endAdmission(ExecutionID("run"), at: start))
            try await store.commit(asks(nil, "run"), .add(2))
            try await requireRefusal(.conflict, "in one commit", store, [admit("run2"), asks(nil, "run2")])
            try await requireRefusal(.conflict, "in one commit", store, [keep(3, askID: "r"), asks("r", nil)])
            let ended = ExecutionID("run2")
            try await store.commit(admit("run2"), .endAdmission(ended, at: start), asks(nil, "run2"))
            try requireEqual(try await store.holds(HoldQuery()).holds.count, 2, "holds")
        },
        Check("of two copies of a question that are decided at once, one is written") { store in
            try await withThrowingTaskGroup(of: (UInt64, Bool).self) { group in
                for number: UInt64 in 1...40 {
                    let name = "\(number)"
                    for changes in [
                        [asks(name, name), keep(number, askID: name)], [asks(name, nil), admit(name)],
                    ] {
                        group.addTask {
                            do {
                                try await store.commit(changes, fence: fence)
                                return (number, true)
                            } catch let error as StoreError where error.code == .conflict {
                                return (number, false)
                            }
                        }
                    }
                }
                var written: [UInt64: Int] = [:]
                for try await (number, isWritten) in group { written[number, default: 0] += isWritten ? 1 : 0 }
                for number: UInt64 in 1...40 { try requireEqual(written[number], 1, "commits of question \(number)") }
            }
        },
        Check("a hold that somebody takes has that asker's question from then on") { store in
            try await store.commit(.add(1) { $0.request.launcher = .caller })
            var taken = HoldUpdate()
            taken.takenBy = Asker(principal: .fixture, askID: AskID("q"), runID: nil)
            let move = HoldMove(
                ticket: .fixture(1), from: [.held], to: .launching, at: start, by: .fixture, cause: "taken",
                update: taken)
            try await requireRefusal(.conflict, "in one commit", store, [.moveHold(move), asks("q", nil)])
            try await store.commit(.moveHold(move))
            try await requireRefusal(.conflict, "it was taken", store, [asks("q", nil), admit("run")])
        },
    ]
}

import SluiceModel
import SluicePorts

extension StoreConformance {
    private static func keyed(_ key: String) -> (inout Hold) -> Void {
        { $0.request.orderingKey = OrderingKey(key) }
    }

    /// What the release looks at.
    static let releaseChecks: [Check] = [
        Check("a hold remembers its flow until a move says otherwise") { store in
            let inputs = [
                KnownInput(name: "a", isRequired: true, isEncrypted: false),
                KnownInput(name: "b", isRequired: false, isEncrypted: true),
                KnownInput(
                    name: "c", isRequired: true, isEncrypted: true,
                    reading: .init(type: "ENCRYPTED", listDelimiter: ";")),
                KnownInput(name: "d", isRequired: false, isEncrypted: false, reading: .init(isTaken: false)),
            ]
            let memory = FlowMemory(contentPack: "Pack", packRevision: 3, isGated: true, inputs: inputs)
            try await store.commit(.add(1) { $0.request.flowMemory = memory }, .add(2))
            try requireEqual(try await store.existing(1).request.flowMemory, memory, "as added")
            try requireEqual(try await store.existing(2).request.flowMemory, nil, "none")
            let before = try await store.existing(1).request
            try await store.commit(
                .move(1, [.held], .awaitingOperator) { $0.flowMemory = memory.updated(to: nil) },
                .move(2, [.held], .awaitingOperator))
            var expected = before
            expected.flowMemory = memory.updated(to: nil)
            try requireEqual(try await store.existing(1).request, expected, "the rest of the request stays")
            try await store.commit(.move(1, [.awaitingOperator], .released))
            try requireEqual(try await store.existing(1).request, expected, "a move without one changes nothing")
            try requireEqual(try await store.existing(2).request.flowMemory, nil, "still none")
        },
        Check("candidates come by priority, then arrival") { store in
            for (number, level) in [(1, 5), (2, 9), (3, 0), (4, 5), (5, 9)] {
                try await store.commit(.add(UInt64(number)) { $0.request.priority = Priority(level) ?? .ordinary })
            }
            try requireEqual(try await store.candidateNumbers(), [2, 5, 1, 4, 3], "order")
            try await store.commit(.move(4, [.held], .released), .move(3, [.held], .released))
            try requireEqual(try await store.candidateNumbers(), [2, 5, 1, 4, 3], "released and held are mixed")
            try requireEqual(try await store.candidateNumbers(includesHeld: false), [4, 3], "released alone")
            try requireEqual(try await store.candidateNumbers(limit: 2), [2, 5], "limit")
            try requireEqual(try await store.candidateNumbers(limit: 0), [], "limit 0")
            var after: CandidateQuery.Place?
            for expected: UInt64 in [2, 5, 1, 4, 3] {
                let next = try await store.candidates(
                    CandidateQuery(at: start, includesHeld: true, after: after, limit: 1))
                try requireEqual(next.map(\.ticket.ulid.low), [expected], "paged")
                after = next.first.map { .init(priority: $0.request.priority, arrival: $0.arrival) }
            }
            try requireEqual(try await store.candidateNumbers(after: after), [], "after the last")
        },
        Check("candidates are due and not expired") { store in
            try await store.commit(
                .add(1) { $0.request.notBefore = .after(10) }, .add(2) { $0.request.expiresAt = .after(10) }, .add(3))
            try await store.commit(.move(3, [.held], .held) { $0.retryAt = .after(10) })
            try requireEqual(try await store.candidateNumbers(at: .after(9)), [2], "before")
            try requireEqual(try await store.candidateNumbers(at: .after(10)), [1, 3], "at that time")
        },
        Check("only held and released holds are candidates; released ones only if Sluice launches them") { store in
            for (index, state) in HoldState.allCases.enumerated() {
                try await store.commit(.add(UInt64(index) + 1), .move(UInt64(index) + 1, [.held], state))
            }
            try await store.commit(.add(90) { $0.request.launcher = .caller })
            try requireEqual(try await store.candidateNumbers(), [1, 2, 90], "by state")
            try await store.commit(.move(90, [.held], .released))
            try requireEqual(try await store.candidateNumbers(), [1, 2], "released to its caller")
        },
        Check("of one ordering key only the first open hold is a candidate, whatever its priority") { store in
            try await store.commit(
                .add(1, keyed("a")),
                .add(2) {
                    keyed("a")(&$0)
                    $0.request.priority = Priority(9) ?? .ordinary
                }, .add(3, keyed("b")), .add(4, keyed("a")), .add(5))
            try requireEqual(try await store.candidateNumbers(), [1, 3, 5], "at first")
            try await store.commit(.move(1, [.held], .released))
            try await store.commit(.move(1, [.released], .launching))
            try requireEqual(try await store.candidateNumbers(), [3, 5], "while the first is launched")
            try await store.commit(.move(4, [.held], .discarded))
            try await store.commit(.move(1, [.launching], .awaitingOperator))
            try requireEqual(try await store.candidateNumbers(), [3, 5], "while it awaits the operator")
            try await store.commit(.move(1, [.awaitingOperator], .ended))
            try requireEqual(try await store.candidateNumbers(), [2, 3, 5], "the next takes its place")
            try await store.commit(.move(2, [.held], .expired), .add(6, keyed("a")))
            try requireEqual(try await store.candidateNumbers(), [3, 5, 6], "a final one in between is skipped")
        },
        Check("a hold that becomes open again stands before later ones of its key") { store in
            try await store.commit(.add(1, keyed("a")), .add(2, keyed("a")), .add(3, keyed("a")))
            try await store.commit(.move(1, [.held], .coalesced), .move(2, [.held], .coalesced))
            try requireEqual(try await store.candidateNumbers(), [3], "the newest stands for them")
            try await store.commit(.move(2, [.coalesced], .held))
            try requireEqual(try await store.candidateNumbers(), [2], "an earlier one is back")
            try await store.commit(.move(1, [.coalesced], .held), .move(2, [.held], .discarded))
            try requireEqual(try await store.candidateNumbers(), [1], "the first is back")
            try await store.commit(.move(1, [.held], .discarded))
            try requireEqual(try await store.candidateNumbers(), [3], "and gone")
            try await store.commit(.move(3, [.held], .ended))
            try requireEqual(try await store.candidateNumbers(), [], "none left")
            try await store.commit(.move(3, [.ended], .held))
            try requireEqual(try await store.candidateNumbers(), [3], "the only one is back")
        },
        Check("expired holds come by expiry, blocked ones too") { store in
            try await store.commit(
                .add(1) { $0.request.expiresAt = .after(20) },
                .add(2) {
                    $0.request.expiresAt = .after(10)
                    $0.request.orderingKey = OrderingKey("a")
                },
                .add(3) {
                    $0.request.expiresAt = .after(5)
                    $0.request.orderingKey = OrderingKey("a")
                }, .add(4), .add(5) { $0.request.expiresAt = .after(1) }, .add(6) { $0.request.expiresAt = .after(2) })
            try await store.commit(
                .move(1, [.held], .released), .move(5, [.held], .launching), .move(6, [.held], .expired))
            func numbers(_ seconds: Int64, limit: Int = 10) async throws -> [UInt64] {
                try await store.expired(at: .after(seconds), limit: limit).map(\.ticket.ulid.low)
            }
            try requireEqual(try await numbers(4), [], "before any")
            try requireEqual(try await numbers(5), [3], "at that time")
            try requireEqual(try await numbers(100), [3, 2, 1], "all")
            try requireEqual(try await numbers(100, limit: 2), [3, 2], "limit")
        },
    ]
}

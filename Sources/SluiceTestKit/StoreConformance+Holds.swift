import SluiceModel
import SluicePorts

extension StoreConformance {
    /// A hold with every field set.
    static var fullHold: Hold {
        var request = LaunchRequest(flow: FlowID("io.cloudslang.base.print"), source: .futureOrder)
        request.launcher = .caller
        request.askID = AskID("ask-1")
        request.ticket = .fixture(77)
        request.runID = ExecutionID("1001")
        request.parentRunID = ExecutionID("1000")
        request.csaInstanceID = CSAInstanceID("instance")
        request.csaProcessID = CSAProcessID("process")
        request.flowPath = "Library/Backup/Nightly ‹ä›"
        request.tenant = TenantID("ACME")
        request.inputs = [
            LaunchInput(name: "host", value: .clear("a\"b\\c\n\u{1F600}")),
            LaunchInput(name: "empty", value: .clear("")),
            LaunchInput(name: "password", value: .sealed(SealedBytes(Array(0...255)))),
            LaunchInput(name: "none", value: .sealed(SealedBytes([]))),
        ]
        request.start = StartOptions(runName: "nightly", logLevel: "DEBUG", inputPromptUseBlank: false)
        request.scheduleID = ScheduleID("schedule")
        request.nominalTime = .after(-60)
        request.orderingKey = OrderingKey("order'; DROP TABLE holds; --")
        request.coalesceKey = CoalesceKey("pool-7")
        request.priority = Priority(9) ?? .ordinary
        request.notBefore = .after(10)
        request.expiresAt = .after(1000)
        request.idempotencyKey = IdempotencyKey("key-1")
        request.requestedBy = "DOMAIN\\user"
        request.onBehalfOf = "customer"
        request.reportsEnd = true
        request.misfirePolicy = .notOlderThan(seconds: 7200)
        request.pluginNotes = PluginNote.Outcome.allCases.map { PluginNote(plugin: "p", outcome: $0, text: "é") }
        request.callbackURL = CallbackURL("https://hooks.example/sluice?x=1")
        return Hold(
            ticket: .fixture(1), request: request, principal: Principal("csa"), reason: .behindBacklog,
            epoch: Epoch(12),
            arrivedAt: .after(3))
    }

    /// Adding holds.
    static let holdChecks: [Check] = [
        Check("every field of a hold is kept") { store in
            var expected = fullHold
            try await store.commit(.addHold(expected))
            expected.arrival = try await store.existing(1).arrival
            try requireEqual(try await store.existing(1), expected, "hold as added")
            try await store.commit(
                .move(1, [.held], .launching, at: .after(20)) { update in
                    update.releasedEpoch = Epoch(13)
                    update.attempt = 2
                    update.attemptAt = .after(20)
                    update.passID = .fixture(5)
                    update.retryAt = .after(25)
                    update.executionID = ExecutionID("2002")
                    update.result = .systemFailure
                })
            expected.state = .launching
            expected.stateSince = .after(20)
            expected.cause = "to launching"
            expected.releasedEpoch = Epoch(13)
            expected.attempt = 2
            expected.attemptAt = .after(20)
            expected.passID = .fixture(5)
            expected.retryAt = .after(25)
            expected.executionID = ExecutionID("2002")
            expected.result = .systemFailure
            try requireEqual(try await store.existing(1), expected, "hold as moved")
            try await store.commit(.move(1, [.launching], .awaitingOperator, at: .after(30)))
            expected.state = .awaitingOperator
            expected.stateSince = .after(30)
            expected.cause = "to awaiting-operator"
            try requireEqual(try await store.existing(1), expected, "fields that a move does not name stay")
        },
        Check("arrival numbers follow the order of the commits") { store in
            for number: UInt64 in [5, 3, 9] { try await store.commit(.add(number)) }
            try await store.commit(.add(2), .add(1))
            let holds = try await store.holds(HoldQuery()).holds
            try requireEqual(holds.map(\.ticket.ulid.low), [5, 3, 9, 2, 1], "order")
            try require(zip(holds, holds.dropFirst()).allSatisfy { $0.arrival < $1.arrival }, "numbers grow")
            try require((holds.first?.arrival ?? 0) > 0, "numbers are positive")
        },
        Check("a ticket is used once, whatever became of its hold") { store in
            try await store.commit(.add(1))
            try await requireRefusal(.conflict, "open", store, [.add(1) { $0.principal = Principal("other") }])
            try await store.commit(.move(1, [.held], .discarded))
            try await requireRefusal(.conflict, "final", store, [.add(1)])
        },
        Check("one principal's ask id has at most one open hold") { store in
            let ask: (inout Hold) -> Void = { $0.request.askID = AskID("ask") }
            try await store.commit(.add(1, ask))
            try await requireRefusal(.conflict, "the same again", store, [.add(2, ask)])
            try await store.commit(
                .add(3) {
                    ask(&$0)
                    $0.principal = Principal("other")
                })
            try await store.commit(.add(4) { $0.request.askID = AskID("another") }, .add(5), .add(6))
            try await store.commit(.move(1, [.held], .launching))
            try await requireRefusal(.conflict, "while launching", store, [.add(2, ask)])
            try await store.commit(.move(1, [.launching], .ended))
            try await store.commit(.add(2, ask))
        },
        Check("a hold of another site comes in as held or coalesced, with an event of its own, and once") { store in
            func imported(_ number: UInt64, _ change: (inout Hold) -> Void = { _ in }) -> Change {
                guard case .addHold(var hold) = Change.add(number, change) else { return .add(number) }
                hold.request.askID = AskID("ask \(number)")
                hold.request.orderingKey = OrderingKey("key")
                return .importHold(HoldImport(hold, at: .after(50), by: Principal("ann"), cause: "of site a"))
            }
            let standing: (inout Hold) -> Void = {
                $0.state = .coalesced
                $0.representative = .fixture(2)
            }
            try await store.commit(imported(1, standing), imported(2) { $0.attempt = 3 })
            try requireEqual(try await store.existing(1).state, .coalesced, "state")
            try requireEqual(try await store.existing(1).representative, .fixture(2), "representative")
            try requireEqual(try await store.existing(2).attempt, 3, "attempt")
            let events = try await store.events(of: nil, after: 0, limit: 10)
            try requireEqual(events.map(\.kind), [HoldImport.eventKind, HoldImport.eventKind], "kinds")
            try requireEqual(events.map(\.to), [.coalesced, .held], "states")
            try requireEqual(events.map(\.by), [Principal("ann"), Principal("ann")], "by")
            try requireEqual(events.map(\.at), [.after(50), .after(50)], "at")
            try requireEqual(events.map(\.cause), ["of site a", "of site a"], "cause")
            let counts = try await store.counts()
            try requireEqual([counts.total(.held), counts.total(.coalesced)], [1, 1], "counts")
            // One that has ended is not the head of its key, and asks nothing any more.
            let query = CandidateQuery(at: .after(60), includesHeld: true, limit: 10)
            try requireEqual(try await store.candidates(query).map(\.ticket), [.fixture(2)], "candidates")
            try await requireRefusal(.conflict, "the same ticket", store, [imported(2)])
            try await requireRefusal(.conflict, "another state", store, [imported(3) { $0.state = .running }])
            try await requireRefusal(
                .conflict, "an open ask", store, [.add(4) { $0.request.askID = AskID("ask 2") }])
            try await store.commit(.add(5) { $0.request.askID = AskID("ask 1") })
        },
        Check("a hold starts in held, with one event") { store in
            try await requireRefusal(.conflict, "another state", store, [.add(1) { $0.state = .released }])
            try await store.commit(
                .add(1) {
                    $0.principal = Principal("someone")
                    $0.cause = "why it waits"
                })
            let events = try await store.events(of: .fixture(1), after: 0, limit: 10)
            try requireEqual(events.count, 1, "number of events")
            guard let event = events.first else { return }
            try requireEqual(event.kind, "held", "kind")
            try requireEqual(event.to, .held, "to")
            try requireEqual(event.from, nil, "from")
            try requireEqual(event.by, Principal("someone"), "by")
            try requireEqual(event.cause, "why it waits", "cause")
        },
        Check("a secret in clear is refused before anything is written") { store in
            let secret: (inout Hold) -> Void = {
                $0.request.inputs = [
                    LaunchInput(name: "user", value: .clear("me")),
                    LaunchInput(name: "password", value: .secret(Secret("hunter2"))),
                ]
            }
            try await requireRefusal(.unavailable, "a secret", store, [.add(1), .add(2, secret)])
            try requireEqual(try await store.holds(HoldQuery()).holds, [], "holds")
            try requireEqual(try await store.events(of: nil, after: 0, limit: 10), [], "events")
        },
    ]

    /// Moving holds.
    static let moveChecks: [Check] = [
        Check("a hold moves only from the states and the attempt that the writer knew") { store in
            try await store.commit(.add(1))
            try await requireRefusal(.conflict, "another state", store, [.move(1, [.released, .launching], .running)])
            try await requireRefusal(.conflict, "no such hold", store, [.move(2, [.held], .released)])
            try await requireRefusal(.conflict, "another attempt", store, [.move(1, [.held], .released, attempt: 1)])
            try await store.commit(.move(1, [.held], .launching, attempt: 0) { $0.attempt = 1 })
            try await requireRefusal(.conflict, "an old attempt", store, [.move(1, [.launching], .running, attempt: 0)])
            try await store.commit(.move(1, [.released, .launching], .running, attempt: 1))
            try requireEqual(try await store.existing(1).state, .running, "state")
        },
        Check("each move appends one event with its states, cause and actor") { store in
            try await store.commit(.add(1), .add(2))
            try await store.commit(.move(1, [.held], .released, at: .after(1)))
            try await store.commit(.move(1, [.released], .launching, at: .after(2)))
            let events = try await store.events(of: .fixture(1), after: 0, limit: 10)
            try requireEqual(events.map(\.kind), ["held", "released", "launching"], "kinds")
            try requireEqual(events.map(\.from), [nil, .held, .released], "from")
            try requireEqual(events.map(\.to), [.held, .released, .launching], "to")
            try requireEqual(events.map(\.at), [start, .after(1), .after(2)], "times")
            try requireEqual(events.last?.by, Principal("release"), "by")
            try requireEqual(events.last?.cause, "to launching", "cause")
            let all = try await store.events(of: nil, after: 0, limit: 10)
            try require(zip(all, all.dropFirst()).allSatisfy { $0.sequence < $1.sequence }, "sequence numbers grow")
        },
        Check("a recall returns every released hold and no other") { store in
            for number: UInt64 in 1...5 { try await store.commit(.add(number)) }
            try await store.commit(
                .move(1, [.held], .released) { $0.releasedEpoch = Epoch(3) }, .move(3, [.held], .released),
                .move(4, [.held], .released), .move(4, [.released], .launching))
            let last = try await store.events(of: nil, after: 0, limit: 100).last?.sequence ?? 0
            try await store.commit(.recallReleased(at: .after(50), by: Principal("operator"), cause: "closed"))
            let states = try await store.holds(HoldQuery()).holds.map(\.state)
            try requireEqual(states, [.held, .held, .held, .launching, .held], "states")
            let first = try await store.existing(1)
            try requireEqual(first.stateSince, .after(50), "since")
            try requireEqual(first.cause, "closed", "cause")
            try requireEqual(first.releasedEpoch, Epoch(3), "released epoch")
            let events = try await store.events(of: nil, after: last, limit: 100)
            try requireEqual(events.map(\.ticket), [.fixture(1), .fixture(3)], "one event each, by arrival")
            try require(
                events.allSatisfy { $0.from == .released && $0.to == .held && $0.kind == "held" }, "event states")
            try requireEqual(try await store.counts().total(.held), 4, "held after the recall")
            try requireEqual(try await store.counts().total(.released), 0, "released after the recall")
            try await store.commit(.recallReleased(at: .after(60), by: .sluice, cause: "again"))
            try requireEqual(try await store.existing(1).stateSince, .after(50), "nothing released: nothing changes")
        },
    ]
}

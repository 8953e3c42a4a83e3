import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Rule 5: what plugins may do to a launch, and what their failures do.
@Suite struct GatePluginTests {
    private static let now = Moment.fixture.wall

    private static func gate(_ mode: GateMode, _ edit: (inout GatePolicy) -> Void = { _ in }) -> GateState {
        GateState.fixture(
            mode: mode,
            policy: .fixture {
                $0.hasInterceptors = true
                edit(&$0)
            })
    }

    /// Asks, looks up nothing, annotates, commits; the answer and what was committed.
    private static func decide(
        _ gate: inout GateState, _ ask: Ask, _ annotation: Annotation, facts: LookupFacts = LookupFacts()
    ) -> (reply: Reply?, changes: [Change]) {
        var effects = gate.step(.requested(ask), at: .fixture)
        var changes: [Change] = []
        for _ in 0..<8 {
            switch effects.first {
            case .lookUp: effects = gate.step(.lookedUp(ask.ref, facts), at: .fixture)
            case .annotate: effects = gate.step(.annotated(ask.ref, annotation), at: .fixture)
            case .commit(_, let wanted):
                changes = wanted
                effects = gate.step(.committed(ask.ref), at: .fixture)
            default: return (effects.first?.reply, changes)
            }
        }
        return (nil, changes)
    }

    private static func hold(_ changes: [Change]) -> Hold? {
        for case .addHold(let hold) in changes { return hold }
        return nil
    }

    // MARK: Adding and tightening

    /// Everything that a plugin can say, beside a request that says it already and one that does not.
    @Test func annotationsAddOrTightenAndNothingElse() throws {
        let asked = LaunchRequest.fixture {
            $0.orderingKey = OrderingKey("asked order")
            $0.coalesceKey = CoalesceKey("asked pool")
            $0.nominalTime = Timestamp(milliseconds: 5)
            $0.idempotencyKey = IdempotencyKey("asked once")
            $0.csaProcessID = CSAProcessID("asked process")
            $0.notBefore = Self.now.advanced(by: .seconds(50))
            $0.expiresAt = Self.now.advanced(by: .seconds(100))
        }
        typealias Row = (
            name: String, annotations: LaunchAnnotations, isChanged: (LaunchRequest) -> Bool,
            isChangedOfAsked: Bool
        )
        func at(_ seconds: Int) -> Timestamp { Self.now.advanced(by: .seconds(seconds)) }
        let rows: [Row] = [
            ("ordering key", .init(orderingKey: OrderingKey("p")), { $0.orderingKey == OrderingKey("p") }, false),
            ("coalesce key", .init(coalesceKey: CoalesceKey("p")), { $0.coalesceKey == CoalesceKey("p") }, false),
            ("nominal time", .init(nominalTime: at(1)), { $0.nominalTime == at(1) }, false),
            (
                "idempotency key", .init(idempotencyKey: IdempotencyKey("p")),
                { $0.idempotencyKey == IdempotencyKey("p") }, false
            ),
            ("CSA process", .init(csaProcessID: CSAProcessID("p")), { $0.csaProcessID == CSAProcessID("p") }, false),
            ("earlier not-before", .init(notBefore: at(20)), { $0.notBefore == at(20) }, false),
            ("later not-before", .init(notBefore: at(60)), { $0.notBefore == at(60) }, true),
            ("earlier expiry", .init(expiresAt: at(90)), { $0.expiresAt == at(90) }, true),
            ("later expiry", .init(expiresAt: at(200)), { $0.expiresAt == at(200) }, false),
            ("priority", .init(priority: Priority(9)!), { $0.priority == Priority(9)! }, true),
            ("misfire policy", .init(misfirePolicy: .skip), { $0.misfirePolicy == .skip }, true),
        ]
        for row in rows {
            for (request, isChanged) in [(LaunchRequest.fixture(), true), (asked, row.isChangedOfAsked)] {
                var annotated = request
                annotated.annotate(row.annotations)
                #expect(row.isChanged(annotated) == isChanged, "\(row.name)")
                if !isChanged { #expect(annotated == request, "\(row.name)") }
                let counting = row.annotations.counting(for: request, isPriorityTaken: false)
                #expect(counting == (isChanged ? row.annotations : LaunchAnnotations()), "\(row.name)")
                // Who asks for what stays as asked.
                annotated.orderingKey = request.orderingKey
                annotated.coalesceKey = request.coalesceKey
                annotated.nominalTime = request.nominalTime
                annotated.idempotencyKey = request.idempotencyKey
                annotated.csaProcessID = request.csaProcessID
                annotated.notBefore = request.notBefore
                annotated.expiresAt = request.expiresAt
                annotated.priority = request.priority
                annotated.misfirePolicy = request.misfirePolicy
                #expect(annotated == request, "\(row.name)")
            }
        }
    }

    @Test func laterPluginsCannotTakeBackWhatEarlierOnesSaid() {
        let early = Self.now.advanced(by: .seconds(1))
        let late = Self.now.advanced(by: .seconds(9))
        var sum = LaunchAnnotations(
            orderingKey: OrderingKey("1"), coalesceKey: CoalesceKey("1"), notBefore: late, expiresAt: early,
            priority: Priority(1)!, misfirePolicy: .skip, nominalTime: early, idempotencyKey: IdempotencyKey("1"),
            csaProcessID: CSAProcessID("1"))
        let first = sum
        sum.add(
            LaunchAnnotations(
                orderingKey: OrderingKey("2"), coalesceKey: CoalesceKey("2"), notBefore: early, expiresAt: late,
                priority: Priority(2)!, misfirePolicy: .all, nominalTime: late, idempotencyKey: IdempotencyKey("2"),
                csaProcessID: CSAProcessID("2")))
        #expect(sum == first)
        var nothing = LaunchAnnotations()
        nothing.add(first)
        #expect(nothing == first)
    }

    /// Each decision that the modes give, with and without a plugin's annotation: none becomes `proceed` by one.
    @Test(arguments: GateMode.allCases)
    func noAnnotationLetsALaunchStartThatWouldNotStartWithoutIt(mode: GateMode) {
        let inAnHour = Self.now.advanced(by: .seconds(3600))
        let all: [Annotation] = [
            .annotated(LaunchAnnotations(), notes: []),
            .annotated(LaunchAnnotations(notBefore: inAnHour), notes: []),
            .annotated(LaunchAnnotations(expiresAt: Self.now), notes: []),
            .annotated(LaunchAnnotations(priority: Priority(9)!), notes: []), .rejected(notes: []),
            .rejectedByFault(notes: []), .heldByFault(LaunchAnnotations(), notes: []),
        ]
        let expected: [GateMode: [String]] = [
            .open: [
                "proceed open", "hold not-due", "reject expired", "proceed open", "reject plugin",
                "reject plugin-fault", "hold plugin-fault",
            ],
            .hold: [
                "hold maintenance", "hold not-due", "reject expired", "hold maintenance", "reject plugin",
                "reject plugin-fault", "hold plugin-fault",
            ],
            .refuse: [
                "reject maintenance", "hold not-due", "reject expired", "reject maintenance", "reject plugin",
                "reject plugin-fault", "reject maintenance",
            ],
        ]
        for (annotation, text) in zip(all, expected[mode]!) {
            var gate = Self.gate(mode)
            #expect(Self.decide(&gate, .fixture(1), annotation).reply?.text == text, "\(annotation)")
            #expect(gate.pending.isEmpty)
        }
    }

    // MARK: Faults

    @Test func aLaunchHeldByAFaultIsTheOperatorsAndSaysWhy() throws {
        for mode in [GateMode.open, .hold] {
            var gate = Self.gate(mode)
            let notes = [
                PluginNote(plugin: "pools", outcome: .annotated, text: "coalesce key pool:P1"),
                PluginNote(plugin: "dates", outcome: .held, text: "no date in 'soon'"),
            ]
            let annotation = Annotation.heldByFault(
                LaunchAnnotations(coalesceKey: CoalesceKey("pool:P1")), notes: notes)
            let (reply, changes) = Self.decide(&gate, .fixture(1), annotation)
            #expect(reply?.text == "hold plugin-fault" && reply?.answer?.rule == 5)
            #expect(reply?.answer?.pluginNotes == notes)
            let hold = try #require(Self.hold(changes))
            // Committed as held and moved on in the same commit: no opening finds it waiting.
            #expect(hold.state == .held && hold.request.pluginNotes == notes)
            #expect(hold.request.coalesceKey == CoalesceKey("pool:P1"))
            guard case .moveHold(let move) = changes.dropFirst().first else {
                Issue.record("no move")
                continue
            }
            #expect(move.to == .awaitingOperator && move.cause.contains("dates") && move.cause.contains("'soon'"))
            #expect(reply?.answer?.hold?.state == .awaitingOperator)
        }
    }

    @Test func aLaunchThatMayNotBeKeptIsRejectedWhenItsPluginFails() {
        var gate = Self.gate(.open) { $0.keepsSecrets = false }
        let ask = Ask.fixture(
            1, request: .fixture { $0.inputs = [LaunchInput(name: "p", value: .sealed(SealedBytes([1])))] })
        let reply = Self.decide(&gate, ask, .heldByFault(LaunchAnnotations(), notes: [])).reply
        #expect(reply?.text == "reject not-replayable" && reply?.answer?.rule == 5)
    }

    @Test func whoeverAsksAgainIsToldThatAPluginFailedUntilAnOperatorTriedIt() {
        var hold = Hold(
            ticket: .fixture(3), request: .fixture(), principal: Ask.fixture(1).principal, reason: .pluginFault,
            epoch: .first, arrivedAt: .zero)
        hold.state = .awaitingOperator
        for (attempt, text) in [(0, "hold plugin-fault"), (1, "hold being-launched")] {
            hold.attempt = attempt
            var facts = LookupFacts()
            facts.ticketHold = hold
            var gate = Self.gate(.open)
            let ask = Ask.fixture(
                1,
                request: .fixture {
                    $0.ticket = hold.ticket
                    $0.askID = AskID("a")
                })
            #expect(gate.decide(ask, facts).reply?.text == text)
        }
    }

    // MARK: Keys

    @Test func anOrderingKeyFromAPluginWaitsBehindItsBacklog() {
        var gate = Self.gate(.open)
        var facts = LookupFacts()
        facts.hasBacklog = true
        let key = LaunchAnnotations(orderingKey: OrderingKey("subscription:1"))
        let (reply, _) = Self.decide(&gate, .fixture(1), .annotated(key, notes: []), facts: facts)
        #expect(reply?.text == "hold behind-backlog")
        #expect(gate.orderingKeysWatched.isEmpty)
    }

    @Test func anIdempotencyKeyFromAPluginMakesARepeatTheSameLaunch() throws {
        var gate = Self.gate(.hold)
        let fingerprint = Fingerprint([1, 2, 3])
        func ask(_ number: UInt64) -> Ask {
            var ask = Ask.fixture(number)
            ask.fingerprint = fingerprint
            return ask
        }
        let key = Annotation.annotated(LaunchAnnotations(idempotencyKey: IdempotencyKey("s@t")), notes: [])
        let first = Self.decide(&gate, ask(1), key)
        let hold = try #require(Self.hold(first.changes))
        let record = try #require(
            first.changes.lazy.compactMap { if case .remember(let record) = $0 { record } else { nil } }.first)
        #expect(record.key == IdempotencyKey("s@t") && record.fingerprint == fingerprint)
        var facts = LookupFacts()
        facts.idempotency = record
        facts.idempotencyHold = hold
        let second = Self.decide(&gate, ask(2), key, facts: facts)
        #expect(second.reply?.answer?.hold?.ticket == hold.ticket && second.changes.isEmpty)
        #expect(gate.keysInProgress.isEmpty)
    }

    @Test func twoQuestionsThatAPluginGivesOneKeyAreNotDecidedBesideEachOther() {
        var gate = Self.gate(.hold)
        let key = Annotation.annotated(LaunchAnnotations(idempotencyKey: IdempotencyKey("s@t")), notes: [])
        for number: UInt64 in [1, 2] {
            var ask = Ask.fixture(number)
            ask.fingerprint = Fingerprint([1])
            _ = gate.step(.requested(ask), at: .fixture)
        }
        #expect(gate.step(.annotated(Ask.Ref(1), key), at: .fixture).map(\.kind) == ["lookUp"])
        #expect(gate.step(.annotated(Ask.Ref(2), key), at: .fixture).map(\.kind) == ["refused keyInProgress"])
        // The refusal did not free the key of the first.
        #expect(gate.keysInProgress.count == 1)
        _ = gate.step(.lookedUp(Ask.Ref(1), LookupFacts()), at: .fixture)
        _ = gate.step(.committed(Ask.Ref(1)), at: .fixture)
        #expect(gate.keysInProgress.isEmpty && gate.pending.isEmpty)
    }

    @Test func withoutAFingerprintAPluginsIdempotencyKeyIsNotTaken() throws {
        var gate = Self.gate(.hold)
        let key = Annotation.annotated(LaunchAnnotations(idempotencyKey: IdempotencyKey("s@t")), notes: [])
        var ask = Ask.fixture(1)
        ask.fingerprint = nil
        let hold = try #require(Self.hold(Self.decide(&gate, ask, key).changes))
        #expect(hold.request.idempotencyKey == nil)
    }

    // MARK: Who is asked about what

    @Test("R49: a launch that no plugin is asked about is answered in the step that brings it")
    func plainLaunchesGoByThePlugins() {
        var gate = Self.gate(.open) { $0.interceptorMatches = [LaunchMatch(source: .csa), LaunchMatch(source: .ui)] }
        #expect(gate.step(.requested(.fixture(1)), at: .fixture).map(\.kind) == ["proceed"])
        #expect(
            gate.step(.requested(.fixture(2, request: .fixture(source: .csa))), at: .fixture).map(\.kind)
                == ["annotate"])
    }

    @Test func questionsWaitingForPluginsAreBounded() {
        var gate = Self.gate(.open) { $0.pendingAskCountMax = 2 }
        for number: UInt64 in 1...2 {
            #expect(gate.step(.requested(.fixture(number)), at: .fixture).map(\.kind) == ["annotate"])
        }
        #expect(gate.step(.requested(.fixture(3)), at: .fixture).map(\.kind) == ["refused overloaded"])
    }

    // MARK: What is garbage

    @Test func garbageIsNamed() {
        func at(_ seconds: Int) -> Timestamp { Self.now.advanced(by: .seconds(seconds)) }
        let long = String(repeating: "x", count: IdentifierLimits.byteCountMax + 1)
        let asked = LaunchRequest.fixture { $0.expiresAt = at(100) }
        let rows: [(LaunchAnnotations, String?)] = [
            (.init(), nil),
            (.init(orderingKey: OrderingKey("k"), notBefore: at(99), expiresAt: at(300)), nil),
            (.init(orderingKey: OrderingKey("")), "ordering key"), (.init(coalesceKey: CoalesceKey(long)), "513 bytes"),
            (.init(orderingKey: OrderingKey("a\nb")), "control character"),
            (.init(idempotencyKey: IdempotencyKey("\u{7F}")), "idempotency key"),
            (.init(notBefore: at(10), expiresAt: at(10)), "not after"),
            (.init(notBefore: at(100)), "not after"), (.init(notBefore: at(20), expiresAt: at(10)), "not after"),
            (.init(notBefore: Timestamp(milliseconds: .max)), "years"),
            (.init(nominalTime: Timestamp(milliseconds: .min)), "years"),
        ]
        for (annotations, word) in rows {
            let fault = annotations.fault(beside: asked)
            if let word { #expect(fault?.contains(word) == true, "\(annotations)") } else { #expect(fault == nil) }
        }
        // An asker's own contradiction is not the plugin's fault.
        let odd = LaunchRequest.fixture {
            $0.notBefore = at(5)
            $0.expiresAt = at(1)
        }
        #expect(LaunchAnnotations(coalesceKey: CoalesceKey("k")).fault(beside: odd) == nil)
    }

    @Test func notesAreOneLineAndCut() {
        let note = PluginNote(
            plugin: "p", outcome: .skipped, text: "a\nb\u{0}" + String(repeating: "é", count: 10_000))
        #expect(note.text.hasPrefix("a b é") && note.text.hasSuffix("é…"))
        #expect(note.text.unicodeScalars.count == PluginLimits.textCharacterCountMax + 1)
    }

    @Test func everyMisfirePolicyIsReadBackFromItsText() {
        for policy in [MisfirePolicy.skip, .latest, .all, .notOlderThan(seconds: 3600)] {
            #expect(MisfirePolicy(text: policy.text) == policy)
        }
    }
}

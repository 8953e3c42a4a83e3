import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

@Suite struct GateModeTests {
    private func change(
        _ number: UInt64, _ mode: GateMode?, scope: Scope? = nil, expected: Epoch? = nil, reason: String = "r"
    ) -> ModeChange {
        ModeChange(
            ref: ModeChange.Ref(number), scope: scope, mode: mode, by: Principal("op"), reason: reason,
            expectedEpoch: expected)
    }

    private func isOpen(_ gate: GateState, source: LaunchSource = .api) -> Bool {
        gate.effective.mode(for: .fixture(source: source), contentPack: nil).mode.isOpen
    }

    @Test("R34 the gate can start closed", arguments: [GateMode.hold, .refuse])
    func startsInTheModeOfItsRecord(mode: GateMode) {
        var gate = GateState.fixture(mode: mode)
        #expect(gate.decide(.fixture()).reply?.text == (mode == .hold ? "hold maintenance" : "reject maintenance"))
    }

    @Test("R1 a close is in force before its commit, an opening only after it")
    func closesAtOnceAndOpensLate() {
        var gate = GateState.fixture(mode: .open)
        let effects = gate.step(.modeRequested(change(1, .hold)), at: .fixture)
        #expect(effects.map(\.kind) == ["commitMode"])
        #expect(!isOpen(gate) && gate.record.whole.mode == .open && gate.closedEpoch == Epoch(3))
        #expect(gate.step(.modeCommitted, at: .fixture).map(\.kind) == ["modeChanged"])
        #expect(gate.record.epoch == Epoch(3) && gate.closing == nil)
        _ = gate.step(.modeRequested(change(2, .open)), at: .fixture)
        #expect(!isOpen(gate))
        _ = gate.step(.modeCommitted, at: .fixture)
        #expect(isOpen(gate) && gate.record.epoch == Epoch(4) && gate.closedEpoch == Epoch(3))
    }

    @Test("R11 among several replicas, what seems to be so already is read again before it is said")
    func asksTheStoreBeforeItSaysThatNothingChanges() {
        var gate = GateState(record: .fixture(.hold), policy: GatePolicy(), lease: .none)
        let before = gate.record
        var effects = gate.step(.modeRequested(change(1, .hold, reason: before.whole.reason)), at: .fixture)
        #expect(effects.map(\.kind) == ["reloadMode"])
        // It is so: nothing is written.
        effects = gate.step(.modeReloaded(before), at: .fixture)
        #expect(effects.map(\.kind) == ["modeChanged"] && gate.record == before)
        // Another replica has opened it, and this one has not heard of that.
        _ = gate.step(.modeRequested(change(2, .hold, reason: before.whole.reason)), at: .fixture)
        var opened = before
        opened.epoch = before.epoch.next
        opened.whole.mode = .open
        effects = gate.step(.modeReloaded(opened), at: .fixture)
        #expect(effects.map(\.kind) == ["commitMode"] && !isOpen(gate))
        effects = gate.step(.modeCommitted, at: .fixture)
        #expect(effects.map(\.kind) == ["modeChanged"] && gate.record.closedEpoch == opened.epoch.next)
    }

    @Test func releasesAreRecalledByAClosingAndByNothingElse() throws {
        let scope = Scope.source(.csa)
        // The scope's mode before, the change, whether it may close something.
        let table: [(before: GateMode?, after: GateMode?, closes: Bool)] = [
            (nil, .hold, true), (nil, .refuse, true), (nil, .open, false), (.open, .hold, true), (.hold, .open, false),
            (.hold, .refuse, false), (.refuse, .hold, false), (.open, nil, true), (.hold, nil, false),
            (.refuse, nil, false),
        ]
        for whole in GateMode.allCases {
            for row in table {
                var record = GateRecord.fixture(whole)
                if let before = row.before {
                    record.scopes = [ScopeMode(scope: scope, mode: before, since: .zero, by: .sluice, reason: "b")]
                }
                var gate = GateState(record: record, policy: GatePolicy())
                let wasOpen = isOpen(gate, source: .csa)
                let effects = gate.step(.modeRequested(change(1, row.after, scope: scope)), at: .fixture)
                let changes = try #require(effects.first?.modeChanges, "\(row)")
                #expect(
                    changes.contains { if case .recallReleased = $0 { true } else { false } } == row.closes, "\(row)")
                // Nothing is open before it is on disk that was not open before.
                #expect(wasOpen || !isOpen(gate, source: .csa), "\(whole) \(row)")
                _ = gate.step(.modeCommitted, at: .fixture)
                #expect(isOpen(gate, source: .csa) == ((row.after ?? whole) == .open))
                #expect(gate.record.epoch == Epoch(3))
            }
        }
    }

    @Test func aCloseThatCannotBeWrittenLeavesTheGateAsTheStoreHasIt() {
        for isWritten in [true, false] {
            var gate = GateState.fixture(mode: .open)
            let before = gate.closedEpoch
            let effects = gate.step(.modeRequested(change(1, .hold)), at: .fixture)
            guard case .setGate(let target, let replaced)? = effects.first?.modeChanges?.first else {
                return #expect(Bool(false))
            }
            #expect(replaced == Epoch(2))
            #expect(gate.step(.modeCommitFailed, at: .fixture) == [.reloadMode])
            #expect(!isOpen(gate))
            let stored = isWritten ? target : gate.record
            let answers = gate.step(.modeReloaded(stored), at: .fixture)
            #expect(
                answers == [
                    isWritten
                        ? .modeChanged(ModeChange.Ref(1), target)
                        : .modeRefused(ModeChange.Ref(1), .storeUnavailable(stored))
                ])
            #expect(isOpen(gate) != isWritten && gate.closing == nil)
            #expect(gate.closedEpoch == (isWritten ? target.epoch : before), "a close that never was voids no release")
        }
    }

    @Test func aReleaseFromBeforeAnUnseenCloseIsVoid() {
        for isChanging in [true, false] {
            var gate = GateState.fixture(mode: .open)
            if isChanging {
                _ = gate.step(.modeRequested(change(1, .open, scope: .source(.csa))), at: .fixture)
                _ = gate.step(.modeCommitFailed, at: .fixture)
            }
            var other = GateRecord.fixture(.hold, epoch: Epoch(9))
            other.whole.reason = "somebody else"
            _ = gate.step(.modeReloaded(other), at: .fixture)
            #expect(gate.record == other && gate.closedEpoch == Epoch(9))
        }
        // And after a start: which epoch closed last is not on record.
        #expect(GateState(record: .fixture(.hold, epoch: Epoch(9)), policy: GatePolicy()).closedEpoch == Epoch(9))
    }

    @Test func aChangeOfNothingIsAnsweredWithoutACommit() {
        var gate = GateState.fixture(mode: .open)
        let record = gate.record
        #expect(
            gate.step(.modeRequested(change(1, .open, reason: "a test")), at: .fixture)
                == [.modeChanged(ModeChange.Ref(1), record)])
        #expect(
            gate.step(.modeRequested(change(2, nil, scope: .source(.ui))), at: .fixture)
                == [.modeChanged(ModeChange.Ref(2), record)])
        #expect(gate.record == record)
    }

    @Test func refusesWhatCannotBe() {
        var gate = GateState.fixture(mode: .open)
        #expect(
            gate.step(.modeRequested(change(1, nil)), at: .fixture)
                == [.modeRefused(ModeChange.Ref(1), .wholeGateNeedsMode)])
        #expect(
            gate.step(.modeRequested(change(2, .hold, expected: Epoch(1))), at: .fixture)
                == [.modeRefused(ModeChange.Ref(2), .epochChanged(gate.record))])
        #expect(isOpen(gate) && gate.changeInProgress == nil)
        #expect(
            gate.step(.modeRequested(change(3, .hold, expected: Epoch(2))), at: .fixture).map(\.kind) == ["commitMode"])
        var record = GateRecord.fixture(.open)
        record.scopes = (0..<GateLimits.scopeCountMax).map {
            ScopeMode(scope: .tenant(TenantID("\($0)")), mode: .open, since: .zero, by: .sluice, reason: "r")
        }
        var full = GateState(record: record, policy: GatePolicy())
        #expect(
            full.step(.modeRequested(change(1, .hold, scope: .tenant(TenantID("one more")))), at: .fixture)
                == [.modeRefused(ModeChange.Ref(1), .tooManyScopes)])
        #expect(
            full.step(.modeRequested(change(2, .hold, scope: .tenant(TenantID("1")))), at: .fixture).map(\.kind)
                == ["commitMode"])
    }

    @Test("R11 close, reopen and close raced end in one state, and every waiter is answered")
    func racedChangesAreAnsweredInOrder() {
        var gate = GateState.fixture(mode: .open)
        var effects = gate.step(.modeRequested(change(1, .hold, reason: "1")), at: .fixture)
        effects += gate.step(.modeRequested(change(2, .open, reason: "2")), at: .fixture)
        effects += gate.step(.modeRequested(change(3, .hold, reason: "3")), at: .fixture)
        effects += gate.step(.modeRequested(change(4, .open, expected: Epoch(2), reason: "4")), at: .fixture)
        #expect(effects.map(\.kind) == ["commitMode"])
        var answered: [UInt64] = []
        for _ in 0..<4 {
            for effect in gate.step(.modeCommitted, at: .fixture) {
                switch effect {
                case .modeChanged(let ref, _), .modeRefused(let ref, _): answered.append(ref.number)
                default: break
                }
            }
        }
        #expect(answered == [1, 2, 3, 4])
        #expect(gate.record.whole.mode == .hold && gate.record.whole.reason == "3" && gate.record.epoch == Epoch(5))
        #expect(gate.changesWaiting.isEmpty && gate.changeInProgress == nil && gate.closing == nil)
    }

    @Test(arguments: UInt64(1)...200)
    func anyRaceOfChangesAnswersEachOnceAndGrowsTheEpochByOne(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var stored = GateRecord.fixture(.open)
        var gate = GateState(record: stored, policy: GatePolicy())
        var answers: [UInt64: Int] = [:]
        var open: [GateEffect] = []
        var number: UInt64 = 0
        func take(_ effects: [GateEffect]) {
            for effect in effects {
                switch effect {
                case .modeChanged(let ref, let record):
                    answers[ref.number, default: 0] += 1
                    #expect(record == stored)
                case .modeRefused(let ref, _): answers[ref.number, default: 0] += 1
                default: open.append(effect)
                }
            }
        }
        func perform() {
            switch open.removeFirst() {
            case .commitMode(let changes):
                guard case .setGate(let target, let replaced) = changes[0] else { return #expect(Bool(false)) }
                #expect(target.epoch == replaced.next && replaced == stored.epoch)
                let fate = Int.random(in: 0..<10, using: &random)
                if fate != 0 { stored = target }
                take(gate.step(fate < 2 ? .modeCommitFailed : .modeCommitted, at: .fixture))
            case .reloadMode: take(gate.step(.modeReloaded(stored), at: .fixture))
            default: break
            }
        }
        for _ in 0..<100 {
            if open.isEmpty || Bool.random(using: &random) {
                number += 1
                let scope: Scope? = Bool.random(using: &random) ? .source(.csa) : nil
                let mode: GateMode? = [.open, .hold, .refuse, nil].randomElement(using: &random)!
                let expected: Epoch? = Int.random(in: 0..<5, using: &random) == 0 ? stored.epoch : nil
                take(gate.step(.modeRequested(change(number, mode, scope: scope, expected: expected)), at: .fixture))
            } else {
                perform()
            }
        }
        while !open.isEmpty { perform() }
        #expect(answers.count == Int(number) && answers.values.allSatisfy { $0 == 1 })
        #expect(gate.record == stored && gate.effective == stored && gate.changesWaiting.isEmpty)
    }

    @Test func moreChangesThanTheLimitAreToldToComeBack() {
        var gate = GateState.fixture(mode: .open)
        for number in 0...UInt64(GateLimits.waitingChangeCountMax) {
            _ = gate.step(.modeRequested(change(number, .hold, reason: "\(number)")), at: .fixture)
        }
        #expect(gate.step(.modeRequested(change(99, .hold)), at: .fixture) == [.modeRefused(ModeChange.Ref(99), .busy)])
    }

    // MARK: In flight

    @Test(arguments: [Duration.seconds(60), .milliseconds(1500), .seconds(1), .zero, .milliseconds(60_500)])
    func aLaunchIsInFlightForItsWholeWindowAndAtMostASecondLonger(window: Duration) {
        var random = SeededGenerator(seed: 4)
        var counter = InFlightWindow(window: window)
        var now = MonotonicTime(nanoseconds: 5_000_000_000)
        var launches: [MonotonicTime] = []
        for _ in 0..<3000 {
            now = now.advanced(by: .milliseconds(Int.random(in: 0...900, using: &random)))
            if Bool.random(using: &random) {
                counter.add(at: now)
                launches.append(now)
            }
            let least = launches.count { now.since($0) < window }
            let most = launches.count { now.since($0) < window + .seconds(2) }
            #expect((least...most).contains(counter.count(at: now)))
        }
        #expect(counter.count(at: now.advanced(by: .seconds(10_000))) == 0)
    }
}

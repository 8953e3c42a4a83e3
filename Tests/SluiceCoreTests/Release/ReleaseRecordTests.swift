import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// What a person's order makes of each stage, and what a change of the settings may not do.
@Suite struct ReleaseRecordTests {
    private static let settings = ReleaseSettings(
        ratePerMinute: 600, ceiling: 40, canary: .init(count: 2), ramp: .init(fromPercent: 10), breaker: .init())

    private static func record(_ stage: ReleaseStage, _ settings: ReleaseSettings = Self.settings) -> ReleaseRecord {
        var record = ReleaseRecord(
            settings: settings, closedEpoch: Epoch(2), at: Moment.fixture.wall, by: .sluice, reason: "a test")
        record.begin(at: Moment.fixture.wall)
        record.stage = stage
        if stage == .paused { record.resumes = .ramping }
        return record
    }

    private static func ordered(_ record: ReleaseRecord, _ order: ReleaseOrder) -> ReleaseRecord? {
        record.ordered(order, at: Moment.fixture.wall, by: Principal("op"), reason: "because")
    }

    /// Every stage with every order; nil: it is refused.
    @Test func eachOrderInEachStage() {
        let table: [(ReleaseStage, pause: ReleaseStage?, continue: ReleaseStage?, abort: ReleaseStage?)] = [
            (.idle, .paused, nil, nil),
            (.canary, .paused, nil, .aborted),
            (.ramping, .paused, nil, .aborted),
            (.full, .paused, nil, .aborted),
            (.paused, nil, .ramping, .aborted),
            (.broken, nil, .canary, .aborted),
            (.aborted, nil, .canary, nil),
        ]
        #expect(table.map(\.0) == ReleaseStage.allCases)
        for row in table {
            let record = Self.record(row.0)
            for (order, expected) in [
                (ReleaseOrder.pause, row.pause), (.continue, row.continue), (.abort, row.abort),
            ] {
                let next = Self.ordered(record, order)
                #expect(next?.stage == expected, "\(order.word) in \(row.0)")
                #expect(next?.resumes == (order == .pause ? row.0 : nil) || next == nil)
                #expect(next.map { $0.revision == record.revision + 1 && $0.reason == "because" } ?? true)
                #expect(next.map { $0.settingsRevision == record.settingsRevision } ?? true)
            }
            let set = Self.ordered(record, .set(ReleaseSettings(ratePerMinute: 60)))
            #expect(set?.settings.ratePerMinute == 60 && set?.settingsRevision == record.settingsRevision + 1)
        }
    }

    @Test("who stopped it and why is told until it goes on, whatever is written to the record meanwhile")
    func aStopKeepsItsWords() throws {
        let (ann, bob) = (Principal("ann"), Principal("bob"))
        let now = Moment.fixture.wall
        let running = Self.record(.ramping)
        func later(_ record: ReleaseRecord) throws -> [ReleaseRecord] {
            let set = try #require(record.ordered(.set(ReleaseSettings()), at: now, by: bob, reason: "set: slower"))
            var others = [
                set,
                record.changed(at: now, by: .sluice, reason: "a launch did not end well") { $0.earned.recent = [] },
                record.changed(at: now, by: .sluice, reason: "the gate closed") { $0.gateClosed() },
            ]
            // A person's change and one of the release's meet.
            others.append(.merged(base: record, mine: others[1], theirs: set, at: now))
            return others
        }
        let paused = try #require(running.ordered(.pause, at: now, by: ann, reason: "pause: lunch"))
        let aborted = try #require(running.ordered(.abort, at: now, by: ann, reason: "abort: no more"))
        let broken = running.changed(at: now, by: .sluice, reason: "5 of 9 failed") { $0.stage = .broken }
        for (record, words) in [
            (paused, "paused by ann: lunch"), (aborted, "aborted by ann: no more"),
            (broken, "the breaker is open: 5 of 9 failed"),
        ] {
            #expect(record.orderedStop == words)
            for other in try later(record) where !other.stage.letsStart { #expect(other.orderedStop == words) }
            #expect(try later(record).count { !$0.stage.letsStart } >= 3)
            let on = record.ordered(.continue, at: now, by: bob, reason: "continue: go")
            #expect(on?.orderedStop == nil && on?.stopWords == nil)
        }
        // A pause that meets the release's own write is the person's.
        let risen = running.changed(at: now, by: .sluice, reason: "3 ended well") { $0.rise() }
        let merged = ReleaseRecord.merged(base: running, mine: risen, theirs: paused, at: now)
        #expect(merged.stage == .paused && merged.orderedStop == "paused by ann: lunch")
    }

    @Test func continuingAfterTheBreakerBeginsAnew() throws {
        var broken = Self.record(.broken)
        broken.earned = .init(canaryCount: 2, levelMillionths: 800_000, recent: [false])
        let next = try #require(Self.ordered(broken, .continue))
        #expect(next.earned == .init(canaryCount: 0, levelMillionths: 100_000, recent: []))
        #expect((next.ratePerMinute, next.ceiling) == (60, 4))
    }

    @Test("a change of the settings while it runs never loosens what was earned", arguments: 0..<50)
    func settingsNeverLoosen(chunk: UInt64) {
        for seed in chunk * 100..<(chunk + 1) * 100 {
            var random = SeededGenerator(seed: seed)
            func settings() -> ReleaseSettings {
                let growth: ReleaseSettings.Ramp.Growth =
                    Bool.random(using: &random)
                    ? .factorPercent(Int.random(in: 101...400, using: &random))
                    : .stepPercent(Int.random(in: 1...60, using: &random))
                return ReleaseSettings(
                    ratePerMinute: Int.random(in: 1...6000, using: &random),
                    ceiling: Int.random(in: 1...500, using: &random),
                    canary: .init(count: Int.random(in: 1...5, using: &random)),
                    ramp: .init(fromPercent: Int.random(in: 1...100, using: &random), growth: growth))
            }
            var record = Self.record(.canary, settings())
            for _ in 0..<20 {
                let before = record
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    record.earned.canaryCount += 1
                    record.advanceCounted()
                    #expect(record.ratePerMinute <= max(before.ratePerMinute, before.settings.ratePerMinute))
                case 1 where record.stage == .ramping:
                    record.rise()
                    #expect(record.ratePerMinute >= before.ratePerMinute)
                    #expect(record.earned.levelMillionths > before.earned.levelMillionths || record.stage == .full)
                case 2: record = Self.ordered(record, record.stage == .paused ? .continue : .pause) ?? record
                default:
                    guard before.countedStage == .canary || before.countedStage == .ramping else { continue }
                    record = Self.ordered(record, .set(settings())) ?? record
                    var old = before
                    var new = record
                    old.stage = before.countedStage
                    new.stage = record.countedStage
                    // A lowered canary may be reached; the ramp is not, unless it was whole.
                    #expect(new.stage == old.stage || new.earned.canaryCount >= new.settings.canary?.count ?? 0)
                    #expect(new.ratePerMinute <= max(1, old.ratePerMinute), "seed \(seed): \(old) \(new)")
                    #expect(new.ceiling <= max(1, old.ceiling), "seed \(seed)")
                }
            }
        }
    }

    @Test func theRampComesToItsEndWhateverItsGrowth() {
        for growth in [ReleaseSettings.Ramp.Growth.factorPercent(101), .factorPercent(1000), .stepPercent(1)] {
            var record = Self.record(.ramping, ReleaseSettings(ramp: .init(fromPercent: 1, growth: growth)))
            var count = 0
            while record.stage == .ramping, count < 1001 {
                record.rise()
                count += 1
            }
            #expect(
                record.stage == .full && record.earned.levelMillionths == ReleaseRecord.wholeLevel,
                "\(growth) after \(count)")
        }
    }

    @Test func whatIsOutOfRangeIsNamed() {
        let wrong: [(String, ReleaseSettings)] = [
            ("ratePerMinute", ReleaseSettings(ratePerMinute: 0)),
            ("ceiling", ReleaseSettings(ceiling: 20_001)),
            ("tenantSlice", ReleaseSettings(tenantSlice: 0)),
            ("canary.count", ReleaseSettings(canary: .init(count: 0))),
            ("canary.timeoutSeconds", ReleaseSettings(canary: .init(timeoutSeconds: 0))),
            ("ramp.fromPercent", ReleaseSettings(ramp: .init(fromPercent: 101))),
            ("ramp.factorPercent", ReleaseSettings(ramp: .init(growth: .factorPercent(100)))),
            ("ramp.stepPercent", ReleaseSettings(ramp: .init(growth: .stepPercent(0)))),
            ("ramp.everyWellEnded", ReleaseSettings(ramp: .init(everyWellEnded: 0))),
            ("breaker.sharePercent", ReleaseSettings(breaker: .init(sharePercent: 101))),
            ("breaker.window", ReleaseSettings(breaker: .init(window: 0))),
            ("breaker.minimum", ReleaseSettings(breaker: .init(window: 3, minimum: 4))),
            ("breaker.historyMarginPercent", ReleaseSettings(breaker: .init(historyMarginPercent: -1))),
        ]
        for (field, settings) in wrong { #expect(settings.problem?.field == field) }
        #expect(Self.settings.problem == nil && ReleaseSettings().problem == nil)
    }

    @Test("R25 a canary that a person set before the opening counts, though the release began without having read it")
    func aReleaseThatBeganByOldSettingsBeginsByTheirs() {
        var plain = Self.settings
        (plain.canary, plain.ramp) = (nil, nil)
        var base = Self.record(.idle, plain)
        base.beganAt = nil
        let later = Moment.fixture.wall.advanced(by: .seconds(9))
        var mine = base
        mine.begin(at: later)
        #expect(mine.stage == .full)
        let set = Self.ordered(base, .set(Self.settings))
        for order in [nil, ReleaseOrder.pause] {
            let theirs = set.flatMap { theirs in order.map { Self.ordered(theirs, $0) } ?? theirs }
            guard let theirs else { continue }
            let merged = ReleaseRecord.merged(base: base, mine: mine, theirs: theirs, at: later)
            #expect(merged.settings == Self.settings && merged.beganAt == later)
            #expect(merged.stage == (order == nil ? .canary : .paused))
            #expect(order == nil || merged.resumes == .canary)
            #expect(merged.earned.levelMillionths == ReleaseRecord.wholeLevel / 10)
        }
    }

    @Test(
        "R25 a canary that a person set before the opening counts, though the release began while it was paused",
        arguments: [true, false])
    func aReleaseThatBeganWhilePausedBeginsByTheirs(isContinued: Bool) throws {
        var plain = Self.settings
        (plain.canary, plain.ramp) = (nil, nil)
        var idle = Self.record(.idle, plain)
        idle.beganAt = nil
        let base = try #require(Self.ordered(idle, .pause))
        let later = Moment.fixture.wall.advanced(by: .seconds(9))
        // As the end of a close makes it.
        var mine = base
        mine.begin(at: later)
        (mine.resumes, mine.stage) = (mine.stage, .paused)
        #expect(mine.resumes == .full)
        let before = isContinued ? Self.ordered(base, .continue) : base
        let theirs = try #require(before.flatMap { Self.ordered($0, .set(Self.settings)) })
        let merged = ReleaseRecord.merged(base: base, mine: mine, theirs: theirs, at: later)
        #expect(merged.stage == (isContinued ? .canary : .paused))
        #expect(merged.resumes == (isContinued ? nil : .canary))
        #expect(merged.earned.levelMillionths == ReleaseRecord.wholeLevel / 10)
    }
}

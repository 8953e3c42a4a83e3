import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceHistory

/// What the checker finds in histories of a few lines, and what it lets pass.
struct HistoryCheckerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let lines: [String]
        let promise: HistoryFinding.Promise?

        var testDescription: String { name }

        init(_ name: String, _ promise: HistoryFinding.Promise?, _ lines: String...) {
            self.name = name
            self.promise = promise
            self.lines = lines
        }
    }

    private static let first = "\(Ticket(ULID(high: 1, low: 1)))"
    private static let second = "\(Ticket(ULID(high: 1, low: 2)))"

    private static func findings(_ lines: [String], skew: Int64 = 0) throws -> [HistoryFinding] {
        var checker = HistoryChecker(tolerance: .init(skew: skew))
        for line in lines { checker.add(try #require(try HistoryReader.read(line.utf8))) }
        return checker.check()
    }

    private static func asked(_ ask: String, _ time: Int, _ more: String = "") -> String {
        #"{"kind":"asked","ask":"\#(ask)","t":\#(time)\#(more)}"#
    }

    private static func answered(_ ask: String, _ time: Int, _ decision: String, _ more: String = "") -> String {
        #"{"kind":"answered","ask":"\#(ask)","t":\#(time),"decision":"\#(decision)"\#(more)}"#
    }

    private static func gate(_ step: String, _ time: Int) -> String { #"{"kind":"\#(step)","t":\#(time)}"# }

    private static func hold(_ ticket: String, _ state: String, _ arrival: Int, _ more: String = "") -> String {
        #"{"kind":"hold","ticket":"\#(ticket)","state":"\#(state)","arrival":\#(arrival)\#(more)}"#
    }

    private static func execution(_ id: Int, _ ticket: String, _ from: Int, _ to: Int?, _ more: String = "") -> String {
        let end = to.map { #","endedAt":\#($0)"# } ?? ""
        return #"{"kind":"execution","id":"\#(id)","runName":"n [\#(ticket).1]","startedAt":\#(from)\#(end)\#(more)}"#
    }

    private static func event(_ sequence: Int, _ ticket: String, _ from: String?, _ to: String) -> String {
        let from = from.map { #","from":"\#($0)""# } ?? ""
        return
            #"{"kind":"event","sequence":\#(sequence),"t":\#(sequence),"event":"\#(to)","ticket":"\#(ticket)"\#(from),"#
            + #""to":"\#(to)"}"#
    }

    private static let end = #"{"kind":"end","complete":true}"#

    static let cases: [Case] = [
        Case(
            "R1 a question sent after the close proceeds", .closedMeansClosed, gate("closing", 5), gate("closed", 10),
            asked("a", 11), answered("a", 12, "proceed", #","code":"open""#)),
        Case(
            "one sent before the acknowledgement may proceed", nil, gate("closing", 5), gate("closed", 10),
            asked("a", 10), answered("a", 12, "proceed", #","code":"open""#)),
        Case(
            "one answered after an opening may proceed", nil, gate("closed", 10), gate("opening", 20),
            asked("a", 15), answered("a", 21, "proceed", #","code":"open""#)),
        Case(
            "one answered before the opening may not", .closedMeansClosed, gate("opening", 20), gate("closed", 10),
            asked("a", 15), answered("a", 19, "proceed", #","code":"open""#)),
        Case(
            "a second close counts from the first", .closedMeansClosed, gate("closed", 10), gate("closed", 30),
            asked("a", 15), answered("a", 19, "proceed", #","code":"open""#)),
        Case(
            "a continuation proceeds while closed", nil, gate("closed", 10), asked("a", 11, #","grounds":true"#),
            answered("a", 12, "proceed", #","code":"continuation""#)),
        Case(
            "no grounds, no continuation", .closedMeansClosed, gate("closed", 10), asked("a", 11),
            answered("a", 12, "proceed", #","code":"continuation""#)),
        Case(
            "an allow rule lets through while closed", nil, gate("closed", 10), asked("a", 11),
            answered("a", 12, "proceed", #","code":"allowed-by-rule""#)),
        Case(
            "R18 a hold that was told is not there", .heldMeansKept, asked("a", 1),
            answered("a", 2, "hold", #","ticket":"\#(first)""#), hold(second, "held", 1)),
        Case(
            "a hold without a ticket", .heldMeansKept, asked("a", 1), answered("a", 2, "hold"),
            hold(second, "held", 1)),
        Case(
            "a hold that was told is in the audit", nil, asked("a", 1),
            answered("a", 2, "hold", #","ticket":"\#(first)""#), event(1, first, nil, "held")),
        Case(
            "R19 the work of a hold runs twice", .atMostOnce, hold(first, "ended", 1),
            execution(1, first, 1, 2, #","worked":true"#), execution(2, first, 3, 4, #","worked":true"#)),
        Case(
            "R19 two executions of one id, of two Centrals, are two", .atMostOnce, hold(first, "ended", 1),
            hold(second, "ended", 2), execution(1, first, 1, 2, #","worked":true"#),
            execution(1, second, 1, 2, #","worked":true"#), execution(2, second, 3, 4, #","worked":true"#)),
        Case(
            "listed by turns, they are two all the same", nil, hold(first, "ended", 1), hold(second, "ended", 2),
            execution(1, first, 1, 2, #","worked":true"#), execution(1, second, 1, 2, #","worked":true"#),
            execution(1, first, 1, 2, #","worked":true"#), execution(1, second, 1, 2, #","worked":true"#)),
        Case(
            "an execution that ended at its gate step did no work", nil, hold(first, "ended", 1),
            execution(1, first, 1, 2, #","resultName":"held""#), execution(2, first, 3, 4, #","worked":true"#)),
        Case(
            "an execution of which nobody can tell may have worked", .atMostOnce, hold(first, "ended", 1),
            execution(1, first, 1, 2), execution(2, first, 3, 4, #","worked":true"#)),
        Case(
            "R19 one key makes two holds", .atMostOnce, asked("a", 1, #","idempotencyKey":"k""#),
            asked("b", 3, #","idempotencyKey":"k""#), answered("a", 2, "hold", #","ticket":"\#(first)""#),
            answered("b", 4, "hold", #","ticket":"\#(second)""#)),
        Case(
            "one key, one hold, then released", nil, asked("a", 1, #","idempotencyKey":"k""#),
            asked("b", 3, #","idempotencyKey":"k""#), answered("a", 2, "hold", #","ticket":"\#(first)""#),
            answered("b", 4, "proceed", #","code":"released""#)),
        Case(
            "two principals may use one key", nil, asked("a", 1, #","idempotencyKey":"k","principal":"p""#),
            asked("b", 3, #","idempotencyKey":"k","principal":"q""#),
            answered("a", 2, "proceed", #","code":"open""#), answered("b", 4, "proceed", #","code":"open""#)),
        Case("R20 something is still held at the end", .nothingVanishes, hold(first, "held", 1), end),
        Case("before the end it may be held", nil, hold(first, "held", 1)),
        Case("what awaits the operator is known of", nil, hold(first, "awaiting-operator", 1), end),
        Case(
            "R22 the later of a key starts before the earlier has ended", .orderOfKey,
            hold(first, "ended", 1, #","orderingKey":"k""#), hold(second, "ended", 2, #","orderingKey":"k""#),
            execution(1, first, 10, 20), execution(2, second, 19, 30)),
        Case(
            "R22 the later of a key starts first", .orderOfKey,
            hold(first, "ended", 1, #","orderingKey":"k""#), hold(second, "ended", 2, #","orderingKey":"k""#),
            execution(2, second, 10, 20), execution(1, first, 30, 40)),
        Case(
            "one after the other", nil,
            hold(first, "ended", 1, #","orderingKey":"k""#), hold(second, "ended", 2, #","orderingKey":"k""#),
            execution(1, first, 10, 20), execution(2, second, 20, 30)),
        Case(
            "R45 a hold goes where holds do not", .lifeOfHold, event(1, first, nil, "held"),
            event(2, first, "held", "running"), event(3, first, "running", "released")),
        Case(
            "R45 a hold leaves a state that it was not in", .lifeOfHold, event(1, first, nil, "held"),
            event(2, first, "released", "launching")),
        Case(
            "R45 a hold is not what the audit says", .lifeOfHold, event(1, first, nil, "held"),
            hold(first, "ended", 1)),
        Case(
            "R45 a hold moved on after it was read", nil, event(1, first, nil, "held"),
            hold(first, "held", 1, #","asOf":1"#), event(2, first, "held", "released"),
            event(3, first, "released", "launching")),
        Case(
            "a hold moved before it was read, and the audit had been read before that", nil,
            event(1, first, nil, "held"), hold(first, "released", 1, #","asOf":1"#),
            event(2, first, "held", "released"), event(3, first, "released", "launching")),
        Case(
            "a hold came after the audit had been read", nil, hold(first, "held", 1, #","asOf":1"#),
            event(2, first, nil, "held"), event(3, first, "held", "released")),
        Case(
            "R45 a hold is what neither the audit nor anything after it says", .lifeOfHold,
            event(1, first, nil, "held"), hold(first, "ended", 1, #","asOf":1"#), event(2, first, "held", "released")),
        Case(
            "R45 a hold is what it was before the audit was read", .lifeOfHold, event(1, first, nil, "held"),
            event(2, first, "held", "released"), hold(first, "held", 1, #","asOf":2"#),
            event(3, first, "released", "launching")),
        Case(
            "a whole life", nil, event(1, first, nil, "held"), event(2, first, "held", "released"),
            event(4, first, "released", "launching"), event(5, first, "launching", "running"),
            event(9, first, "running", "ended"), hold(first, "ended", 1), end),
        Case("a coalesced hold names nobody", .coalescedAccounted, hold(first, "coalesced", 1), end),
        Case(
            "a coalesced hold's representative failed", .coalescedAccounted,
            hold(first, "coalesced", 1, #","representative":"\#(second)""#),
            hold(second, "ended", 2, #","result":"error""#), end),
        Case(
            "a coalesced hold's representative ended well", nil,
            hold(first, "coalesced", 1, #","representative":"\#(second)""#),
            hold(second, "ended", 2, #","result":"resolved""#), end),
        Case(
            "coalesced in a ring", .coalescedAccounted,
            hold(first, "coalesced", 1, #","representative":"\#(second)""#),
            hold(second, "coalesced", 2, #","representative":"\#(first)""#)),
        Case("a line of the audit twice", .auditInOrder, event(1, first, nil, "held"), event(1, second, nil, "held")),
    ]

    @Test(arguments: cases)
    func finds(_ example: Case) throws {
        let promises = try Self.findings(example.lines).map(\.promise)
        #expect(Set(promises) == Set(example.promise.map { [$0] } ?? []))
    }

    @Test func theOrderOfLinesDoesNotMatter() throws {
        var random = SeededGenerator(seed: 7)
        for example in Self.cases {
            for _ in 0..<5 {
                let found = try Self.findings(example.lines.shuffled(using: &random)).map(\.promise)
                #expect(Set(found) == Set(example.promise.map { [$0] } ?? []), "\(example.name)")
            }
        }
    }

    @Test func clocksMayDifferByAsMuchAsIsSaid() throws {
        let lines = [
            Self.gate("closed", 10), Self.asked("a", 15), Self.answered("a", 19, "proceed", #","code":"open""#),
        ]
        #expect(try Self.findings(lines, skew: 4).count == 1)
        #expect(try Self.findings(lines, skew: 5).isEmpty)
    }

    @Test func countsFindingsBeyondThoseItTells() throws {
        var checker = HistoryChecker()
        for number in 0..<1500 {
            checker.add(
                .hold(HoldRecord(ticket: Ticket(ULID(high: 2, low: UInt64(number))), state: .held, arrival: 1)))
        }
        checker.add(.end(isComplete: true))
        #expect(checker.check().count == HistoryChecker.findingCountMax)
        #expect(checker.findingCount == 1500)
        #expect(checker.counts.holds == 1500)
    }

    @Test(arguments: [
        "{", "[]", "{}", #"{"kind":"x"}"#, #"{"kind":"asked","ask":"a"}"#, #"{"kind":"hold","ticket":"h","arrival":1}"#,
        #"{"kind":"closed","t":"soon"}"#,
    ])
    func refusesWhatIsNoHistory(_ line: String) {
        #expect(throws: (any Error).self) { try HistoryReader.read(line.utf8) }
    }

    @Test func passesOverEmptyLines() throws { #expect(try HistoryReader.read(" \r".utf8) == nil) }

    @Test("an execution that was listed while it ran and after it is one")
    func countsAnExecutionOnce() throws {
        let lines = [Self.execution(1, Self.first, 10, nil), Self.execution(1, Self.first, 10, 20)]
        #expect(try Self.findings(lines).isEmpty)
        #expect(try Self.findings(lines + [Self.execution(2, Self.first, 30, 40)]).count == 1)
    }

    @Test("a time that nothing can be added to is no time", arguments: [Int.max, .min, 1 << 61])
    func refusesTimesBeyondAllMeasure(time: Int) {
        #expect(throws: (any Error).self) { try HistoryReader.read(Self.gate("closed", time).utf8) }
        #expect(throws: (any Error).self) { try HistoryReader.read(Self.execution(1, Self.first, time, nil).utf8) }
    }
}

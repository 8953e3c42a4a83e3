import SluiceModel
import Testing

@Suite struct IdentifierTests {
    @Test(arguments: [
        "", "a\u{0}b", "a\nb", "\t", "\u{7F}", String(repeating: "x", count: 513), String(repeating: "é", count: 257),
    ])
    func refusesTextThatIsNoName(text: String) {
        #expect(AskID(checking: text) == nil)
        #expect(FlowID(checking: text) == nil)
    }

    @Test(arguments: ["x", "a b", "é", String(repeating: "x", count: 512), "150084121", "a:b/c"])
    func takesOtherTextAsItIs(text: String) {
        #expect(AskID(checking: text)?.text == text)
        #expect(OrderingKey(checking: text)?.description == text)
    }

    @Test func flowUUIDsAreTheSameInEitherCaseAndDottedNamesAreNot() {
        #expect(FlowID("A98C3FE7-9C90-4237-A025-E2DF4A7CF1F9") == FlowID("a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"))
        #expect(FlowID("io.Cloudslang.Base") != FlowID("io.cloudslang.base"))
        #expect(FlowID("A98C3FE7-9C90-4237-A025-E2DF4A7CF1F") != FlowID("a98c3fe7-9c90-4237-a025-e2df4a7cf1f"))
    }

    @Test func prioritiesReachFromNoughtToNine() {
        #expect((-2...11).compactMap { Priority($0)?.level } == Array(0...9))
        #expect(Priority.ordinary == Priority(5))
        #expect(Priority(0)! < Priority(9)!)
    }

    @Test func epochsGrowByOne() {
        #expect(Epoch.first.next == Epoch(2))
        #expect(Epoch(2) < Epoch(3))
        #expect("\(Epoch(7))" == "7")
    }

    @Test(
        arguments: [
            ("RUNNING", ExecutionStatus.running, false), ("COMPLETED", .completed, true),
            ("SYSTEM_FAILURE", .systemFailure, true),
            ("PAUSED", .paused, false), ("PENDING_PAUSE", .pendingPause, false), ("CANCELED", .canceled, true),
            ("CANCELLED", .canceled, true), ("PENDING_CANCEL", .pendingCancel, false),
            ("BLOCKED", .other("BLOCKED"), false),
            ("running", .other("running"), false),
        ] as [(String, ExecutionStatus, Bool)])
    func readsCentralsStatusWords(word: String, status: ExecutionStatus, isTerminal: Bool) {
        #expect(ExecutionStatus(word: word) == status)
        #expect(status.isTerminal == isTerminal)
        var summary = ExecutionSummary(id: ExecutionID("1"), status: status)
        summary.resultType = "RESOLVED"
        #expect((summary.result != nil) == isTerminal)
    }

    @Test(
        arguments: [
            ("RESOLVED", LaunchResult.resolved, true), ("ERROR", .error, false), ("DIAGNOSED", .diagnosed, true),
            ("NO_ACTION_TAKEN", .noActionTaken, true), ("SOMETHING", .unknown, false),
        ] as [(String, LaunchResult, Bool)])
    func readsHowACompletedExecutionEnded(type: String, result: LaunchResult, isWell: Bool) {
        var summary = ExecutionSummary(id: ExecutionID("1"), status: .completed)
        summary.resultType = type
        #expect(summary.result == result)
        #expect(result.isWell == isWell)
    }

    @Test func askersAreToldApartByPrincipalThenAskIdThenExecution() {
        func asker(_ principal: String, _ ask: String?, _ run: String?) -> Asker {
            Asker(principal: Principal(principal), askID: ask.map { AskID($0) }, runID: run.map { ExecutionID($0) })
        }
        let table: [(Asker, Asker, Bool)] = [
            (asker("p", "1", nil), asker("p", "1", nil), true),
            (asker("p", "1", nil), asker("q", "1", nil), false),
            (asker("p", "1", "7"), asker("p", "2", "7"), false),
            (asker("p", "1", "7"), asker("p", nil, "7"), true),
            (asker("p", nil, "7"), asker("p", nil, "7"), true),
            (asker("p", nil, "7"), asker("p", nil, "8"), false),
            (asker("p", "1", nil), asker("p", nil, "7"), false),
            (asker("p", nil, nil), asker("p", nil, nil), false),
        ]
        for (one, other, isSame) in table {
            #expect(one.isSame(as: other) == isSame, "\(one) \(other)")
            #expect(other.isSame(as: one) == isSame)
        }
    }

    @Test func diagnosticsReadLikeACompilers() {
        let remark = Diagnostic(severity: .error, code: "c", message: "m", file: "f", line: 3, column: 4)
        #expect("\(remark)" == "f:3:4: error: m [c]")
        #expect("\(Diagnostic(severity: .note, code: "c", message: "m"))" == "note: m [c]")
        #expect(Diagnostic.Severity.note < .warning && Diagnostic.Severity.warning < .error)
    }

    @Test func aMarkAcceptsNewerFencesByTimelineFirst() {
        let mark = FenceMark(timeline: 2, term: 5)
        let table: [(Fence, FenceMark?)] = [
            (Fence(timeline: 2, term: 5), mark), (Fence(timeline: 2, term: 4), nil),
            (Fence(timeline: 2, term: 6), FenceMark(timeline: 2, term: 6)), (Fence(timeline: 2), mark),
            (Fence(timeline: 1, term: 9), nil), (Fence(timeline: 1), nil),
            (Fence(timeline: 3, term: 1), FenceMark(timeline: 3, term: 1)),
            (Fence(timeline: 3), FenceMark(timeline: 3, term: 5)),
        ]
        for (fence, accepted) in table { #expect(mark.accepting(fence) == accepted, "\(fence)") }
        #expect("\(mark) \(Fence(timeline: 2)) \(Fence(timeline: 2, term: 7))" == "2.5 2 2.7")
    }
}

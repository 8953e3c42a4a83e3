import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// Which request passes which fence: every door of csa-api.md, section 10, and what must stay open by section 7.
@Suite struct FenceAnswerTests {
    @Test(
        "R16 every door is found, and what the works themselves need is none",
        arguments: FenceTable.doors + FenceTable.openings)
    func findsWhatARequestIs(row: FenceTable.Row) {
        #expect(FenceCall(to: row.system, method: row.method, target: row.target) == row.call)
    }

    @Test func knowsARowForEveryDoor() {
        for door in Door.allCases { #expect(FenceTable.doors.contains { $0.call == .door(door) }, "\(door)") }
    }

    /// The published table, written out once more.
    @Test(arguments: FenceState.allCases, FenceCaller.allCases)
    func answersEveryCallInEveryStateForEveryCaller(state: FenceState, caller: FenceCaller) {
        let calls: [FenceCall] =
            [.reading(isCallback: true), .reading(isCallback: false), .callback, .identity, .harmless, .unreadable]
            + Door.allCases.map { .door($0) }
        for call in calls {
            let passes =
                switch (state, caller, call) {
                case (.open, _, _), (_, .controller, _), (_, _, .identity): true
                case (_, _, .door), (_, _, .unreadable): false
                case (_, .callback, .callback), (_, .callback, .reading(isCallback: true)), (_, .callback, .harmless):
                    true
                case (.draining, _, .reading), (.draining, _, .harmless): true
                default: false
                }
            #expect(FenceAnswer.decide(call, by: caller, in: state).passes == passes, "\(call)")
        }
    }

    @Test("a door is not walked around by its spelling", arguments: FenceTable.spellings)
    func closesHoweverItIsSpelled(request: String) {
        let words = request.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let call = FenceCall(to: .csa, method: words[0], target: words[1])
        for caller in [FenceCaller.anybody, .callback] {
            for state in [FenceState.draining, .closed] {
                #expect(!FenceAnswer.decide(call, by: caller, in: state).passes, "\(call)")
            }
        }
        #expect(FenceAnswer.decide(call, by: .anybody, in: .open).passes)
    }

    @Test(
        "Central's doors are found however they are spelled",
        arguments: [
            "POST /oo/rest/v2/%65xecutions", "POST /oo/rest/v2/Executions;x=1", "POST /oo//rest/executions/.",
            "POST /oo/rest/latest/flows/../executions", "POST /oo/rest/latest%2Fexecutions",
            "GET /oo/../PAS/services/x",
            "GET /%50AS/services/rest/run/x", "GET /pas/services/rest/run/x", "PATCH /oo/rest/v2/schedules/7",
            "DELETE /oo/rest/v2/x?_method=POST", "GET /oo/rest/v2/executions?_method=POST",
            "POST /oo/rest/executions.json",
            "DELETE /oo/rest/v2/executions/7", "POST /oo/rest/v2/%",
        ])
    func closesCentralHoweverItIsSpelled(request: String) {
        let words = request.split(separator: " ", maxSplits: 1).map(String.init)
        let call = FenceCall(to: .central, method: words[0], target: words[1])
        #expect(!FenceAnswer.decide(call, by: .callback, in: .draining).passes, "\(call)")
    }

    @Test func cannotJudgeWhatIsTooLong() {
        let most = "/csa/" + String(repeating: "a", count: FenceLimits.targetByteCountMax - 5)
        #expect(FenceCall(to: .csa, method: "GET", target: most) == .reading(isCallback: false))
        #expect(FenceCall(to: .csa, method: "GET", target: most + "a") == .unreadable)
        let method = String(repeating: "A", count: FenceLimits.methodByteCountMax + 1)
        #expect(FenceCall(to: .central, method: method, target: "/") == .unreadable)
    }

    @Test func saysWhenToTryAgain() {
        let now = Timestamp(milliseconds: 1_000_000)
        func seconds(_ end: Duration?) -> Int64 {
            FenceStanding(system: .csa, state: .closed, expectedEnd: end.map { now.advanced(by: $0) })
                .retryAfterSeconds(at: now)
        }
        #expect(seconds(nil) == 120)
        #expect(seconds(.seconds(-1)) == 120)
        #expect(seconds(.seconds(1)) == 5)
        #expect(seconds(.seconds(600)) == 600)
        #expect(seconds(.seconds(86_400)) == 3600)
    }
}

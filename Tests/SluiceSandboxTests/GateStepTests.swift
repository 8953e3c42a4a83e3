import Testing

@testable import SluiceSandbox

/// The gate step's rules without a socket (product.md, "The gate step").
@Suite struct GateStepTests {
    private func bench(_ atHold: SandboxFlow.AtHold = .end, failMode: SandboxFlow.FailMode = .closed) -> Bench {
        Bench(flows: [
            SandboxFlow(
                id: "f", path: "Library/F", isGated: true, atHold: atHold, failMode: failMode,
                inputs: [.init("host"), .init("password", isEncrypted: true)], durationMilliseconds: 100)
        ])
    }

    @Test func asksWithEverythingSluiceNeeds() throws {
        let bench = bench()
        let id = bench.start("f", inputs: #"{"host": "h", "password": "x", "sluicePass": "p_1"}"#)
        let question = try #require(bench.question())
        #expect(question.askID.count == 36)
        #expect(
            question.members == [
                "flow": "f", "source": "flow", "launcher": "sluice", "askId": .text(question.askID), "pass": "p_1",
                "runId": .text(id), "flowPath": "Library/F", "inputs": ["host": "h", "password": "x"],
                "sensitiveInputs": ["password"],
            ])
        #expect(bench.status(id) == "RUNNING")
        #expect(bench.state.bodies.isEmpty)
    }

    @Test func runsItsBodyOnProceed() {
        let bench = bench()
        let id = bench.start("f")
        bench.answer(bench.question(), .proceed(validForSeconds: 2), after: 2000)
        #expect(bench.state.bodies.count == 1)
        bench.pass(100)
        #expect(bench.summary(id)["resultStatusType"] == "RESOLVED")
    }

    @Test(arguments: [
        (GateAnswer.hold(ticket: "h_1"), "held"), (.rejected, "rejected"), (.unreachable, "unreachable"),
    ])
    func endsAtTheGate(answer: GateAnswer, name: String) {
        let bench = bench()
        let id = bench.start("f")
        bench.answer(bench.question(), answer)
        let summary = bench.summary(id)
        #expect(summary["status"] == "COMPLETED")
        #expect(summary["resultStatusType"] == "NO_ACTION_TAKEN")
        #expect(summary["resultStatusName"] == .text(name))
        #expect(bench.state.bodies.isEmpty)
    }

    @Test func repeatsTheSameQuestionOnTrouble() throws {
        let bench = bench()
        _ = bench.start("f")
        let first = try #require(bench.question())
        bench.answer(first, .trouble("503"))
        bench.pass(499)
        #expect(bench.isSilent)
        bench.pass(1)
        let second = try #require(bench.question())
        #expect(second.members == first.members)
        bench.answer(second, .proceed(validForSeconds: nil))
        #expect(bench.state.bodies.count == 1)
    }

    @Test(arguments: [SandboxFlow.FailMode.closed, .open])
    func followsTheFailModeAfterTheLastTry(failMode: SandboxFlow.FailMode) {
        let bench = bench(failMode: failMode)
        let id = bench.start("f")
        for _ in 0..<5 {
            #expect(bench.state.bodies.isEmpty)
            bench.answer(bench.question(), .trouble("no answer"))
            bench.pass(500)
        }
        #expect(bench.isSilent)
        #expect(bench.state.bodies.map(\.isFallback) == (failMode == .open ? [true] : []))
        let log = bench.get("/executions/\(id)/execution-log")
        #expect(log["flowOutput"]?["sluiceFallback"] == (failMode == .open ? "true" : nil))
    }

    @Test func dropsAnAnswerThatCameLate() throws {
        let bench = bench()
        _ = bench.start("f")
        let first = try #require(bench.question())
        bench.answer(first, .proceed(validForSeconds: 2), after: 2001)
        #expect(bench.state.bodies.isEmpty)
        #expect(bench.state.counts.lateAnswers == 1)
        let second = try #require(bench.question())
        #expect(second.askID == first.askID)
        bench.answer(second, .proceed(validForSeconds: 2))
        #expect(bench.state.bodies.count == 1)
    }

    @Test func waitsParkedWithItsTicket() throws {
        let bench = bench(.wait)
        let id = bench.start("f")
        let first = try #require(bench.question())
        #expect(first.longPollSeconds == 30)
        #expect(first.members["launcher"] == "caller")
        bench.answer(first, .hold(ticket: "h_9"), after: 10)
        #expect(bench.status(id) == "RUNNING")
        bench.pass(990)
        let second = try #require(bench.question())
        #expect(second.members["ticket"] == "h_9")
        #expect(second.askID == first.askID)
        // A gate that restarts for long does not end a parked execution.
        bench.answer(second, .trouble("503"))
        for _ in 0..<20 {
            bench.pass(500)
            bench.answer(bench.question(), .trouble("503"))
        }
        bench.pass(500)
        bench.answer(bench.question(), .proceed(validForSeconds: 2))
        #expect(bench.state.bodies.count == 1)
    }

    @Test func pausesBetweenGateStepAndBody() {
        let bench = bench()
        let id = bench.start("f")
        let question = bench.question()
        #expect(bench.act("PAUSE", id) == 200)
        bench.pass(1000)
        #expect(bench.status(id) == "PENDING_PAUSE")
        bench.answer(question, .proceed(validForSeconds: 2))
        #expect(bench.status(id) == "PAUSED")
        #expect(bench.state.bodies.isEmpty)
        #expect(bench.act("RESUME", id) == 200)
        #expect(bench.state.bodies.count == 1)
    }

    @Test func ignoresTheAnswerOfACanceledExecution() {
        let bench = bench()
        let id = bench.start("f")
        let question = bench.question()
        #expect(bench.act("CANCEL", id) == 200)
        bench.pass(200)
        bench.answer(question, .proceed(validForSeconds: 2))
        #expect(bench.status(id) == "CANCELED")
        #expect(bench.state.bodies.isEmpty)
        #expect(bench.state.questionsOnTheWire == 0)
    }

    @Test func ignoresASecondAnswer() {
        let bench = bench()
        _ = bench.start("f")
        let question = bench.question()
        bench.answer(question, .proceed(validForSeconds: 2))
        bench.answer(question, .proceed(validForSeconds: 2))
        #expect(bench.state.bodies.count == 1)
    }

    @Test func survivesARestartWithTheSameAskID() throws {
        let old = bench()
        _ = old.start("f", inputs: #"{"host": "h"}"#)
        let first = try #require(old.question())
        let bytes = try SandboxCodec.encode(old.state.snapshot)

        let new = bench()
        new.now = old.now + 60_000
        new.state.restore(try SandboxCodec.decode(SandboxSnapshot.self, from: bytes), at: new.now)
        let second = try #require(new.question())
        #expect(second.members == first.members)
        new.answer(second, .proceed(validForSeconds: 2))
        new.pass(100)
        #expect(new.status(String(first.executionID)) == "COMPLETED")
        #expect(new.start("f") == String(first.executionID + 1))
    }

    @Test(arguments: [
        (200, #"{"decision": "proceed", "validForSeconds": 2}"#, GateAnswer.proceed(validForSeconds: 2)),
        (200, #"{"decision": "proceed"}"#, .proceed(validForSeconds: nil)),
        (200, #"{"decision": "hold", "ticket": "h_1"}"#, .hold(ticket: "h_1")),
        (200, #"{"decision": "reject"}"#, .rejected), (400, "", .rejected), (403, "{}", .rejected),
        (200, "<html>", .trouble("200 without JSON")), (200, "{}", .trouble("200 without a decision")),
        (200, #"{"decision": "maybe"}"#, .trouble("200 without a decision")), (503, "", .trouble("status 503")),
        (302, "", .trouble("status 302")), (202, #"{"decision": "hold"}"#, .trouble("status 202")),
    ])
    func readsAnswers(status: Int, body: String, answer: GateAnswer) {
        #expect(GateAnswer(status: status, body: Array(body.utf8)) == answer)
    }
}

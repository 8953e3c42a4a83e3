import Testing

@testable import SluiceSandbox

/// Workers of the sandbox's Central, and reports to CSA without a socket.
@Suite struct WorkerTests {
    private let worker = "/control/workers/\(SandboxWorker.firstUUID)"

    private func bench() -> Bench {
        let bench = Bench(flows: [
            SandboxFlow(id: "plain", durationMilliseconds: 1000, callsBack: true),
            SandboxFlow(id: "gated", isGated: true, durationMilliseconds: 1000),
        ])
        bench.state.csa = .init(url: "http://csa", password: "x")
        return bench
    }

    private func switchWorker(_ bench: Bench, _ isActive: Bool) {
        #expect(bench.send("PUT", worker, #"{"active": \#(isActive)}"#).reply.status == 200)
    }

    @Test func listsWorkers() {
        let bench = bench()
        #expect(bench.get("/workers").asList?.map { $0["active"] } == [true])
        switchWorker(bench, false)
        #expect(bench.get("/workers").asList?.map { $0["active"] } == [false])
        #expect(bench.send("PUT", "/control/workers/x", #"{"active": true}"#).reply.status == 404)
        #expect(bench.send("PUT", worker, "{}").reply.status == 400)
    }

    @Test func startsPauseWithoutAWorkerUntilResumed() {
        let bench = bench()
        switchWorker(bench, false)
        let id = bench.start("plain")
        #expect(bench.summary(id)["status"] == "PAUSED")
        #expect(bench.summary(id)["pauseReason"] == "NO_WORKERS_IN_GROUP")
        _ = bench.act("RESUME", id)
        #expect(bench.summary(id)["pauseReason"] == "NO_WORKERS_IN_GROUP", "nobody takes it up yet")
        switchWorker(bench, true)
        bench.pass(60_000)
        #expect(bench.status(id) == "PAUSED", "it must be resumed")
        _ = bench.act("RESUME", id)
        #expect(bench.status(id) == "RUNNING")
        bench.pass(1000)
        #expect(bench.state.bodies.count == 1)
    }

    @Test func aSecondWorkerTakesOver() {
        let bench = bench()
        #expect(bench.send("POST", "/control/workers").reply.status == 201)
        switchWorker(bench, false)
        #expect(bench.status(bench.start("plain")) == "RUNNING")
    }

    @Test func theStepThatRunsFinishesFirst() {
        let bench = bench()
        let id = bench.start("plain", inputs: #"{"CSA_PROCESS_ID": "p"}"#)
        switchWorker(bench, false)
        bench.pass(999)
        #expect(bench.status(id) == "RUNNING")
        bench.pass(1)
        #expect(bench.summary(id)["pauseReason"] == "NO_WORKERS_IN_GROUP", "before its report")
        #expect(bench.state.takeReports().isEmpty)
        switchWorker(bench, true)
        _ = bench.act("RESUME", id)
        bench.pass(0)
        #expect(bench.state.takeReports().map(\.processID) == ["p"])
    }

    @Test func theGatePausesWithoutAWorker() {
        let bench = bench()
        let id = bench.start("gated")
        let question = bench.question()
        switchWorker(bench, false)
        bench.answer(question, .proceed(validForSeconds: 2))
        #expect(bench.summary(id)["pauseReason"] == "NO_WORKERS_IN_GROUP")
        switchWorker(bench, true)
        _ = bench.act("RESUME", id)
        #expect(bench.state.bodies.count == 1)
        bench.pass(1000)
        #expect(bench.status(id) == "COMPLETED")
    }

    /// Answers in order, the tries, the end, and whether CSA was told.
    @Test(arguments: [
        ([CSAReport.Answer.taken], "success", 0), ([.noAnswer, .refused(503), .taken], "success", 0),
        ([.refused(401)], "callback failed", 1),
        ([.noAnswer, .noAnswer, .noAnswer, .noAnswer, .noAnswer], "callback failed", 1),
    ])
    func reportsUntilTaken(answers: [CSAReport.Answer], name: String, lost: Int) {
        let bench = bench()
        let id = bench.start("plain", inputs: #"{"CSA_PROCESS_ID": "p"}"#)
        bench.pass(1000)
        for answer in answers {
            #expect(bench.status(id) == "RUNNING", "until CSA knows")
            let reports = bench.state.takeReports()
            #expect(reports.count == 1)
            bench.state.reportAnswered(reports[0].executionID, answer, at: bench.now)
            bench.pass(500)
        }
        #expect(bench.summary(id)["resultStatusName"] == .text(name))
        #expect(bench.state.takeReports().isEmpty)
        #expect(bench.state.counts.lostCallbacks == lost)
    }

    @Test func reportsOnceMoreAfterARestart() {
        let bench = bench()
        let id = bench.start("plain", inputs: #"{"CSA_PROCESS_ID": "p"}"#)
        bench.pass(1000)
        #expect(bench.state.takeReports().count == 1)
        bench.state.restore(bench.state.snapshot, at: bench.now)
        bench.pass(0)
        let again = bench.state.takeReports()
        #expect(again.count == 1)
        bench.state.reportAnswered(again[0].executionID, .taken, at: bench.now)
        #expect(bench.status(id) == "COMPLETED")
    }

    /// A flow that was not started by CSA, one that breaks down, and one held at its gate say nothing.
    @Test func othersDoNotReport() {
        let bench = bench()
        bench.state.add(SandboxFlow(id: "broken", failure: "x", callsBack: true))
        bench.state.add(SandboxFlow(id: "held", isGated: true, callsBack: true))
        _ = bench.start("plain")
        _ = bench.start("broken", inputs: #"{"CSA_PROCESS_ID": "p"}"#)
        _ = bench.start("held", inputs: #"{"CSA_PROCESS_ID": "p"}"#)
        bench.answer(bench.question(), .hold(ticket: "h"))
        bench.pass(2000)
        #expect(bench.state.takeReports().isEmpty)
    }
}

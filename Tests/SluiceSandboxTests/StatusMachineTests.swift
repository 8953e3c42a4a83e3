import Testing

@testable import SluiceSandbox

@Suite struct StatusMachineTests {
    /// The table of oo-central-api.md 4.2, row by row: pause, cancel, resume.
    static let today: [(ExecutionStatus, ActionOutcome, ActionOutcome, ActionOutcome)] = [
        (.running, .moves(.pendingPause), .moves(.pendingCancel), .refused(.alreadyRunning)),
        (.pendingPause, .refused(.pendingPause), .moves(.pendingCancel), .refused(.pendingPause)),
        (.paused, .refused(.alreadyPaused), .moves(.pendingCancel), .moves(.running)),
        (.pendingCancel, .refused(.alreadyCanceled), .refused(.alreadyCanceled), .refused(.alreadyCanceled)),
        (.canceled, .refused(.alreadyCanceled), .refused(.alreadyCanceled), .refused(.alreadyCanceled)),
        (.completed, .refused(.alreadyCompleted), .refused(.alreadyCompleted), .refused(.alreadyCompleted)),
        (.systemFailure, .refused(.systemFailure), .refused(.systemFailure), .refused(.systemFailure)),
    ]

    @Test func followsTheReferencesTable() {
        #expect(Self.today.map(\.0) == ExecutionStatus.allCases)
        for (status, pause, cancel, resume) in Self.today {
            #expect(status.outcome(of: .pause, engine: .today) == pause)
            #expect(status.outcome(of: .cancel, engine: .today) == cancel)
            #expect(status.outcome(of: .resume, engine: .today) == resume)
        }
    }

    @Test func differsInThreeCancelsForTheOldEngine() {
        for status in ExecutionStatus.allCases {
            for action in ExecutionAction.allCases {
                let old = status.outcome(of: action, engine: .of2014)
                switch (status, action) {
                case (.pendingPause, .cancel): #expect(old == .refused(.pendingPause))
                case (.pendingCancel, .cancel), (.canceled, .cancel): #expect(old == .ignored)
                default: #expect(old == status.outcome(of: action, engine: .today))
                }
            }
        }
    }

    @Test func keepsTheRestOfTheBodyOverAPause() {
        let bench = Bench(flows: [SandboxFlow(id: "long", durationMilliseconds: 1000)])
        let id = bench.start("long")
        #expect(bench.status(id) == "RUNNING")
        bench.pass(300)
        #expect(bench.act("PAUSE", id) == 200)
        #expect(bench.status(id) == "PENDING_PAUSE")
        bench.pass(200)
        #expect(bench.status(id) == "PAUSED")
        #expect(bench.summary(id)["pauseReason"] == "USER_PAUSED")
        bench.pass(100_000)
        #expect(bench.act("RESUME", id) == 200)
        bench.pass(499)
        #expect(bench.status(id) == "RUNNING")
        bench.pass(1)
        #expect(bench.status(id) == "COMPLETED")
        #expect(bench.act("PAUSE", id) == 409)
        #expect(bench.state.bodies.count == 1)
    }

    @Test func leavesPendingPauseByFinishing() {
        let bench = Bench(flows: [
            SandboxFlow(id: "short", durationMilliseconds: 100),
            SandboxFlow(id: "step", durationMilliseconds: 5000, isPausable: false),
        ])
        let short = bench.start("short")
        let step = bench.start("step")
        #expect(bench.act("pause", short) == 200)
        #expect(bench.act("PAUSE", step) == 200)
        bench.pass(100)
        #expect(bench.status(short) == "COMPLETED")
        bench.pass(4000)
        #expect(bench.status(step) == "PENDING_PAUSE")
        bench.pass(900)
        #expect(bench.status(step) == "COMPLETED")
    }

    @Test func cancelsAfterItsDelay() {
        let bench = Bench(flows: [SandboxFlow(id: "long", durationMilliseconds: 250)])
        let id = bench.start("long")
        bench.pass(100)
        #expect(bench.act("CANCEL", id) == 200)
        #expect(bench.status(id) == "PENDING_CANCEL")
        bench.pass(200)
        let summary = bench.summary(id)
        #expect(summary["status"] == "CANCELED")
        #expect(summary["cancelReason"] == "MANUAL")
        #expect(bench.state.bodies[0].endedAt == bench.now)
        #expect(bench.act("CANCEL", "999") == 404)
        #expect(bench.act("DANCE", id) == 400)
    }

    @Test func endsAsItsFlowSays() {
        let bench = Bench(flows: [
            SandboxFlow(id: "error", result: .error), SandboxFlow(id: "broken", failure: "worker lost"),
        ])
        let error = bench.summary(bench.start("error"))
        #expect(error["status"] == "COMPLETED")
        #expect(error["resultStatusType"] == "ERROR")
        let broken = bench.summary(bench.start("broken"))
        #expect(broken["status"] == "SYSTEM_FAILURE")
        #expect(broken["resultStatusType"] == .null)
    }
}

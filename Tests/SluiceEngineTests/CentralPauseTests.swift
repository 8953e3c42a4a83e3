import Logging
import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// A Central that refuses the account is asked seldom, whoever wants to read.
@Suite(.timeLimit(.minutes(10)))
struct CentralPauseTests {
    private static let refusal = CentralError(.unauthorized, "GET /all-schedules: 401; check central.username")

    private static func schedule(_ id: String) -> CentralSchedule {
        var schedule = CentralSchedule(
            id: ScheduleID(id), name: "s\(id)", triggerExpression: "*/60000", isEnabled: true)
        schedule.flow = FlowID("flow-\(id)")
        schedule.startDate = Timestamp(milliseconds: 1_700_000_000_000)
        return schedule
    }

    private static func setup() -> EngineBench.Setup {
        let setup = EngineBench.Setup(mode: .hold)
        setup.central.put(schedule("1"))
        setup.central.put(schedule("2"))
        return setup
    }

    @Test("a freeze, forecasts and people who look send a wrong password a few times an hour, and say why")
    func asksSeldom() async throws {
        try await EngineBench.run(Self.setup()) { bench in
            let freezer = try #require(bench.engine.freezer)
            bench.central.failReads(Self.refusal)
            #expect(await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade") == .accepted)
            try await bench.advance { freezer.status().trouble != nil }
            for _ in 0..<60 {
                await bench.advance(by: .seconds(60), step: .seconds(5))
                let troubles = await bench.engine.forecasts.shelf.content().troubles
                #expect(troubles.count == 1 && troubles[0].contains("401"), "\(troubles)")
                await #expect(throws: CentralError.self) { try await bench.engine.listSchedules() }
            }
            #expect((4...9).contains(bench.central.failedScheduleCallCount), "\(bench.central.failedScheduleCallCount)")
            let status = freezer.status()
            #expect(status.phase == .freezing && status.trouble?.contains("401") == true)
            let error = await #expect(throws: CentralError.self) { try await bench.engine.listSchedules() }
            #expect(error?.message.contains("not asked again before") == true)
        }
    }

    @Test("a new order and a configuration that is read again ask at once", arguments: [true, false])
    func asksAtOnce(isOrder: Bool) async throws {
        try await EngineBench.run(Self.setup()) { bench in
            let freezer = try #require(bench.engine.freezer)
            bench.central.failReads(Self.refusal)
            _ = await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade")
            await bench.advance(by: .seconds(1000), step: .seconds(5))
            bench.central.failReads(nil)
            let asked = bench.clocks.now().wall
            if isOrder {
                #expect(await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade") == .accepted)
            } else {
                bench.engine.hurryCentral()
            }
            try await bench.advance(by: .milliseconds(100)) { freezer.status().phase == .frozen }
            #expect(bench.clocks.now().wall.since(asked) < .seconds(10))
            #expect(freezer.status().trouble == nil)
        }
    }

    @Test("a refusal of a reading that began before a hurry does not take the hurry back; one that began after counts")
    func keepsAHurry() async throws {
        let clocks = ManualClocks()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let pause = CentralPause("the list", clocks: clocks, logger: logger)
        await #expect(throws: CentralError.self) { try await pause.read { () -> Int in throw Self.refusal } }
        clocks.advance(by: RetryPause.refusalWaitMin)
        // Sent with the password of before; meanwhile the new one is read.
        await #expect(throws: CentralError.self) {
            try await pause.read { () -> Int in
                pause.hurry()
                throw Self.refusal
            }
        }
        #expect(try await pause.read { 1 } == 1)
        await #expect(throws: CentralError.self) { try await pause.read { () -> Int in throw Self.refusal } }
        let error = await #expect(throws: CentralError.self) { try await pause.read { 1 } }
        #expect(error?.message.contains("not asked again before") == true)
    }

    @Test("a Central that is away is asked by a forecast after a while only, and at once by a person")
    func asksAfterAFailure() async throws {
        try await EngineBench.run(Self.setup()) { bench in
            bench.central.failReads(CentralError(.unreachable, "no route"))
            let shelf = bench.engine.forecasts.shelf
            for _ in 0..<100 { _ = await shelf.content() }
            #expect(bench.central.failedScheduleCallCount == 1)
            await #expect(throws: CentralError.self) { try await bench.engine.listSchedules() }
            #expect(bench.central.failedScheduleCallCount == 2)
            bench.central.failReads(nil)
            let listed = try await bench.engine.listSchedules()
            #expect(listed.count == 2)
            #expect(await shelf.content().troubles.isEmpty, "it works again, and nobody waits")
        }
    }
}

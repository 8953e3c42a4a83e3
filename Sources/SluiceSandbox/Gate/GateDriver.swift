import Logging
import ServiceLifecycle

/// Puts the questions of gate steps and the reports to CSA, and lets the time pass when nobody asks: the sandbox's
/// one timer.
struct GateDriver: Service {
    /// Sends one question and reads its answer; never throws, an error is trouble.
    typealias Transport = @Sendable (GateQuestion) async -> GateAnswer

    let core: SandboxCore
    let transport: Transport
    /// Sends one report and reads its answer; never throws.
    let report: @Sendable (CSAReport) async -> CSAReport.Answer

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    let (questions, reports, next) = await core.takeWork()
                    for question in questions {
                        group.addTask { await ask(question) }
                    }
                    for report in reports {
                        group.addTask { await send(report) }
                    }
                    await rest(until: next)
                }
                group.cancelAll()
            }
        }
    }

    private func ask(_ question: GateQuestion) async {
        let sentAt = core.clock.now
        let answer = await transport(question)
        // A stop breaks questions off; that is no answer. The snapshot has them on the wire, so they are put again.
        if Task.isCancelled { return }
        core.gateAnswered(question, answer, sentAt: sentAt)
        core.waker.wake()
    }

    private func send(_ report: CSAReport) async {
        let answer = await self.report(report)
        // As with a question: what is broken off is put again.
        if Task.isCancelled { return }
        core.reportAnswered(report, answer)
        core.waker.wake()
    }

    /// Until the next deadline, or until somebody starts something.
    private func rest(until deadline: EpochMilliseconds?) async {
        guard let deadline else { return await core.waker.wait() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await core.clock.sleep(until: deadline) }
            group.addTask { await core.waker.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}

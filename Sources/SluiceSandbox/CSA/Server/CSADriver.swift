import ServiceLifecycle

/// Sends CSA's launches to OO, and lets the time pass when nobody asks: the stand-in's one timer.
///
/// A graceful shutdown takes no new ones and waits for the answers that are due, each bounded by its timeout, so
/// that the state file knows what was started.
struct CSADriver: Service {
    /// Sends one launch; never throws, an error is no answer.
    typealias Transport = @Sendable (CSALaunch) async -> CSALaunch.Answer

    let core: CSACore
    let transport: Transport

    func run() async throws {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                let (launches, next) = await core.takeLaunches()
                for launch in launches {
                    group.addTask { await send(launch) }
                }
                await cancelWhenGracefulShutdown { await rest(until: next) }
            }
        }
    }

    private func send(_ launch: CSALaunch) async {
        let answer = await transport(launch)
        core.withState { state, now in state.launchAnswered(launch.processID, answer, at: state.local(now)) }
        // One more may be sent now.
        core.waker.wake()
    }

    /// Until the next deadline, or until there is something to launch.
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

import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A few threads for one plugin, made when there is work: code that blocks or spins stalls its own plugin alone, not
/// the threads that answer launches.
final class PluginThreads: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// Where in `jobs` the next one is.
        var next = 0
        var threadCount = 0
        var idleCount = 0

        mutating func take() -> UnownedJob? {
            guard next < jobs.count else { return nil }
            defer {
                next += 1
                if next == jobs.count {
                    jobs.removeAll(keepingCapacity: true)
                    next = 0
                }
            }
            return jobs[next]
        }
    }

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let threadCountMax: Int

    init(threadCountMax: Int = PluginHostLimits.threadCountMax) { self.threadCountMax = threadCountMax }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isShort = state.withLock { state in
            state.jobs.append(job)
            if state.idleCount > 0 {
                state.idleCount -= 1
                work.signal()
                return false
            }
            guard state.threadCount < threadCountMax else { return false }
            state.threadCount += 1
            return true
        }
        if isShort { startThread() }
    }

    private func startThread() {
        var thread = pthread_t()
        let body = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { body in
                Unmanaged<PluginThreads>.fromOpaque(body!).takeRetainedValue().run()
                return nil
            }, body)
        guard code == 0 else {
            // Without a thread its jobs wait for another one, and time out.
            Unmanaged<PluginThreads>.fromOpaque(body).release()
            state.withLock { $0.threadCount -= 1 }
            return
        }
        pthread_detach(thread)
    }

    /// One thread's life: works, waits a while for more, ends.
    private func run() {
        let idle = PluginHostLimits.threadIdleDuration.components.seconds
        while true {
            while let job = state.withLock({ $0.take() }) { job.runSynchronously(on: asUnownedTaskExecutor()) }
            let isOver = state.withLock { state in
                guard state.next == state.jobs.count else { return false }
                state.idleCount += 1
                return true
            }
            guard isOver else { continue }
            if work.wait(timeout: .now() + .seconds(Int(idle))) == .success { continue }
            let ends = state.withLock { state in
                // Somebody counted on it between its time and here: the signal is there.
                guard state.idleCount > 0 else { return false }
                state.idleCount -= 1
                state.threadCount -= 1
                return true
            }
            if ends { return }
            work.wait()
        }
    }
}

import NIOCore

/// Runs tasks on one event loop: a call that only passes is read, sent on, answered and written without one thread
/// waiting for another to wake, which costs more than all else of it.
///
/// What computes or waits for a lock for long must not run here: the loop serves the gate, too.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// How long a test waits for what should be so soon: a hang becomes a failure, a busy machine does not.
public let hangLimit: Duration = .seconds(240)

/// Lets whoever was woken run, before a test looks at what came of it or moves its clock on.
///
/// A task that only gives up its own turn comes back at once when the thread of whoever was woken does not run just
/// then, as on a busy machine; so the turn of this thread is given up now and then, too.
/// - Parameter count: How many turns.
public func letOthersRun(turns count: Int) async {
    for turn in 1...max(1, count) {
        await Task.yield()
        // Each time would have every test wait for whatever else runs on the machine.
        if turn % 16 == 0 { sched_yield() }
    }
}

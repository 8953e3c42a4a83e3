import Dispatch

/// How long a test waits for what should be so soon: a hang becomes a failure, a busy machine does not.
public let hangLimit: Duration = .seconds(240)

/// Threads that Swift's tasks do not run on.
private let outside = DispatchQueue(label: "sluice.tests.outside", attributes: .concurrent)

/// Lets whoever was woken run, before a test looks at what came of it or moves its clock on.
///
/// A task that only gives up its own turn comes back at once when the thread of whoever was woken does not run just
/// then, as on a busy machine; so now and then it leaves its thread, and comes back by way of another. `sched_yield`
/// instead costs milliseconds each time beside programs that compute: it gives the rest of the slice away.
/// - Parameter count: How many turns.
public func letOthersRun(turns count: Int) async {
    for turn in 1...max(1, count) {
        await Task.yield()
        // Each time would have every test wait for whatever else runs on the machine.
        if turn % 16 == 0 {
            await withUnsafeContinuation { (back: UnsafeContinuation<Void, Never>) in outside.async { back.resume() } }
        }
    }
}

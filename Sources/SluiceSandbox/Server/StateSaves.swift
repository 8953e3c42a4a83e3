import Synchronization

/// Which state of a stand-in is on disk, and who waits for that.
///
/// States are counted: each change makes the next one.
final class StateSaves: Sendable {
    private struct State {
        var written: UInt64 = 0
        var isClosed = false
        var waiters: [(revision: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    /// Rings when there is something new to write.
    let changed = Waker()
    /// Rings when somebody waits for it.
    let hurry = Waker()

    /// The newest state that is written.
    var written: UInt64 { state.withLock { $0.written } }

    /// Returns when that state, or a later one, is written; at once when nothing is written any more.
    func isWritten(_ revision: UInt64) async {
        await withCheckedContinuation { continuation in
            let mayGoOn = state.withLock { state in
                if state.isClosed || revision <= state.written { return true }
                state.waiters.append((revision, continuation))
                return false
            }
            if mayGoOn { continuation.resume() } else { hurry.wake() }
        }
    }

    func settle(_ revision: UInt64) {
        let ready = state.withLock { state in
            state.written = max(state.written, revision)
            let ready = state.waiters.filter { $0.revision <= state.written }
            state.waiters.removeAll { $0.revision <= state.written }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Lets everybody go: nothing is written any more.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.continuation.resume() }
    }
}

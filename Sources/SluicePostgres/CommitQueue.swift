internal import Dispatch
internal import SluicePorts
internal import Synchronization

/// Collects concurrent commits into groups for several writers: what comes while all of them are busy waits, and goes
/// in one transaction.
///
/// A waiting commit is not tied to its caller's task: once it is in the queue it is carried out, whether or not the
/// caller was cancelled.
final class CommitQueue: Sendable {
    private let groupCountMax: Int
    private let pendingCountMax: Int
    private let state: Mutex<State>

    private struct Pending {
        let commit: PreparedCommit
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var pending: [Pending] = []
        var idle: [CommitWriter]
        let writerCount: Int
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []

        var isResting: Bool { pending.isEmpty && idle.count == writerCount }
    }

    init(writers: [CommitWriter], options: PostgresStoreOptions) {
        groupCountMax = max(1, options.groupCommitCountMax)
        pendingCountMax = options.pendingCommitCountMax
        state = Mutex(State(idle: writers, writerCount: writers.count))
    }

    /// Returns when the commit is on durable storage.
    func submit(_ commit: PreparedCommit) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let admitted = admit(Pending(commit: commit, continuation: continuation))
            switch admitted {
            case .failure(let error): continuation.resume(throwing: error)
            case .success(let writer): if let writer { drain(writer) }
            }
        }
    }

    /// Refuses commits from now on; returns when those that wait have been carried out.
    func close() async {
        await withCheckedContinuation { continuation in
            let isResting = state.withLock { state in
                state.isClosed = true
                if !state.isResting { state.closers.append(continuation) }
                return state.isResting
            }
            if isResting { continuation.resume() }
        }
    }

    /// - Returns: The writer to wake, if one is idle.
    private func admit(_ pending: Pending) -> Result<CommitWriter?, StoreError> {
        state.withLock { state in
            if state.isClosed { return .failure(StoreError(.unavailable, "the store was closed")) }
            guard state.pending.count < pendingCountMax else {
                return .failure(
                    StoreError(
                        .unavailable, "\(pendingCountMax) commits are waiting for the database already; try again later"
                    ))
            }
            state.pending.append(pending)
            return .success(state.idle.popLast())
        }
    }

    private func drain(_ writer: CommitWriter) {
        writer.connection.queue.async { [self] in
            while true {
                let group = takeGroup(for: writer)
                guard !group.isEmpty else { break }
                let outcomes = writer.write(group.map(\.commit))
                for (pending, outcome) in zip(group, outcomes) {
                    if let outcome {
                        pending.continuation.resume(throwing: outcome)
                    } else {
                        pending.continuation.resume()
                    }
                }
            }
        }
    }

    /// What the writer carries out next; nothing: it is idle from now on.
    private func takeGroup(for writer: CommitWriter) -> [Pending] {
        let (group, closers) = state.withLock { state in
            let group = Array(state.pending.prefix(groupCountMax))
            state.pending.removeFirst(group.count)
            if group.isEmpty { state.idle.append(writer) }
            guard state.isResting else { return (group, [CheckedContinuation<Void, Never>]()) }
            defer { state.closers = [] }
            return (group, state.closers)
        }
        for closer in closers { closer.resume() }
        return group
    }
}

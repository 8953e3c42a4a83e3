internal import GRDB
internal import SluicePorts
internal import Synchronization

/// Collects concurrent commits into groups: while one group is synced, the next one gathers.
///
/// First come, first served. A waiting commit is not tied to its caller's task: once it is in the queue it is carried
/// out, whether or not the caller was cancelled.
final class CommitQueue: Sendable {
    private let pool: DatabasePool
    private let writer: CommitWriter
    private let groupCountMax: Int
    private let pendingCountMax: Int
    private let state = Mutex(State())

    private struct Pending {
        let commit: PreparedCommit
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var pending: [Pending] = []
        /// Whether a block that takes from `pending` is on the writer's queue.
        var isDraining = false
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private enum Admittance { case refused(StoreError), waits, starts }

    init(pool: DatabasePool, writer: CommitWriter, options: SQLiteStoreOptions) {
        self.pool = pool
        self.writer = writer
        groupCountMax = options.groupsCommits ? max(1, options.groupCommitCountMax) : 1
        pendingCountMax = options.pendingCommitCountMax
    }

    /// Returns when the commit is on disk.
    func submit(_ commit: PreparedCommit) async throws {
        try await withCheckedThrowingContinuation { continuation in
            switch admit(Pending(commit: commit, continuation: continuation)) {
            case .refused(let error): continuation.resume(throwing: error)
            case .waits: break
            case .starts: scheduleDrain()
            }
        }
    }

    /// Refuses commits from now on; returns when those that wait have been carried out.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.isDraining { state.closers.append(continuation) }
                return !state.isDraining
            }
            if isIdle { continuation.resume() }
        }
    }

    private func admit(_ pending: Pending) -> Admittance {
        state.withLock { state in
            if state.isClosed { return .refused(StoreError(.unavailable, "the store was closed")) }
            guard state.pending.count < pendingCountMax else {
                return .refused(
                    StoreError(
                        .unavailable, "\(pendingCountMax) commits are waiting for the disk already; try again later"))
            }
            state.pending.append(pending)
            guard !state.isDraining else { return .waits }
            state.isDraining = true
            return .starts
        }
    }

    private func scheduleDrain() {
        // One group a block: other work on the writer's queue gets its turn in between.
        pool.asyncWriteWithoutTransaction { [self] db in
            let group = takeGroup()
            let outcomes = writer.write(group.map(\.commit), to: db)
            for (pending, outcome) in zip(group, outcomes) {
                if let outcome {
                    pending.continuation.resume(throwing: outcome)
                } else {
                    pending.continuation.resume()
                }
            }
            finishGroup()
        }
    }

    private func takeGroup() -> [Pending] {
        state.withLock { state in
            let group = Array(state.pending.prefix(groupCountMax))
            state.pending.removeFirst(group.count)
            return group
        }
    }

    private func finishGroup() {
        let closers: [CheckedContinuation<Void, Never>]? = state.withLock { state in
            guard state.pending.isEmpty else { return nil }
            state.isDraining = false
            defer { state.closers = [] }
            return state.closers
        }
        guard let closers else { return scheduleDrain() }
        for closer in closers { closer.resume() }
    }
}

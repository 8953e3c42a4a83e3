internal import Dispatch
internal import SluicePorts
internal import Synchronization

/// Collects concurrent commits into groups for several writers: what comes while all of them are busy waits, and goes
/// in one transaction.
///
/// A transaction of many commits costs the server far less than many of a few. So while a writer works, another one
/// waits a moment for more than a few to come; whoever comes alone goes at once.
///
/// A waiting commit is not tied to its caller's task: once it is in the queue it is carried out, whether or not the
/// caller was cancelled.
final class CommitQueue: Sendable {
    private let groupCountMax: Int
    private let gatherCount: Int
    private let gatherTime: Duration
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
        /// Whether a writer waits for more to come.
        var isGathering = false
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []

        var isResting: Bool { pending.isEmpty && idle.count == writerCount }

        /// Whether what is pending should go now.
        /// - Parameter freeCount: Writers that carry nothing out.
        func isEnough(_ gatherCount: Int, freeCount: Int) -> Bool {
            pending.count >= gatherCount || freeCount + (isGathering ? 1 : 0) == writerCount
        }
    }

    /// What becomes of a writer.
    private enum Turn {
        case works([Pending])
        /// Looks again after `gatherTime`, and takes what there is.
        case gathers
        case rests
    }

    init(writers: [CommitWriter], options: PostgresStoreOptions) {
        groupCountMax = max(1, options.groupCommitCountMax)
        gatherCount = options.gatherCommitCount
        gatherTime = options.gatherTime
        pendingCountMax = options.pendingCommitCountMax
        state = Mutex(State(idle: writers, writerCount: writers.count))
    }

    /// Returns when the commit is on durable storage.
    func submit(_ commit: PreparedCommit) async throws {
        try await withCheckedThrowingContinuation { continuation in
            switch admit(Pending(commit: commit, continuation: continuation)) {
            case .failure(let error): continuation.resume(throwing: error)
            case .success(let wake):
                guard let (writer, isGathering) = wake else { return }
                if isGathering { gather(writer) } else { writer.connection.queue.async { [self] in drain(writer) } }
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

    /// - Returns: The writer to wake, and whether it is to gather first; nil: others will carry it out.
    private func admit(_ pending: Pending) -> Result<(CommitWriter, isGathering: Bool)?, StoreError> {
        state.withLock { state in
            if state.isClosed { return .failure(StoreError(.unavailable, "the store was closed")) }
            guard state.pending.count < pendingCountMax else {
                return .failure(
                    StoreError(
                        .unavailable, "\(pendingCountMax) commits are waiting for the database already; try again later"
                    ))
            }
            state.pending.append(pending)
            let isEnough = state.isEnough(gatherCount, freeCount: state.idle.count)
            guard isEnough || !state.isGathering, let writer = state.idle.popLast() else { return .success(nil) }
            if !isEnough { state.isGathering = true }
            return .success((writer, isGathering: !isEnough))
        }
    }

    private func gather(_ writer: CommitWriter) {
        writer.connection.queue.asyncAfter(deadline: .now() + .microseconds(Int(gatherTime / .microseconds(1)))) {
            [self] in drain(writer, hasGathered: true)
        }
    }

    /// Works until nothing is left for this writer. On its queue.
    private func drain(_ writer: CommitWriter, hasGathered: Bool = false) {
        var hasGathered = hasGathered
        while true {
            switch turn(of: writer, hasGathered: hasGathered) {
            case .rests: return
            case .gathers: return gather(writer)
            case .works(let group):
                let outcomes = writer.write(group.map(\.commit))
                for (pending, outcome) in zip(group, outcomes) {
                    if let outcome {
                        pending.continuation.resume(throwing: outcome)
                    } else {
                        pending.continuation.resume()
                    }
                }
            }
            hasGathered = false
        }
    }

    /// - Parameter hasGathered: Whether it is the one that waited for more.
    private func turn(of writer: CommitWriter, hasGathered: Bool) -> Turn {
        let (turn, closers) = state.withLock { state in
            if hasGathered { state.isGathering = false }
            let none: [CheckedContinuation<Void, Never>] = []
            if !state.pending.isEmpty {
                if hasGathered || state.isEnough(gatherCount, freeCount: state.idle.count + 1) {
                    let group = Array(state.pending.prefix(groupCountMax))
                    state.pending.removeFirst(group.count)
                    return (Turn.works(group), none)
                }
                if !state.isGathering {
                    state.isGathering = true
                    return (.gathers, none)
                }
            }
            state.idle.append(writer)
            guard state.isResting else { return (.rests, none) }
            defer { state.closers = [] }
            return (.rests, state.closers)
        }
        for closer in closers { closer.resume() }
        return turn
    }
}

import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Writes the release's commits, as many as wait together as one, those of one hold in their order.
///
/// One commit of many holds costs far less than many of one. When it meets a conflict, nothing of it was written, and
/// each is written alone: one hold's conflict does not touch the others. While one is written the next is made ready:
/// two are under way, of different holds, and what became of them is told in their order.
final class ReleaseWriter: Sendable {
    typealias Write = @Sendable ([Change]) async throws -> Void
    typealias Ends = @Sendable ([Pending], (any Error)?) async -> Void

    struct Pending: Sendable {
        var ref: ReleaseEffect.CommitRef
        var changes: [Change]

        /// The hold that it moves.
        fileprivate var ticket: Ticket? {
            for case .moveHold(let move) in changes { return move.ticket }
            return nil
        }
    }

    private struct State {
        var pending: [Pending] = []
        /// Batches that are being written, and what they move.
        var batchCount = 0
        var tickets: Set<Ticket> = []
        /// Of the next batch, and of the one whose end is told next.
        var nextNumber = 0
        var toldNumber = 0
        /// Of the batch after that one, when it was written first.
        var waiting: CheckedContinuation<Void, Never>?
    }

    private struct Batch {
        var number: Int
        var commits: [Pending]
    }

    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let write: Write

    /// - Parameter write: Commits all changes or none.
    init(write: @escaping Write) {
        self.write = write
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Returns at once.
    func add(_ pending: [Pending]) {
        guard !pending.isEmpty else { return }
        let isFree = state.withLock { state in
            state.pending += pending
            return state.batchCount < EngineLimits.releaseBatchParallelMax
        }
        if isFree { wake.yield() }
    }

    /// Writes until `finish`, then what still waits.
    /// - Parameter ended: Told what became of each.
    func run(_ ended: @escaping Ends) async {
        await withDiscardingTaskGroup { group in
            for await _ in wakes {
                while let batch = next() { group.addTask { [self] in await carryOut(batch, ended) } }
            }
        }
        while let batch = next() { await carryOut(batch, ended) }
    }

    func finish() { wake.finish() }

    /// What can be written now; nil: nothing, or enough is being written.
    private func next() -> Batch? {
        state.withLock { state in
            guard state.batchCount < EngineLimits.releaseBatchParallelMax else { return nil }
            // Up to the first whose hold is being written.
            let commits = Array(
                state.pending.prefix(EngineLimits.releaseBatchCountMax).prefix { pending in
                    pending.ticket.map { !state.tickets.contains($0) } ?? true
                })
            guard !commits.isEmpty else { return nil }
            state.pending.removeFirst(commits.count)
            state.batchCount += 1
            state.tickets.formUnion(commits.lazy.compactMap(\.ticket))
            defer { state.nextNumber += 1 }
            return Batch(number: state.nextNumber, commits: commits)
        }
    }

    private func carryOut(_ batch: Batch, _ ended: Ends) async {
        let failure = await attempt(batch.commits)
        await turn(of: batch)
        if let error = failure as? StoreError, error.code == .conflict, batch.commits.count > 1 {
            for pending in batch.commits { await ended([pending], await attempt([pending])) }
        } else {
            await ended(batch.commits, failure)
        }
        let waiting = state.withLock { state in
            state.batchCount -= 1
            state.tickets.subtract(batch.commits.lazy.compactMap(\.ticket))
            state.toldNumber += 1
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
        wake.yield()
    }

    /// Returns when the batch before has been told of.
    private func turn(of batch: Batch) async {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                if state.toldNumber < batch.number { state.waiting = continuation }
                return state.toldNumber == batch.number
            }
            if isDue { continuation.resume() }
        }
    }

    /// - Returns: Why nothing of it was written, or may have been; nil: it was.
    private func attempt(_ batch: [Pending]) async -> (any Error)? {
        do {
            try await write(Self.merged(batch))
            return nil
        } catch {
            return error
        }
    }

    /// Their changes in order; what they all demand of the gate is looked at once.
    private static func merged(_ batch: [Pending]) -> [Change] {
        var demanded: Epoch?
        return batch.flatMap(\.changes).filter { change in
            guard case .expectOpen(let epoch) = change else { return true }
            defer { demanded = min(epoch, demanded ?? epoch) }
            return demanded.map { epoch < $0 } ?? true
        }
    }
}

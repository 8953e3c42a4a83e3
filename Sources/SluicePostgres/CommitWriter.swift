internal import SluiceModel
internal import SluicePorts
internal import Synchronization

/// Carries out commits on one connection: those that can share a transaction in one, the others each in its own.
///
/// Lives on its connection's queue.
final class CommitWriter: Sendable {
    let connection: Connection
    private let options: PostgresStoreOptions
    private let known: KnownMark

    /// The newest mark that this process has seen in the database.
    final class KnownMark: Sendable {
        private let mark = Mutex(FenceMark.fresh)

        var newest: FenceMark { mark.withLock { $0 } }

        func see(_ seen: FenceMark) {
            mark.withLock { if ($0.timeline, $0.term) < (seen.timeline, seen.term) { $0 = seen } }
        }

        /// Whether a commit can go with others: it neither raises the mark nor, as far as is known, is refused.
        func admits(_ fence: Fence) -> Bool {
            let newest = newest
            return newest.accepting(fence) == newest
        }
    }

    init(connection: Connection, options: PostgresStoreOptions, known: KnownMark) {
        self.connection = connection
        self.options = options
        self.known = known
    }

    private enum Outcome {
        case done
        case refused(StoreError)
        /// Its fence is newer than the one on record: it goes alone and raises it.
        case raisesMark
    }

    /// The answer to COMMIT did not come.
    private struct Doubt: Error {
        let cause: PostgresFailure
        let outcomes: [Outcome]
    }

    /// - Returns: For each commit nil when it is on durable storage, else why it is not.
    func write(_ commits: [PreparedCommit]) -> [StoreError?] {
        var results = [StoreError?](repeating: nil, count: commits.count)
        let together = commits.indices.filter { !commits[$0].isAlone && known.admits(commits[$0].fence) }
        let apart = commits.indices.filter { !together.contains($0) }
        write(together, of: commits, to: &results)
        for index in apart { write([index], of: commits, to: &results) }
        return results
    }

    private func write(_ indices: [Int], of commits: [PreparedCommit], to results: inout [StoreError?]) {
        guard !indices.isEmpty else { return }
        let group = indices.map { commits[$0] }
        do {
            let outcomes = try tryRepeatedly(group)
            for (index, outcome) in zip(indices, outcomes) {
                switch outcome {
                case .done: break
                case .refused(let error): results[index] = error
                case .raisesMark: write([index], of: commits, to: &results)
                }
            }
        } catch let doubt as Doubt {
            let unknown = StoreError(
                .unknown,
                "the connection to \(connection.address) was lost while committing (\(doubt.cause)): the commit may "
                    + "have been written; look up before trying again", cause: doubt.cause)
            for (index, outcome) in zip(indices, doubt.outcomes) {
                if case .refused(let error) = outcome { results[index] = error } else { results[index] = unknown }
            }
        } catch {
            let failure = StoreError(error, doing: "commit", at: connection.address.description)
            let mayBeOnes = (error as? PostgresFailure).map { !$0.isEndOfConnection && failure.code != .full } ?? true
            if indices.count > 1, mayBeOnes {
                for index in indices { write([index], of: commits, to: &results) }
            } else {
                for index in indices { results[index] = failure }
            }
        }
    }

    /// Until it is decided, or was tried too often. What failed before its COMMIT was sent has written nothing.
    private func tryRepeatedly(_ group: [PreparedCommit]) throws -> [Outcome] {
        var attempt = 1
        while true {
            do {
                try connection.open(within: options.reconnectTimeout)
                if group.count == 1, let only = group.first, only.isAlone || !known.admits(only.fence) {
                    return [try writeAlone(only)]
                }
                return try writeTogether(group)
            } catch let failure as PostgresFailure {
                rollback()
                guard failure.isPassing, attempt < options.attemptCountMax else { throw failure }
                attempt += 1
            } catch {
                rollback()
                throw error
            }
        }
    }

    private func writeTogether(_ group: [PreparedCommit]) throws -> [Outcome] {
        let transaction = GroupTransaction(connection: connection)
        var needs = GroupNeeds(group.lazy.flatMap(\.singleSteps))
        let locks: [Lock] = [.fence] + (needs.readsGate ? [.gate] : []) + (needs.changesHolds ? [.holds] : [])
        let opening = [Statement("BEGIN"), Lock.statement(shared: locks)]
        var mark = FenceMark.fresh
        var (state, numbers) = try transaction.load(&needs, after: opening, mark: &mark)
        known.see(mark)
        var outcomes: [Outcome] = group.map { commit in
            guard let accepted = mark.accepting(commit.fence) else {
                return .refused(CommitRefusal.stale("fence \(commit.fence)", mark).storeError)
            }
            return accepted == mark ? .done : .raisesMark
        }
        let admitted = group.indices.filter { if case .done = outcomes[$0] { true } else { false } }
        for (index, refusal) in zip(admitted, try state.decide(admitted.map { group[$0].singleSteps })) {
            if let refusal { outcomes[index] = .refused(refusal.storeError) }
        }
        try commit(transaction.writes(state, numbers), outcomes)
        return outcomes
    }

    private func writeAlone(_ commit: PreparedCommit) throws -> Outcome {
        let mayRaise = !known.admits(commit.fence)
        var opening = [Statement("BEGIN")] + WideTransaction.locks(for: commit.steps, raisesMark: mayRaise)
        opening.append(FenceMark.query)
        guard let answer = try connection.exchange(opening).last else {
            throw PostgresFailure(kind: .lost, message: "an answer is missing")
        }
        let stored = try FenceMark(storedIn: answer)
        known.see(stored)
        guard let accepted = stored.accepting(commit.fence) else {
            rollback()
            return .refused(CommitRefusal.stale("fence \(commit.fence)", stored).storeError)
        }
        guard accepted == stored || mayRaise else {
            rollback()
            throw StoreError(
                .unavailable,
                "the database at \(connection.address) has an older fence than this process has seen: it was "
                    + "restored; restart Sluice")
        }
        var transaction = WideTransaction(connection: connection, mark: accepted)
        do {
            try transaction.run(commit.steps)
        } catch let refusal as CommitRefusal {
            rollback()
            return .refused(refusal.storeError)
        }
        try self.commit(transaction.mark == stored ? [] : [transaction.mark.write], [.done])
        known.see(transaction.mark)
        return .done
    }

    /// Writes and commits in one round trip. If its answer does not come, nobody knows; unless COMMIT was not sent, or
    /// the server said that something before it failed.
    private func commit(_ writes: [Statement], _ outcomes: [Outcome]) throws {
        do {
            let answers = try connection.exchange(writes + [Statement("COMMIT")])
            guard answers.last?.tag == "COMMIT" else {
                throw PostgresFailure(kind: .state("25P02"), message: "the server took the transaction back")
            }
        } catch let failure as PostgresFailure
            where failure.isEndOfConnection && !failure.isOfIdleTransaction && !failure.isBeforeLast
        {
            throw Doubt(cause: failure, outcomes: outcomes)
        }
    }

    private func rollback() {
        guard connection.isOpen else { return }
        do {
            _ = try connection.exchange(Statement("ROLLBACK"))
        } catch {
            connection.close()
        }
    }
}

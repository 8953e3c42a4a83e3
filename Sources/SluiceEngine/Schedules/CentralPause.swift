import Logging
import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Leaves Central alone for a while after it refused a reading or did not answer: one pause for all who read the same.
///
/// Without it a wrong password would be sent again with every look, until Central locks the account out.
final class CentralPause: Sendable {
    private struct State {
        var pause: RetryPause
        /// What the last reading failed with; nil after one that did not.
        var error: CentralError?
        /// How many failures counted: a reading that began before the last of them was on its way beside it.
        var failureCount = 0
        /// How often the next reading was hurried: a refusal of one that began before may be of a password of before.
        var hurryCount = 0
        /// When the next reading may be made, by the wall clock.
        var next = Timestamp.zero

        /// Why a reader must wait; nil: it may read.
        func standing(for reader: Reader, at now: MonotonicTime) -> CentralError? {
            guard let error, now < pause.until else { return nil }
            if !reader.waitsAfterFailures, pause.kind == .failure { return nil }
            return told(error)
        }

        func told(_ error: CentralError) -> CentralError {
            CentralError(
                error.code,
                "\(error.message); Central is not asked again before \(next.rfc3339), unless there is a new order or a "
                    + "SIGHUP")
        }
    }

    private let state: Mutex<State>
    private let clocks: any Clocks
    private let logger: Logger
    /// What is read, for people.
    private let subject: String

    init(_ subject: String, clocks: any Clocks, logger: Logger) {
        self.subject = subject
        self.clocks = clocks
        self.logger = logger
        state = Mutex(State(pause: RetryPause(at: clocks.now().monotonic)))
    }

    /// Who wants to read.
    enum Reader: Hashable, Sendable {
        /// Sluice by itself: it waits after every failure.
        case sluice
        /// A person who looks: they wait after a refusal only.
        case person
        /// The release, which has a pace of its own: it waits after a refusal only, too.
        case release
        /// The look after an upgrade, for which a person waits: the same.
        case verification

        var waitsAfterFailures: Bool { self == .sluice }
    }

    /// Reads, unless the pause lasts; then the last error is thrown again, with the time of the next try.
    /// - Throws: `CentralError`.
    func read<Answer: Sendable>(
        for reader: Reader = .sluice, _ body: () async throws -> Answer
    ) async throws -> Answer {
        let now = clocks.now().monotonic
        let begun = state.withLock { $0 }
        if let standing = begun.standing(for: reader, at: now) { throw standing }
        do {
            let answer = try await body()
            succeeded()
            return answer
        } catch let error as CentralError {
            failed(error, since: begun)
            throw error
        }
    }

    /// The next reading is made at once: a person ordered something, or the configuration was read again.
    func hurry() {
        let now = clocks.now().monotonic
        state.withLock { state in
            state.pause.hurry(at: now)
            state.hurryCount += 1
        }
    }

    /// Why nobody reads, with the time of the next try; nil unless Central refused the account.
    var refusal: CentralError? {
        state.withLock { state in
            guard let error = state.error, state.pause.kind == .refusal else { return nil }
            return state.told(error)
        }
    }

    private func succeeded() {
        let now = clocks.now().monotonic
        let last = state.withLock { state -> CentralError? in
            defer { state.error = nil }
            state.pause.succeeded(at: now)
            return state.error
        }
        if last != nil { logger.notice("\(subject) can be read again") }
    }

    private func failed(_ error: CentralError, since begun: State) {
        let now = clocks.now()
        let isNews = state.withLock { state in
            // It would take the hurry back: the next reading tells whether it holds.
            if error.retryKind == .refusal, state.hurryCount != begun.hurryCount { return false }
            let isNews = state.error?.code != error.code
            // Of several that were on their way at once, one counts.
            if state.error != nil, state.failureCount > begun.failureCount { return isNews }
            state.pause.failed(error.retryKind, at: now.monotonic)
            state.error = error
            state.failureCount += 1
            state.next = now.wall.advanced(by: state.pause.until.since(now.monotonic))
            return isNews
        }
        guard isNews else { return }
        logger.warning(
            "\(subject) cannot be read; it is tried again after longer and longer waits",
            metadata: ["error": "\(error)"])
    }
}

extension CentralError {
    /// How soon what failed with it may be tried again.
    var retryKind: RetryPause.Kind { code == .unauthorized ? .refusal : .failure }
}

extension RetryPause.Kind {
    /// How soon what failed with an error may be tried again.
    init(of error: any Error) { self = (error as? CentralError)?.retryKind ?? .failure }
}

public import SluiceModel

/// What CSA's process instance is told whose launch Sluice holds no longer, and never started. Pure.
///
/// A flow answers its own process instance when it ends (csa-api.md section 7); what never ran answers nothing, and
/// without a time limit CSA would wait for ever.
public enum EndedLaunchAnswer: Hashable, Sendable {
    /// Nothing is to be told: the launch runs, ran, or may still be started.
    case none
    /// It depends on the launch that stands for it, which has not ended.
    case wait
    case tell(ProcessInstanceState, ProcessReturnCode, status: String)
    /// Whether it was started, and who answers for it, only a person can find out.
    case ask(String)

    /// - Parameters:
    ///   - hold: As it is now.
    ///   - representative: What stands for it, at the end of the chain of those that were coalesced in turn; nil: it is
    ///     not kept any more.
    ///   - told: What CSA says of the representative's own process instance; nil: it has none, or is not known.
    public init(_ hold: Hold, representative: Hold? = nil, told: ProcessInstance? = nil) {
        func failed(_ words: String) -> EndedLaunchAnswer {
            .tell(.error, .failure, status: "Sluice \(hold.ticket): \(words)")
        }
        switch hold.state {
        case .held, .released, .launching, .running, .awaitingOperator, .ended, .superseded: self = .none
        case .expired: self = failed("the launch expired before it could start")
        // Its flow runs there, and answers itself.
        case .discarded where hold.isMoved: self = .none
        case .discarded where hold.attempt > 0:
            self = .ask("hold \(hold.ticket) was discarded after it was sent to Central, and may run there")
        case .discarded: self = failed("an operator discarded the launch")
        case .coalesced:
            guard let representative else {
                self = failed("the launch that stood for it is not on record any more")
                return
            }
            let words = "Sluice \(hold.ticket): answered as \(representative.ticket), which stands for it"
            if let told, told.state.isTerminal {
                self = .tell(told.state, told.returnCode ?? .other("UNKNOWN"), status: words)
                return
            }
            switch representative.state {
            case .held, .released, .launching, .running, .awaitingOperator: self = .wait
            // Its own process instance is being told, and says what both came to.
            case .ended where told != nil, .superseded where told != nil: self = .wait
            // The chain is longer than is followed at once.
            case .coalesced: self = .wait
            case .ended:
                let isWell = representative.result?.isWell ?? false
                self = .tell(isWell ? .completed : .error, isWell ? .success : .failure, status: words)
            case .discarded where representative.isMoved || representative.attempt > 0:
                self = .ask(
                    "hold \(representative.ticket), which stands for \(hold.ticket), was discarded, and may run in "
                        + (representative.isMoved ? "another site" : "Central"))
            case .superseded, .expired, .discarded:
                self = .tell(.error, .failure, status: words)
            }
        }
    }
}

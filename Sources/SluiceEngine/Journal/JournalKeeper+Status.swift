public import SluiceCore
public import SluiceModel

extension JournalKeeper {
    /// How the changes stand.
    public struct Status: Hashable, Sendable {
        /// Whose they are; nil: nothing was ever changed, or all of it is settled since before the start.
        public var owner: MaintenanceID?
        /// Whether the journal was read: before that nothing here counts.
        public var isRead: Bool
        public var isReturning: Bool
        /// Objects by the state of their newest entry.
        public var counts: [JournalState: Int]
        /// Conflicts that wait for an operator's decision.
        public var askingCount: Int
        /// Every change of the owner is made and verified, or needs nothing more.
        public var isMade: Bool
        /// Nothing of the owner is left to be put back or decided.
        public var isSettled: Bool
        /// Why it does not get on.
        public var troubles: [ChangeTroubleReport]

        /// Objects with a change that is to be made, put back, or decided.
        public var openCount: Int {
            askingCount + JournalState.allCases.reduce(0) { $0 + ($1.isOpen ? counts[$1] ?? 0 : 0) }
        }
    }
}

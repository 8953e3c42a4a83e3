/// Something in a history that Sluice promises never to happen.
public struct HistoryFinding: Hashable, Sendable, CustomStringConvertible {
    /// The promise that is broken.
    public enum Promise: String, Hashable, Sendable, CaseIterable {
        /// Once a close was acknowledged and until an opening is ordered, no question first sent in between proceeds.
        case closedMeansClosed = "closed-means-closed"
        /// Whoever was told `hold` finds the hold.
        case heldMeansKept = "held-means-kept"
        /// The work of one hold, or of one idempotency key, runs at most once.
        case atMostOnce = "at-most-once"
        /// At the end nothing is left that nobody knows of.
        case nothingVanishes = "nothing-vanishes"
        /// Of one ordering key the next starts after the one before has ended, by arrival.
        case orderOfKey = "order-of-key"
        /// A hold moves only as holds can.
        case lifeOfHold = "life-of-hold"
        /// A coalesced hold names one that stands for it.
        case coalescedAccounted = "coalesced-accounted"
        /// The audit's numbers only grow.
        case auditInOrder = "audit-in-order"
    }

    public var promise: Promise
    /// What was seen, with the names and times that show it.
    public var text: String

    public init(_ promise: Promise, _ text: String) {
        self.promise = promise
        self.text = text
    }

    public var description: String { "\(promise.rawValue): \(text)" }
}

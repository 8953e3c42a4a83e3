/// A blocked launch, kept durably until it was launched once or ended another way.
public struct Hold: Hashable, Sendable {
    public var ticket: Ticket
    /// Where it is in its life.
    public var state: HoldState
    /// When it entered that state.
    public var stateSince: Timestamp
    /// Position in arrival order, given by the store; 0 before that.
    public var arrival: Int64
    public var arrivedAt: Timestamp
    /// Who asked, as authenticated.
    public var principal: Principal
    /// The request as asked; sensitive inputs are sealed.
    public var request: LaunchRequest
    /// Why it was held.
    public var reason: HoldReason
    /// The gate's epoch when it was held.
    public var epoch: Epoch
    /// The epoch in which it was released; a later close voids the release.
    public var releasedEpoch: Epoch?
    /// The current launch attempt; 0 before the first.
    public var attempt: Int
    /// When the current attempt's intent was committed.
    public var attemptAt: Timestamp?
    /// Names the pass of the current attempt.
    public var passID: PassID?
    /// Not to be tried again before this time.
    public var retryAt: Timestamp?
    /// The execution that runs it, once known.
    public var executionID: ExecutionID?
    /// The last cause that changed it or stopped it, in one sentence; never a secret.
    public var cause: String?
    /// How its execution ended, once it has.
    public var result: LaunchResult?
    /// The hold that stands for it, while it is `coalesced`.
    public var representative: Ticket?

    public init(
        ticket: Ticket, request: LaunchRequest, principal: Principal, reason: HoldReason, epoch: Epoch,
        arrivedAt: Timestamp
    ) {
        self.ticket = ticket
        self.request = request
        self.principal = principal
        self.reason = reason
        self.epoch = epoch
        self.arrivedAt = arrivedAt
        state = .held
        stateSince = arrivedAt
        arrival = 0
        attempt = 0
    }
}

extension Hold {
    /// Whether it is a time that its schedule missed because the gate was closed.
    public var isMissedTime: Bool {
        reason == .maintenance && request.scheduleID != nil && request.nominalTime != nil
    }
}

/// Where a hold is in its life (product.md, "Holds").
public enum HoldState: String, Hashable, Sendable, CaseIterable {
    /// Waiting for the gate. Left by release, expiry, discard, coalescing, supersession.
    case held
    /// May start now. Left when its launch is intended or its caller takes it; a close of the gate returns it to
    /// `held`.
    case released
    /// The intent to launch it is on disk; the request may be on its way. Left by evidence of what became of it.
    case launching
    /// Its execution runs in Central, or its caller was told to start it. Left when that ends.
    case running
    /// Its execution ended. Final.
    case ended
    /// A newer hold with the same coalesce key stands for it. Final, unless that one fails.
    case coalesced
    /// Its asker went on without us. Final.
    case superseded
    /// Its own expiry passed. Final.
    case expired
    /// An operator dropped it. Final.
    case discarded
    /// What became of it cannot be established. Left by an operator: retry or discard.
    case awaitingOperator = "awaiting-operator"

    /// Whether nothing leaves this state any more.
    public var isFinal: Bool {
        switch self {
        case .held, .released, .launching, .running, .awaitingOperator: false
        case .ended, .coalesced, .superseded, .expired, .discarded: true
        }
    }

    /// Whether later holds of its ordering key have to wait for it.
    public var blocksOrderingKey: Bool { !isFinal }
}

/// How a launch ended.
public enum LaunchResult: String, Hashable, Sendable, CaseIterable {
    /// Completed, and OO says resolved.
    case resolved
    /// Completed with OO's ERROR.
    case error
    /// Completed with OO's DIAGNOSED.
    case diagnosed
    /// Completed with OO's NO_ACTION_TAKEN.
    case noActionTaken = "no-action-taken"
    /// A person or timer cancelled it.
    case canceled
    /// OO's SYSTEM_FAILURE.
    case systemFailure = "system-failure"
    /// It ended, and nobody said how.
    case unknown

    /// Whether a canary may count it as well.
    public var isWell: Bool { self == .resolved || self == .noActionTaken || self == .diagnosed }
}

/// A number that grows with each change of the gate.
public struct Epoch: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let number: Int64

    public init(_ number: Int64) { self.number = number }

    public static let first = Epoch(1)

    /// The epoch after this one.
    public var next: Epoch { Epoch(number + 1) }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    public var description: String { String(number) }
}

extension Hold {
    /// How the cause begins of one that was discarded because another site launches it.
    public static let movedCause = "moved to another site: "

    /// Whether another site launches it.
    public var isMoved: Bool { state == .discarded && cause?.hasPrefix(Self.movedCause) ?? false }
}

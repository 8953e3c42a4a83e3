public import SluiceModel

/// Whether the gate is closed for what a drain waits for.
public enum DrainGate: Hashable, Sendable {
    /// Nothing is known of it yet, or this replica may not know it as it is.
    case unknown(String)
    /// It lets launches through; a sentence says where.
    case open(String)
    /// It is closed here; other replicas may still let launches through.
    case closing(Epoch)
    /// No replica lets anything through but continuations and what rules allow.
    case closed(Epoch)

    /// Whether a launch may still be let through by the mode alone.
    public var isClosed: Bool { if case .closed = self { true } else { false } }

    /// Where a gate is open for something that a drain waits for; nil when it is closed for all of it.
    /// - Parameter scopes: What the drain is about; empty: everything.
    public static func opening(of record: GateRecord, for scopes: [Scope]) -> String? {
        guard !scopes.isEmpty else {
            if record.whole.mode.isOpen { return "the gate is open" }
            // A scope that is open while all else is closed lets its launches through.
            return record.scopes.first { $0.mode.isOpen }.flatMap(\.scope).map { "the gate is open for \($0)" }
        }
        for scope in scopes {
            let entry = record.entry(for: scope)
            if (entry ?? record.whole).mode.isOpen { return "the gate is open for \(scope)" }
            // Within it a narrower one may be open; whether they overlap is not always known, so any counts.
            let narrower = record.scopes.first { other in
                other.mode.isOpen && (other.scope.map { $0.rank < scope.rank } ?? false)
            }
            if let narrower = narrower?.scope { return "the gate is open for \(narrower), which may lie in \(scope)" }
        }
        return nil
    }
}

/// Launches that were let through and may not have appeared yet.
public struct DrainInFlight: Hashable, Sendable {
    /// By replica, this one among them; those without any are left out.
    public var parts: [InFlightPart]
    /// Holds whose launch was intended: it may be on its way, or in doubt.
    public var launchingCount: Int
    /// Why it is not known; never zero then.
    public var trouble: String?

    public init(parts: [InFlightPart] = [], launchingCount: Int = 0, trouble: String? = nil) {
        self.parts = Array(parts.filter { $0.count > 0 }.prefix(DrainLimits.inFlightPartCountMax))
        self.launchingCount = launchingCount
        self.trouble = trouble
    }

    public var count: Int { parts.reduce(launchingCount) { $0 + $1.count } }
    public var isZero: Bool { count == 0 && trouble == nil }
}

public import SluiceModel

/// A system outside Sluice whose objects a maintenance changes and puts back: CSA's approval policies, assignments and
/// offerings, the fences.
///
/// Implemented by CSA's adapter and by `FakeOutsideSystem` (SluiceTestKit), proved by `OutsideSystemConformance`. The
/// journal (`JournalKeeper`) reads before each write and after it. An implementation sends nothing twice: whoever
/// decides must know how often it was sent.
public protocol OutsideSystem: Sendable {
    /// The journal's word for it, such as `csa`; it never changes.
    var system: String { get }

    /// How long a call may take: each of them ends by then, with an error at the latest.
    var callDuration: Duration { get }

    /// Calls on their way at the same time.
    var callCountMax: Int { get }

    /// Objects in one `write`; more than 1 where the system takes many in one call (csa-api.md 4.3).
    var writeCountMax: Int { get }

    /// One object as it is now, in the same normal form each time.
    /// - Returns: nil only when the system itself says that it has none of that id. A 404 of a server whose application
    ///   is not up yet is an error, `.unreachable`.
    /// - Throws: `OutsideError`.
    func read(_ object: String) async throws -> OutsideImage?

    /// Sets fields of objects, and touches nothing else of them; each is sent at most once.
    ///
    /// Where a whole object is written, it is made from what the system has now, and the outcome is `.stale` when that
    /// is not `basedOn`: so what somebody changed in between is not lost.
    /// - Returns: What became of each. One that is missing is taken for `.unknown`.
    func write(_ writes: [OutsideWrite]) async -> [OutsideOutcome]
}

/// One object of a write.
public struct OutsideWrite: Hashable, Sendable {
    public var object: String
    /// To be set to these.
    public var fields: [JournalField]
    /// As it was read right before.
    public var basedOn: OutsideImage
    /// Whose mark is to be left on it, where there is room for one; nil: it is to be taken away.
    public var marker: MaintenanceID?

    public init(object: String, fields: [JournalField], basedOn: OutsideImage, marker: MaintenanceID? = nil) {
        self.object = object
        self.fields = fields
        self.basedOn = basedOn
        self.marker = marker
    }
}

/// What became of one object of a write.
public struct OutsideOutcome: Sendable {
    public enum Result: Sendable {
        /// The system said yes; with the object as its very answer shows it, if it does. Believed when it is read.
        case taken(OutsideImage?)
        /// Nothing was sent for it: it is no longer as it was read.
        case stale
        /// The system said no to this object, such as CSA's "Failed" within a 200 (csa-api.md 0.8).
        case refused(String)
        /// An error, or no answer: it may have been done.
        case unknown(OutsideError)
        /// No byte was sent.
        case notSent(OutsideError)
    }

    public var object: String
    public var result: Result

    public init(_ object: String, _ result: Result) {
        self.object = object
        self.result = result
    }
}

/// Why an outside system could not be asked.
public struct OutsideError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        private init(_ name: String) { description = name }

        /// No connection, no answer in time, or one that says that it is not up (502, 503).
        public static let unreachable = Code("unreachable")
        /// It answered, but not as itself: HTML, cut XML, another shape.
        public static let unreadable = Code("unreadable")
        /// Wrong credentials or rights: nothing is tried again until an operator says so, for accounts lock out.
        public static let unauthorized = Code("unauthorized")
        /// It answered with an error about this object; others may go well.
        public static let status = Code("status")
    }

    public let code: Code
    /// What failed and what to do; never a secret.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code): \(message)" }
}

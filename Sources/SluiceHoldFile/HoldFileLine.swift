public import SluiceModel

/// One line of a file of exported holds; each is a JSON object within the file's seal.
public enum HoldFileLine: Hashable, Sendable {
    /// The first one.
    case start(HoldFileStart)
    /// A hold; the values of its secrets are `.secret` here.
    case hold(Hold)
    /// A hold that the filters name and that is not in the file.
    case leftOut(LeftOutHold)
    /// The last one: how many lines of each kind are before it.
    case end(HoldFileCount)
}

/// What a file of exported holds says of itself.
public struct HoldFileStart: Hashable, Sendable {
    public var exportedAt: Timestamp
    /// Who exported it.
    public var by: Principal
    /// The filters, in words.
    public var filters: String
    /// Whether all that its holds stand for is in it, too.
    public var isWithRepresented: Bool
    /// The id of the site that exported it; nil in files of before sites had one.
    public var site: String?

    public init(
        exportedAt: Timestamp, by principal: Principal, filters: String, isWithRepresented: Bool, site: String? = nil
    ) {
        self.site = site
        self.exportedAt = exportedAt
        by = principal
        self.filters = filters
        self.isWithRepresented = isWithRepresented
    }
}

/// How many there are in a file.
public struct HoldFileCount: Hashable, Sendable {
    public var holds = 0
    public var leftOut = 0

    public init(holds: Int = 0, leftOut: Int = 0) {
        self.holds = holds
        self.leftOut = leftOut
    }
}

/// How much a file of exported holds may have.
public enum HoldFileLimits {
    /// Holds of one file.
    public static let holdCountMax = 1_000_000
    /// Longest line, in bytes: several times the largest request that a server can be configured to take.
    public static let lineByteCountMax = 256 << 20
}

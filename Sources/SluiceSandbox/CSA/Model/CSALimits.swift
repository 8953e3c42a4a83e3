/// Every bound of the CSA stand-in, by name.
public enum CSALimits {
    /// Depth of a request's XML.
    public static let xmlDepthMax = 32
    /// Elements of a request's XML.
    public static let xmlElementCountMax = 50_000
    /// Bytes between the ends of two tags.
    public static let xmlTagBytesMax = 16_384
    /// Rows of each kind that are part of the configuration: organisations, persons, policies, offerings …
    public static let configurationRowCountMax = 20_000
    /// Requests, and so subscriptions and instances; at the limit submits are refused.
    public static let requestCountMax = 200_000
    /// Process instances; at the limit nothing is launched any more.
    public static let processCountMax = 1_000_000
    /// Orders of one `POST /control/orders`.
    public static let bulkOrderCountMax = 10_000
    /// UTF-8 bytes of a name that comes from outside.
    public static let nameBytesMax = 1_024
    /// Properties of one process instance.
    public static let propertyCountMax = 1_000
    /// Tokens of the identity service kept; the oldest is forgotten.
    public static let tokenCountMax = 1_000
    /// Launches on the wire at one time.
    public static let concurrentLaunchCountMax = 64
    /// Bytes of OO's answer to a launch that are read.
    public static let launchAnswerBytesMax = 65_536
    /// Largest `page-size`.
    public static let pageSizeMax = 1_000
    /// Days of an automatic policy (PROVEN: 0..365).
    public static let automaticDays: ClosedRange<Int64> = 0...365
    /// Interval of a pool's synchronisation, in milliseconds.
    public static let syncIntervals: ClosedRange<Int64> = 100...SandboxLimits.spanMillisecondsMax
    /// Parts of a multipart body.
    public static let multipartCountMax = 16
}

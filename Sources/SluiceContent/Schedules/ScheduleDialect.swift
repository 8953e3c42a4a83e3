/// The languages in which schedulers write down their schedules (scheduler-xml.md sections 1 and 4).
///
/// The raw value is the word of `--format` and of the JSON.
public enum ScheduleDialect: String, Hashable, Sendable, CaseIterable {
    /// Quartz 2.x: `job-scheduling-data` in Quartz's namespace.
    case quartz = "quartz"
    /// The same with `version="1.8"`; Quartz 2 reads those without the elements that only 1.8 has.
    case quartz18 = "quartz-1.8"
    /// Quartz 1.5 and 1.6: root `quartz`, triggers inside their job.
    case quartzLegacy = "quartz-legacy"
    /// Quartz.NET 2.x and 3.x.
    case quartzNET = "quartz.net"
    /// Quartz.NET 0.9 and 1.0: root `quartz`.
    case quartzNETLegacy = "quartz.net-legacy"
    /// `job-scheduling-data` without a namespace, as Sundial writes it.
    case sundial = "sundial"
    /// A user's table of cron, with five fields.
    case crontab = "crontab"
    /// A table of the system (`/etc/crontab`, `/etc/cron.d`): the same with a column for the user.
    case systemCrontab = "system-crontab"
    /// JSON as OO Central lists its schedules.
    case central = "central"

    /// Whether Quartz 2 is meant to read it, so that what Quartz refuses is an error of the file.
    var isQuartz2: Bool { self == .quartz }
    /// Whether it is in the namespace that Quartz 2 reads.
    var isQuartzNamespace: Bool { self == .quartz || self == .quartz18 }
    var isDotNET: Bool { self == .quartzNET || self == .quartzNETLegacy }
    /// Whether the root is `quartz` and holds jobs with their triggers inside.
    var isLegacy: Bool { self == .quartzLegacy || self == .quartzNETLegacy }
    var isXML: Bool { ![.crontab, .systemCrontab, .central].contains(self) }

    /// The dialect of a document with such a root; nil when it is none of them.
    static func ofRoot(_ name: String, namespace: String?, version: String?) -> ScheduleDialect? {
        switch (name, namespace) {
        case ("job-scheduling-data", QuartzSink.namespace): version?.hasPrefix("1.") == true ? .quartz18 : .quartz
        case ("job-scheduling-data", dotNETNamespace): .quartzNET
        case ("job-scheduling-data", nil): .sundial
        case ("quartz", dotNETNamespace): .quartzNETLegacy
        case ("quartz", legacyNamespace), ("quartz", nil): .quartzLegacy
        default: nil
        }
    }

    /// The root of its documents.
    var rootName: String { isLegacy ? "quartz" : "job-scheduling-data" }

    private static let dotNETNamespace = "http://quartznet.sourceforge.net/JobSchedulingData"
    private static let legacyNamespace = "http://www.opensymphony.com/quartz/JobSchedulingData"

    /// The dialect of a file by its first bytes, for what is no XML; nil for XML and for what is nothing we know.
    static func sniffed(_ bytes: some Sequence<UInt8>, file: String) -> ScheduleDialect? {
        var first: UInt8?
        var rest = Array(bytes.prefix(sniffedBytes))[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        // UTF-16 and UTF-32, with or without a mark, have such bytes at once; of our files only XML comes in them.
        if isWideJSON(rest) { return .central }
        if rest.starts(with: [0xFE, 0xFF]) || rest.starts(with: [0xFF, 0xFE]) || rest.prefix(4).contains(0) {
            return nil
        }
        if rest.starts(with: XMLProlog.ebcdic) { return nil }
        first = rest.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        switch first {
        case nil, UInt8(ascii: "<"): return nil
        case UInt8(ascii: "["), UInt8(ascii: "{"): return .central
        // A document of one word, which no crontab is.
        case _ where ["null", "true", "false"].contains(trimmed(String(decoding: rest, as: UTF8.self))):
            return .central
        default: return isSystemTable(file) ? .systemCrontab : .crontab
        }
    }

    /// Whether the first character is a bracket of JSON, of two or four bytes, perhaps behind a mark.
    private static func isWideJSON(_ bytes: ArraySlice<UInt8>) -> Bool {
        let first = bytes.prefix(8).filter { $0 != 0 && $0 < 0xFE }.first
        guard first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else { return false }
        return bytes.prefix(4).contains { $0 == 0 || $0 >= 0xFE }
    }

    /// The first bytes that are looked at.
    static let sniffedBytes = 4096

    private static func isSystemTable(_ file: String) -> Bool {
        file == "/etc/crontab" || file.hasPrefix("/etc/cron.d/")
    }
}

/// Whether Quartz 2.3.2 would take a file.
public enum QuartzVerdict: Hashable, Sendable {
    case accepts
    /// It would refuse the whole file, for the first reason found.
    case refuses(String)
    /// Nobody knows: reading stopped at a limit of ours, an `xsi:type` changes what the schema asks, or Java may read
    /// what is not read here (EBCDIC, XML 1.1, an encoding that is unknown).
    case unknown(String)

    /// nil when unknown.
    public var isAccepted: Bool? {
        switch self {
        case .accepts: true
        case .refuses: false
        case .unknown: nil
        }
    }

    /// Why not; nil when it is accepted.
    public var reason: String? {
        switch self {
        case .accepts: nil
        case .refuses(let reason), .unknown(let reason): reason
        }
    }
}

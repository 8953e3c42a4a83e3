import Glibc
public import SluiceForecast
import Synchronization

/// The system's time zones, by Java's names: compiled files below a folder, each read once.
///
/// What the files say is taken as it is; Java brings its own copy, so its version may differ from `version`.
public final class SystemTimeZones: Sendable {
    /// Where Linux keeps its zones.
    public static let systemFolder = "/usr/share/zoneinfo"
    /// The zones of this system.
    public static let shared = SystemTimeZones()
    /// Most zones kept; IANA has under 600. Beyond them each is read anew.
    public static let maximumKept = 2048

    /// The folder of the files.
    public let folder: String
    private let kept = Mutex<[String: TimeZoneRules]>([:])

    public init(folder: String = systemFolder) { self.folder = folder }

    /// The zone that Java 17 takes for an id.
    ///
    /// - Returns: nil where Java does not know the id, and takes GMT without a word.
    public func zone(_ identifier: String) -> TimeZoneRules? {
        if let zone = kept.withLock({ $0[identifier] }) { return zone }
        guard let name = JavaZoneName(identifier), let zone = zone(name, identifier) else { return nil }
        kept.withLock { if $0.count < Self.maximumKept { $0[identifier] = zone } }
        return zone
    }

    private func zone(_ name: JavaZoneName, _ identifier: String) -> TimeZoneRules? {
        guard case .region(let file) = name else { return TimeZoneRules(withoutFile: name, identifier: identifier) }
        guard let bytes = read(file) else { return nil }
        return try? TimeZoneRules(identifier: identifier, zoneFile: bytes)
    }

    /// The version of the zone data in use, such as `2025b`; nil when the folder does not say it.
    public var version: String? {
        let prefix = "# version "
        guard let bytes = read("tzdata.zi", upTo: 64) else { return nil }
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard line.hasPrefix(prefix), line.utf8.allSatisfy({ (32...126).contains($0) }) else { return nil }
        return String(line.dropFirst(prefix.count))
    }

    /// A regular file below the folder; nil when it is none, too large, or cannot be read.
    private func read(_ name: String, upTo limit: Int? = nil) -> [UInt8]? {
        let descriptor = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let size = Int(status.st_size)
        guard limit != nil || size <= TimeZoneRules.maximumFileBytes else { return nil }
        var bytes = [UInt8](repeating: 0, count: min(size, limit ?? size))
        var count = 0
        while count < bytes.count {
            let (start, wanted) = (count, bytes.count - count)
            let read = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + start, wanted) }
            guard read > 0 else { return nil }
            count += read
        }
        return bytes
    }
}

extension TimeZoneRules {
    /// The system's zone of a Java id; nil where Java knows none.
    public init?(javaIdentifier: String) {
        guard let zone = SystemTimeZones.shared.zone(javaIdentifier) else { return nil }
        self = zone
    }
}

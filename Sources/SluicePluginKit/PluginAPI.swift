@_exported public import SluiceModel

/// The API between Sluice and its plugins. `import SluicePluginKit` brings everything: Sluice's nouns (`FlowID`,
/// `Timestamp`, `OrderingKey`, …), too.
public enum PluginAPI {
    /// What this Sluice speaks.
    ///
    /// The promise is that of semantic versions. Within one major number nothing is taken away or changes its meaning:
    /// a plugin written for 1.0 works with every 1.x. What may come with a minor number: further fields of
    /// `LaunchView` and `LaunchAnnotations`, further readers of `PluginSettings`, requirements with a default.
    public static let version = PluginAPIVersion(1, 0)
}

/// A version of the plugin API.
public struct PluginAPIVersion: Hashable, Sendable, CustomStringConvertible {
    public let major: Int
    public let minor: Int

    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Whether a plugin that was written for this version works with a host of another: the same major number, and
    /// nothing newer than the host knows.
    public func isServed(by host: PluginAPIVersion = PluginAPI.version) -> Bool {
        major == host.major && minor <= host.minor
    }

    public var description: String { "\(major).\(minor)" }
}

/// Makes plugins of one kind from their configuration. One value of it stands in Sluice's list of plugins.
///
/// ```yaml
/// plugins:
///   - kind: night-shift          # PluginFactory.kind
///     settings:                  # what `make` reads
///       opens: "22:00"
/// ```
/// Implemented by first-party plugins and yours; `PluginFactoryConformance` (SluicePluginTesting) checks it.
public protocol PluginFactory: Sendable {
    /// The word for it in the configuration, in kebab case: `resource-pool-sync`.
    var kind: String { get }
    /// Its own version, as `sluice plugins list` shows it.
    var version: String { get }
    /// The version of the plugin API that it was written for, as a literal: `PluginAPIVersion(1, 0)`.
    var api: PluginAPIVersion { get }
    /// What it does, in one sentence.
    var summary: String { get }
    /// How long it may take for one launch, unless the configuration says; the default is 50 ms.
    var budget: Duration { get }

    /// Makes one from its settings.
    ///
    /// Read every setting there is, each by its kind; what is wrong with one is noted in `settings` with its place,
    /// and the plugin is then not used. So give a default and go on: all faults are shown at once.
    /// - Throws: What kept it from being made for other reasons, such as a file that cannot be read.
    func make(_ settings: inout PluginSettings) throws -> PluginParts
}

extension PluginFactory {
    public var budget: Duration { .milliseconds(50) }
}

/// What a plugin is made of: an interceptor, a source, or both.
public struct PluginParts: Sendable {
    public var interceptor: (any LaunchInterceptor)?
    public var source: (any LaunchSource)?

    public init(interceptor: (any LaunchInterceptor)? = nil, source: (any LaunchSource)? = nil) {
        self.interceptor = interceptor
        self.source = source
    }
}

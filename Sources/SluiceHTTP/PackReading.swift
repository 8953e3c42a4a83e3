public import SluiceModel

/// What was read of a content pack's file.
public struct PackReading: Sendable {
    /// `content.pack.name`; nil when the pack does not say.
    public var name: String?
    /// `content.pack.version`.
    public var version: String?
    public var flows: [KnownFlow]
    /// Remarks, each with its place in the pack, never a path of this machine.
    public var diagnostics: [Diagnostic]

    public init(name: String?, version: String?, flows: [KnownFlow], diagnostics: [Diagnostic]) {
        self.name = name
        self.version = version
        self.flows = flows
        self.diagnostics = diagnostics
    }
}

/// Reads the content pack in a file, for as long as that takes, and blocks no thread that others wait for.
///
/// Injected, because this room does not know the format. Real: `PackLoading` of SluiceScenarios.
public typealias PackReader = @Sendable (_ path: String) async -> PackReading

public import SluicePluginKit

/// What every `PluginFactory` must do, told as laws.
public enum PluginFactoryConformance: String, CaseIterable, Sendable {
    /// A kind in kebab case, a version, one sentence, an API version that this Sluice serves, a budget.
    case saysWhatItIs
    /// Good settings make a plugin with at least one part.
    case makesAPlugin
    /// A key that it does not have is named with its line.
    case namesAnUnknownKey
    /// Lists, sections and odd texts in place of each setting are faults, or taken; never a crash.
    case takesOddSettings

    /// - Parameter settings: A section that it makes a plugin of.
    /// - Throws: `InterceptorConformance.Violation`.
    public func check(_ factory: any PluginFactory, settings: PluginValue) async throws {
        switch self {
        case .saysWhatItIs:
            let isKebab = factory.kind.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
            }
            try demand(isKebab && !factory.kind.isEmpty, "the kind '\(factory.kind)' is not in kebab case")
            try demand(!factory.version.isEmpty && !factory.summary.isEmpty, "no version or no summary")
            try demand(factory.api.isServed(), "API \(factory.api) is not served by \(PluginAPI.version)")
            try demand(factory.budget > .zero, "no budget")
        case .makesAPlugin:
            var reader = PluginSettings(settings)
            let parts = try factory.make(&reader)
            reader.finish()
            await parts.interceptor?.stop()
            try demand(parts.interceptor != nil || parts.source != nil, "neither an interceptor nor a source")
            try demand(reader.diagnostics.isEmpty, "\(reader.diagnostics)")
        case .namesAnUnknownKey:
            guard case .section(var members) = settings.content else { return }
            members.append(.init(name: "noSuchKey", value: PluginValue(.text("x"), file: "f.yaml", line: 77)))
            let diagnostics = await read(factory, PluginValue(.section(members)))
            try demand(
                diagnostics.contains { $0.line == 77 && $0.message.contains("noSuchKey") },
                "nothing about noSuchKey in line 77: \(diagnostics)")
        case .takesOddSettings:
            guard case .section(let members) = settings.content else { return }
            let odd = OddLaunches.texts.map { PluginValue(.text($0)) }
            for index in members.indices {
                for value in odd + [PluginValue(.nothing), PluginValue(.list([])), ["a": "b"], ["x", ["y": "z"]]] {
                    var changed = members
                    changed[index].value = value
                    _ = await read(factory, PluginValue(.section(changed)))
                }
            }
            for value in odd + [PluginValue(.nothing), ["x"]] { _ = await read(factory, value) }
        }
    }

    private func read(_ factory: any PluginFactory, _ settings: PluginValue) async -> [Diagnostic] {
        var reader = PluginSettings(settings)
        let parts = try? factory.make(&reader)
        await parts?.interceptor?.stop()
        reader.finish()
        return reader.diagnostics
    }
}

import SluiceModel
import SluicePluginKit
import Testing

@testable import SluiceConfig

/// `plugins:` and its places.
@Suite struct PluginConfigurationTests {
    private static func read(_ yaml: String) -> (plugins: [SluiceConfiguration.Plugin], diagnostics: [Diagnostic]) {
        let (configuration, diagnostics) = SluiceConfiguration.read(yaml: yaml, file: "s.yaml", environment: [:])
        return (configuration.plugins, diagnostics)
    }

    @Test func pluginsStandInTheirOrderWithTheirSettings() throws {
        let (plugins, diagnostics) = Self.read(
            """
            plugins:
              - kind: webhook
                name: calendar
                onFault: hold
                budgetMilliseconds: 500
                concurrency: 3
                when: {source: csa, path: "Library/**", flow: f, requester: gate}
                settings:
                  url: https://x
                  inputs: [a, b]
                  rules:
                    - {name: r}
              - kind: scheduler
                when: [{source: ui}, {source: api}]
              - kind: other
                settings:
            """)
        #expect(diagnostics.isEmpty)
        #expect(plugins.map(\.name) == ["calendar", "scheduler", "other"])
        #expect(plugins[0].onFault == .hold && plugins[0].budgetMilliseconds == 500 && plugins[0].concurrency == 3)
        #expect(
            plugins[0].matches == [
                LaunchMatch(
                    flow: FlowID("f"), path: PathGlob("Library/**"), source: .csa, requester: Principal("gate"))
            ])
        #expect(plugins[1].matches == [LaunchMatch(source: .ui), LaunchMatch(source: .api)])
        #expect(plugins[1].settings.content == .nothing && plugins[2].settings.content == .nothing)
        var settings = PluginSettings(plugins[0].settings, path: plugins[0].path)
        #expect(settings.text("url") == "https://x" && settings.texts("inputs") == ["a", "b"])
        #expect(settings.sections("rules") { $0.text("name") } == ["r"])
        _ = settings.number("none", in: 1...2, default: 1)
        settings.finish()
        #expect(settings.diagnostics.isEmpty)
    }

    @Test func aWrongSettingIsNamedWithItsLine() {
        let (plugins, _) = Self.read("plugins:\n  - kind: x\n    settings:\n      count: many\n      other: 1\n")
        var settings = PluginSettings(plugins[0].settings, path: plugins[0].path)
        _ = settings.number("count", in: 1...9, default: 1)
        settings.finish()
        #expect(settings.diagnostics.map(\.line) == [4, 5])
        #expect(settings.diagnostics.allSatisfy { $0.file == "s.yaml" && $0.message.contains("plugins[0].settings.") })
    }

    @Test(arguments: [
        ("plugins: x\n", "must be a list", 1), ("plugins:\n  - x\n", "must be a section", 2),
        ("plugins:\n  - name: x\n", "has no kind", 2), ("plugins:\n  - kind: x\n    onfault: skip\n", "onFault", 3),
        ("plugins:\n  - kind: x\n    onFault: ignore\n", "one of skip, hold, reject", 3),
        ("plugins:\n  - kind: x\n    budgetMilliseconds: 0\n", "from 1 to 60000", 3),
        ("plugins:\n  - kind: x\n    concurrency: many\n", "from 1 to 1000", 3),
        ("plugins:\n  - kind: x\n    when: {source: moon}\n", "one of ui", 3),
        ("plugins:\n  - kind: x\n    when: {sources: ui}\n", "did you mean \"source\"", 3),
        ("plugins:\n  - kind: x\n  - kind: x\n", "two plugins named", 3),
    ])
    func whatIsWrongIsNamedWithItsLine(yaml: String, words: String, line: Int) {
        let diagnostics = Self.read(yaml).diagnostics
        #expect(
            diagnostics.contains { $0.message.contains(words) && ($0.line == line || $0.line == nil) },
            "\(diagnostics)")
    }

    @Test func settingsAreBoundedHoweverTheyAreNested() {
        let many = (0..<20_000).map { "x\($0)" }.joined(separator: ", ")
        let diagnostics = Self.read("plugins:\n  - kind: x\n    settings: {list: [\(many)]}\n").diagnostics
        #expect(diagnostics.contains { $0.message.contains("more than 10000") })
    }
}

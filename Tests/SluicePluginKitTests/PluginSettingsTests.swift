import SluicePluginKit
import Testing

/// Settings of plugins: read by their kind, wrong ones named with key and line.
@Suite struct PluginSettingsTests {
    enum Mode: String, CaseIterable { case soft, hard }

    @Test func eachKindIsReadAndHasADefault() {
        let value: PluginValue = [
            "text": "t", "number": "7", "flag": "true", "mode": "hard", "wait": "2h", "path": "Library/**",
            "list": ["a", "b"], "alone": "a", "rules": [["name": "x"], ["name": "y"]],
        ]
        var settings = PluginSettings(value, path: "p")
        #expect(settings.text("text") == "t" && settings.text("none", default: "d") == "d")
        #expect(settings.requiredText("text") == "t")
        #expect(settings.number("number", in: 1...9, default: 3) == 7)
        #expect(settings.number("none", in: 1...9, default: 3) == 3)
        #expect(settings.flag("flag", default: false) && settings.flag("none", default: true))
        #expect(settings.choice("mode", default: Mode.soft) == .hard)
        #expect(settings.choice("none", default: Mode.soft) == .soft)
        #expect(settings.duration("wait") == .seconds(7200) && settings.duration("none") == nil)
        #expect(settings.glob("path")?.pattern == "Library/**")
        #expect(settings.texts("list") == ["a", "b"] && settings.texts("alone") == ["a"])
        #expect(settings.texts("none") == [] && settings.texts("none", default: ["z"]) == ["z"])
        #expect(settings.sections("rules") { $0.requiredText("name") } == ["x", "y"])
        settings.finish()
        #expect(settings.diagnostics.isEmpty)
    }

    @Test func everyFaultIsNamedWithItsKeyAndLine() {
        func at(_ line: Int, _ content: PluginValue.Content) -> PluginValue {
            PluginValue(content, file: "sluice.yaml", line: line, column: 3)
        }
        let value = at(
            1,
            .section([
                .init(name: "text", value: at(2, .list([]))), .init(name: "number", value: at(3, .text("10"))),
                .init(name: "flag", value: at(4, .text("yes"))), .init(name: "mode", value: at(5, .text(""))),
                .init(name: "wait", value: at(6, .text("1 year"))),
                .init(name: "path", value: at(7, .text(String(repeating: "x", count: 600)))),
                .init(name: "list", value: at(8, .list([at(9, .section([]))]))),
                .init(
                    name: "rules",
                    value: at(10, .list([at(11, .section([.init(name: "nam", value: at(12, .text("x")))]))]))),
                .init(name: "unknown", value: at(13, .text("x"))),
            ]))
        var settings = PluginSettings(value, path: "plugins[0].settings")
        _ = settings.text("text")
        _ = settings.number("number", in: 1...9, default: 3)
        _ = settings.flag("flag", default: false)
        _ = settings.choice("mode", default: Mode.soft)
        _ = settings.duration("wait")
        _ = settings.glob("path")
        _ = settings.texts("list")
        _ = settings.sections("rules") { $0.requiredText("name") }
        _ = settings.requiredText("needed")
        settings.complain("number", "must be even")
        settings.finish()
        let expected: [(Int, String)] = [
            (2, "plugins[0].settings.text must be a text, not a list"),
            (3, "plugins[0].settings.number must be a whole number from 1 to 9, not \"10\""),
            (4, "flag must be true or false"), (5, "mode must be one of soft, hard, not empty"),
            (6, "wait must be a time"),
            (7, "path must be a pattern"), (9, "list[0] must be a text, not a section"),
            (11, "plugins[0].settings.rules[0] has no name"), (12, "unknown key plugins[0].settings.rules[0].nam"),
            (1, "plugins[0].settings has no needed"), (3, "must be even"),
            (13, "unknown key plugins[0].settings.unknown; there are text, number"),
        ]
        #expect(settings.diagnostics.count == expected.count)
        for (diagnostic, (line, words)) in zip(settings.diagnostics, expected) {
            #expect(diagnostic.line == line && diagnostic.message.contains(words), "\(diagnostic)")
            #expect(diagnostic.file == "sluice.yaml" && diagnostic.severity == .error)
        }
    }

    @Test func settingsThatAreNoSectionAreOneFault() {
        for value in [PluginValue("x"), ["x"]] {
            var settings = PluginSettings(value)
            #expect(settings.text("a") == nil)
            settings.finish()
            #expect(settings.diagnostics.map(\.code) == ["config-type"])
        }
        var none = PluginSettings(PluginValue(.nothing))
        none.finish()
        #expect(none.diagnostics.isEmpty)
    }

    @Test func listsAreBounded() {
        let many = PluginValue(.list(Array(repeating: "x", count: PluginSettings.elementCountMax + 1)))
        var settings = PluginSettings(["list": many])
        #expect(settings.texts("list") == [])
        #expect(settings.diagnostics.map(\.code) == ["config-range"])
    }

    @Test func aPluginIsServedByEveryLaterHostOfItsMajorNumber() {
        let rows: [(PluginAPIVersion, PluginAPIVersion, Bool)] = [
            (.init(1, 0), .init(1, 0), true), (.init(1, 0), .init(1, 7), true), (.init(1, 8), .init(1, 7), false),
            (.init(2, 0), .init(1, 7), false), (.init(1, 0), .init(2, 0), false),
        ]
        for (plugin, host, isServed) in rows { #expect(plugin.isServed(by: host) == isServed) }
        #expect(PluginAPI.version == PluginAPIVersion(1, 0))
    }
}

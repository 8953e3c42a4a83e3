import ArgumentParser
import SluiceJSON

/// `sluice plugins`: what is asked about launches beside the rules.
struct PluginsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugins", abstract: "Look at the plugins of a server.",
        discussion: """
            Example:
              sluice plugins list
            """,
        subcommands: [PluginsListCommand.self])
}

/// `sluice plugins list`: in the order in which they are asked.
struct PluginsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the plugins in the order in which they are asked, and how each is doing.",
        discussion: """
            One that keeps failing is resting: it is not asked for a while, and its fault policy decides.

            Example:
              sluice plugins list --json
            """)

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let object = try await client.withClient(console) { client in
            try await client.object(
                APIRequest("GET", ["plugins"]), within: self.client.timeout.duration, doing: "list the plugins")
        }
        if output.json { return console.print(object) }
        let plugins = object["plugins"]?.array ?? []
        guard !plugins.isEmpty else { return console.note("no plugins: docs/plugins.md says how to configure some") }
        for plugin in plugins { console.print(Self.lines(plugin)) }
    }

    private static func lines(_ plugin: JSONValue) -> String {
        func text(_ name: String) -> String { (plugin[name]?.string ?? "").printable }
        func number(_ name: String) -> String { plugin[name]?.number?.text ?? "0" }
        let does = (plugin["does"]?.array ?? []).compactMap(\.string).joined(separator: " and ")
        var lines = ["\(text("name")) (\(text("kind")) \(text("version")), \(does)): \(text("summary"))"]
        var state = text("state")
        if plugin["restsForSeconds"]?.number != nil { state += " for \(number("restsForSeconds")) s" }
        lines.append(
            "  \(state); \(number("answers")) answers, \(number("faults")) faults, \(number("hanging")) hanging; "
                + "\(number("budgetMilliseconds")) ms, then \(text("onFault"))")
        if plugin["lastFault"]?.string != nil { lines.append("  last fault: \(text("lastFault"))") }
        return lines.joined(separator: "\n")
    }
}

import ArgumentParser
import SluiceJSON

/// `sluice pack loaded`: what the server knows.
struct PackLoadedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loaded",
        abstract: "List the content packs that a server has loaded, or show one with its flows and its history.",
        discussion: """
            Examples:
              sluice pack loaded
              sluice pack loaded Backup --json | jq -r '.flows[] | select(.gated | not) | .path'
            """)

    @Argument(help: ArgumentHelp("One pack, with its flows and what each revision changed.", valueName: "name"))
    var name: NameArgument?

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let request = APIRequest("GET", ["packs"] + (name.map { [$0.text] } ?? []))
        let doing = name.map { "show the content pack \($0.text.printable)" } ?? "list the content packs"
        let object = try await client.withClient(console) { client in
            try await client.object(request, within: self.client.timeout.duration, doing: doing)
        }
        guard !output.json else { return console.print(object) }
        guard name == nil else { return console.print(PackView(object: object).lines) }
        let rows = (object["packs"]?.array ?? []).compactMap(\.object).map { PackView(object: $0).row }
        guard !rows.isEmpty else { return console.note("no content packs") }
        var table = Table(PackView.headings)
        console.print([table.heading(for: rows)] + table.lines(rows))
    }
}

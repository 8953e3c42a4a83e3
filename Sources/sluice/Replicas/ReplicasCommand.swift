import ArgumentParser
import SluiceJSON

/// `sluice replicas`: who shares the store, and who leads.
struct ReplicasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replicas",
        abstract: "List the replicas that share the store, and which of them leads.",
        discussion: """
            A close waits for every replica that is listed here, at most for its lease. A replica that does not renew \
            its seat is removed by the leader.

            Example:
              sluice replicas --server https://sluice.example.org
            """)

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let object = try await client.withClient(console) { client in
            try await client.object(
                APIRequest("GET", ["replicas"]), within: self.client.timeout.duration, doing: "list the replicas")
        }
        if output.json { console.print(object) } else { console.print(Self.lines(object)) }
    }

    private static func lines(_ object: JSONObject) -> [String] {
        guard object["isShared"]?.bool == true else {
            return ["One process has the store alone; there are no other replicas."]
        }
        let rows = (object["replicas"]?.array ?? []).map { replica in
            [
                replica["name"]?.string ?? "", replica["version"]?.string ?? "", replica["renewedAt"]?.string ?? "",
                replica["confirmedEpoch"]?.number?.text ?? "", replica["inFlight"]?.number?.text ?? "",
                [
                    replica["isLeader"]?.bool == true ? "leads" : nil,
                    replica["isOwn"]?.bool == true ? "answered" : nil,
                ].compactMap(\.self).joined(separator: ", "),
            ]
        }
        var table = Table(["NAME", "VERSION", "RENEWED", "EPOCH", "IN FLIGHT", ""])
        let leader = object["leader"]?["name"]?.string
        return [table.heading(for: rows)] + table.lines(rows) + (leader == nil ? ["", "No replica leads now."] : [])
    }
}

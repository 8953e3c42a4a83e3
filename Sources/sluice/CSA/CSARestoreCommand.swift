import ArgumentParser
import SluiceJSON

/// `sluice csa restore`: puts back what a snapshot says.
struct CSARestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put CSA's policies, offerings and assignments back as in a snapshot.",
        discussion: """
            Put back are whether policies decide by themselves, which policy an offering has, and offerings that are \
            not published any more; nothing else, and only where it differs. What was renamed is left as it is, and \
            named; what was added since is left. Refused while a maintenance has closed CSA.

            Each change is sent once and read back. Returns when all are over: exits 1 when CSA did not take one, \
            which is named.

            Examples:
              sluice csa restore csa-before.json --dry-run --reason "the upgrade lost policies"
              sluice csa restore csa-before.json --reason "the upgrade lost policies"
            """)

    @Argument(help: ArgumentHelp("The snapshot.", valueName: "file"), completion: .file())
    var file: String

    @Option(help: "Why, in one sentence.")
    var reason: NameArgument

    @Flag(help: "Change nothing, and say what it would be.")
    var dryRun = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    /// Between two looks.
    private static let lookInterval: Duration = .seconds(1)
    /// Longest wait for its end.
    private static let waitMax: Duration = .seconds(600)

    private static let planned = [("WHAT", "name"), ("CHANGE", "change")]
    private static let done = [("WHAT", "name"), ("OUTCOME", "outcome"), ("CAUSE", "cause")]

    func run() async throws {
        let console = output.console
        let (plan, end) = try await SnapshotSystem.csa.restore(
            file, reason: reason.text, isDryRun: dryRun, client, console
        ) { plan, client in
            (plan, try await wait(for: plan["id"]?.string, with: client))
        }
        let changes = (end ?? plan)["changes"]?.array ?? []
        if output.json {
            var object = plan
            object["changes"] = .array(changes)
            console.print(object)
        } else {
            OOView.print(changes, end == nil ? Self.planned : Self.done, console, none: "nothing is to be changed")
            SnapshotSystem.csa.warnOfConflicts(in: plan, console)
        }
        let leftCount = changes.count { $0["outcome"]?.string == "left" }
        guard leftCount == 0 else {
            throw CommandFailure(
                .failed, "\(leftCount) of \(changes.count) changes were not made: CSA did not take them",
                advice: "the table says why; then look with sluice csa diff, and restore again")
        }
    }

    /// What became of it in the end; nil when nothing was to be done.
    private func wait(for id: String?, with client: APIClient) async throws -> JSONObject? {
        guard let id else { return nil }
        let clock = ContinuousClock()
        let end = clock.now + Self.waitMax
        while true {
            do {
                let object = try await client.object(
                    APIRequest("GET", ["csa", "restores", id]), within: self.client.timeout.duration,
                    doing: "look how the restore goes on")
                if object["isOver"]?.bool == true { return object }
            } catch let failure as CommandFailure where [.notReachable, .timedOut].contains(failure.status) {
                // A restart of the service is no end of the restore.
                output.console.note("\(failure.message.printable); still waiting", json: ["progress": "unreachable"])
            }
            guard clock.now < end else {
                throw CommandFailure(
                    .timedOut, "the restore \(id) is not over yet",
                    advice: "it goes on all the same; look with sluice csa diff")
            }
            try await clock.sleep(for: Self.lookInterval)
        }
    }
}

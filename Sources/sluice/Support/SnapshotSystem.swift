import SluiceJSON

/// A system of which the command line takes, compares and restores snapshots: what differs is words.
enum SnapshotSystem {
    case csa
    case central

    /// The command: `sluice oo`.
    private var command: String {
        switch self {
        case .csa: "csa"
        case .central: "oo"
        }
    }

    /// Where its calls are, below `/v1`.
    private var place: String {
        switch self {
        case .csa: "csa"
        case .central: "schedules"
        }
    }

    /// What is taken, compared and restored, in a sentence.
    private var name: String {
        switch self {
        case .csa: "CSA"
        case .central: "Central's schedules"
        }
    }

    /// The lists of a snapshot that are counted when it was written.
    private var lists: [String] {
        switch self {
        case .csa: ["policies", "offerings"]
        case .central: ["schedules"]
        }
    }

    /// Why `diff --exit-code` fails.
    private var differs: String {
        switch self {
        case .csa: "CSA differs"
        case .central: "the schedules differ"
        }
    }

    /// Writes it down as it is now: to a file, or to stdout.
    func take(to file: String?, _ options: ClientOptions, _ console: Console) async throws {
        let object = try await options.withClient(console) { client in
            try await client.object(
                APIRequest("GET", [place, "snapshot"]), within: options.timeout.duration,
                doing: "take a snapshot of \(name)")
        }
        guard let file else { return console.print(object) }
        try SnapshotFile.write(object, to: file)
        let counts = lists.map { ($0, object[$0]?.array?.count ?? 0) }
        console.note(
            "\(counts.map { "\($1) \($0)" }.joined(separator: " and ")) written to \(file.printable)",
            json: JSONObject([("file", .string(file))] + counts.map { ($0, .int($1)) }))
    }

    /// Says what changed since a snapshot, up to another one or to now.
    /// - Parameter fails: Whether a difference ends the command with its own status.
    func compare(
        _ old: String, to new: String?, fails: Bool, _ options: ClientOptions, _ output: OutputOptions
    ) async throws {
        let console = output.console
        var body: JSONObject = ["from": .object(try read(old))]
        if let new { body["to"] = .object(try read(new)) }
        let object = try await options.withClient(console) { [body] client in
            try await client.object(
                APIRequest("POST", [place, "diff"], body: body), within: options.timeout.duration,
                doing: "compare \(name)")
        }
        let differences = object["differences"]?.array ?? []
        if output.json {
            console.print(object)
        } else {
            console.print(differences.map(line))
            let (from, to) = (object["from"]?.string ?? "", object["to"]?.string ?? "")
            console.note("\(differences.isEmpty ? "the same" : "\(differences.count) differ"), \(from) to \(to)")
            // Of schedules alone.
            if object["areInputsCompared"] == false {
                console.warn("taken with another key: values of inputs were not compared")
            }
        }
        if fails, !differences.isEmpty { throw CommandFailure(.findings, differs) }
    }

    private func line(_ difference: JSONValue) -> String {
        func text(_ name: String) -> String { (difference[name]?.string ?? "").printable }
        switch self {
        case .csa: return "\(text("what")) \(text("name")): \(text("sentence"))"
        case .central: return "\(text("id")) (\(text("name"))): \(text("sentence"))"
        }
    }

    /// Orders what a snapshot says to be put back.
    /// - Parameter then: What else is asked of the server, with its answer.
    func restore<Result>(
        _ file: String, reason: String, isDryRun: Bool, _ options: ClientOptions, _ console: Console,
        then: (JSONObject, APIClient) async throws -> Result
    ) async throws -> Result {
        let body: JSONObject = [
            "snapshot": .object(try read(file)), "reason": .string(reason), "dryRun": .bool(isDryRun),
        ]
        return try await options.withClient(console) { client in
            let object = try await client.object(
                APIRequest("POST", [place, "restore"], body: body), within: options.timeout.duration,
                doing: "restore \(name)")
            return try await then(object, client)
        }
    }

    /// Names what a restore leaves as it is.
    func warnOfConflicts(in object: JSONObject, _ console: Console) {
        for conflict in object["conflicts"]?.array ?? [] {
            let name = conflict["name"]?.string ?? ""
            let label =
                switch self {
                case .csa: name
                case .central: "\(conflict["id"]?.string ?? "") (\(name))"
                }
            console.warn("\(label) is left: \(conflict["cause"]?.string ?? "")")
        }
    }

    private func read(_ file: String) throws -> JSONObject { try SnapshotFile.read(file, of: command) }
}

import SluiceJSON

/// Waits until a freeze or a thaw has ended, and says on stderr how it goes on. It only looks: whoever stops it stops
/// nothing of the freeze.
struct FreezeWait {
    enum Verb: String { case freeze, thaw }

    let verb: Verb
    let client: APIClient
    let console: Console
    /// Longest time for one answer.
    let timeout: Duration
    let wait: Duration

    /// Between two looks.
    private static let lookInterval: Duration = .seconds(1)
    /// Between two lines of progress in which only numbers differ.
    private static let lineInterval: Duration = .seconds(10)
    /// Entries of the journal in which conflicts are looked for.
    private static let journalCount = 10_000

    /// Conflicts of the journal that are there before anything is ordered.
    func conflicts() async throws -> [JSONValue] {
        let journal = try await client.object(
            APIRequest("GET", ["schedules", "journal"], query: [("limit", String(Self.journalCount))]),
            within: timeout, doing: "look what became of them")
        return (journal["entries"]?.array ?? []).filter { $0["state"]?.string == "conflict" }
    }

    /// - Parameters:
    ///   - order: The answer to the order, with its `freeze`.
    ///   - known: Conflicts from before it.
    /// - Returns: How the freeze stands in the end.
    /// - Throws: `CommandFailure`: `timedOut`, `findings` when it ended and some were left otherwise, `failed` when
    ///   somebody ordered the contrary meanwhile.
    func run(after order: JSONObject, _ known: [JSONValue]) async throws -> JSONObject {
        let clock = ContinuousClock()
        let end = clock.now + wait
        var status = order
        var last: (line: String, key: String, at: ContinuousClock.Instant)?
        func say(_ line: String, _ key: String) {
            if let last, last.key == key, last.line == line || clock.now - last.at < Self.lineInterval { return }
            last = (line, key, clock.now)
            console.note(line.printable, json: ["progress": .string(line)])
        }
        while true {
            let freeze = FreezeProgress(status)
            say(freeze.line, freeze.key)
            if freeze.isDone(verb) { break }
            if verb == .freeze, freeze.phase == "idle" {
                throw CommandFailure(.failed, "it was thawed before all were frozen: somebody ordered that")
            }
            let left = end - clock.now
            guard left > .zero else { throw overdue(freeze) }
            try await clock.sleep(for: min(left, Self.lookInterval))
            do {
                status = try await client.object(
                    APIRequest("GET", ["schedules", "freeze"]), within: min(timeout, max(end - clock.now, .seconds(1))),
                    doing: "look how it goes on")
            } catch let failure as CommandFailure where [.notReachable, .timedOut].contains(failure.status) {
                // A restart of the service is no end of the freeze.
                say("\(failure.message); still waiting", "unreachable")
            }
        }
        try await check(status, known)
        return status
    }

    private func overdue(_ freeze: FreezeProgress) -> CommandFailure {
        CommandFailure(
            .timedOut, "it is not over yet: \(freeze.line)",
            advice: "it goes on all the same; look with: sluice oo status")
    }

    /// It ended; whether it ended as ordered.
    private func check(_ status: JSONObject, _ known: [JSONValue]) async throws {
        if verb == .freeze, status["freeze"]?["isIncomplete"] == true {
            throw CommandFailure(
                .findings, "frozen, but enabled schedules kept appearing",
                advice: "they are frozen as they are seen; look with: sluice oo schedules")
        }
        let before = Set(known.compactMap { $0["id"]?.string })
        let left = try await conflicts().filter { !before.contains($0["id"]?.string ?? "") }
        guard !left.isEmpty else { return }
        for entry in left {
            func text(_ name: String) -> String { entry[name]?.string ?? "" }
            console.warn("\(text("object")) (\(text("title"))): \(text("cause"))")
        }
        throw CommandFailure(
            .findings, "over, but \(left.count) schedules are left as somebody else made them, or as Central has them",
            advice: "they are named above and in: sluice oo journal")
    }
}

/// How a freeze stands, as the API says.
struct FreezeProgress {
    let phase: String
    let reason: String?
    let trouble: String?
    private let openCounts: [(state: String, count: Int)]

    init(_ object: JSONObject) {
        let freeze = object["freeze"]
        phase = freeze?["phase"]?.string ?? ""
        reason = freeze?["reason"]?.string
        trouble = freeze?["trouble"]?.string
        openCounts = ["intended", "done", "reverting"].map { ($0, freeze?["open"]?[$0]?.number?.int ?? 0) }
    }

    /// In a sentence.
    var line: String {
        var line = "freeze: \(phase)"
        if let reason { line += " (\(reason))" }
        let words = ["intended": "to be disabled", "done": "disabled", "reverting": "to be enabled"]
        let counts = openCounts.filter { $0.count > 0 }.map { "\($0.count) \(words[$0.state] ?? $0.state)" }
        if !counts.isEmpty { line += ", \(counts.joined(separator: ", "))" }
        if let trouble { line += "; \(trouble)" }
        return line
    }

    /// The same as long as only numbers and times differ.
    var key: String { "\(phase) \(trouble == nil)" }

    func isDone(_ verb: FreezeWait.Verb) -> Bool {
        func count(_ state: String) -> Int { openCounts.first { $0.state == state }?.count ?? 0 }
        return switch verb {
        case .freeze: phase == "frozen" && count("intended") == 0
        case .thaw: phase != "thawing"
        }
    }
}

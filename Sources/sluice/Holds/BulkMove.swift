import SluiceJSON
import SluiceModel

/// One order over many holds, in requests of a bounded size, with how far it is.
struct BulkMove {
    let options: HoldMoveOptions
    let verb: HoldMoveVerb
    let dropsRepresented: Bool

    /// Holds of one request: some seconds at most.
    private static let batchSize = 2000

    private var console: Console { options.output.console }

    /// Counts first, and moves then; without `--yes` it stops in between.
    func run() async throws {
        try await options.client.withClient(console) { client in
            let seen = try await pass(isDryRun: true, of: nil, client)
            guard !options.dryRun else { return show(seen) }
            guard options.yes else {
                if !options.output.json { show(seen) }
                throw CommandFailure(
                    .usage, "\(seen.possible) holds would be moved (\(verb.rawValue)); nothing was changed",
                    advice: "add --yes to do it")
            }
            show(try await pass(isDryRun: false, of: seen.possible, client))
        }
    }

    /// The answers of all requests together.
    private struct Total {
        var matched = 0
        var possible = 0
        var moved = 0
        var notPossible = 0
        var sample: [JSONValue] = []
        var isDryRun: Bool
    }

    private func pass(isDryRun: Bool, of expected: Int?, _ client: APIClient) async throws -> Total {
        var total = Total(isDryRun: isDryRun)
        var cursor: String?
        repeat {
            let query: [(String, String?)] = [
                ("limit", String(Self.batchSize)), ("cursor", cursor), ("all", options.all ? "true" : nil),
                ("dryRun", isDryRun ? "true" : nil),
            ]
            let answer = try await client.object(
                APIRequest(
                    "POST", ["holds", verb.rawValue], query: options.filters.query + query,
                    body: options.body(dropsRepresented)),
                within: options.client.timeout.duration,
                doing: "\(verb.rawValue) holds\(total.moved > 0 ? " (\(total.moved) are done)" : "")")
            func count(_ name: String) -> Int { answer[name]?.number?.int ?? 0 }
            total.matched += count("matched")
            total.possible += count("possible")
            total.moved += count("moved")
            total.notPossible += count("notPossible")
            if total.sample.isEmpty { total.sample = answer["sample"]?.array ?? [] }
            let next = answer["next"]?.string
            guard next == nil || next != cursor else {
                throw CommandFailure(.failed, "the server does not go on after \(total.matched) holds")
            }
            cursor = next
            if let expected, cursor != nil {
                console.note(
                    "\(total.moved) of about \(expected) moved (\(verb.rawValue))",
                    json: ["moved": .int(total.moved), "expected": .int(expected)])
            }
        } while cursor != nil
        return total
    }

    private func show(_ total: Total) {
        guard !options.output.json else {
            return console.print([
                "move": .string(verb.rawValue), "dryRun": .bool(total.isDryRun), "matched": .int(total.matched),
                "possible": .int(total.possible), "moved": .int(total.moved), "notPossible": .int(total.notPossible),
                "sample": .array(total.sample),
            ])
        }
        if total.isDryRun {
            let headings = ["TICKET", "STATE", "ARRIVED", "FLOW", "SOURCE"]
            let rows = total.sample.map { value in
                let view = HoldView(object: value.object ?? JSONObject())
                return [view.ticket, view.state, view["arrivedAt"] ?? "", view.flow, view["source"] ?? ""]
            }
            var table = Table(headings)
            if !rows.isEmpty { console.print([table.heading(for: rows)] + table.lines(rows)) }
            if total.possible > rows.count, !rows.isEmpty { console.print("… and \(total.possible - rows.count) more") }
            console.print("\(verb.rawValue) is possible for \(total.possible) of \(total.matched) holds")
        } else {
            console.print("\(verb.rawValue): \(total.moved) moved, \(total.notPossible) not possible")
        }
    }
}

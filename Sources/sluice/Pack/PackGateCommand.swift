public import ArgumentParser
public import SluiceContent
import SluiceJSON
import SluiceModel

/// `sluice pack gate`: a pack with the gate in its entry flows.
struct PackGateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Put the gate step into the flows of a content pack.",
        discussion: """
            Gated are the entry flows, those that no other flow calls; --flow names others, --all takes every flow. \
            For each it says what a held run does: end at the gate and be launched again later, or wait there. A run \
            waits when CSA launches the flow, when other flows call it, or when it is started with a secret; --on-hold \
            decides for all. Flows are named by id, path or name. Give every pack that may call these \
            flows with --called-from: a caller has no way on for the response "deferred", which an entry flow gets.

            A .jar or .zip becomes a new archive, a project folder a new folder. All that is not the gate stays as it \
            is, byte for byte, and `sluice pack ungate` takes the gate out again. With an error nothing is written. \
            The gate itself is another pack, `sluice pack build ContentPack`: Central must have it first.

            Examples:
              sluice pack gate mine-1.4.jar --out mine-1.4-gated.jar
              sluice pack gate project --out project-gated --called-from other.jar --secrets send
            """)

    @Argument(help: ArgumentHelp("The content pack.", valueName: "path"), completion: .file())
    var path: String

    @Option(name: .customLong("out"), help: ArgumentHelp("The pack to write.", valueName: "path"))
    var out: String

    @Option(name: .customLong("flow"), help: ArgumentHelp("Gate this flow; may be repeated.", valueName: "flow"))
    var flows: [String] = []

    @Option(
        name: .customLong("except"),
        help: ArgumentHelp("Leave this flow as it is; may be repeated.", valueName: "flow"))
    var excepted: [String] = []

    @Flag(help: "Gate every flow, called ones too.")
    var all = false

    @Option(name: .customLong("on-hold"), help: ArgumentHelp("For every flow: end or wait.", valueName: "mode"))
    var onHold: GatePlan.OnHold?

    @Option(
        help: ArgumentHelp(
            "Secrets given at the start: wait (they stay in the run), send (to Sluice, encrypted) or refuse.",
            valueName: "policy"))
    var secrets: GatePlan.Secrets = .wait

    @Option(
        name: .customLong("called-from"),
        help: ArgumentHelp(
            """
            A pack beside this one, may be repeated: a flow that it calls is no entry flow, and calls to its gated \
            flows hand on the pass.
            """,
            valueName: "path"), completion: .file())
    var callers: [String] = []

    @Option(
        name: .customLong("ordering-key"),
        help: ArgumentHelp("Holds of one key are released in strict order: a text or ${variable}.", valueName: "key"))
    var orderingKey: String?

    @Option(
        name: .customLong("coalesce-key"),
        help: ArgumentHelp(
            "Of the holds of one key only the newest is launched: a text or ${variable}.", valueName: "key"))
    var coalesceKey: String?

    @Flag(
        name: .customLong("leave-unreadable"),
        help: "Go on past documents that cannot be read; they stay as they are.")
    var leaveUnreadable = false

    @Flag(name: .customLong("drop-signature"), help: "Give up the signature of a signed pack.")
    var dropSignature = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        var options = PackGating.Options()
        options.flows = flows
        options.excepted = excepted
        options.all = all
        options.orderingKey = orderingKey
        options.coalesceKey = coalesceKey
        options.leavesUnreadable = leaveUnreadable
        options.onHold = onHold
        options.secrets = secrets
        options.callers = callers
        options.dropsSignature = dropSignature
        try PackGatingOutput(console: output.console, isJSON: output.json, out: out)
            .end(PackGating().gate(path: path, output: out, options: options))
    }
}

/// `sluice pack ungate`: a pack without the gate.
struct PackUngateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ungate",
        abstract: "Take out of a content pack what `sluice pack gate` put in.",
        discussion: """
            A flow that nobody changed since is restored byte for byte. Of a changed one the gate is taken out and the \
            rest stays as it is; that is said. With an error nothing is written.

            Example:
              sluice pack ungate mine-1.4-gated.jar --out mine-1.4.jar
            """)

    @Argument(help: ArgumentHelp("The content pack.", valueName: "path"), completion: .file())
    var path: String

    @Option(name: .customLong("out"), help: ArgumentHelp("The pack to write.", valueName: "path"))
    var out: String

    @Flag(
        name: .customLong("leave-unreadable"),
        help: "Go on past documents that cannot be read; they stay as they are.")
    var leaveUnreadable = false

    @Flag(name: .customLong("drop-signature"), help: "Give up the signature of a signed pack.")
    var dropSignature = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try PackGatingOutput(console: output.console, isJSON: output.json, out: out)
            .end(
                PackGating().ungate(
                    path: path, output: out, dropsSignature: dropSignature, leavesUnreadable: leaveUnreadable))
    }
}

extension GatePlan.OnHold: ExpressibleByArgument {}
extension GatePlan.Secrets: ExpressibleByArgument {}

/// What both commands print.
private struct PackGatingOutput {
    let console: Console
    let isJSON: Bool
    let out: String

    /// - Throws: `CommandFailure` when nothing was written.
    func end(_ report: PackGating.Report) throws {
        if !isJSON { console.note(report.diagnostics) }
        let errorCount = report.diagnostics.count { $0.severity == .error }
        guard errorCount == 0 else {
            throw CommandFailure(
                .failed, "\(out) was not written: \(errorCount) error\(errorCount == 1 ? "" : "s")",
                advice: Inspection.advice, diagnostics: report.diagnostics)
        }
        if isJSON {
            console.print("\(json(report))")
            return
        }
        for change in report.changes {
            let plan = change.plan.map { "  \($0.onHold.rawValue): \($0.reason)" } ?? ""
            console.print("\(change.outcome)  \(change.path)\(plan)".printable)
        }
        console.print("wrote \(out): \(summary(report))")
    }

    private func summary(_ report: PackGating.Report) -> String {
        var counts: [(outcome: String, count: Int)] = []
        for change in report.changes {
            if let place = counts.firstIndex(where: { $0.outcome == change.outcome }) {
                counts[place].count += 1
            } else {
                counts.append((change.outcome, 1))
            }
        }
        let parts = counts.map { "\($0.count) \($0.outcome)" }
        return parts.isEmpty ? "no flow was changed" : "flows: " + parts.joined(separator: ", ")
    }

    private func json(_ report: PackGating.Report) -> JSONValue {
        let changes = report.changes.map { change in
            var object = JSONObject([
                ("id", .string(change.id)), ("path", .string(change.path)), ("outcome", .string(change.outcome)),
            ])
            object.set("onHold", ifPresent: change.plan.map { .string($0.onHold.rawValue) })
            object.set("reason", ifPresent: change.plan.map { .string($0.reason) })
            return JSONValue.object(object)
        }
        return .object(
            JSONObject([
                ("format", .int(1)), ("written", .string(out)), ("flows", .array(changes)),
                ("diagnostics", .array(report.diagnostics.map { .object($0.json) })),
            ]))
    }
}

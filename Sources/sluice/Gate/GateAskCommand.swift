import ArgumentParser
import SluiceJSON
import SluiceModel

/// `sluice gate ask`: one launch request; the exit code is the decision.
struct GateAskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask",
        abstract: "Ask whether a launch may start; the exit code is the decision.",
        discussion: """
            Exits 0 to proceed: start it now. 75 when it is held: do not start it, ask again later with the --ask-id \
            and --ticket that were printed (or use --wait). 76 when it is rejected. 69 when no gate could decide \
            within --timeout, 124 when it did not in time.

            The launcher of a held launch is the caller unless --launcher sluice: with `caller` Sluice only says when \
            it may start, with `sluice` it starts the flow in Central itself and nobody else may.

            Give secrets with --input-file, never with --input: other users of this machine can see a command line.

            Examples:
              sluice gate ask --flow backup.nightly --source scheduler \\
                --wait 30m && start-the-backup
              sluice gate ask --flow a98c3fe7-9c90-4237-a025-e2df4a7cf1f9 \\
                --source api --launcher sluice --input host=db1 \\
                --input-file secrets.json --sensitive password
            """)

    @OptionGroup(title: "The launch") var launch: LaunchOptions

    @OptionGroup(title: "Asking again") var identity: AskIdentityOptions

    @Option(help: ArgumentHelp("While it is held, wait this long for the release, such as 30m.", valueName: "time"))
    var wait: TimeSpan?

    @Flag(help: "Print the pass, to be handed over as the input sluicePass. Otherwise only --json shows it.")
    var printPass = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if wait != nil, launch.launcher.launcher == .sluice {
            throw ValidationError(
                "--wait is for --launcher caller: Sluice itself starts what it holds with --launcher sluice. "
                    + "Follow that with: sluice holds show TICKET --wait 30m")
        }
    }

    func run() async throws {
        let console = output.console
        var question = try launch.question()
        let askID = identity.askID?.text ?? AskIdentityOptions.freshAskID()
        question["askId"] = .string(askID)
        let answer = try await client.withClient(console, asking: .gate) { client in
            let conversation = AskConversation(
                client: client, console: console, question: question, askID: askID,
                timeout: self.client.timeout.duration, wait: wait?.duration)
            return try await conversation.run(ticket: identity.ticket?.ticket.description)
        }
        for warning in answer.warnings { console.warn(warning) }
        show(answer, askID: askID, on: console)
        guard answer.status == .done else { throw answer.status.exitCode }
    }

    private func show(_ answer: GateAnswer, askID: String, on console: Console) {
        if output.json {
            var object = answer.object
            object["askId"] = .string(askID)
            console.print(object)
        } else {
            var facts = Facts()
            facts.add("decision", answer.decision.rawValue)
            facts.add("reason", answer.reasonText)
            facts.add("ticket", answer.ticket)
            facts.add("position", answer.position.map { String($0) })
            facts.add("expected start", answer.expectedStart)
            facts.add("maintenance", answer.maintenance)
            facts.add("ask id", askID)
            if printPass { facts.add("pass", answer.pass) }
            console.print(facts.lines)
        }
        guard answer.decision == .hold, let ticket = answer.ticket, !output.json else { return }
        if launch.launcher.launcher == .sluice {
            console.note("held: Sluice will start it; follow it with: sluice holds show \(ticket.printable)")
        } else {
            console.note(
                "held: ask again with the same options and --ask-id \(askID) --ticket \(ticket.printable)")
        }
    }
}

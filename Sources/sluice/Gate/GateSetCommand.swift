import ArgumentParser
import FoundationEssentials
import SluiceForecast
import SluiceJSON
import SluiceModel

/// `sluice gate set`: changes the mode of the whole gate or of one scope.
struct GateSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change the gate's mode, or that of one scope.",
        discussion: """
            open: launches proceed. hold: they are kept until released. refuse: they are rejected and nothing is kept. \
            inherit: a scope has no mode of its own any more.

            A scope is flow:ID, path:GLOB, pack:NAME, source:SOURCE or tenant:NAME. With --if-epoch the change is made \
            only if nobody changed the gate since that epoch.

            With --ahead, it says first what runs long and what a window of that length would hold from now on, and \
            asks whether to close.

            Opening is refused while holds wait whose flows are gone or changed in the content packs: they would not \
            be started but await the operator. --strand-holds opens all the same.

            Examples:
              sluice gate set hold --reason "upgrade to 2026.11"
              sluice gate set hold --reason "upgrade to 2026.11" --ahead 4h
              sluice gate set refuse --scope source:csa --reason "CSA is down"
            """)

    /// What a gate can be set to.
    enum Mode: String, CaseIterable, ExpressibleByArgument {
        case open
        case hold
        case refuse
        case inherit
    }

    @Argument(help: "The new mode.")
    var mode: Mode

    @Option(help: "The part of all launches that it is for; without it, the whole gate.")
    var scope: ScopeArgument?

    @Option(help: "Why, in one sentence; everybody who is held sees it.")
    var reason: NameArgument

    @Option(help: ArgumentHelp("Only if the gate is still in this epoch.", valueName: "epoch"))
    var ifEpoch: Int64?

    @Option(
        help: ArgumentHelp("Before closing: say what would be held in this time, and ask.", valueName: "time"))
    var ahead: TimeSpan?

    @Flag(help: "With --ahead: close without asking.")
    var yes = false

    @Flag(help: "Open though some of the holds would not be started but await the operator.")
    var strandHolds = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if mode == .inherit, scope == nil {
            throw ValidationError("inherit needs --scope: the whole gate has nothing to inherit from")
        }
        if let ahead {
            guard mode == .hold || mode == .refuse else {
                throw ValidationError("--ahead goes with hold and refuse: nothing else closes the gate.")
            }
            guard ahead.duration > .zero else { throw ValidationError("--ahead is longer than 0s.") }
            guard yes || !output.json else { throw ValidationError("with --json nobody is asked: add --yes.") }
        } else if yes {
            throw ValidationError("--yes goes with --ahead.")
        }
        if strandHolds, mode == .hold || mode == .refuse {
            throw ValidationError("--strand-holds goes with open and inherit: nothing else opens the gate.")
        }
    }

    func run() async throws {
        var body = JSONObject()
        body["mode"] = .string(mode.rawValue)
        body.set("scope", ifPresent: scope.map { .string($0.scope.description) })
        body["reason"] = .string(reason.text)
        if strandHolds { body["strandHolds"] = true }
        var request = APIRequest("PUT", ["gate"], body: body)
        if let ifEpoch { request.headers.append(("If-Match", "\"\(ifEpoch)\"")) }
        let console = output.console
        let object = try await client.withClient(console) { [request] client in
            if let ahead { try await check(ahead.duration, with: client) }
            return try await change(with: client, request)
        }
        if output.json { console.print(object) } else { console.print(GateView(object: object).lines) }
    }

    /// Says what closing would mean, and asks.
    /// - Throws: `CommandFailure` when the answer is not yes; then nothing was changed.
    private func check(_ ahead: Duration, with client: APIClient) async throws {
        let console = output.console
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let forecast = try await client.object(
            APIRequest(
                "GET", ["forecast"],
                query: [
                    ("from", now.rfc3339), ("to", now.advanced(by: ahead).rfc3339), ("mode", mode.rawValue),
                    ("scope", scope?.scope.description), ("limit", "0"),
                ]), within: self.client.timeout.duration, doing: "say what would be held")
        if !output.json {
            for line in ForecastView(object: forecast, zone: .utc).checkLines { console.note(line) }
        }
        guard !yes else { return }
        console.note("Close the gate? Type yes:")
        guard readLine()?.lowercased() == "yes" else {
            throw CommandFailure(.failed, "the gate was not changed: the answer was not yes")
        }
    }

    private func change(with client: APIClient, _ request: APIRequest) async throws -> JSONObject {
        let doing = "set the gate to \(mode.rawValue)"
        let answer: APIAnswer
        do throws(APITrouble) {
            answer = try await client.send(request, within: self.client.timeout.duration)
        } catch {
            throw CommandFailure(trouble: error, doing: doing, isChange: true)
        }
        guard answer.status == 412 else { return try answer.successObject(doing: doing) }
        throw CommandFailure(
            .failed, "cannot \(doing): \(answer.problem.detail)",
            advice: "see what changed with: sluice gate status; then repeat with its epoch", problem: answer.problem)
    }
}

import ArgumentParser
import AsyncHTTPClient
import Glibc
import NIOCore
import SluiceHoldFile
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing

/// `sluice holds import`: keeps the holds of another site here.
struct HoldsImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Keep the holds of a file that another site exported.",
        discussion: """
            The whole file is read and checked before anything is stored. Everything comes in as held (or coalesced \
            into one that comes with it), under its ticket, in the order of its arrival there and after what is held \
            here. What is known here is passed over, so an import that was cut off is simply run again. The gate must \
            be closed, or what comes in would start at once.

            Exits 3 when holds were refused because their question or idempotency key made a launch here already.

            Example:
              sluice holds import holds.sluice --key-file sluice-holds.key --dry-run
            """)

    @Argument(help: "The file.", completion: .file())
    var file: String

    @OptionGroup var key: HoldFileKeyOptions

    @Flag(help: "Read the whole file and say what would be imported; store nothing.")
    var dryRun = false

    @Flag(help: "Import though the gate is open: what comes in starts at once.")
    var allowOpen = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let sending = try HoldFileSending(file, key, console: output.console)
        let query: [(String, String?)] = [
            ("dryRun", dryRun ? "true" : nil), ("allowOpen", allowOpen ? "true" : nil),
        ]
        let outcome = try await sending.send("import", query, client, doing: "import the holds")
        let verb = dryRun ? "would be imported" : "imported"
        outcome.show(
            on: output.console,
            "\(outcome["imported"]) \(verb), \(outcome["known"]) known here already, \(outcome["refused"]) refused")
        guard outcome["refused"] == 0 else {
            throw CommandFailure(
                .findings, "\(outcome["refused"]) holds were refused: a launch of theirs is on record here")
        }
    }
}

/// `sluice holds discard-exported`: drops here what another site has now.
struct HoldsDiscardExportedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard-exported",
        abstract: "Discard the holds of a file that was exported here: another site has them now.",
        discussion: """
            Each hold is discarded only if it is still as it was exported: held, and not launched since. The others \
            are named, and the exit code is 3: they stay here, so discard them at the other site before anything is \
            released there. It may be run again; what is discarded already counts as settled. Without --yes it only \
            says what it would do.

            Example:
              sluice holds discard-exported holds.sluice --key-file sluice-holds.key --reason "moved to Hall 2" --yes
            """)

    @Argument(help: "The file.", completion: .file())
    var file: String

    @OptionGroup var key: HoldFileKeyOptions

    @Option(help: "Why, in one sentence; it is kept in the holds' history.")
    var reason: NameArgument?

    @Flag(help: "Do it; without it, nothing is changed.")
    var yes = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if yes, reason == nil { throw ValidationError("--reason is missing") }
    }

    func run() async throws {
        let sending = try HoldFileSending(file, key, console: output.console)
        let query: [(String, String?)] = [("dryRun", yes ? nil : "true"), ("reason", reason?.text)]
        let outcome = try await sending.send("discard-exported", query, client, doing: "discard the exported holds")
        outcome.show(
            on: output.console,
            "\(outcome["discarded"]) \(yes ? "discarded" : "would be discarded"), \(outcome["settled"]) settled "
                + "before, \(outcome["changed"]) no longer as exported")
        if outcome["changed"] > 0 {
            throw CommandFailure(
                .findings, "\(outcome["changed"]) holds are no longer as they were exported, and stay here",
                advice: "discard them at the other site before it releases: sluice holds discard --drop-represented "
                    + "with their tickets")
        }
        guard yes else {
            throw CommandFailure(.usage, "nothing was changed", advice: "add --yes and --reason to do it")
        }
    }
}

/// Sends a file of holds and follows what becomes of it.
struct HoldFileSending {
    private let file: FileUpload
    private let secret: HoldFileSecret
    private let console: Console

    /// Longest line of the answer, in bytes.
    private static let lineByteCountMax = 1 << 20
    private static let progressStep = 10_000

    init(_ path: String, _ options: HoldFileKeyOptions, console: Console) throws {
        self.console = console
        let key = try options.key()
        file = try FileUpload(path: path, contentType: "application/octet-stream")
        do {
            secret = key.secret(salt: try SealedStream.salt(ofHeader: Self.beginning(of: path)))
        } catch let error as SealingError {
            throw CommandFailure(.failed, "\(path.printable): \(error.message)")
        }
    }

    private static func beginning(of path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: SealedStream.headerByteCount)
        let count = read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    /// What came of it.
    struct Outcome {
        fileprivate(set) var result = JSONObject()
        fileprivate(set) var passed = PassedOver()
        fileprivate(set) var passedHolds: [JSONValue] = []

        /// A number of the result.
        subscript(name: String) -> Int { result[name]?.number?.int ?? 0 }

        func show(on console: Console, _ line: String) {
            guard console.isJSON else {
                for line in passed.lines { console.print(line) }
                return console.print(line)
            }
            var object = result
            object["kind"] = nil
            object["passedOver"] = .array(passedHolds)
            console.print(object)
        }
    }

    func send(
        _ route: String, _ query: [(String, String?)], _ options: ClientOptions, doing: String
    ) async throws -> Outcome {
        let silence = TimeAmount.seconds(HoldFileKeyOptions.silenceSeconds)
        return try await options.withClient(console, silenceMax: silence) { client in
            try HoldFileKeyOptions.requirePrivate(client)
            var request = APIRequest("POST", ["holds", route], query: query)
            request.headers = [("Sluice-File-Key", secret.exposed)]
            request.file = file
            let body = try await client.open(request, accepting: "application/x-ndjson", doing: doing)
            var outcome = Outcome()
            var rest: [UInt8] = []
            var told = 0
            do {
                for try await buffer in body {
                    rest += buffer.readableBytesView
                    while let feed = rest.firstIndex(of: UInt8(ascii: "\n")) {
                        let line = rest[..<feed]
                        try take(Array(line), &outcome, &told, doing)
                        rest.removeSubrange(...feed)
                    }
                    guard rest.count <= Self.lineByteCountMax else { break }
                }
            } catch let failure as CommandFailure {
                throw failure
            } catch {
                throw CommandFailure(
                    .notReachable, "cannot \(doing) to the end: \(APITrouble(error, at: client.address).message)",
                    advice: "run the command again: it goes on")
            }
            guard !outcome.result.isEmpty else {
                throw CommandFailure(
                    .notReachable, "cannot \(doing) to the end: the answer was cut off",
                    advice: "run the command again: it goes on")
            }
            return outcome
        }
    }

    private func take(_ line: [UInt8], _ outcome: inout Outcome, _ told: inout Int, _ doing: String) throws {
        guard let object = (try? JSONReader.read(line))?.object else { return }
        switch object["kind"]?.string {
        case "progress":
            let done = object["done"]?.number?.int ?? 0
            guard done - told >= Self.progressStep else { return }
            told = done
            let all = object["of"]?.number?.int ?? 0
            console.note("\(done) of \(all) holds", json: ["done": .int(done), "of": .int(all)])
        case "passed-over":
            let (ticket, state) = (object["ticket"]?.string ?? "?", object["state"]?.string ?? "?")
            outcome.passed.add(ticket, state, object["reason"]?.string ?? "")
            guard console.isJSON else { return }
            var hold = object
            hold["kind"] = nil
            outcome.passedHolds.append(.object(hold))
        case "result": outcome.result = object
        case "problem":
            throw CommandFailure(
                .notReachable, "cannot \(doing): \(object["detail"]?.string ?? "it was cut off")",
                advice: "run the command again: it goes on",
                problem: Problem(status: 503, members: object))
        default: break
        }
    }
}

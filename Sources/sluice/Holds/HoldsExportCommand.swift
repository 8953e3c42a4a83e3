import ArgumentParser
import Glibc
import NIOCore
import SluiceHoldFile
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing

/// `sluice holds export`: waiting launches into a sealed file, for another site.
struct HoldsExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write what is held into a sealed file, for another site.",
        discussion: """
            Only what certainly was not started goes into the file: holds in held, and those coalesced into one of \
            them. The others that are not over are listed as left out, each with its reason. The whole file is sealed \
            with a key of its own; secrets are in it, and whoever has file and key can read them.

            The holds stay here. Before anything is released at the other site, drop them here with \
            `sluice holds discard-exported`: else both sites launch them. docs/operations.md has the whole way.

            Example:
              (umask 077; openssl rand -base64 32 > sluice-holds.key)
              sluice holds export --out holds.sluice --key-file sluice-holds.key
            """)

    @Option(help: ArgumentHelp("The file to make; it must not be there.", valueName: "file"), completion: .file())
    var out: String

    @OptionGroup var key: HoldFileKeyOptions
    @OptionGroup(title: "Filters") var filters: HoldFilterOptions
    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    /// Between two lines about how far it is.
    private static let progressStep = 10_000

    func run() async throws {
        let console = output.console
        let key = try key.key()
        let salt = SealedStream.makeSalt()
        let secret = key.secret(salt: salt)
        let silence = TimeAmount.seconds(HoldFileKeyOptions.silenceSeconds)
        let result = try await client.withClient(console, silenceMax: silence) { client in
            try HoldFileKeyOptions.requirePrivate(client)
            var request = APIRequest("GET", ["holds", "export"], query: filters.query)
            request.headers = [
                ("Sluice-File-Key", secret.exposed), ("Sluice-File-Salt", SealedStream.text(ofSalt: salt)),
            ]
            let file = try NewFile(out)
            let body = try await client.open(request, accepting: "application/octet-stream", doing: "export the holds")
            return try await write(body, to: file, secret, client, console)
        }
        if output.json {
            console.print([
                "file": .string(out), "holds": .int(result.count.holds), "leftOut": .int(result.count.leftOut),
                "leftOutHolds": .array(result.leftOutHolds),
            ])
        } else {
            console.print("\(result.count.holds) holds exported to \(out.printable)")
            if result.count.leftOut > 0 {
                console.note("\(result.count.leftOut) holds were left out; they stay here:")
                for line in result.passed.lines { console.note(line) }
            }
        }
    }

    private struct Result {
        var count = HoldFileCount()
        var passed = PassedOver()
        var leftOutHolds: [JSONValue] = []
    }

    /// Reads back what arrives before it is kept: a file that has its name is whole and can be opened.
    private func write(
        _ body: some AsyncSequence<ByteBuffer, any Error>, to file: NewFile, _ secret: HoldFileSecret,
        _ client: APIClient, _ console: Console
    ) async throws -> Result {
        var reader = HoldFileReader(secret)
        var result = Result()
        var told = 0
        func take(_ lines: [HoldFileLine]) {
            for case .leftOut(let hold) in lines {
                result.passed.add("\(hold.ticket)", hold.state.rawValue, hold.reason)
                guard output.json else { continue }
                result.leftOutHolds.append([
                    "ticket": .string("\(hold.ticket)"), "state": .string(hold.state.rawValue),
                    "reason": .string(hold.reason),
                ])
            }
            guard reader.count.holds - told >= Self.progressStep else { return }
            told = reader.count.holds
            console.note("\(told) holds exported", json: ["exported": .int(told)])
        }
        do {
            for try await buffer in body {
                let bytes = Array(buffer.readableBytesView)
                take(try reader.append(bytes))
                try file.append(bytes)
            }
            take(try reader.finish())
        } catch let failure as CommandFailure {
            throw failure
        } catch let error as SealingError {
            throw CommandFailure(
                .failed, "the export was cut off, and no file was made: \(error.message)",
                advice: "look at the server's log, and export again")
        } catch {
            throw CommandFailure(
                .notReachable,
                "the export was cut off, and no file was made: "
                    + APITrouble(error, at: client.address).message)
        }
        try file.keep()
        result.count = reader.count
        return result
    }
}

/// A file that appears complete or not at all, readable by its owner alone.
private final class NewFile {
    private let path: String
    private let draft: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        draft = "\(path).\(getpid()).part"
        guard access(path, F_OK) != 0 else {
            throw CommandFailure(.usage, "--out: \(path.printable) is there already", advice: "name a new file")
        }
        descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("make", path) }
    }

    deinit {
        close(descriptor)
        unlink(draft)
    }

    func append(_ bytes: [UInt8]) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", path) }
            written += count
        }
    }

    /// Gives it its name, on disk when this returns.
    func keep() throws {
        guard fsync(descriptor) == 0, link(draft, path) == 0 else { throw Self.failure("make", path) }
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw Self.failure("sync the folder of", path) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw Self.failure("sync the folder of", path) }
    }

    private static func failure(_ what: String, _ path: String) -> CommandFailure {
        CommandFailure(
            .failed, "cannot \(what) \(path.printable): \(String(cString: strerror(errno)))",
            advice: "check the folder, its rights and its space")
    }
}

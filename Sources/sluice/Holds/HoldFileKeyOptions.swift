import ArgumentParser
import SluiceHoldFile
import SluicePorts
import SluiceSealing

/// The key of files of exported holds.
struct HoldFileKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File with the key of the holds' file: 32 bytes as Base64 or hexadecimal, for its owner's eyes only.",
            discussion: HoldFileKey.recipe, valueName: "file"),
        completion: .file())
    var keyFile: String

    /// Longest a server may be silent while it makes or reads a file, in seconds.
    static let silenceSeconds: Int64 = 300

    func key() throws -> HoldFileKey {
        do {
            return try HoldFileKey.load(file: keyFile)
        } catch let error as SealingError {
            throw CommandFailure(.usage, "--key-file: \(error.message.printable)")
        }
    }

    /// Refuses to send a file's key where others could read it.
    static func requirePrivate(_ client: APIClient) throws {
        guard client.address.isPrivate else {
            throw CommandFailure(
                .usage, "the key of the file would travel unencrypted to \(client.address)",
                advice: "use an https address, or run the command on the server's machine")
        }
    }
}

/// What a server passed over, told once by reason and by name as far as a person reads it.
struct PassedOver {
    private(set) var count = 0
    private var shown: [String] = []
    private static let shownMax = 20

    mutating func add(_ ticket: String, _ state: String, _ reason: String) {
        count += 1
        if shown.count < Self.shownMax { shown.append("\(ticket)  \(state): \(reason)".printable) }
    }

    /// The lines for a person.
    var lines: [String] {
        shown + (count > shown.count ? ["… and \(count - shown.count) more; --json names all of them"] : [])
    }
}

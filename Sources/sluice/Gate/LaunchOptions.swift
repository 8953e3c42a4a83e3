import ArgumentParser
import SluiceJSON
import SluiceModel

/// What is to be launched, by whom, when and with what.
struct LaunchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The flow: its UUID, or the dotted name of a CloudSlang flow.", valueName: "id"))
    var flow: NameArgument

    @Option(help: "What asks.")
    var source: SourceArgument

    @Option(help: "Who starts it after it was held.")
    var launcher = LauncherArgument(.caller)

    @Option(help: ArgumentHelp("An input of the flow; may be repeated.", valueName: "name=value"))
    var input: [String] = []

    @Option(help: ArgumentHelp("A JSON object of inputs, names to texts; - reads stdin.", valueName: "file"))
    var inputFile: String?

    @Option(help: ArgumentHelp("An input that is a secret; may be repeated.", valueName: "name"))
    var sensitive: [NameArgument] = []

    @Option(help: ArgumentHelp("Held launches with this key start one after the other, by arrival.", valueName: "key"))
    var orderingKey: NameArgument?

    @Option(help: ArgumentHelp("Of the holds with this key only the newest is launched.", valueName: "key"))
    var coalesceKey: NameArgument?

    @Option(help: ArgumentHelp("A key of your own: one launch a key, however often it is asked.", valueName: "key"))
    var idempotencyKey: NameArgument?

    @Option(help: ArgumentHelp("0 (last) to 9 (first); 5 is ordinary.", valueName: "level"))
    var priority: Int?

    @Option(help: ArgumentHelp("Not to be launched before this time (RFC 3339).", valueName: "time"))
    var notBefore: TimeArgument?

    @Option(help: ArgumentHelp("Not to be launched from this time on (RFC 3339).", valueName: "time"))
    var expiresAt: TimeArgument?

    @Option(help: ArgumentHelp("The time that the schedule meant (RFC 3339).", valueName: "time"))
    var nominalTime: TimeArgument?

    @Option(help: ArgumentHelp("The schedule that asks.", valueName: "id"))
    var scheduleId: NameArgument?

    @Option(help: ArgumentHelp("The execution that causes this launch.", valueName: "id"))
    var parentRunId: NameArgument?

    @Option(help: ArgumentHelp("The account that asks.", valueName: "name"))
    var requestedBy: NameArgument?

    @Option(help: ArgumentHelp("For whom it asks.", valueName: "name"))
    var onBehalfOf: NameArgument?

    /// Largest input file taken: the server's own limit for a whole request.
    static let inputFileBytesMax = 1 << 20

    func validate() throws {
        if let priority, Priority(priority) == nil {
            throw ValidationError("--priority \(priority) is not within 0 to 9")
        }
        if let notBefore, let expiresAt, expiresAt.timestamp <= notBefore.timestamp {
            throw ValidationError(
                "--expires-at \(expiresAt.timestamp) is not after --not-before \(notBefore.timestamp)")
        }
        _ = try namedInputs()
    }

    /// The body of the question, without what identifies it.
    func question() throws -> JSONObject {
        var object = JSONObject()
        object["flow"] = .string(flow.text)
        object["source"] = .string(source.source.rawValue)
        object["launcher"] = .string(launcher.launcher.rawValue)
        let inputs = try inputs()
        if !inputs.isEmpty { object["inputs"] = .object(inputs) }
        let secrets = sensitive.map(\.text)
        for name in secrets where inputs[name] == nil {
            throw CommandFailure(
                .usage, "--sensitive \(name.printable) names no input",
                advice: "check its spelling: an input that is not named is kept in clear")
        }
        if !secrets.isEmpty { object["sensitiveInputs"] = .array(secrets.map { .string($0) }) }
        object.set("orderingKey", ifPresent: orderingKey?.json)
        object.set("coalesceKey", ifPresent: coalesceKey?.json)
        object.set("idempotencyKey", ifPresent: idempotencyKey?.json)
        object.set("priority", ifPresent: priority.map { .int($0) })
        object.set("notBefore", ifPresent: notBefore?.json)
        object.set("expiresAt", ifPresent: expiresAt?.json)
        object.set("nominalTime", ifPresent: nominalTime?.json)
        object.set("scheduleId", ifPresent: scheduleId?.json)
        object.set("parentRunId", ifPresent: parentRunId?.json)
        object.set("requestedBy", ifPresent: requestedBy?.json)
        object.set("onBehalfOf", ifPresent: onBehalfOf?.json)
        return object
    }

    /// The inputs of the file, then those of the command line, which win.
    private func inputs() throws -> JSONObject {
        var inputs = try inputFile.map { try InputDocument.read($0) } ?? JSONObject()
        for (name, value) in try namedInputs() { inputs[name] = .string(value) }
        return inputs
    }

    /// The inputs of the command line. Messages count them and show no value.
    private func namedInputs() throws -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for (index, text) in input.enumerated() {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw ValidationError("--input number \(index + 1) is not name=value")
            }
            let name = String(text[..<equals])
            guard !pairs.contains(where: { $0.name == name }) else {
                throw ValidationError("--input names \(name.printable) twice")
            }
            pairs.append((name, String(text[text.index(after: equals)...])))
        }
        return pairs
    }
}

/// Reads the file of `--input-file`. Its messages show names, never values.
private enum InputDocument {
    static func read(_ path: String) throws -> JSONObject {
        let bytes = try InputFile.read(path, byteCountMax: LaunchOptions.inputFileBytesMax, named: "--input-file")
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONReader.read(bytes)
        } catch {
            throw failure(path, "line \(error.line), column \(error.column): \(error.code)")
        }
        guard let object = document.object else { throw failure(path, "expected an object, got \(document.kind)") }
        for member in object.members where member.value.string == nil {
            throw failure(path, "input \(member.name.printable): expected a string, got \(member.value.kind)")
        }
        return object
    }

    private static func failure(_ path: String, _ reason: String) -> CommandFailure {
        CommandFailure(
            .usage, "--input-file \(path.printable): \(reason)",
            advice: #"write it as an object of texts, such as {"host": "db1"}"#)
    }
}

extension NameArgument {
    fileprivate var json: JSONValue { .string(text) }
}

extension TimeArgument {
    fileprivate var json: JSONValue { .string(timestamp.rfc3339) }
}

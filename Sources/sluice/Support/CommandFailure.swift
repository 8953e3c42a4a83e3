import SluiceJSON
import SluiceModel

/// Why a command did not do what it was asked to do: printed to stderr, then the process ends with its status.
struct CommandFailure: Error {
    let status: ExitStatus
    /// What failed, with the value. Never a secret.
    let message: String
    /// What to do next, as a sentence; nil when the message says it.
    let advice: String?
    /// The problem that the server sent, when it sent one.
    let problem: Problem?
    /// What is wrong with which file, where that is why; as text the command has said it before.
    let diagnostics: [Diagnostic]

    init(
        _ status: ExitStatus, _ message: String, advice: String? = nil, problem: Problem? = nil,
        diagnostics: [Diagnostic] = []
    ) {
        self.status = status
        self.message = message
        self.advice = advice
        self.problem = problem
        self.diagnostics = diagnostics
    }

    /// The failure as a problem (RFC 9457): the server's own members first, ours where it has none.
    var json: JSONObject {
        var object = problem?.members ?? JSONObject()
        if object["type"] == nil { object["type"] = .string("urn:sluice:cli:\(status.word)") }
        if object["title"] == nil { object["title"] = .string(status.title) }
        if object["detail"] == nil { object["detail"] = .string(message) }
        if object["detail"]?.string != message { object["message"] = .string(message) }
        object.set("advice", ifPresent: advice.map { .string($0) })
        object["exitCode"] = .int(status.rawValue)
        if !diagnostics.isEmpty {
            let known = object["diagnostics"]?.array ?? []
            object["diagnostics"] = .array(known + diagnostics.map { .object($0.json) })
        }
        return object
    }
}

/// A problem document (RFC 9457) as a server sent it.
struct Problem: Hashable, Sendable {
    /// The HTTP status it came with.
    let status: Int
    /// As sent; empty when the answer was no JSON object.
    let members: JSONObject

    init(status: Int, members: JSONObject) {
        self.status = status
        self.members = members
    }

    /// What went wrong this time, in the server's words.
    var detail: String {
        members["detail"]?.string ?? members["title"]?.string ?? "HTTP status \(status)"
    }
}

extension Diagnostic {
    /// The remark in the shape that the API gives it, too.
    var json: JSONObject {
        JSONObject([
            ("severity", .string(severity.rawValue)), ("code", .string(code)), ("message", .string(message)),
            ("file", .string(file)), ("line", line.map { .int($0) } ?? .null),
            ("column", column.map { .int($0) } ?? .null),
        ])
    }
}

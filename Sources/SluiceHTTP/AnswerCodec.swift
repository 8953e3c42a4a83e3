import HTTPTypes
import Hummingbird
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// What stands beside a decision in its answer.
struct AnswerExtras {
    var pass: String?
    var position: Int?
    var expectedStart: Timestamp?
    var warnings: [String]
    var isFlowKnown: Bool?
    var validForSeconds: Int64
}

/// Writes the answers of `POST /v1/launches` (interfaces.md).
enum AnswerCodec {
    /// - Parameter isBodyOnly: `?answer=body`: every decision comes as 200.
    static func response(_ answer: Answer, _ extras: AnswerExtras, isBodyOnly: Bool) -> Response {
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.init("Sluice-Decision")!] = answer.decision.word
        var status: HTTPResponse.Status
        switch answer.decision {
        case .proceed: status = .ok
        case .hold:
            status = .accepted
            if let hold = answer.hold {
                headers[.location] = "/v1/holds/\(hold.ticket)"
                headers[.init("Sluice-Ticket")!] = "\(hold.ticket)"
            }
        case .reject: status = .forbidden
        }
        if isBodyOnly { status = .ok }
        return .json(.object(body(answer, extras)), status: status, headers: headers)
    }

    static func body(_ answer: Answer, _ extras: AnswerExtras) -> JSONObject {
        var object = JSONObject([
            ("decision", .string(answer.decision.word)),
            (
                "reason",
                .object(
                    JSONObject([
                        ("code", .string(answer.decision.code)),
                        ("message", .string(message(answer))),
                    ]))
            ),
        ])
        if let hold = answer.hold {
            object["ticket"] = .string("\(hold.ticket)")
            object["state"] = .string(hold.state.rawValue)
            object["launcher"] = .string(hold.request.launcher.rawValue)
            object["position"] = extras.position.map { .number(JSONNumber($0)) } ?? .null
            object["expectedStart"] = .time(extras.expectedStart)
            object["maintenance"] = .null
        }
        object.set("representative", ifPresent: answer.representative.map { .string("\($0)") })
        object.set("pass", ifPresent: extras.pass.map { .string($0) })
        object["epoch"] = .number(JSONNumber(answer.epoch.number))
        if answer.decision.isProceed { object["validForSeconds"] = .number(JSONNumber(extras.validForSeconds)) }
        object.set("flowKnown", ifPresent: extras.isFlowKnown.map { .bool($0) })
        if !extras.warnings.isEmpty { object["warnings"] = .array(extras.warnings.map { .string($0) }) }
        return object
    }

    /// The reason in one sentence; a hold by maintenance says whose and since when, never "pending".
    static func message(_ answer: Answer) -> String {
        var why: String? { answer.mode.map { "\($0.reason) (closed by \($0.by) since \($0.since))" } }
        switch answer.decision {
        case .proceed(let reason):
            switch reason {
            case .admitted: return "Admitted before: the pass is valid"
            case .released: return "Released: its hold may start now"
            case .repeated: return "The same question was let through before; this is the same answer"
            case .allowedByRule: return "An allow rule lets it through"
            case .continuation: return "It continues work that was admitted and has not ended"
            case .open: return "The gate is open"
            }
        case .hold(let reason):
            switch reason {
            case .maintenance: return "Held by maintenance: \(why ?? answer.hold?.cause ?? "the gate is closed")"
            case .notDue: return "Held until its time has come"
            case .behindBacklog: return "Held behind an earlier launch with the same ordering key"
            case .pluginFault:
                return
                    "Held for the operator, who retries or discards it: \(notes(answer, \.isFault, "a plugin failed"))"
            case .beingLaunched: return "Its hold was released and Sluice is launching it"
            }
        case .reject(let reason):
            switch reason {
            case .maintenance: return "Refused by maintenance: \(why ?? "the gate is closed"); nothing is kept"
            case .notReplayable:
                return "Refused: it has secrets that may not be kept, so it could not be launched later"
            case .unknownTicket: return "Refused: no open hold of this flow has this ticket"
            case .duplicate: return "Refused: this launch was already started once"
            case .notStarted:
                return answer.representative.map { "Not started: hold \($0), a newer one, stands for it" }
                    ?? "Refused: its hold ended without a start; `sluice why` tells why"
            case .invalidPass: return "Refused: the pass is not valid for this launch"
            case .plugin: return "Refused by a plugin: \(notes(answer, { $0 == .rejected }, "it gave no reason"))"
            case .pluginFault:
                return "Refused since a plugin failed, ask again later: \(notes(answer, \.isFault, "it gave no cause"))"
            case .expired: return "Refused: its expiry has passed"
            }
        }
    }

    private static func notes(
        _ answer: Answer, _ counts: (PluginNote.Outcome) -> Bool, _ otherwise: String
    ) -> String {
        // Whoever asks again asks about what was kept.
        let notes = answer.pluginNotes.isEmpty ? answer.hold?.request.pluginNotes ?? [] : answer.pluginNotes
        let sentences = notes.filter { counts($0.outcome) }.map(\.sentence)
        return sentences.isEmpty ? otherwise : sentences.joined(separator: "; ")
    }

    /// Why the gate gave no decision.
    static func problem(_ refusal: Refusal) -> Problem {
        switch refusal {
        case .keyReused:
            Problem(
                status: .unprocessableContent, type: "key-reused", title: "The key was used for another launch",
                detail: "this idempotency key or ask id was sent before with another body; use a new one")
        case .keyInProgress:
            Problem(
                status: .conflict, type: "key-in-progress", title: "The same key is being decided",
                detail: "a request with this idempotency key has not been answered yet; ask again",
                retryAfterSeconds: 1)
        case .askInProgress:
            .unavailable("ask-in-progress", "the same question (askId) is being decided; ask again")
        case .overloaded: .unavailable("overloaded", "too many questions are being decided; ask again")
        case .storeUnavailable:
            .unavailable("store-unavailable", "the store cannot be written, so nothing can be promised; ask again")
        case .noLease:
            .unavailable(
                "no-lease",
                "this replica may not decide now: it has no lease, because it could not reach the store in time; ask "
                    + "again, or another replica")
        case .contended: .unavailable("contended", "others changed the same launch each time; ask again")
        }
    }
}

extension JSONValue {
    static func time(_ time: Timestamp?) -> JSONValue { time.map { .string($0.rfc3339) } ?? .null }

    static func text(_ value: (some CustomStringConvertible)?) -> JSONValue {
        value.map { .string($0.description) } ?? .null
    }
}

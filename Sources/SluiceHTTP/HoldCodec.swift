import SluiceJSON
import SluiceModel
import SluicePorts

/// Writes holds as JSON. A sensitive value is never written.
enum HoldCodec {
    static func object(_ hold: Hold, inventory: Inventory) -> JSONObject {
        let request = hold.request
        return JSONObject([
            ("ticket", .string("\(hold.ticket)")),
            ("state", .string(hold.state.rawValue)),
            ("stateSince", .time(hold.stateSince)),
            ("arrival", .number(JSONNumber(hold.arrival))),
            ("arrivedAt", .time(hold.arrivedAt)),
            ("flow", .string(request.flow.text)),
            ("flowPath", .text(request.flowPath)),
            ("flowKnown", inventory.isLoaded ? .bool(inventory[request.flow] != nil) : .null),
            ("pack", .text(request.flowMemory?.contentPack)),
            ("packRevision", request.flowMemory?.packRevision.map { .number(JSONNumber($0)) } ?? .null),
            ("source", .string(request.source.rawValue)),
            ("launcher", .string(request.launcher.rawValue)),
            ("reason", .string(hold.reason.rawValue)),
            ("cause", .text(hold.cause)),
            ("priority", .number(JSONNumber(request.priority.level))),
            ("attempt", .number(JSONNumber(hold.attempt))),
            ("executionId", .text(hold.executionID)),
            ("result", .text(hold.result?.rawValue)),
            ("orderingKey", .text(request.orderingKey)),
            ("coalesceKey", .text(request.coalesceKey)),
            ("notBefore", .time(request.notBefore)),
            ("expiresAt", .time(request.expiresAt)),
            ("retryAt", .time(hold.retryAt)),
            ("nominalTime", .time(request.nominalTime)),
            ("scheduleId", .text(request.scheduleID)),
            ("requestedBy", .text(request.requestedBy)),
            ("onBehalfOf", .text(request.onBehalfOf)),
            ("principal", .string(hold.principal.text)),
            ("idempotencyKey", .text(request.idempotencyKey)),
            ("inputs", .object(inputs(request.inputs))),
        ])
    }

    private static func inputs(_ inputs: [LaunchInput]) -> JSONObject {
        var object = JSONObject()
        for input in inputs {
            if case .clear(let text) = input.value {
                object[input.name] = .string(text)
            } else {
                object[input.name] = .string(Secret("").description)
            }
        }
        return object
    }

    static func history(_ events: [HoldEvent]) -> JSONValue {
        .array(
            events.map { event in
                .object(
                    JSONObject([
                        ("at", .time(event.at)), ("from", .text(event.from?.rawValue)),
                        ("to", .text(event.to?.rawValue)), ("by", .string(event.by.text)),
                        ("cause", .string(event.cause)),
                    ]))
            })
    }

    /// The rules in order, up to the one that held it, each with what it found.
    static func rulePath(_ hold: Hold) -> JSONValue {
        let request = hold.request
        let last = hold.reason == .notDue ? 6 : 7
        let outcomes: [(String, String)] = [
            ("pass", "no pass was shown"),
            ("ticket", "no open hold of the same question"),
            (
                "idempotency key",
                request.idempotencyKey.map { "key \($0) had not been used" } ?? "no key was sent"
            ),
            ("allow rule", "no rule matched"),
            (
                "lineage",
                request.parentRunID.map { "its parent \($0) was not an admitted, running execution" }
                    ?? "no parent was named"
            ),
            ("interceptors", "none objected"),
            ("not before", request.notBefore.map { "its time is \($0)" } ?? "no time was given"),
            (
                "mode",
                hold.reason == .behindBacklog ? "open, but behind \(request.orderingKey?.text ?? "its key")" : "hold"
            ),
        ]
        return .array(
            (0...last).map { rule in
                let outcome = rule == last ? "held: \(hold.reason.rawValue), \(outcomes[rule].1)" : outcomes[rule].1
                return .object(
                    JSONObject([
                        ("rule", .number(JSONNumber(rule))), ("name", .string(outcomes[rule].0)),
                        ("outcome", .string(outcome)),
                    ]))
            })
    }
}

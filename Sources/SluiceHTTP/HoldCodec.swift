import SluiceCore
import SluiceEngine
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
            ("representative", .text(hold.representative)),
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
            ("callbackUrl", .text(request.callbackURL)),
            ("inputs", .object(inputs(request.inputs))),
        ])
    }

    static func callbacks(_ callbacks: [Callback]) -> JSONValue {
        .array(
            callbacks.map { callback in
                .object(
                    JSONObject([
                        ("kind", .string(callback.kind.rawValue)), ("at", .time(callback.at)),
                        ("state", .string(callback.state.rawValue)),
                        ("attempts", .number(JSONNumber(callback.attempt))),
                        ("dueAt", callback.state == .pending ? .time(callback.dueAt) : .null),
                        ("outcome", .text(callback.outcome)),
                    ]))
            })
    }

    /// What it waits for, each with what it takes to act on it.
    static func waits(_ outlook: HoldOutlook) -> JSONValue {
        .array(
            outlook.waits.map { wait in
                var object = JSONObject([("kind", .string(wait.word))])
                switch wait {
                case .gate(let entry):
                    object["scope"] = .string(entry.scope?.description ?? "whole gate")
                    object["mode"] = .string(entry.mode.rawValue)
                    object["since"] = .time(entry.since)
                    object["by"] = .string(entry.by.text)
                    object["why"] = .string(entry.reason)
                case .notBefore(let time), .retry(let time): object["until"] = .time(time)
                case .orderingKey(let key, let head):
                    object["key"] = .string(key.text)
                    object["ticket"] = .string("\(head)")
                case .representative(let ticket): object["ticket"] = .string("\(ticket)")
                case .operatorDecision(let cause), .release(let cause): object["why"] = .string(cause)
                case .turn(let position): object["position"] = .number(JSONNumber(position))
                case .execution(let id): object["executionId"] = .text(id)
                case .caller: break
                }
                return .object(object)
            })
    }

    /// What became of an order over many holds.
    static func object(_ report: BulkReport, _ order: BulkOrder) -> JSONObject {
        JSONObject([
            ("move", .string(order.move.rawValue)),
            ("dryRun", .bool(order.isDryRun)),
            ("matched", .number(JSONNumber(report.matchedCount))),
            ("possible", .number(JSONNumber(report.possibleCount))),
            ("moved", .number(JSONNumber(report.movedCount))),
            ("notPossible", .number(JSONNumber(report.notPossibleCount))),
            (
                "sample",
                .array(
                    report.sample.map { hold in
                        .object(
                            JSONObject([
                                ("ticket", .string("\(hold.ticket)")), ("state", .string(hold.state.rawValue)),
                                ("flow", .string(hold.request.flow.text)), ("flowPath", .text(hold.request.flowPath)),
                                ("source", .string(hold.request.source.rawValue)),
                                ("arrivedAt", .time(hold.arrivedAt)),
                            ]))
                    })
            ),
            ("next", report.next.map { .string(String($0)) } ?? .null),
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
                        ("at", .time(event.at)), ("kind", .string(event.kind)), ("from", .text(event.from?.rawValue)),
                        ("to", .text(event.to?.rawValue)), ("by", .string(event.by.text)),
                        ("cause", .string(event.cause)),
                    ]))
            })
    }

    /// The rules in order, up to the one that held it, each with what it found.
    static func rulePath(_ hold: Hold) -> JSONValue {
        let request = hold.request
        let last = hold.reason == .pluginFault ? 5 : hold.reason == .notDue ? 6 : 7
        let plugins = request.pluginNotes.map(\.sentence).joined(separator: "; ")
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
            ("interceptors", plugins.isEmpty ? "none objected" : plugins),
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

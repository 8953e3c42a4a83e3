import SluiceJSON
import SluiceModel
import SluiceSandbox

/// The launches of the demo: a busy quarter of an hour from every source.
struct DemoLaunches {
    let count: Int

    struct Sent {
        /// The `order` input of each launch, by which its body is recognised in Central.
        var orders: Set<String> = []
        var lines: [String] = []
    }

    /// Source, share of the launches in percent, flow, and what is special about them.
    private static let kinds: [(source: LaunchSource, percent: Int, flow: Int, note: String)] = [
        (.csa, 25, 0, "orders, serial per subscription"),
        (.api, 25, 1, "Jenkins and scripts"),
        (.scheduler, 20, 3, "Quartz, with nominal times and idempotency keys"),
        (.ui, 10, 4, "people, an ungated flow"),
        (.resourcePoolSync, 5, 2, "CSA's pool syncs"),
        (.futureOrder, 5, 0, "orders with a start date"),
        (.flow, 10, 1, "started in Central itself, caught by the gate step"),
    ]

    func send(_ client: DemoClient, _ sandbox: SandboxServer) async throws -> Sent {
        var sent = Sent()
        var number = 0
        for kind in Self.kinds {
            let share = count * kind.percent / 100
            for index in 0..<share {
                number += 1
                let order = "demo-\(number)"
                sent.orders.insert(order)
                if kind.source == .flow {
                    let inputs = ["order": order, "password": "s3cret-\(number)"]
                    guard sandbox.startInside(flow: DemoContent.flows[kind.flow].id, inputs: inputs) != nil else {
                        throw ServiceError("the sandbox did not start an execution")
                    }
                } else {
                    try await ask(client, kind.source, DemoContent.flows[kind.flow], order, index)
                }
            }
            let name = kind.source.rawValue.padding(to: 20)
            sent.lines.append("\(name)\(String(share).padding(to: 5))\(kind.note)")
        }
        return sent
    }

    private func ask(
        _ client: DemoClient, _ source: LaunchSource, _ flow: DemoContent.Flow, _ order: String, _ index: Int
    ) async throws {
        var body = JSONObject([
            ("flow", .string(flow.id)), ("source", .string(source.rawValue)), ("launcher", .string("sluice")),
            ("inputs", .object(JSONObject([("order", .string(order)), ("password", .string("s3cret-\(order)"))]))),
            ("requestedBy", .string("demo")),
        ])
        let now = SystemTime.now()
        switch source {
        case .csa: body["orderingKey"] = .string("subscription:\(index % 10)")
        case .scheduler:
            let nominal = now.advanced(by: .seconds(Int64(index) * 60))
            body["nominalTime"] = .string(nominal.rfc3339)
            body["idempotencyKey"] = .string("every-hour@\(nominal.rfc3339)")
            body["scheduleId"] = .string("oo.every-hour")
        case .futureOrder: body["notBefore"] = .string(now.advanced(by: .seconds(3)).rfc3339)
        case .ui, .api, .resourcePoolSync, .flow: break
        }
        let answer = try await client.ask(body)
        guard answer.status == 202, answer.body["decision"] == .string("hold") else {
            throw ServiceError("launch \(order) was not held: \(answer.status) \(answer.body.write())")
        }
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}

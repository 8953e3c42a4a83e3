extension SandboxState {
    /// The control endpoints under `/control`: what tests and people see and steer. Never shows a secret.
    mutating func control(_ request: SandboxRequest, at now: EpochMilliseconds) -> SandboxReply {
        if account.controlNeedsLogin, !(request.authorization.map(isRight) ?? false) { return Self.unauthorized }
        let rest = request.path.split(separator: "/").dropFirst().map(String.init)
        if let reply = scheduleControl(request.method, rest, request.body, at: now) { return reply }
        if rest.first == "workers" { return workerControl(request.method, Array(rest.dropFirst()), request.body) }
        switch (request.method, rest.first, rest.count) {
        case ("GET", "state", 1): return .json(200, overview(at: now))
        case ("POST", "reset", 1):
            reset()
            return .json(200, ["reset": true])
        case ("GET", "bodies", 1):
            return .json(200, bodiesReply(key: request.query["key"], flow: request.query["flow"]))
        case ("GET", "flows", 1): return .json(200, .list(orderedFlows.map(Self.shown)))
        case ("POST", "flows", 1): return addFlows(request.body)
        case ("GET", "faults", 1): return .json(200, ["faults": faults.reply])
        case ("POST", "faults", 1): return addFaults(request.body)
        case ("DELETE", "faults", 1):
            faults.removeAll()
            return .json(200, ["faults": []])
        case ("DELETE", "faults", 2):
            return faults.remove(id: rest[1]) ? .json(200, ["faults": faults.reply]) : .error(404, "no such fault")
        case ("POST", "executions", 1): return startInside(request.body, at: now)
        case ("DELETE", "executions", 2):
            guard let id = Int64(rest[1]), let execution = executions[id] else { return Self.noExecution }
            guard execution.status.isFinal else { return .error(409, "it has not ended") }
            executions[id] = nil
            return .json(200, ["purged": .text(rest[1])])
        case ("GET", "settings", 1): return .json(200, settingsReply)
        case ("PUT", "settings", 1): return changeSettings(request.body)
        default: return .error(404, "no such control endpoint; see docs/sandbox.md")
        }
    }

    /// Numbers, and the executions at their gate.
    func overview(at now: EpochMilliseconds) -> LooseValue {
        var byStatus: [String: Int64] = [:]
        var atGate: [SandboxExecution] = []
        for execution in executions.values {
            byStatus[execution.stage == .starting ? "STARTING" : execution.status.rawValue, default: 0] += 1
            if execution.stage == .atGate { atGate.append(execution) }
        }
        atGate.sort { $0.id < $1.id }
        return [
            "now": .integer(now), "version": .text(settings.version), "flows": .integer(Int64(flows.count)),
            "executions": .integer(Int64(executions.count)),
            "byStatus": .object(byStatus.mapValues(LooseValue.integer)),
            "schedules": .integer(Int64(schedules.count)),
            "bodies": .integer(Int64(bodies.count)), "gated": .bool(gate != nil),
            "counts": [
                "starts": .integer(Int64(counts.starts)), "refusedStarts": .integer(Int64(counts.refusedStarts)),
                "questions": .integer(Int64(counts.questions)), "lateAnswers": .integer(Int64(counts.lateAnswers)),
                "gateTroubles": .integer(Int64(counts.gateTroubles)),
                "droppedConnections": .integer(Int64(counts.droppedConnections)),
                "callbacks": .integer(Int64(counts.callbacks)), "lostCallbacks": .integer(Int64(counts.lostCallbacks)),
            ],
            "atGate": .list(
                atGate.prefix(SandboxLimits.controlListCountMax).map { execution in
                    [
                        "executionId": .text(String(execution.id)), "flow": .text(execution.flow.id),
                        "askId": .text(orNull: execution.asking?.askID),
                        "ticket": .text(orNull: execution.asking?.ticket),
                        "tries": .integer(Int64(execution.asking?.tryCount ?? 0)),
                        "status": .text(execution.status.rawValue),
                    ]
                }),
        ]
    }

    /// Body runs, and their number by the value of one input.
    func bodiesReply(key: String?, flow: String?) -> LooseValue {
        let chosen = bodies.filter { flow == nil || $0.flowID == flow }
        var members: [String: LooseValue] = [
            "count": .integer(Int64(chosen.count)), "bodies": .list(chosen.map(\.reply)),
        ]
        if let key {
            let groups = bodyCounts(key: key, flow: flow)
            members["key"] = .text(key)
            members["groups"] = .object(groups.mapValues { .integer(Int64($0)) })
            members["withoutKey"] = .integer(Int64(chosen.count - groups.values.reduce(0, +)))
        }
        return .object(members)
    }

    /// How many body runs had each value of that input; secrets count under their label.
    func bodyCounts(key: String, flow: String?) -> [String: Int] {
        var counts: [String: Int] = [:]
        for body in bodies where flow == nil || body.flowID == flow {
            if let value = body.inputs[key] { counts[value, default: 0] += 1 }
        }
        return counts
    }

    /// A flow without the default values of its encrypted inputs.
    private static func shown(_ flow: SandboxFlow) -> LooseValue {
        var flow = flow
        for index in flow.inputs.indices where flow.inputs[index].isEncrypted { flow.inputs[index].defaultValue = nil }
        return (try? SandboxCodec.encode(flow)).flatMap { try? SandboxCodec.decode(LooseValue.self, from: $0) } ?? .null
    }

    /// Starts an execution as Central's own scheduler or a person in Central would: no fault, no login, no dialect.
    private mutating func startInside(_ body: [UInt8], at now: EpochMilliseconds) -> SandboxReply {
        struct Order: Decodable {
            var flow: String
            var runName: String?
            var inputs: [String: String]?
        }
        do {
            let order = try SandboxCodec.decode(Order.self, from: body)
            let start = StartOrder(flowID: order.flow, runName: order.runName, inputs: order.inputs ?? [:])
            return .json(201, ["executionId": .text(String(try self.start(start, at: now)))])
        } catch let refusal as StartRefusal {
            return .error(400, "\(refusal)")
        } catch {
            return .error(400, SandboxCodec.explain(error))
        }
    }

    private mutating func addFlows(_ body: [UInt8]) -> SandboxReply {
        do {
            let added = try SandboxCodec.decode(OneOrMany<SandboxFlow>.self, from: body).values
            guard flows.count + added.count <= SandboxLimits.flowCountMax else { return .error(400, "too many flows") }
            for flow in added { add(flow) }
            return .json(200, .list(added.map(Self.shown)))
        } catch {
            return .error(400, SandboxCodec.explain(error))
        }
    }

    private mutating func addFaults(_ body: [UInt8]) -> SandboxReply {
        do {
            let added = try SandboxCodec.decode(OneOrMany<SandboxFault>.self, from: body).values
            return faults.add(added) ? .json(200, ["faults": faults.reply]) : .error(400, "too many faults")
        } catch {
            return .error(400, SandboxCodec.explain(error))
        }
    }

    private var settingsReply: LooseValue {
        (try? SandboxCodec.encode(settings)).flatMap { try? SandboxCodec.decode(LooseValue.self, from: $0) } ?? .null
    }

    /// Changes the members that are given and leaves the others.
    private mutating func changeSettings(_ body: [UInt8]) -> SandboxReply {
        do {
            let changes = try SandboxCodec.decode([String: LooseValue].self, from: body)
            var members = settingsReply.asObject ?? [:]
            for (name, value) in changes {
                guard members.updateValue(value, forKey: name) != nil else {
                    return .error(400, "unknown member '\(name)'")
                }
            }
            let bytes = try SandboxCodec.encode(LooseValue.object(members))
            let changed = try SandboxCodec.decode(SandboxSettings.self, from: bytes)
            if let complaint = changed.complaint { return .error(400, complaint) }
            settings = changed
            return .json(200, settingsReply)
        } catch {
            return .error(400, SandboxCodec.explain(error))
        }
    }
}

/// A JSON list, or a single element in its place.
struct OneOrMany<Element: Decodable>: Decodable {
    let values: [Element]

    init(from decoder: any Decoder) throws {
        if (try? decoder.unkeyedContainer()) != nil {
            values = try [Element](from: decoder)
        } else {
            values = [try Element(from: decoder)]
        }
    }
}

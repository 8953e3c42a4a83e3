/// A worker of Central, in the names of the engine's table (oo-central-api.md section 8); on the wire UNKNOWN.
struct SandboxWorker: Codable, Hashable, Sendable {
    static let firstUUID = "7d1f0c9e-0000-4000-8000-000000000001"
    /// Central's own group, which all flows of the sandbox run in.
    static let group = "RAS_Operator_Path"

    let uuid: String
    var isActive = true

    var reply: LooseValue {
        [
            "uuid": .text(uuid), "status": "RUNNING", "active": .bool(isActive), "hostName": "sandbox",
            "installPath": "/opt/oo", "description": .text("worker \(uuid)"), "os": "Linux", "jvm": "17",
            "dotNetVersion": .null, "deleted": false, "groups": .list([.text(Self.group)]),
        ]
    }
}

/// Workers: without an active one, what comes to its next step is paused NO_WORKERS_IN_GROUP (PROVEN [SCO]), and must
/// be resumed one by one.
extension SandboxState {
    var hasWorker: Bool { workers.contains(where: \.isActive) }

    /// Pauses an execution that nobody takes up.
    mutating func park(_ id: Int64, stage: SandboxExecution.Stage) {
        change(id) {
            $0.stage = stage
            $0.status = .paused
            $0.pauseReason = "NO_WORKERS_IN_GROUP"
            $0.settlesAt = nil
        }
    }

    /// `/control/workers`: how Central is told on the wire is UNKNOWN.
    mutating func workerControl(_ method: String, _ rest: [String], _ body: [UInt8]) -> SandboxReply {
        switch (method, rest.count) {
        case ("GET", 0): return .json(200, .list(workers.map(\.reply)))
        case ("POST", 0):
            guard workers.count < SandboxLimits.workerCountMax else { return .error(400, "too many workers") }
            let worker = SandboxWorker(uuid: random.nextUUID())
            workers.append(worker)
            return .json(201, worker.reply)
        case ("PUT", 1):
            guard let index = workers.firstIndex(where: { $0.uuid == rest[0] }) else {
                return .error(404, "no such worker")
            }
            guard let flag = (try? SandboxCodec.decode(LooseValue.self, from: body))?["active"]?.asBool else {
                return .error(400, "give active")
            }
            workers[index].isActive = flag
            return .json(200, workers[index].reply)
        default: return .error(404, "no such control endpoint; see docs/sandbox.md")
        }
    }
}

extension SandboxState {
    /// Answers one request: the whole of the sandbox's HTTP face, without a socket.
    mutating func handle(_ request: SandboxRequest, at now: EpochMilliseconds) -> SandboxOutcome {
        advance(to: now)
        if request.path == "/control" || request.path.hasPrefix("/control/") {
            return SandboxOutcome(reply: control(request, at: now), answerAt: now)
        }
        let effects = faults.effects(on: request)
        if effects.dropsBefore {
            counts.droppedConnections += 1
            return SandboxOutcome(reply: .text(500, ""), answerAt: now + effects.delay, isDropped: true)
        }
        meddle(effects, at: now)
        var reply = effects.reply ?? central(request, faults: effects, at: now)
        if let status = effects.statusAfter { reply = .text(status, "fault") }
        if let page = effects.pageAfter { reply = .loginPage(page) }
        if effects.dropsAfter { counts.droppedConnections += 1 }
        // Only a start has an effect that can be late; all else is answered as usual.
        return SandboxOutcome(
            reply: reply, answerAt: now + effects.delay + (request.isStart ? effects.effectDelay : 0),
            isDropped: effects.dropsAfter)
    }

    /// OO Central: login, then the route.
    private mutating func central(
        _ request: SandboxRequest, faults: FaultTable.Effects, at now: EpochMilliseconds
    ) -> SandboxReply {
        if request.path == "/oo" { return .loginPage(302) }
        guard let root = CentralRoot(path: request.path) else {
            return request.path == "/oo/login/login-form" ? .loginPage(200) : .error(404, "no such address")
        }
        let isOpen = root.rest == ["version"] && request.method == "GET" && !settings.versionNeedsLogin
        if isOpen, request.authorization == nil, request.cookie == nil { return version }
        switch logIn(request) {
        case .refused(let reply): return reply
        case .granted(let headers):
            var reply = route(request, root, faults: faults, at: now)
            reply.headers += headers
            return reply
        }
    }

    private mutating func route(
        _ request: SandboxRequest, _ root: CentralRoot, faults: FaultTable.Effects, at now: EpochMilliseconds
    ) -> SandboxReply {
        if let reply = scheduleReply(request, root, at: now) { return reply }
        let rest = root.rest
        switch (request.method, rest.first, rest.count) {
        case ("GET", "version", 1): return version
        case ("POST", "executions", 1): return startReply(request, root, faults: faults, at: now)
        case ("GET", "executions", 1): return listReply(request, at: now)
        case ("GET", "executions", 3) where rest[2] == "summary": return summaryReply(rest[1], at: now)
        case ("GET", "executions", 3) where rest[2] == "execution-log":
            guard let execution = Int64(rest[1]).flatMap({ visible($0, at: now) }) else { return Self.noExecution }
            return .json(200, log(execution))
        case ("GET", "executions", 4) where rest[2] == "steps" && rest[3] == "count":
            guard let execution = Int64(rest[1]).flatMap({ visible($0, at: now) }) else { return Self.noExecution }
            return .json(200, .integer(execution.stepCount))
        case ("PUT", "executions", 3) where rest[2] == "status": return actionReply(rest[1], request, at: now)
        case ("GET", "flows", 2) where rest[1] == "library": return .json(200, library)
        case ("GET", "flows", 2):
            return flows[rest[1]].map { .json(200, detail($0)) } ?? .error(404, "no such flow")
        case ("GET", "flows", 3) where rest[2] == "inputs":
            return flows[rest[1]].map { .json(200, inputs($0)) } ?? .error(404, "no such flow")
        case ("GET", "content-packs", 1): return .json(200, contentPacks)
        case ("GET", "workers", 1): return .json(200, .list(workers.map(\.reply)))
        default: return .error(404, "no such address")
        }
    }

    private var version: SandboxReply {
        .json(
            200,
            [
                "version": .text(settings.version), "revision": "sandbox", "build ID": "sandbox",
                "build number": "1", "build job name": "sluice-sandbox",
            ])
    }

    static let noExecution = SandboxReply.error(404, "no such execution")
}

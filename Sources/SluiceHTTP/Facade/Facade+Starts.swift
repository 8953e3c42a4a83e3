import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import SluiceCore
import SluiceEngine
import SluiceFacade
import SluiceJSON
import SluiceModel
import SluicePorts

extension Facade {
    /// A start: decided by the gate, then sent once, kept, or refused.
    func start(_ dialect: StartDialect, _ call: Call) async throws -> Response {
        let body = try await decidedBody(call)
        let start: StartBody
        do throws(StartBody.Objection) {
            start = try StartBody(body.readableBytesView, dialect)
        } catch {
            throw Problem.badRequest("start", "\(error.message); nothing was started")
        }
        let now = engine.clocks.now()
        var launch = start.request(from: call.requester.source)
        launch.requestedBy = call.requester.user
        var isPatient = false
        if let patience = call.requester.patienceSeconds, let authorization = call.authorization, mayHold,
            start.unkept.isEmpty
        {
            switch await accounts.standing(authorization: authorization) {
            case .known:
                isPatient = true
                launch.expiresAt = now.wall.advanced(by: .seconds(patience))
            case .refused(let answer): return response(answer, call)
            case .unknown: break
            }
        }
        for _ in 0..<FacadeLimits.askCountMax {
            do {
                return try await decide(launch, isPatient: isPatient, start, body, call)
            } catch is ClosedMeanwhile {
                // Nothing was sent: the closed gate says what becomes of it.
                continue
            }
        }
        throw late(start.dialect)
    }

    func late(_ dialect: StartDialect) -> Problem {
        refused(
            .unavailable("late", "the gate closed, or Central could not be reached, before it was sent"), dialect)
    }

    /// Asks the gate once, and does as it says.
    /// - Throws: `ClosedMeanwhile` when nothing was sent, because the gate closed.
    private func decide(
        _ launch: LaunchRequest, isPatient: Bool, _ start: StartBody, _ body: ByteBuffer, _ call: Call
    ) async throws -> Response {
        let began = engine.clocks.now()
        let presented = launch.pass.map { sealer.readPass($0.exposed) } ?? .none
        let prepared = try engine.intake.prepare(
            launch, ref: Ask.Ref(engine.gatekeeper.nextRef()), principal: call.requester.principal, sensitiveInputs: [])
        var ask = prepared.ask
        ask.isPatient = isPatient
        let memory = ask.request.flowMemory
        if case .genuine(let claims) = presented, claims.kind == .attempt {
            // The gate step redeems it, once; a flow that is known to have none has it redeemed here.
            if claims.flow == launch.flow, began.wall < claims.expiresAt, memory?.isGated ?? true {
                return try await send(start, body, nil, .proceed(.admitted), leave(.admitted, nil, began), call)
            }
            ask.request.askID = AskID("facade:\(ask.minted.ticket)")
        }
        switch await engine.gatekeeper.ask(ask) {
        case .refused(let refusal):
            metrics.refused(refusal, launch.source)
            throw refused(AnswerCodec.problem(refusal), start.dialect)
        case .decided(let answer):
            metrics.decided(answer.decision, launch.source, took: engine.clocks.now().monotonic.since(began.monotonic))
            switch answer.decision {
            case .proceed(let reason):
                engine.monitor.proceeded(launch.source)
                let isPassWanted = memory?.isGated ?? false && start.pass == nil
                let pass = isPassWanted ? answer.pass.map { Secret(sealer.makePass($0)) } : nil
                return try await send(start, body, pass, answer.decision, leave(reason, answer, began), call)
            case .hold: return try await held(answer, start, call)
            case .reject(let reason): throw rejected(reason, answer, start.dialect)
            }
        }
    }

    // MARK: Proceed

    private func send(
        _ start: StartBody, _ body: ByteBuffer, _ pass: Secret?, _ decision: Decision, _ leave: Leave, _ call: Call
    ) async throws -> Response {
        let bytes = pass.map { ByteBuffer(bytes: start.adding(pass: $0)) } ?? body
        // Whoever asks again might start it twice.
        let answer = try await sendOnce(
            outgoing(call), bytes, leave, byteCountMax: configuration.decidedByteCountMax, start.dialect,
            ifLost: "the start was sent, so it may have been started: look before you ask again")
        var response = response(answer, call)
        response.headers[.init("Sluice-Decision")!] = decision.word
        guard (200..<300).contains(answer.status),
            let value = try? JSONReader.read(answer.body.readableBytesView)
        else { return response }
        if let id = RealAnswers.executionID(value) {
            saw(id)
            await admit(id, start.flow, decision)
        }
        if let moved = RealAnswers.moved(value, addresses, to: call.base) {
            response.replaceBody(moved)
        }
        return response
    }

    /// On record for the lineage of what it starts; it runs, whether or not that succeeds.
    private func admit(_ id: ExecutionID, _ flow: FlowID, _ decision: Decision) async {
        guard case .proceed(let reason) = decision else { return }
        let admission = Admission(executionID: id, flow: flow, reason: reason, at: engine.clocks.now().wall)
        do {
            try await engine.store.commit([.admit(admission)], fence: engine.writeFence)
        } catch {
            logger.warning(
                "a start through the facade could not be put on record; what it starts has no lineage",
                metadata: ["execution": "\(id)", "error": "\(error)"])
        }
    }

    // MARK: Hold

    private func held(_ answer: Answer, _ start: StartBody, _ call: Call) async throws -> Response {
        guard let hold = answer.hold else { throw refused(.unavailable("no-hold", "nothing was kept"), start.dialect) }
        guard let arrival = await arrival(of: hold), let id = virtualIDs.id(arrival: arrival) else {
            // It is on disk, and its asker cannot be told under which id.
            var problem = Problem.unavailable("no-virtual-id", "it was kept as \(hold.ticket), and cannot be shown now")
            problem.retryAfterSeconds = nil
            throw problem
        }
        let feed = "\(call.base)\(call.restRoot)/executions/\(id)/steps"
        let headers: HTTPFields = [
            .init("Sluice-Decision")!: answer.decision.word, .init("Sluice-Ticket")!: "\(hold.ticket)",
        ]
        return Response.json(
            HoldShapes.started(id: id, start.dialect, feedURL: feed), status: .created, headers: headers)
    }

    /// The store numbers a hold with its commit; the answer of the gate is older than that.
    private func arrival(of hold: Hold) async -> Int64? {
        if hold.arrival > 0 { return hold.arrival }
        for _ in 0..<FacadeLimits.readTryCountMax {
            if let hold = try? await engine.store.hold(hold.ticket), hold.arrival > 0 { return hold.arrival }
        }
        return nil
    }

    // MARK: Reject

    /// A refusal that a client of the dialect reads as one: no 2xx, and in v1 an `errorCode` (section 9, FLW).
    func refused(_ problem: Problem, _ dialect: StartDialect) -> Problem {
        var problem = problem
        if problem.status == .serviceUnavailable {
            problem.retryAfterSeconds = max(problem.retryAfterSeconds ?? 1, 1)
        }
        if dialect == .v1 { problem.members += [("errorCode", .string("SLUICE_REFUSED")), ("executionId", .null)] }
        problem.members.append(("decision", .string("none")))
        return problem
    }

    func rejected(_ reason: RejectReason, _ answer: Answer, _ dialect: StartDialect) -> Problem {
        let isLater: Bool
        var message = AnswerCodec.message(answer)
        switch reason {
        case .maintenance, .pluginFault, .expired: isLater = true
        case .notReplayable:
            isLater = true
            let why = answer.mode.map { ": \($0.reason) (closed by \($0.by) since \($0.since))" } ?? ""
            message = "Refused by maintenance\(why); nothing is kept, ask again later"
        case .unknownTicket, .duplicate, .notStarted, .invalidPass, .plugin: isLater = false
        }
        var problem = Problem(
            status: isLater ? .serviceUnavailable : reason == .duplicate ? .conflict : .forbidden,
            type: "launch-rejected", title: "The launch is not started", detail: message,
            members: [("decision", "reject"), ("reason", .string(reason.rawValue))],
            retryAfterSeconds: isLater ? configuration.retryAfterSeconds : nil)
        problem.headers = [.init("Sluice-Decision")!: "reject"]
        if dialect == .v1 { problem.members += [("errorCode", .string("SLUICE_REFUSED")), ("executionId", .null)] }
        return problem
    }
}

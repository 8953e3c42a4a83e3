import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import SluiceCore
import SluiceEngine
import SluiceFacade
import SluiceJSON
import SluiceModel
import SluicePorts

/// Calls that may start work without being starts: schedules, resumes, and what nobody has described.
extension Facade {
    // MARK: Schedules

    /// One that is made, or replaced: passes when it starts nothing; else it is decided as a launch of its scheduler.
    ///
    /// While the gate is closed it is refused rather than made disabled: its maker would believe it to be in force.
    func schedule(_ call: Call) async throws -> Response {
        let body = try await decidedBody(call)
        guard let schedule = ScheduleBody(body.readableBytesView) else {
            throw Problem.badRequest(
                "schedule", "the body is not a JSON object that can be decided; nothing was changed")
        }
        guard schedule.isEnabled else { return try await passDecided(call, body) }
        return try await send(Work(flow: schedule.flow, source: .scheduler), call, body)
    }

    func enable(_ id: String, _ call: Call) async throws -> Response {
        let body = try await decidedBody(call)
        if ScheduleBody.turnsOff(body.readableBytesView) { return try await passDecided(call, body) }
        var work = Work(flow: nil, source: .scheduler)
        work.scheduleID = ScheduleID(checking: id)
        if let schedule = try? await engine.listSchedules().first(where: { $0.id.text == id }) {
            work.flow = schedule.flow
            work.flowPath = schedule.flowPath
        }
        return try await send(work, call, body)
    }

    func unknownWork(_ call: Call, flow: FlowID?, source: LaunchSource) async throws -> Response {
        // Whole before the gate is asked: what comes late would leave when its answer counts no more.
        let body = try await decidedBody(call, isRead: false)
        return try await send(Work(flow: flow, source: source), call, body)
    }

    // MARK: Actions on executions

    func act(on id: String, _ call: Call) async throws -> Response {
        let body = try await decidedBody(call)
        guard let action = ExecutionAction(body.readableBytesView) else {
            throw Problem.badRequest("action", "the body is not a JSON object that can be decided; nothing was done")
        }
        var call = call
        var real = id
        if virtualIDs.contains(id) {
            switch try await virtuals([id], call) {
            case .answer(let response): return response
            case .found(let found):
                guard let virtual = found[id] else { return try await passDecided(call, body) }
                // One that stands for others is not its caller's alone.
                guard let execution = virtual.execution, !virtual.shown.state.isFinal, virtual.own.state != .coalesced
                else {
                    return try await act(action, on: virtual, call)
                }
                real = execution.text
                call = call.renamed(from: id, to: real)
            }
        }
        guard action == .resume else { return try await passDecided(call, body) }
        return try await send(try await resumed(real, call), call, body)
    }

    /// A resume starts the work of an execution again: it is decided as one of its flow, which may go on when it was
    /// admitted.
    private func resumed(_ id: String, _ call: Call) async throws -> Work {
        var work = Work(flow: nil, source: call.requester.source)
        let isID = !id.isEmpty && id.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isID else { return work }
        var request = outgoing(call, target: "\(call.restRoot)/executions/\(id)/summary")
        request.method = .GET
        request.headers.remove(name: "Accept-Encoding")
        request.headers.remove(name: "Content-Type")
        let answer: Upstream.Answer
        do {
            answer = try await upstream.exchange(
                request, byteCountMax: configuration.decidedByteCountMax, isDecided: false)
        } catch {
            throw Upstream.problem(error, retryAfterSeconds: configuration.retryAfterSeconds)
        }
        if answer.status == 200, let summary = try? JSONReader.read(answer.body.readableBytesView).array?.first {
            work.flow = summary["flowUuid"]?.string.flatMap { FlowID(checking: $0) }
            work.flowPath = summary["flowPath"]?.string
        }
        work.runID = ExecutionID(id)
        return work
    }

    /// On a hold that Central has not seen.
    private func act(_ action: ExecutionAction, on virtual: Virtual, _ call: Call) async throws -> Response {
        func answer(_ word: String, _ status: HTTPResponse.Status) -> Response {
            .json(.string(word), status: status)
        }
        if let refusal = HoldShapes.refusal(of: action, virtual.own, shown: virtual.shown) {
            return answer(refusal, .conflict)
        }
        let outcome = try await storing {
            try await engine.desk.move(
                virtual.own.ticket, .discard, by: call.requester.principal, reason: "canceled through the facade")
        }
        switch outcome {
        case .moved: return answer("SUCCESS", .ok)
        case .unknownTicket: return answer("FAILED_NOT_FOUND", .notFound)
        case .notPossible(let hold):
            return answer(HoldShapes.refusal(of: action, hold) ?? "FAILED_ALREADY_COMPLETED", .conflict)
        }
    }

    // MARK: The gate

    /// What is known of work that a call may start.
    struct Work {
        var flow: FlowID?
        var source: LaunchSource
        var flowPath: String?
        var runID: ExecutionID?
        var scheduleID: ScheduleID?

        init(flow: FlowID?, source: LaunchSource) {
            self.flow = flow
            self.source = source
        }
    }

    /// Sends work that the gate lets through now; nothing is ever kept.
    /// - Throws: A problem when it does not.
    private func send(_ work: Work, _ call: Call, _ body: ByteBuffer) async throws -> Response {
        for _ in 0..<FacadeLimits.askCountMax {
            let leave = try await decide(work, call)
            do {
                let answer = try await sendOnce(
                    outgoing(call), body, leave, byteCountMax: configuration.mergedByteCountMax, .v2,
                    ifLost: "it was sent, so it may have been done: look before you ask again")
                return response(answer, call)
            } catch is ClosedMeanwhile {
                // Nothing was sent: the closed gate says what becomes of it.
                continue
            }
        }
        throw late(.v2)
    }

    /// Returns when the gate lets it through now.
    /// - Throws: A problem when it does not.
    private func decide(_ work: Work, _ call: Call) async throws -> Leave {
        let began = engine.clocks.now()
        // Of a flow that nobody can name: decided by the whole gate's mode.
        var launch = LaunchRequest(flow: work.flow ?? FlowID("unknown"), source: work.source)
        launch.flowPath = work.flowPath
        launch.runID = work.runID
        launch.scheduleID = work.scheduleID
        launch.requestedBy = call.requester.user
        var ask = try engine.intake.prepare(
            launch, ref: Ask.Ref(engine.gatekeeper.nextRef()), principal: call.requester.principal, sensitiveInputs: []
        ).ask
        ask.isPatient = false
        switch await engine.gatekeeper.ask(ask) {
        case .refused(let refusal):
            metrics.refused(refusal, launch.source)
            throw refused(AnswerCodec.problem(refusal), .v2)
        case .decided(let answer):
            metrics.decided(answer.decision, launch.source, took: engine.clocks.now().monotonic.since(began.monotonic))
            switch answer.decision {
            case .proceed(let reason):
                engine.monitor.proceeded(launch.source)
                // It may belong to a part of the gate that is closed.
                guard work.flow == nil, reason == .open,
                    let closed = engine.gatekeeper.snapshot().record.scopes.first(where: { !$0.mode.isOpen })
                else { return leave(reason, answer, began) }
                var answer = answer
                answer.mode = closed
                throw rejected(.maintenance, answer, .v2)
            case .hold: throw refused(.unavailable("not-kept", "nothing was kept"), .v2)
            case .reject(let reason): throw rejected(reason, answer, .v2)
            }
        }
    }
}

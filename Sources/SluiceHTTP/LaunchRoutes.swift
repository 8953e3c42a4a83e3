import Hummingbird
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// `POST /v1/launches` and what is below it.
struct LaunchRoutes: Sendable {
    let engine: Engine
    let sealer: any Sealer
    let metrics: HTTPMetrics
    let bodyByteCountMax: Int

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.post("launches") { request, context in try await watched(request, context) }
        group.post("launches/fallback") { request, context in try await ranUnasked(request, context) }
        group.post("launches/:executionId/ended") { request, context in try await ended(request, context) }
    }

    /// A long-poll ends when its client goes away: nobody may be told `proceed` who is no longer there.
    private func watched(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        guard context.isLive, try request.wait() > .zero else { return try await ask(request, context) }
        return try await request.body.consumeWithCancellationOnInboundClose { body in
            var request = request
            request.body = body
            return try await ask(request, context)
        }
    }

    private func ask(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.gate)
        let began = engine.clocks.now().monotonic
        let isBodyOnly = request.uri.queryParameters["answer"] == "body"
        let wait = try request.wait()
        var decoded: LaunchCodec.Decoded
        let reader = try await request.json(upTo: bodyByteCountMax)
        do throws(JSONFieldError) {
            decoded = try LaunchCodec.decode(reader)
        } catch {
            throw Problem(error)
        }
        try takeIdempotencyHeader(request, &decoded.request)
        if let url = decoded.request.callbackURL { try checkCallback(url) }
        let prepared = try engine.intake.prepare(
            decoded.request, ref: Ask.Ref(engine.gatekeeper.nextRef()), principal: identity.principal,
            sensitiveInputs: decoded.sensitiveInputs)
        let reply = await decide(prepared.ask, wait: wait)
        switch reply {
        case .refused(let refusal):
            metrics.refused(refusal, decoded.request.source)
            throw AnswerCodec.problem(refusal)
        case .decided(let answer):
            metrics.decided(
                answer.decision, decoded.request.source, took: engine.clocks.now().monotonic.since(began))
            if answer.decision.isProceed { engine.monitor.proceeded(decoded.request.source) }
            let extras = try await extras(answer, prepared)
            return AnswerCodec.response(answer, extras, isBodyOnly: isBodyOnly)
        }
    }

    /// Nobody makes Sluice send requests to where it may not: said before anything is decided.
    private func checkCallback(_ url: CallbackURL) throws {
        guard let objection = engine.configuration.callbacks.objection(to: url) else { return }
        throw Problem(
            status: .unprocessableContent, type: "callback-not-allowed", title: "That URL is not called back",
            detail: "callbackUrl \(url): \(objection); nothing was decided", members: [("pointer", "/callbackUrl")])
    }

    /// The `Idempotency-Key` header is the same as the field; a quoted or a bare string.
    private func takeIdempotencyHeader(_ request: Request, _ launch: inout LaunchRequest) throws {
        guard var text = request.headers[.init("Idempotency-Key")!] else { return }
        if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = String(text.dropFirst().dropLast()) }
        guard let key = IdempotencyKey(checking: text) else {
            throw Problem.badRequest(
                "invalid-value",
                "the header Idempotency-Key needs 1 to \(IdentifierLimits.byteCountMax) bytes without control "
                    + "characters"
            )
        }
        if let field = launch.idempotencyKey, field != key {
            throw Problem.badRequest(
                "invalid-value", "the header Idempotency-Key and the field idempotencyKey differ",
                pointer: "/idempotencyKey")
        }
        launch.idempotencyKey = key
    }

    /// Asks; while held, waits for the hold to change and asks again, until the wait is over.
    private func decide(_ ask: Ask, wait: Duration) async -> Reply {
        var reply = await engine.gatekeeper.ask(ask)
        guard wait > .zero else { return reply }
        let deadline = engine.clocks.now().monotonic.advanced(by: wait)
        while case .decided(let answer) = reply, case .hold = answer.decision, let hold = answer.hold {
            guard let subscription = engine.watchers.subscribe(to: hold.ticket) else { return reply }
            defer { subscription.end() }
            if hold.request.launcher == .sluice {
                guard let current = await HoldWaiting(engine).wait(for: hold, subscription, until: deadline) else {
                    return reply
                }
                var changed = answer
                changed.hold = current
                return .decided(changed)
            }
            guard await HoldWaiting(engine).wait(for: hold, subscription, until: deadline) != nil, !Task.isCancelled
            else { return reply }
            var again = ask
            again.ref = Ask.Ref(engine.gatekeeper.nextRef())
            again.request.ticket = hold.ticket
            reply = await engine.gatekeeper.ask(again)
            if engine.clocks.now().monotonic >= deadline { return reply }
        }
        return reply
    }

    private func extras(_ answer: Answer, _ prepared: AskIntake.Prepared) async throws -> AnswerExtras {
        var extras = AnswerExtras(
            pass: answer.pass.map { sealer.makePass($0) }, warnings: prepared.warnings,
            isFlowKnown: prepared.isFlowKnown,
            validForSeconds: engine.configuration.gate.validFor.components.seconds)
        if let hold = answer.hold, let position = await engine.places.position(of: hold) {
            extras.position = position
            extras.expectedStart = engine.outlook(of: hold, position: position).expectedStart
        }
        return extras
    }

    /// A report that a launch was started without a decision; accepted in every mode (R47).
    private func ranUnasked(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.gate)
        var body = try await request.json(upTo: bodyByteCountMax)
        var report: FallbackReport
        do throws(JSONFieldError) {
            report = FallbackReport(
                flow: try body.identifier("flow"), source: try body.word("source", LaunchSource.self),
                idempotencyKey: try body.identifier("idempotencyKey"), startedAt: try body.time("startedAt"))
            report.scheduleID = try body.optionalIdentifier("scheduleId")
            report.nominalTime = try body.optionalTime("nominalTime")
            report.requestedBy = try body.optionalString("requestedBy")
            try body.finish()
        } catch {
            throw Problem(error)
        }
        try await storing { [report] in try await engine.desk.ranUnasked(report, by: identity.principal) }
        metrics.ranUnasked(report.source)
        return Response(status: .noContent)
    }

    /// A report that an execution ended, or what a caller was let through with a ticket; accepted in every mode (R7).
    private func ended(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.gate)
        // The router leaves escapes as they are; no execution id needs one.
        guard let text = context.parameters.get("executionId"), !text.utf8.contains(UInt8(ascii: "%")),
            let id = ExecutionID(checking: text)
        else {
            throw Problem.badRequest(
                "invalid-value", "the execution id is empty, too long, or has characters that no id has")
        }
        var body = try await request.json(upTo: bodyByteCountMax)
        let result: LaunchResult
        do throws(JSONFieldError) {
            result = try body.optionalWord("result", LaunchResult.self) ?? .unknown
            try body.finish()
        } catch {
            throw Problem(error)
        }
        try await storing {
            if let ticket = Ticket(id.text) {
                try await engine.desk.callerEnded(ticket, result, by: identity.principal)
            } else {
                try await engine.executionEnded(id, result)
            }
        }
        return Response(status: .noContent)
    }
}

/// Waits for one hold to leave the state it was seen in.
struct HoldWaiting {
    private let engine: Engine

    init(_ engine: Engine) { self.engine = engine }

    /// A store that cannot be read only lengthens the wait: what the waiter has been told is durable.
    ///
    /// - Returns: The hold as it stands after a change; nil when the deadline, or the order to stop, came first.
    func wait(
        for hold: Hold, _ subscription: HoldWatchers.Subscription, until deadline: MonotonicTime
    ) async -> Hold? {
        if let key = hold.request.coalesceKey { subscription.watch(key) }
        // It may have changed between the answer and the subscription.
        if let current = try? await engine.store.hold(hold.ticket), current.state != hold.state { return current }
        return await withTaskGroup(of: Hold?.self) { group in
            group.addTask { [engine] in
                for await _ in subscription.changes {
                    if let current = try? await engine.store.hold(hold.ticket), current.state != hold.state {
                        return current
                    }
                }
                return nil
            }
            group.addTask { [engine] in
                try? await engine.clocks.sleep(until: deadline)
                return nil
            }
            group.addTask { [engine] in
                await engine.watchers.waitForShutdown()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}

/// Runs something on the store, telling its failures as problems.
func storing<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as StoreError {
        if error.code == .conflict {
            throw Problem(status: .conflict, type: "conflict", title: "Others changed it", detail: error.message)
        }
        throw Problem.unavailable("store-unavailable", "the store cannot be used: \(error.code)")
    }
}

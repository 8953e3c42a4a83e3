import SluiceJSON
import SluiceModel

/// Asks one question until it is decided: repeats it on trouble, and while it is held as long as there is patience.
///
/// Every try carries the same ask id, so the gate keeps one launch however often it is asked.
struct AskConversation {
    let client: APIClient
    let console: Console
    /// With its ask id, without a ticket.
    let question: JSONObject
    let askID: String
    /// How long trouble may last before the first decision.
    let timeout: Duration
    /// How long to wait for the release of a hold; nil: not at all.
    let wait: Duration?

    /// Longest try before the first decision.
    private static let tryMax: Duration = .seconds(10)
    /// Longest the server may keep one long-poll; it allows twice as much.
    private static let pollMax: Duration = .seconds(30)
    /// How much longer than its poll an answer may take.
    private static let pollGrace: Duration = .seconds(10)
    /// A poll that comes back sooner than this was none: the next one is not sent at once.
    private static let pollMin: Duration = .seconds(1)

    /// What one try brought.
    private enum Outcome {
        case answer(GateAnswer)
        /// A `proceed` that came too late to be used.
        case void
        /// Try again, not before so many seconds.
        case trouble(CommandFailure, retryAfterSeconds: Int?)
    }

    /// The last answer when it is a hold, else the decision.
    /// - Throws: `CommandFailure` when there was no decision.
    func run(ticket given: String?) async throws -> GateAnswer {
        let clock = ContinuousClock()
        let waitEnd = wait.map { clock.now + $0 }
        var deadline = clock.now + timeout
        var held: GateAnswer?
        var ticket = given
        var pause = Pause()
        var lastFailure: CommandFailure?
        var voidCount = 0

        while true {
            let left = max(deadline - clock.now, .milliseconds(1))
            let poll = held == nil ? .zero : min(left, Self.pollMax)
            let sent = clock.now
            let tryTime = held == nil ? min(left, Self.tryMax) : poll + Self.pollGrace
            switch try await ask(ticket: ticket, poll: poll, within: tryTime, clock: clock) {
            case .answer(let answer) where answer.decision == .hold:
                announce(answer, after: held)
                ticket = answer.ticket ?? ticket
                guard let waitEnd else { return answer }
                deadline = waitEnd
                held = answer
                lastFailure = nil
                if poll > .zero, clock.now - sent < Self.pollMin {
                    await pause.sleep(until: deadline, clock: clock)
                } else {
                    pause = Pause()
                }
            case .answer(let answer):
                return answer
            case .void:
                // The gate counts on us now: ask at once, if need be beyond the patience, but not for ever.
                lastFailure = late
                held = nil
                voidCount += 1
                if voidCount == 1 {
                    deadline = max(deadline, clock.now + timeout)
                } else {
                    await pause.sleep(until: deadline, clock: clock)
                }
            case .trouble(let failure, let seconds):
                if lastFailure?.message != failure.message { note(failure, isWaiting: held != nil) }
                lastFailure = failure
                await pause.sleep(until: deadline, atLeast: seconds, clock: clock)
            }
            guard clock.now >= deadline else { continue }
            if let held { return held }
            throw final(lastFailure ?? late)
        }
    }

    /// One try.
    private func ask(
        ticket: String?, poll: Duration, within time: Duration, clock: ContinuousClock
    ) async throws -> Outcome {
        var body = question
        body.set("ticket", ifPresent: ticket.map { .string($0) })
        let query = poll > .zero ? [("wait", "\(max(1, poll.components.seconds))s")] : []
        let sent = clock.now
        let answer: APIAnswer
        do throws(APITrouble) {
            answer = try await client.send(APIRequest("POST", ["launches"], query: query, body: body), within: time)
        } catch {
            let status: ExitStatus = error.isTimeout ? .timedOut : .notReachable
            return .trouble(CommandFailure(status, error.message), retryAfterSeconds: nil)
        }
        if let decided = answer.object.flatMap({ GateAnswer($0) }), answer.carriesDecision {
            if let validity = decided.validity, clock.now - sent > validity { return .void }
            return .answer(decided)
        }
        let failure = answer.failure(doing: "ask the gate")
        // Still being decided (409), too many questions (429), cannot decide (5xx): the same question again.
        guard answer.status == 409 || answer.status == 429 || answer.status >= 500 else { throw failure }
        return .trouble(
            CommandFailure(.notReachable, failure.message, problem: failure.problem),
            retryAfterSeconds: answer.retryAfterSeconds)
    }

    // MARK: What is said

    private var late: CommandFailure {
        CommandFailure(.timedOut, "the gate's answers came too late to be used")
    }

    /// No decision: what the launch stands at, and how to go on.
    private func final(_ failure: CommandFailure) -> CommandFailure {
        CommandFailure(
            failure.status, "the gate gave no decision in time: \(failure.message)",
            advice: "do not start it; ask again with --ask-id \(askID), so that it is kept only once",
            problem: failure.problem)
    }

    /// Says that it is held, when that is news and somebody waits.
    private func announce(_ answer: GateAnswer, after last: GateAnswer?) {
        guard wait != nil else { return }
        // Its wording, position and expected start may change with each poll; that is no news.
        if let last, last.reasonCode == answer.reasonCode, last.state == answer.state { return }
        var line = "held: \(answer.reasonText ?? "no reason given")"
        if let ticket = answer.ticket { line += " (ticket \(ticket)" }
        if let position = answer.position { line += ", position \(position)" }
        if answer.ticket != nil { line += ")" }
        if let expected = answer.expectedStart { line += ", expected to start \(expected)" }
        console.note(line.printable, json: answer.withoutPass)
    }

    private func note(_ failure: CommandFailure, isWaiting: Bool) {
        let line = "\(failure.message); \(isWaiting ? "still waiting" : "trying again")"
        console.note(line.printable, json: failure.json)
    }
}

extension APIAnswer {
    /// Whether its status is one that decisions come with.
    fileprivate var carriesDecision: Bool { isSuccess || status == 403 }
}

/// Grows with each use: a fifth of a second first, five seconds at most, each moved a little by chance.
private struct Pause {
    private var milliseconds: Int64 = 200

    /// Sleeps, but not beyond the deadline.
    mutating func sleep(
        until deadline: ContinuousClock.Instant, atLeast seconds: Int? = nil, clock: ContinuousClock
    ) async {
        let chosen = max(Int64.random(in: milliseconds / 2...milliseconds), Int64(min(seconds ?? 0, 3600)) * 1000)
        milliseconds = min(milliseconds * 2, 5000)
        // Cancelled only when the process ends.
        try? await clock.sleep(until: min(deadline, clock.now + .milliseconds(chosen)))
    }
}

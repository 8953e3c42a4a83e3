import AsyncHTTPClient
import Foundation
import NIOCore
import SluiceHistory
import SluiceJSON
import SluiceModel
import SluiceSandbox
import SluiceTestKit
import Synchronization

/// One round of torture: callers ask, an operator closes and opens, somebody kills the service, all at random; then
/// everything is released, and what was seen is checked.
///
/// The history has only what clients and Central saw, and the audit.
final class TortureRun<Site: TortureSite>: Sendable {
    private let site: Site
    private let load: TortureLoad
    private let seed: UInt64
    private let records = Mutex<[HistoryRecord]>([])
    private let hasEnded = Mutex(false)
    private let askCount = Mutex(0)

    init(site: Site, load: TortureLoad = TortureLoad(), seed: UInt64) {
        self.site = site
        self.load = load
        self.seed = seed
    }

    /// Runs the round and checks it.
    func run() async throws -> TortureResult {
        let clock = ContinuousClock()
        var marks = [clock.now]
        try await site.start()
        marks.append(clock.now)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<load.callerCount { group.addTask { await self.call(as: number) } }
            group.addTask { await self.operate() }
            group.addTask { try await self.killNowAndThen() }
            try await Task.sleep(for: load.duration)
            hasEnded.withLock { $0 = true }
            try await group.waitForAll()
        }
        marks.append(clock.now)
        try await releaseEverything()
        marks.append(clock.now)
        let lines = try await collect()
        marks.append(clock.now)
        var checker = HistoryChecker()
        for record in records.withLock({ $0 }) { checker.add(record) }
        let findings = checker.check()
        let phases = zip(["start", "asking", "release", "collection"], zip(marks, marks.dropFirst())).map {
            name, span in
            "\(name) \((span.1 - span.0).formatted(.units(allowed: [.milliseconds], width: .narrow)))"
        }
        return TortureResult(findings: findings, counts: checker.counts, phases: phases, lines: lines)
    }

    private static func now() -> Int64 { Int64(Date.now.timeIntervalSince1970 * 1e6) }

    private func note(_ record: HistoryRecord) { records.withLock { $0.append(record) } }

    private var isOver: Bool { hasEnded.withLock { $0 } }

    // MARK: Callers

    private func call(as number: Int) async {
        var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(number))
        // Tries, and those that were answered.
        var (round, count) = (0, 0)
        while !isOver, count < load.questionCountMax {
            // Spread over the round, which is closed and killed in between.
            try? await Task.sleep(for: .milliseconds(Int.random(in: 1...350, using: &random)))
            round += 1
            let order = "\(seed)-\(number)-\(round)"
            var body = JSONObject([
                ("flow", .string(TestSite.gatedFlow)), ("source", "api"),
                ("inputs", .object(JSONObject([("order", .string(order)), ("password", "hunter2")]))),
            ])
            let answer: AnsweredRecord
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: answer = await ask(body)
            case 4: answer = await ask(with("flow", .string(TestSite.ungatedFlow), in: body))
            case 5, 6:
                // The same question twice, as after a lost answer.
                let keyed = with("idempotencyKey", .string("key-\(order)"), in: body)
                await ask(keyed)
                answer = await ask(keyed)
            case 7, 8:
                answer = await ask(
                    with("orderingKey", .string("key-\(Int.random(in: 0..<48, using: &random))"), in: body))
            default:
                body["launcher"] = "caller"
                body["askId"] = .string("ask-\(order)")
                answer = await ask(body)
                if answer.decision == "hold", let ticket = answer.ticket {
                    await ask(with("ticket", .string("\(ticket)"), in: body), hasGrounds: true)
                }
            }
            if answer.decision != nil { count += 1 }
        }
    }

    private func with(_ name: String, _ value: JSONValue, in body: JSONObject) -> JSONObject {
        var body = body
        body[name] = value
        return body
    }

    /// Asks once, and writes down what was asked and answered.
    @discardableResult
    private func ask(_ body: JSONObject, hasGrounds: Bool = false) async -> AnsweredRecord {
        let name = askCount.withLock { count in
            count += 1
            return "q\(count)"
        }
        var asked = AskedRecord(ask: name, time: Self.now(), hasGrounds: hasGrounds)
        asked.principal = "operator"
        asked.idempotencyKey = body["idempotencyKey"]?.string.map { IdempotencyKey($0) }
        note(.asked(asked))
        let answer = try? await site.post("/v1/launches?answer=body", body)
        var record = AnsweredRecord(ask: name, time: Self.now())
        record.decision = answer?.body["decision"]?.string
        record.code = answer?.body["reason"]?["code"]?.string
        record.ticket = answer?.body["ticket"]?.string.flatMap { Ticket($0) }
        note(.answered(record))
        return record
    }

    // MARK: The operator and the killer

    private func operate() async {
        var random = SeededGenerator(seed: seed &* 7919 &+ 1)
        while !isOver {
            note(.gate(GateOrderRecord(step: .closing, time: Self.now())))
            if (try? await site.setGate("hold")) != nil {
                note(.gate(GateOrderRecord(step: .closed, time: Self.now())))
            }
            try? await Task.sleep(for: .milliseconds(Int.random(in: 20...250, using: &random)))
            note(.gate(GateOrderRecord(step: .opening, time: Self.now())))
            _ = try? await site.setGate("open")
            try? await Task.sleep(for: .milliseconds(Int.random(in: 5...120, using: &random)))
        }
    }

    private func killNowAndThen() async throws {
        var random = SeededGenerator(seed: seed &* 104_729 &+ 2)
        let part = load.duration / (load.killCount + 1)
        for _ in 0..<load.killCount {
            try await Task.sleep(for: part * Double.random(in: 0.3...1, using: &random))
            try await site.killOne(using: &random)
        }
    }

    // MARK: The end

    /// Opens the gate and waits until everything was launched; what awaits the operator is dropped.
    private func releaseEverything() async throws {
        try await site.until("the gate opens", within: .seconds(30)) {
            note(.gate(GateOrderRecord(step: .opening, time: Self.now())))
            return (try? await site.setGate("open")) != nil
        }
        var last: [String: Int] = [:]
        var release = JSONObject()
        try await site.until(
            "everything was launched: \(last) \(release.write())\n\(site.logText)", within: load.releaseDuration
        ) {
            guard let counts = try? await site.counts() else { return false }
            last = counts
            release = (try? await site.get("/v1/release").body) ?? release
            // Flows that could not ask the gate while it was away have ended badly.
            if release["state"] == "broken" {
                _ = try? await site.post("/v1/release/continue", JSONObject([("reason", "torture")]))
            }
            if counts["awaiting-operator", default: 0] > 0 { try? await drop("awaiting-operator") }
            // Let go to callers that have gone away.
            if counts["held", default: 0] == 0, counts["released", default: 0] > 0 {
                try? await drop("released", launcher: "caller")
            }
            let open = ["held", "released", "launching", "running", "awaiting-operator"]
            return open.allSatisfy { counts[$0, default: 0] == 0 }
        }
    }

    private func drop(_ state: String, launcher: String? = nil) async throws {
        let page = try await site.get("/v1/holds?state=\(state)&limit=1000")
        for hold in page.body["holds"]?.array ?? [] {
            guard let ticket = hold["ticket"]?.string, launcher == nil || hold["launcher"]?.string == launcher else {
                continue
            }
            _ = try await site.post("/v1/holds/\(ticket)/discard", JSONObject([("reason", "torture")]))
        }
    }

    /// Adds Central's executions and the audit to the history.
    /// - Returns: All of it as lines.
    private func collect() async throws -> String {
        for body in site.sandbox.bodies {
            var execution = ExecutionRecord(
                id: ExecutionID(body.executionID), startedAt: body.startedAt * 1000)
            execution.runName = body.runName
            execution.endedAt = body.endedAt.map { $0 * 1000 }
            execution.hasWorked = true
            note(.execution(execution))
        }
        let export = try await site.run(["audit", "export", "--complete"])
        guard export.status == 0 else { throw TestSiteError("no export: \(export.errors)") }
        for line in export.output.split(separator: "\n") {
            if let record = try HistoryReader.read(line.utf8) { note(record) }
        }
        return records.withLock { $0.map { "\($0)" }.joined(separator: "\n") } + "\n" + export.output
    }
}

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SluiceJSON
import Synchronization

/// Callers that ask each replica of a site all the time, and what they were answered.
final class ReplicaCallers: Sendable {
    /// A question and its answer, by the caller's clock.
    struct Answer: Sendable {
        var replica: String
        var order: String
        /// Before the question's first byte was sent.
        var sentAt: ContinuousClock.Instant
        var status: Int
        /// nil with a status that decides nothing.
        var decision: String?
        var ticket: String?
        var hasRetryAfter: Bool
    }

    static let countPerReplica = 4

    private let site: ReplicaSite
    private let state = Mutex((answers: [Answer](), isOver: false, orderCount: 0))

    init(_ site: ReplicaSite) { self.site = site }

    /// Asks while the body runs.
    func during(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for replica in site.replicas {
                for _ in 0..<Self.countPerReplica { group.addTask { [self] in await ask(replica) } }
            }
            defer { state.withLock { $0.isOver = true } }
            try await body()
        }
    }

    /// Answers to questions that one replica, or any, was sent at this time or later.
    func answers(of replica: String? = nil, since: ContinuousClock.Instant? = nil) -> [Answer] {
        state.withLock { state in
            state.answers.filter { answer in
                (replica == nil || answer.replica == replica) && (since.map { answer.sentAt >= $0 } ?? true)
            }
        }
    }

    /// Returns when each of these replicas has answered so often with this decision (nil: 503) what it was sent now or
    /// later.
    func until(_ replicas: [ReplicaSite.Replica], answer decision: String?, count: Int = 10) async throws {
        let now = ContinuousClock.now
        for replica in replicas {
            try await site.until(
                "\(replica.name) answers \(decision ?? "503")\n\(site.logText)", within: .seconds(30)
            ) {
                let found = answers(of: replica.name, since: now).filter {
                    decision == nil ? $0.status == 503 : $0.decision == decision
                }
                return found.count >= count
            }
        }
    }

    private func ask(_ replica: ReplicaSite.Replica) async {
        while true {
            let number = state.withLock { state -> Int? in
                state.orderCount += 1
                return state.isOver ? nil : state.orderCount
            }
            guard let number else { return }
            let order = "\(replica.name)-\(number)"
            let question = ByteBuffer(string: ReplicaSite.question(order, flow: TestSite.ungatedFlow).write())
            let sentAt = ContinuousClock.now
            var isHeld = false
            if let answer = try? await replica.send("POST", "/v1/launches?answer=body", .bytes(question)) {
                let kept = Answer(
                    replica: replica.name, order: order, sentAt: sentAt, status: answer.status,
                    decision: answer.body["decision"]?.string, ticket: answer.body["ticket"]?.string,
                    hasRetryAfter: answer.headers.contains(name: "Retry-After"))
                state.withLock { $0.answers.append(kept) }
                isHeld = kept.decision == "hold"
            }
            // Two cores have three services and all callers, and what is held must be launched.
            try? await Task.sleep(for: .milliseconds(isHeld ? 40 : 5))
        }
    }
}

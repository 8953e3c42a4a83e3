import Foundation
import SluiceJSON
import SluiceModel
import Testing

/// The promise under load: closes at random instants among jobs of a tenth of a second in one real scheduler.
@Suite(.serialized, .enabled(if: QuartzGate.isThere, QuartzGate.missing), .timeLimit(.minutes(10)))
struct QuartzStressTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    /// From the acknowledgement of a close until the next opening was asked for.
    private struct Closed {
        var from: Timestamp
        var to: Timestamp

        func contains(_ time: Timestamp) -> Bool { time > from && time < to }
    }

    private static let roundCount = 20
    private static let jobs = [("a", 100, 120), ("b", 100, 120), ("c", 100, 120), ("slow", 1000, 12)]

    @Test(
        "R1 R3 R26 R30: twenty closes at random instants let nothing through, and each time of each job runs once",
        arguments: [20_261_127])
    func closesAtRandomInstants(seed: UInt64) async throws {
        try await QuartzBench.site { site in
            let quartz = try await QuartzHost(site, settings: ["pollMillis": "100"])
            defer { quartz.kill() }
            for (name, interval, count) in Self.jobs { try await quartz.tell("every \(name) \(interval) \(count)") }
            try await quartz.tell("start")
            var random = Random(state: seed)
            var closed: [Closed] = []
            for _ in 0..<Self.roundCount {
                try await wait(for: Int.random(in: 1...12, using: &random), of: { site.runs().count }, site)
                try await site.setGate("hold")
                let from = Self.now
                let fires = Int.random(in: 1...8, using: &random)
                try await wait(for: fires, of: { try await site.counts()["held", default: 0] }, site)
                closed.append(Closed(from: from, to: Self.now))
                try await site.setGate("open")
            }
            let total = Self.jobs.reduce(0) { $0 + $1.2 }
            try await site.waitForRuns(total)
            try await site.until("the records are gone", within: .seconds(30)) {
                try await quartz.tell("records") == "0"
            }
            try await check(site, closed, seed)
        }
    }

    private func check(_ site: TestSite, _ closed: [Closed], _ seed: UInt64) async throws {
        let runs = site.runs()
        for (name, interval, count) in Self.jobs {
            let times = runs.filter { $0.job == name }.compactMap { Timestamp(rfc3339: $0.nominal)?.milliseconds }
                .sorted()
            let isGrid = zip(times, times.dropFirst()).allSatisfy { $1 - $0 == Int64(interval) }
            #expect(times.count == count && isGrid, "seed \(seed): each time of \(name) once")
        }
        // Quartz fires up to 2 ms early, and a thread may ask late: so what was due after the close was acknowledged,
        // and ran before the gate was asked to open, was let through while closed.
        let leaks = runs.filter { run in
            guard run.ticket == nil, let due = Timestamp(rfc3339: run.nominal), let ran = Timestamp(rfc3339: run.at)
            else { return false }
            return closed.contains { due > $0.from.advanced(by: .milliseconds(2)) && ran < $0.to }
        }
        #expect(leaks.isEmpty, "seed \(seed): ran unheld while closed: \(leaks)")
        let holds = try await site.scheduledHolds()
        let tickets = Set(holds.compactMap { $0["ticket"]?.string })
        #expect(tickets == Set(runs.compactMap(\.ticket)) && tickets.count == holds.count && !holds.isEmpty)
        for ticket in tickets.sorted() {
            let history = try await site.get("/v1/holds/\(ticket)").body["history"]?.array ?? []
            let taken = history.filter { $0["to"] == "launching" }.compactMap { $0["at"]?.string }
            #expect(taken.count == 1, "seed \(seed): \(ticket) was let through \(taken.count) times")
            for time in taken.compactMap({ Timestamp(rfc3339: $0) }) where closed.contains(where: { $0.contains(time) })
            {
                Issue.record("seed \(seed): \(ticket) was let through while closed, at \(time)")
            }
        }
    }

    /// Until a number has grown by so much: a random instant, as nothing else is in step with it.
    private func wait(
        for growth: Int, of number: () async throws -> Int, _ site: TestSite
    ) async throws {
        let begin = try await number()
        try await site.until("\(growth) more than \(begin)", within: .seconds(20)) {
            try await number() >= begin + growth
        }
    }

    private static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}

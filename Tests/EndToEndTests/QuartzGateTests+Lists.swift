import Foundation
import SluiceJSON
import Testing

/// The plugin among released holds that are not its own, that it cannot start, or whose list is large.
extension QuartzGateTests {
    private static let ticket = "h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD"

    private static func hold(_ ticket: String, of schedule: String, text: String = "") -> JSONValue {
        [
            "ticket": .string(ticket), "state": "released", "launcher": "caller", "scheduleId": .string(schedule),
            "flow": "tests.tick", "inputs": ["text": .string(text)],
        ]
    }

    /// Holds the fire of `tests.tick`, answers for its ticket as given, and lists `holds` with that one as the last.
    /// It decides nothing on `tests.open`, and takes reports as no Sluice does.
    private static func server(
        _ others: [JSONValue], pageCountMax: Int, _ answer: StubServer.Answer
    ) throws -> StubServer {
        let holds = others + [hold(ticket, of: "tests/tests.tick")]
        return try StubServer { request, _ in
            if request.method == "POST" {
                if request.target.hasSuffix("/ended") || request.target.hasSuffix("/fallback") {
                    return .init(200, [:])
                }
                if request.body?.object?["flow"] == "tests.open" { return .problem(500, "broken") }
                guard request.body?.object?["ticket"] == nil else { return answer }
                return .init(200, ["decision": "hold", "ticket": .string(ticket)])
            }
            guard request.target.hasPrefix("/v1/holds?") else { return .init(200, ["state": "released"]) }
            let items = URLComponents(string: request.target)?.queryItems ?? []
            func number(_ name: String) -> Int? { items.first { $0.name == name }?.value.flatMap { Int($0) } }
            let begin = number("cursor") ?? 0
            let end = min(begin + min(number("limit") ?? 100, pageCountMax), holds.count)
            return .init(
                200,
                [
                    "holds": .array(Array(holds[begin..<end])),
                    "next": end < holds.count ? .string("\(end)") : .null,
                ])
        }
    }

    @Test("R26: a report that something else than Sluice answers waits, and no released hold with it")
    func releasesWhileAReportWaits() async throws {
        let site = try await TestSite()
        let held = try Self.server([], pageCountMax: 200, .init(200, ["decision": "proceed"]))
        defer { held.stop() }
        do {
            let quartz = try await QuartzHost(
                site, settings: ["server": held.url, "failMode": "tests.open=open; *=closed"])
            defer { quartz.kill() }
            try await quartz.tell("every open 50 1")
            try await quartz.tell("start")
            try await site.waitForRuns(1)
            try await site.until("it is reported", within: .seconds(30)) {
                held.requests.contains { $0.target == "/v1/launches/fallback" }
            }
            try await quartz.tell("every tick 50 1")
            try await site.waitForRuns(2)
            #expect(site.runs().map(\.ticket).last == Self.ticket)
            await site.end()
        } catch {
            await site.end()
            throw error
        }
    }

    /// A list of released holds that is not read at one go.
    enum Length: CaseIterable {
        case pages
        case bytes
    }

    @Test(
        "R26: a released hold starts however many, and however large, those before it are", arguments: Length.allCases)
    func findsItsHoldBehindOthers(length: Length) async throws {
        let site = try await TestSite()
        let others =
            switch length {
            case .pages: (0..<130).map { _ in Self.hold("h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XE", of: "cron/nightly") }
            case .bytes:
                (0..<4).map { _ in
                    Self.hold(
                        "h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XE", of: "cron/nightly",
                        text: String(repeating: "x", count: 1_200_000))
                }
            }
        let server = try Self.server(
            others, pageCountMax: length == .pages ? 1 : 200, .init(200, ["decision": "proceed"]))
        defer { server.stop() }
        do {
            let quartz = try await QuartzHost(site, settings: ["server": server.url])
            defer { quartz.kill() }
            try await quartz.tell("every tick 50 1")
            try await quartz.tell("start")
            try await site.waitForRuns(1)
            #expect(site.runs().map(\.ticket) == [Self.ticket])
            await site.end()
        } catch {
            await site.end()
            throw error
        }
    }

    @Test func tellsOnceThatAHoldIsRefused() async throws {
        let site = try await TestSite()
        let server = try Self.server([], pageCountMax: 200, .problem(400, "no such flow"))
        defer { server.stop() }
        do {
            let quartz = try await QuartzHost(site, settings: ["server": server.url, "timeoutMillis": "500"])
            defer { quartz.kill() }
            try await quartz.tell("every tick 50 1")
            try await quartz.tell("start")
            try await site.until("it was asked for four times", within: .seconds(30)) {
                server.requests.count { $0.method == "POST" } >= 4
            }
            #expect(quartz.logText.components(separatedBy: "waits: status 400: no such flow").count == 2)
            await site.end()
        } catch {
            await site.end()
            throw error
        }
    }

    @Test func tellsOnceThatTheJobOfAHoldIsGone() async throws {
        try await QuartzBench.site { site in
            let quartz = try await QuartzHost(site, settings: ["timeoutMillis": "500"])
            defer { quartz.kill() }
            try await site.setGate("hold")
            try await quartz.tell("every gone 50 1")
            try await quartz.tell("start")
            try await site.waitForHeld(1)
            try await quartz.tell("delete gone")
            try await site.setGate("open")
            try await site.until("it is told", within: .seconds(30)) { quartz.logText.contains("no longer there") }
            // Each takes a poll, at least.
            for round in 1...2 {
                try await site.setGate("hold")
                try await quartz.tell("every other\(round) 50 1")
                try await site.waitForHeld(1)
                try await site.setGate("open")
                try await site.waitForRuns(round)
            }
            let log = quartz.logText
            #expect(log.components(separatedBy: "no longer there").count == 2)
            #expect(!log.contains("reached again") && !log.contains("cannot be asked"), "\(log)")
        }
    }
}

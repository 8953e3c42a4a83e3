import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SluiceJSON
import Synchronization
import Testing

/// The plugin in the real Quartz when no gate decides.
@Suite(.serialized, .enabled(if: QuartzGate.isThere, QuartzGate.missing), .timeLimit(.minutes(10)))
struct QuartzFallbackTests {
    /// What a gate that decides nothing does.
    enum Trouble: String, CaseIterable {
        case refused
        case silent
        case broken
        case garbage

        func server() throws -> StubServer {
            let server = try StubServer { _, _ in
                switch self {
                case .refused, .silent: nil
                case .broken: .problem(500, "broken")
                case .garbage: .init(200, ["hello": "world"])
                }
            }
            if self == .refused { server.stop() }
            return server
        }
    }

    private func site(_ body: (TestSite) async throws -> Void) async throws {
        let site = try await TestSite(settings: ["SLUICE_SCHEDULES_POLICY": "all"])
        do {
            try await body(site)
            await site.end()
        } catch {
            await site.end()
            throw error
        }
    }

    @Test(
        "R47 R48: without a decision a job runs or not as configured, and is kept waiting no longer than allowed",
        arguments: Trouble.allCases)
    func failsAsConfigured(trouble: Trouble) async throws {
        try await site { site in
            let server = try trouble.server()
            defer { if trouble != .refused { server.stop() } }
            let quartz = try await QuartzHost(
                site,
                settings: [
                    "server": server.url, "timeoutMillis": "400", "failMode": "tests.open=open; *=closed",
                ])
            defer { quartz.kill() }
            try await quartz.tell("every open 100 3")
            try await quartz.tell("every closed 100 3")
            try await quartz.tell("start")
            // Three that ran and are to be reported, three that did not and are to be asked for again.
            try await site.until("all fired", within: .seconds(30)) {
                try await quartz.tell("records") == "6" && site.runs().count == 3
            }
            #expect(site.runs().allSatisfy { $0.job == "open" && $0.isFallback })
            if trouble == .broken || trouble == .garbage {
                // What is no answer of Sluice takes no report: all of them are kept, however often it is said.
                try await site.until("it is reported again", within: .seconds(30)) {
                    server.requests.filter { $0.target == "/v1/launches/fallback" }.count > 1
                }
                #expect(try await quartz.tell("records") == "6")
            }
            let longest = try #require(Int(try await quartz.tell("longest")))
            #expect(longest < 1400, "a fire was kept waiting for \(longest) ms")
            #expect(!quartz.logText.contains(TestSite.gateToken))
        }
    }

    @Test("R47: what ran unasked is reported, and what did not is asked for, once Sluice answers")
    func makesUpForIt() async throws {
        try await site { site in
            let quartz = try await QuartzHost(
                site, settings: ["timeoutMillis": "300", "failMode": "tests.open=open; *=closed"])
            defer { quartz.kill() }
            try await quartz.tell("every open 50 3")
            try await quartz.tell("every closed 50 3")
            try await quartz.tell("start")
            try await site.until("all fired", within: .seconds(30)) {
                try await quartz.tell("records") == "6" && site.runs().count == 3
            }
            try await site.start()
            try await site.until("the others ran", within: .seconds(30)) { site.runs().count == 6 }
            try await site.until("all is told", within: .seconds(30)) { try await quartz.tell("records") == "0" }
            let late = site.runs().filter { $0.job == "closed" }
            #expect(late.count == 3 && Set(late.map(\.nominal)).count == 3 && late.allSatisfy { !$0.isFallback })
            let request = HTTPClientRequest(url: site.url + "/metrics")
            let page = try await site.client.execute(request, timeout: .seconds(10)).body.collect(upTo: 1 << 20)
            let line = String(buffer: page).split(separator: "\n").first { $0.contains("fail-open") }
            #expect(line?.hasSuffix(" 3") == true, "\(String(describing: line))")
        }
    }

    @Test("R47: what could not be asked for becomes a hold when Sluice answers that it is closed")
    func holdsWhatCouldNotBeAsked() async throws {
        try await site { site in
            try await site.start()
            try await site.setGate("hold")
            site.kill()
            let quartz = try await QuartzHost(site, settings: ["timeoutMillis": "300"])
            defer { quartz.kill() }
            try await quartz.tell("every tick 50 3")
            try await quartz.tell("start")
            try await site.until("all fired", within: .seconds(30)) { try await quartz.tell("records") == "3" }
            try await site.start()
            try await site.until("all are held", within: .seconds(30)) {
                try await site.counts()["held", default: 0] == 3
            }
            #expect(site.runs().isEmpty)
            try await site.setGate("open")
            try await site.until("all ran", within: .seconds(30)) { site.runs().count == 3 }
            #expect(Set(site.runs().map(\.nominal)).count == 3)
        }
    }

    @Test("R47: without a token nothing runs unasked, also where failMode is open", arguments: [nil, "", "a\nb"])
    func neverOpensWithoutToken(token: String?) async throws {
        try await site { site in
            try await site.start()
            try await site.setGate("hold")
            let file = site.folder.appending(path: "quartz.token")
            try Data(TestSite.gateToken.utf8).write(to: file)
            let quartz = try await QuartzHost(
                site, settings: ["tokenFile": file.path, "timeoutMillis": "500", "failMode": "open"])
            defer { quartz.kill() }
            try FileManager.default.removeItem(at: file)
            if let token { try Data(token.utf8).write(to: file) }
            try await quartz.tell("every tick 50 2")
            try await quartz.tell("start")
            try await site.until("all fired", within: .seconds(30)) { try await quartz.tell("records") == "2" }
            try Data(TestSite.gateToken.utf8).write(to: file)
            try await site.until("all are held", within: .seconds(30)) {
                try await site.counts()["held", default: 0] == 2
            }
            #expect(site.runs().isEmpty)
            #expect(quartz.logText.contains("tokenFile"))
        }
    }

    @Test("R26: a launch that could not be asked for is asked for by one fire at a time, however late these are")
    func asksOnceAtATimeWhenLate() async throws {
        try await site { site in
            let isBroken = Mutex(true)
            let server = try StubServer { request, _ in
                if isBroken.withLock({ $0 }) { return .problem(500, "broken") }
                if request.method == "GET" { return .init(200, ["holds": []]) }
                var answer = StubServer.Answer(200, ["decision": "proceed"])
                answer.afterMilliseconds = 60
                return answer
            }
            defer { server.stop() }
            let quartz = try await QuartzHost(
                site, settings: ["server": server.url, "timeoutMillis": "500", "exclude": "tests.block*"], threads: 2)
            defer { quartz.kill() }
            try await quartz.tell("every tick 50 1")
            try await quartz.tell("start")
            try await site.until("it could not be asked", within: .seconds(30)) {
                try await quartz.tell("records") == "1"
            }
            for name in ["block1", "block2"] { try await quartz.tell("every \(name) 50 1 until=\(site.signal.path)") }
            try await site.waitForRuns(2)
            isBroken.withLock { $0 = false }
            // No thread is free for three times of asking, a second each.
            let polls = server.requests.count
            try await site.until("15 polls", within: .seconds(30)) { server.requests.count >= polls + 15 }
            try site.giveSignal()
            try await site.waitForRuns(3)
            // What was asked before this one has been answered before it.
            try await quartz.tell("every last 50 1")
            try await site.waitForRuns(4)
            try await quartz.tell("end")
            #expect(site.runs().map(\.job).sorted() == ["block1", "block2", "last", "tick"])
        }
    }

    @Test func refusesToStartWhenItsPropertiesAreWrong() async throws {
        try await site { site in
            let error = await #expect(throws: TestSiteError.self) {
                _ = try await QuartzHost(site, settings: ["failMode": "ajar"])
            }
            #expect(error?.description.contains("neither open nor closed") == true)
        }
    }

    // MARK: The jar

    @Test func partsDoTheirWork() async throws {
        let run = try await ToolRun(
            "/usr/bin/java", ["-cp", try await QuartzGate.classpath(), "sluice.quartz.UnitTests"])
        #expect(run.status == 0, "\(run.output)\(run.errors)")
    }

    @Test func jarHasTheSameBytesEachTime() async throws {
        let folders = [try TemporaryFolder(), try TemporaryFolder()]
        defer { for folder in folders { folder.remove() } }
        var jars: [Data] = []
        for folder in folders { jars.append(try Data(contentsOf: try await QuartzGate.make(in: folder))) }
        #expect(jars[0] == jars[1] && !jars[0].isEmpty)
    }

    @Test func readmeListsThePropertiesOfTheCode() throws {
        let readme = try String(contentsOf: QuartzGate.plugin.appending(path: "README.md"), encoding: .utf8)
        let code = try String(
            contentsOf: QuartzGate.plugin.appending(path: "src/sluice/quartz/SluiceGatePlugin.java"), encoding: .utf8)
        let setters = code.matches(of: /public void set([A-Z])([A-Za-z]+)\(/).map { $0.1.lowercased() + $0.2 }
        let rows = readme.matches(of: /\n\| `([A-Za-z]+)` \| ([^|]+) \|/)
        #expect(setters.sorted() == rows.map { String($0.1) }.sorted())
        for row in rows {
            let standard = row.2.trimmingCharacters(in: .whitespaces)
            let field = code.firstMatch(of: try Regex("private (?:String|int) \(row.1)( = [^;]+)?;"))
            let value = field?[1].substring.map { $0.dropFirst(3).replacing("\"", with: "") } ?? "(needed)"
            #expect(standard == (value.isEmpty ? "(none)" : "`\(value)`") || standard == value, "\(row.1)")
        }
    }
}

import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Testing

@testable import SluiceSandbox

/// CSA and Central over real sockets, each calling the other.
@Suite(.timeLimit(.minutes(10))) struct CSAServerTests {
    private static let quiet = Logger(label: "sandbox", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Runs both, lets `body` use them, and stops both.
    private func withBoth(
        stateFile: String? = nil, settings: CSASettings = .init(),
        change: (inout SandboxConfiguration) -> Void = { _ in },
        _ body: (CSAServer, SandboxServer) async throws -> Void
    ) async throws {
        var central = SandboxConfiguration()
        central.flows = ["f-init", "f-reserve", "f-deploy", "f-undeploy", "f-unreserve", "f-modify", "f-sync"].map {
            SandboxFlow(id: $0, callsBack: true)
        }
        central.csa = .init(url: "", password: "sandbox")
        central.csa?.retryDelayMilliseconds = 0
        change(&central)
        var configuration = CSAConfiguration()
        configuration.settings = settings
        configuration.settings.gapMilliseconds = 0
        configuration.seed = CSABench.seed
        configuration.seed.pools = [.init("Pool", flow: "f-sync", id: "pool")]
        configuration.stateFile = stateFile
        let sandbox = SandboxServer(configuration: central, logger: Self.quiet)
        let csa = try CSAServer(configuration: configuration, logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let services = ServiceGroup(configuration: .init(services: [sandbox, csa], logger: Self.quiet))
            group.addTask { try await services.run() }
            csa.settings.ooURL = try await sandbox.centralURL
            sandbox.setCSA(url: try await csa.csaURL)
            try await body(csa, sandbox)
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    private func call(
        _ csa: CSAServer, _ method: HTTPMethod, _ path: String, _ body: String = ""
    ) async throws -> (status: Int, text: String, date: String?) {
        var request = HTTPClientRequest(url: try await csa.csaURL.replacing("/csa", with: "") + path)
        request.method = method
        request.headers.add(name: "Authorization", value: CSABench.basic())
        if !body.isEmpty { request.body = .bytes(Array(body.utf8)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let bytes = try await response.body.collect(upTo: 1 << 24)
        return (Int(response.status.code), String(buffer: bytes), response.headers.first(name: "Date"))
    }

    /// Asks until it is so; each question is an answer awaited, so there is no sleep.
    private func wait(_ csa: CSAServer, until isSo: (LooseValue) -> Bool) async throws {
        for _ in 0..<20_000 {
            let text = try await call(csa, .GET, "/control/state/numbers").text
            if isSo(try SandboxCodec.decode(LooseValue.self, from: Array(text.utf8))) { return }
            await Task.yield()
        }
        Issue.record("it did not come to that: \(csa.dump["numbers"] ?? .null)")
    }

    private func isQuiet(_ numbers: LooseValue) -> Bool { numbers["quiet"] == true }

    /// Both dialects: each order runs its three flows once, and each flow reports once.
    @Test(arguments: [SandboxSettings.Dialect.v1, .v2])
    func ordersRunThroughOOAndBack(dialect: SandboxSettings.Dialect) async throws {
        var settings = CSASettings()
        settings.ooDialect = dialect
        try await withBoth(settings: settings) { csa, sandbox in
            try csa.place(CSABulkOrder(20, of: "Server", by: "ann"))
            try await wait(csa) { isQuiet($0) }
            #expect(csa.dump["numbers"]?["subscriptions"]?["ACTIVE"] == 20)
            #expect(sandbox.bodies.count == 60)
            #expect(sandbox.bodyCounts(key: "CSA_PROCESS_ID").values.allSatisfy { $0 == 1 })
            #expect(csa.launches.asList?.allSatisfy { $0["launch"] == "accepted" && $0["callbacks"] == 1 } == true)
            let executions = csa.launches.asList?.compactMap { $0["executionId"]?.asText } ?? []
            #expect(Set(executions).count == 60)
            csa.sync(pool: "pool")
            try await wait(csa) { isQuiet($0) }
            #expect(sandbox.bodyCounts(key: "CSA_CONTEXT_ID", flow: "f-sync") == ["pool": 1])
        }
    }

    @Test func aRefusedStartPausesTheOrder() async throws {
        try await withBoth { csa, sandbox in
            sandbox.add(faults: [
                SandboxFault(.status(503, text: "closed"), method: "POST", path: "/executions", limit: 1)
            ])
            try csa.place(CSABulkOrder(of: "Server", by: "ann"))
            try await wait(csa) { isQuiet($0) }
            #expect(csa.dump["numbers"]?["instances"] == ["FAILED": 1])
            #expect(csa.dump["numbers"]?["subscriptions"] == ["PAUSED": 1])
            #expect(csa.launches.asList?.first?["status"] == 503)
        }
    }

    @Test func callbacksGetLostIfSo() async throws {
        try await withBoth { csa, sandbox in
            sandbox.settings.losesCallbacks = true
            try csa.place(CSABulkOrder(of: "Server", by: "ann"))
            try await wait(csa) { _ in csa.launches.asList?.first?["launch"] == "accepted" }
            #expect(sandbox.overview["counts"]?["lostCallbacks"] == 1)
            #expect(sandbox.overview["byStatus"] == ["COMPLETED": 1])
            #expect(csa.dump["numbers"]?["processes"] == ["ACTIVE": 1])
            #expect(!csa.isQuiet)
        }
    }

    /// What happens to the first callback, and whether its order goes on.
    @Test(arguments: [
        (SandboxFault.Effect.dropBefore, true), (.dropAfter, true), (.status(500, text: ""), true),
        (.statusAfter(500), true), (.status(401, text: ""), false), (.loginPage(status: 200), false),
    ])
    func callbacksAreTriedAgain(effect: SandboxFault.Effect, goesOn: Bool) async throws {
        try await withBoth { csa, sandbox in
            csa.add(faults: [SandboxFault(effect, method: "PUT", path: "/processinstances/*", limit: 1)])
            try csa.place(CSABulkOrder(of: "Server", by: "ann"))
            if goesOn {
                try await wait(csa) { isQuiet($0) }
                #expect(csa.dump["numbers"]?["instances"] == ["ACTIVE": 1])
                #expect(sandbox.bodies.count == 3, "each flow once")
            } else {
                try await wait(csa) { _ in sandbox.overview["counts"]?["lostCallbacks"] == 1 }
                #expect(csa.dump["numbers"]?["processes"] == ["ACTIVE": 1])
            }
        }
    }

    @Test func closesTheConnectionAndShowsItsOwnClock() async throws {
        var settings = CSASettings()
        settings.clockOffsetMilliseconds = -86_400_000
        try await withBoth(settings: settings) { csa, _ in
            let reply = try await call(csa, .GET, "/csa/api/organization/")
            #expect(reply.status == 200)
            let day = CSATime.httpDate(SystemSandboxClock().now - 86_400_000)
            #expect(reply.date?.prefix(16) == day.prefix(16), "\(reply.date ?? "none")")
            csa.add(faults: [SandboxFault(.dropBefore, method: "GET", path: "/organization", limit: 1)])
            await #expect(throws: (any Error).self) { try await call(csa, .GET, "/csa/api/organization/") }
            #expect(try await call(csa, .GET, "/csa/api/organization/").status == 200)
            let large = String(repeating: " ", count: SandboxLimits.requestBytesMax + 1)
            #expect(try await call(csa, .PUT, "/csa/api/organization/", large).status == 413)
        }
    }

    @Test func keepsItsStateOverARestart() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "csa-state-\(UInt64.random(in: 0 ... .max))")
            .path
        defer { try? FileManager.default.removeItem(atPath: file) }
        var before = LooseValue.null
        try await withBoth(stateFile: file) { csa, sandbox in
            sandbox.settings.losesCallbacks = true
            try csa.place(CSABulkOrder(3, of: "Server", by: "ann"))
            try await wait(csa) { _ in csa.launches.asList?.allSatisfy { $0["launch"] == "accepted" } == true }
            before = csa.dump
        }
        let rights = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        try await withBoth(stateFile: file) { csa, sandbox in
            for part in ["configuration", "work"] { #expect(csa.dump[part] == before[part]) }
            let processes = before["work"]?["processes"]?.asList?.compactMap { $0["id"]?.asText } ?? []
            #expect(processes.count == 3)
            let login = try await call(csa, .GET, "/csa/rest/login/CSA-Provider/admin/").text
            let user = try XMLTreeReader.read(Array(login.utf8)).text(at: "id") ?? ""
            for id in processes {
                let body =
                    "<ProcessInstance><processInstanceState><name>COMPLETED</name></processInstanceState>"
                    + "</ProcessInstance>"
                let put = try await call(csa, .PUT, "/csa/rest/processinstances/\(id)?userIdentifier=\(user)", body)
                #expect(put.status == 200)
            }
            try await wait(csa) { isQuiet($0) }
            #expect(csa.dump["numbers"]?["subscriptions"] == ["ACTIVE": 3])
            #expect(sandbox.bodies.count == 6, "reserve and deploy; initialize ran before")
        }
    }
}

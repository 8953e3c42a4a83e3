import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import SluiceSandbox

/// `kill -9` of the real program: whatever it answered is there afterwards, and no flow is launched twice.
@Suite(.serialized, .timeLimit(.minutes(10))) struct KillTests {
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sandbox-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let flows = [
            SandboxFlow(id: "quick", callsBack: true), SandboxFlow(id: "long", durationMilliseconds: 3_600_000),
        ]
        try Data(try SandboxCodec.encode(flows)).write(to: folder.appending(path: "flows.json"))
        var seed = CSABench.seed
        seed.offerings = [
            .init(
                "Server", flows: ["initialize": "quick", "reserve": "quick", "deploy": "long"],
                publications: [.init("Main", "CRM")], id: "server")
        ]
        try Data(try SandboxCodec.encode(seed)).write(to: folder.appending(path: "csa.json"))
        try await body(folder)
    }

    @Test func whatWasAnsweredSurvives() async throws {
        try await withFolder { folder in
            let first = try await SandboxProcess(in: folder)
            defer { first.kill() }
            func call(
                _ method: HTTPMethod, _ url: String, _ body: String = "", user: String = "admin"
            ) async throws
                -> LooseValue
            {
                let reply = try await SandboxProcess.call(method, url, body, user: user)
                #expect((200..<300).contains(reply.status), "\(url): \(reply)")
                return reply.value
            }
            let admin = try await call(.GET, first.csa + "/csa/rest/login/CSA-Provider/admin/")["id"]?.asText ?? ""
            // A policy is put, an offering is taken away, a setting is changed; then the program is gone at once.
            let policy = "/csa/rest/organization/org/approvalPolicy/auto?userIdentifier=\(admin)"
            _ = try await call(
                .PUT, first.csa + policy,
                "<NamedApproverApprovalTemplate><displayName>Auto</displayName><approver><userName>boss</userName>"
                    + "</approver><automaticApproval>false</automaticApproval></NamedApproverApprovalTemplate>")
            _ = try await call(
                .POST, first.csa + "/csa/rest/artifact/main/unpublish?userIdentifier=\(admin)",
                "<CatalogItems><catalogItem><artifactContext><name>Server</name></artifactContext>"
                    + "<category><name>CRM</name></category></catalogItem></CatalogItems>")
            let configuration = try await call(.GET, first.csa + "/control/state/configuration")
            let schedule = #"{"name": "s", "flow": "long", "triggerExpression": "0 0 3 * * ?"}"#
            _ = try await call(.POST, first.central + "/control/schedules", schedule)
            _ = try await call(.PUT, first.central + "/control/settings", #"{"version": "killed"}"#)
            let id = try await call(
                .POST, first.central + "/oo/rest/v2/executions", #"{"flowUuid": "long"}"#, user: "sandbox")
            first.kill()

            let second = try await SandboxProcess(in: folder)
            defer { second.kill() }
            #expect(try await call(.GET, second.csa + "/control/state/configuration") == configuration)
            let policies = configuration["policies"]?.asList ?? []
            #expect(policies.first { $0["id"] == "auto" }?["automaticApproval"] == false)
            let schedules = try await call(.GET, second.central + "/control/schedules")
            #expect(schedules.asList?.count == 1, "\(schedules)")
            #expect(try await call(.GET, second.central + "/control/settings")["version"] == "killed")
            let summary = try await call(
                .GET, second.central + "/oo/rest/v2/executions/\(id.asInteger ?? 0)/summary", user: "sandbox")
            #expect(summary.asList?.first?["status"] == "RUNNING", "\(summary)")
        }
    }

    /// Killed while orders come in, several times over one state.
    @Test func noOrderIsLostAndNoFlowRunsTwice() async throws {
        try await withFolder { folder in
            var answered: Set<String> = []
            for round in 1...4 {
                let sandbox = try await SandboxProcess(in: folder)
                defer { sandbox.kill() }
                let kept = try await SandboxProcess.call(.GET, sandbox.csa + "/control/state/work").value
                let requests = Set(kept["requests"]?.asList?.compactMap { $0["id"]?.asText } ?? [])
                #expect(answered.isSubset(of: requests), "round \(round)")
                // What was due when it died goes on by itself; what was on its way stays without an answer.
                let deadline = ContinuousClock.now.advanced(by: .seconds(120))
                var waiting: [String] = []
                var completed: Set<String> = []
                repeat {
                    let work = try await SandboxProcess.call(.GET, sandbox.csa + "/control/state/work").value
                    let processes = work["processes"]?.asList ?? []
                    func ids(_ key: String, _ words: Set<String>) -> [String] {
                        processes.filter { words.contains($0[key]?.asText ?? "") }.compactMap { $0["id"]?.asText }
                    }
                    waiting = ids("launch", ["due", "on-the-wire"])
                    completed = Set(ids("state", ["COMPLETED"]))
                } while !waiting.isEmpty && ContinuousClock.now < deadline
                #expect(waiting.isEmpty, "round \(round)")
                let bodies = try await SandboxProcess.call(
                    .GET, sandbox.central + "/control/bodies?key=CSA_PROCESS_ID", user: "sandbox")
                let runs = bodies.value["groups"]?.asObject ?? [:]
                #expect(runs.values.allSatisfy { $0 == 1 }, "round \(round): \(runs)")
                #expect(completed.isSubset(of: runs.keys), "round \(round)")
                let url = sandbox.csa + "/control/orders"
                await withTaskGroup(of: String?.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            let order = #"{"offering": "Server", "person": "ann"}"#
                            let reply = try? await SandboxProcess.call(.POST, url, order, within: .seconds(4))
                            return reply?.value["requestIds"]?.asList?.first?.asText
                        }
                    }
                    var count = 0
                    for await id in group {
                        if let id { answered.insert(id) }
                        count += 1
                        if count == 8 { sandbox.kill() }
                    }
                }
            }
            #expect(answered.count >= 8)
        }
    }
}

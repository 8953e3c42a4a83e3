import Foundation
import SluiceContent
import SluiceFlowRunner
import SluiceJSON
import SluiceSandbox
import Testing

/// The secrets of a gated flow, in the three ways they may go (product.md, "The gate step"): bound in the pack, sent to
/// Sluice, kept by a run that waits.
@Suite(.serialized) struct GatedFlowSecretTests {
    private static let order = "o-4711"
    private static let secrets = [GatedFlowRuns.password(of: order), GatedFlowTexts.bound]

    @Test(arguments: FlowLanguage.allCases)
    func sentToSluiceComesToCentralAndIsSeenNowhere(language: FlowLanguage) async throws {
        let site = try await GatedFlowRuns.site(
            language, bodyMilliseconds: 20_000, settings: ["SLUICE_LOG_LEVEL": "trace"])
        let runs = try GatedFlowRuns(site, language, onHold: .end)
        try await site.start()
        try await site.setGate("hold")
        let run = await runs.run(order: Self.order)
        #expect(run.ending == "deferred", "\(String(describing: run.error))")
        expectNoSecret(in: run)
        try await expectNoSecret(of: site)
        try await site.setGate("open")
        try await site.until("the hold is launched\n\(site.logText)", within: .seconds(20)) {
            site.sandbox.bodies.count == 1
        }
        let execution = try #require(site.sandbox.bodies.first).executionID
        let launched = try #require(site.sandbox.inputs(ofExecution: execution))
        #expect(launched["password"] == GatedFlowRuns.password(of: Self.order))
        // What the pack binds, Central has: it never left the pack.
        #expect(launched["token"] == nil)
        let pass = try #require(launched["sluicePass"])
        let again = await runs.run(order: Self.order, pass: pass)
        #expect(again.ending == "success" && runs.bodies.all.count == 1)
        expectNoSecret(in: again)
        try await expectNoSecret(of: site)
        await site.end()
    }

    @Test(arguments: FlowLanguage.allCases)
    func keptByAWaitingRunIsSeenNowhere(language: FlowLanguage) async throws {
        let site = try await GatedFlowRuns.site(language, settings: ["SLUICE_LOG_LEVEL": "trace"])
        let runs = try GatedFlowRuns(site, language, onHold: .wait)
        try await site.start()
        try await site.setGate("hold")
        async let waiting = runs.run(order: Self.order)
        try await site.until("the run is parked", within: .seconds(20)) { try await site.counts()["held"] == 1 }
        try await expectNoSecret(of: site)
        try await site.setGate("open")
        let run = await waiting
        #expect(run.ending == "success", "\(String(describing: run.error))")
        #expect(runs.bodies.all.first?["password"] == GatedFlowRuns.password(of: Self.order))
        expectNoSecret(in: run)
        try await expectNoSecret(of: site)
        // It was never there at all: not even sealed.
        let hold = try #require(try await site.holds().first)
        guard case .object(let inputs)? = hold["inputs"] else {
            Issue.record("no inputs")
            return
        }
        #expect(inputs.members.map(\.name) == ["order"])
        await site.end()
    }

    /// What Central would keep of a run: every bound input and every raw result that no document marks as a secret.
    private func expectNoSecret(in run: FlowRun) {
        #expect(run.isTraceComplete && run.trace.contains { !$0.results.isEmpty })
        for entry in run.trace {
            for value in entry.inputs + entry.results {
                for secret in Self.secrets {
                    #expect(value.value?.exposed.contains(secret) != true, "\(entry.name): \(value.name)")
                }
            }
        }
    }

    /// What Sluice has and shows: its log, the holds by HTTP and by the program, and every file it wrote.
    private func expectNoSecret(of site: TestSite) async throws {
        var texts = ["log": site.logText]
        #expect(!site.logText.isEmpty)
        let holds = try await site.holds()
        #expect(holds.count == 1)
        for hold in holds {
            let ticket = try #require(hold["ticket"]?.string)
            let shown = try await site.get("/v1/holds/\(ticket)")
            texts["GET"] = hold.write() + shown.body.write()
            #expect(shown.body.write().contains(Self.order))
            for command in [["holds", "list", "--all"], ["holds", "show", ticket], ["why", ticket]] {
                for arguments in [command, command + ["--json"]] {
                    let run = try await site.run(arguments)
                    #expect(run.status == 0, "\(arguments): \(run.errors)")
                    texts[arguments.joined(separator: " ")] = run.output + run.errors
                }
            }
        }
        for (place, text) in texts {
            for secret in Self.secrets { #expect(!text.contains(secret), "\(place)") }
        }
        try expectNoSecret(inFilesOf: site)
    }

    private func expectNoSecret(inFilesOf site: TestSite) throws {
        let files = try #require(FileManager.default.enumerator(atPath: site.folder.path)).compactMap { $0 as? String }
        #expect(files.contains("sluice.db") && files.contains("service.log"))
        // The same search finds what is no secret.
        let database = files.filter { $0.hasPrefix("sluice.db") }
        let stored = database.compactMap { try? Data(contentsOf: site.folder.appending(path: $0)) }
        #expect(stored.contains { $0.range(of: Data(Self.order.utf8)) != nil })
        // The pack's own text has what it binds.
        for file in files where !file.hasPrefix("pack") {
            guard let bytes = try? Data(contentsOf: site.folder.appending(path: file)) else { continue }
            for secret in Self.secrets {
                let forms = [secret, Data(secret.utf8).base64EncodedString(), hexadecimal(secret)]
                for form in forms { #expect(bytes.range(of: Data(form.utf8)) == nil, "\(file)") }
            }
        }
    }

    private func hexadecimal(_ text: String) -> String {
        text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

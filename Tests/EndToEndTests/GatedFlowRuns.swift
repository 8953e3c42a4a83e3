import Foundation
import SluiceContent
import SluiceFlowRunner
import Synchronization

/// A flow that gating has put the gate into, run step by step against a live Sluice.
struct GatedFlowRuns {
    let site: TestSite
    let texts: GatedFlowTexts
    let bodies = Bodies()
    var runner: FlowRunner

    /// What the flow's own work was given, each time it was done.
    final class Bodies: Sendable {
        private let inputs = Mutex<[[String: String]]>([])

        var all: [[String: String]] { inputs.withLock { $0 } }

        func add(_ body: [String: String]) { inputs.withLock { $0.append(body) } }
    }

    /// A site whose Central has the flow.
    static func site(
        _ language: FlowLanguage, bodyMilliseconds: Int64 = 40, settings: [String: String] = [:]
    ) async throws -> TestSite {
        try await TestSite(
            bodyMilliseconds: bodyMilliseconds, settings: settings,
            moreFlows: language == .xml ? [] : [GatedFlowTexts(language: language).sandboxFlow])
    }

    /// Gates the flow and puts it into the site's pack; the service must not have started.
    init(_ site: TestSite, _ language: FlowLanguage, onHold: GatePlan.OnHold) throws {
        let texts = GatedFlowTexts(language: language)
        let outcome = FlowGating().gate(Array(texts.text.utf8), path: texts.path, file: texts.path) { _ in
            GatePlan(onHold: onHold, reason: "a test", secrets: onHold == .end ? .send : .wait)
        }
        guard case .gated(let bytes, _) = outcome else { throw TestSiteError("not gated: \(outcome)") }
        try TestSite.write(String(decoding: bytes, as: UTF8.self), "pack/\(texts.path)", in: site.folder)
        try self.init(site, texts, [language.document(bytes, path: texts.path)])
    }

    /// Gates a pack of the flow and its caller, both of them, as `sluice pack gate` does.
    init(nested site: TestSite, _ language: FlowLanguage) async throws {
        let texts = GatedFlowTexts(language: language)
        try TestSite.write("content.pack.name=Nested\n", "nested/contentpack.properties", in: site.folder)
        try TestSite.write(texts.text, "nested/\(texts.path)", in: site.folder)
        try TestSite.write(texts.callerText, "nested/\(texts.callerPath)", in: site.folder)
        _ = try await site.jar(of: "nested")
        var options = PackGating.Options()
        options.all = true
        options.onHold = .wait
        let gated = site.folder.appending(path: "nested-gated.jar").path
        let report = PackGating().gate(
            path: site.folder.appending(path: "nested.jar").path, output: gated, options: options)
        guard report.changes.map(\.outcome) == ["gated", "gated"] else { throw TestSiteError("not gated: \(report)") }
        var documents: [FlowDocument] = []
        _ = ContentPackReader().documents(path: gated) { documents.append($0) }
        try self.init(site, texts, documents)
    }

    private init(_ site: TestSite, _ texts: GatedFlowTexts, _ documents: [FlowDocument]) throws {
        self.site = site
        self.texts = texts
        runner = try FlowRunner(
            live: documents, url: site.url, client: site.client, settings: ["Tries": "3", "Pause": "0"])
        for operation in GatedFlowTexts.operations {
            runner.operations[operation] = { [bodies] call in
                bodies.add(call.inputs)
                let isSlang = operation.contains(".")
                return OperationAnswer(isSlang ? "SUCCESS" : "success", results: ["returnResult": call["order"]])
            }
        }
    }

    static func password(of order: String) -> String { "hunter2-\(order)" }

    /// A run as Central makes one for a launch.
    func run(order: String, pass: String? = nil) async -> FlowRun {
        var inputs = ["order": order, "password": Self.password(of: order)]
        inputs["sluicePass"] = pass
        // Each run is an execution of its own: one that was let through proceeds again under the same id.
        var runner = runner
        runner.runID = String(UInt32.random(in: 1 ... .max))
        return await runner.run(texts.id, inputs: inputs)
    }
}

extension FlowRun {
    /// How it ended, in the words of XML flows.
    var ending: String? { response?.lowercased() }
}

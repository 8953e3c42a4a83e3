import Foundation
import SluiceContent
import SluiceFlowRunner
import SluiceScriptlets
import Synchronization

/// The gate pack of this repository, as a runner takes it.
struct GatePackUnderTest {
    static let documents: [FlowDocument] = {
        var documents: [FlowDocument] = []
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        _ = ContentPackReader().documents(path: root.appending(path: "ContentPack").path) { documents.append($0) }
        return documents
    }()

    /// A runner whose gate asks `http`; other operations answer by their first arrow.
    static func runner(
        with flows: [FlowDocument] = [], http: any HTTPPerformer, settings: [String: String] = [:]
    ) -> FlowRunner {
        var runner = FlowRunner(
            library: FlowLibrary(documents + flows),
            operations: BaseOperations.table(http: http, nextUUID: { UUID().uuidString.lowercased() })
                .answeringSuccess())
        runner.systemProperties = ["Sluice/Gate URL": "http://sluice.test:8470/"]
        for (name, value) in settings { runner.systemProperties["Sluice/Gate \(name)"] = value }
        runner.scripts = Scriptlets.scripts(of: documents + flows)
        for step in documents.flatMap(\.allSteps) where step.bindings.contains(where: { $0.kind == "identityBinding" })
        {
            runner.supplied[FlowPlace(step.id, "username")] = FlowValue("gate")
            runner.supplied[FlowPlace(step.id, "password")] = FlowValue("the-token")
        }
        return runner
    }

    /// One interpreter for all tests: it starts once, and keeps nothing from call to call.
    private static let python = Result { try PythonScripts() }

    /// A runner of CloudSlang flows whose gate asks `http`; its Python is run by python3.
    ///
    /// - Parameter missing: What Python sees for an input without a value. Central's interpreter gives the text of its
    ///   value, which is empty; `None` is what Jython would give.
    static func slangRunner(
        with flows: [FlowDocument] = [], http: any HTTPPerformer, settings: [String: String] = [:],
        missing: String? = ""
    ) throws -> FlowRunner {
        let python = try python.get()
        var runner = FlowRunner(
            library: FlowLibrary(documents + flows), operations: CloudSlangOperations.table(http: http))
        runner.python = { script, inputs in try python.run(script, inputs.mapValues { $0 ?? missing }) }
        runner.systemProperties = [
            "sluice.gate_url": "http://sluice.test:8470/", "sluice.gate_user": "gate", "sluice.gate_token": "the-token",
        ]
        for (name, value) in settings {
            runner.systemProperties["sluice.gate_" + name.lowercased().replacing(" ", with: "_")] = value
        }
        return runner
    }
}

/// Gives answers in order, the last one again and again, and keeps the questions.
final class ScriptedHTTP: HTTPPerformer {
    private let state: Mutex<(answers: [FlowHTTPOutcome], requests: [FlowHTTPRequest])>

    init(_ answers: [FlowHTTPOutcome]) { state = Mutex((answers, [])) }

    var requests: [FlowHTTPRequest] { state.withLock { $0.requests } }

    /// The questions' bodies, parsed.
    var questions: [[String: Any]] {
        requests.map { (try? JSONSerialization.jsonObject(with: Data($0.body.utf8))) as? [String: Any] ?? [:] }
    }

    func perform(_ request: FlowHTTPRequest) async -> FlowHTTPOutcome {
        state.withLock { state in
            state.requests.append(request)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
    }
}

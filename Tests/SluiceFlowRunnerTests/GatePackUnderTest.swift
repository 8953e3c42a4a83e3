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
        with flows: [FlowDocument] = [], http: any HTTPPerformer, properties: [String: String] = [:]
    ) -> FlowRunner {
        var runner = FlowRunner(
            library: FlowLibrary(documents + flows),
            operations: BaseOperations.table(http: http, nextUUID: { UUID().uuidString.lowercased() })
                .answeringSuccess())
        runner.systemProperties = ["Sluice/Gate URL": "http://sluice.test:8470/"].merging(properties) { $1 }
        runner.scripts = Scriptlets.scripts(of: documents + flows)
        for step in documents.flatMap(\.allSteps) where step.bindings.contains(where: { $0.kind == "identityBinding" })
        {
            runner.supplied[FlowPlace(step.id, "username")] = FlowValue("gate")
            runner.supplied[FlowPlace(step.id, "password")] = FlowValue("the-token")
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

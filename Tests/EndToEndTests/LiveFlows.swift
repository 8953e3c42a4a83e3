import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SluiceContent
import SluiceFlowRunner
import SluiceScriptlets

extension FlowRunner {
    /// Runs flows, XML and CloudSlang, together with the gate pack of this repository; what they ask goes out over the
    /// network, their scriptlets run in Duktape and their Python in python3.
    ///
    /// - Parameter settings: Properties of the folder Sluice, without `Gate`.
    init(live flows: [FlowDocument], url: String, client: HTTPClient, settings: [String: String] = [:]) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var documents = flows
        _ = ContentPackReader().documents(path: root.appending(path: "ContentPack").path) { documents.append($0) }
        let http = LiveHTTP(client: client)
        self.init(
            library: FlowLibrary(documents),
            operations: BaseOperations.table(http: http) { UUID().uuidString.lowercased() }
                .merging(CloudSlangOperations.table(http: http)))
        scripts = Scriptlets.scripts(of: documents)
        python = try PythonScripts().action
        systemProperties = ["sluice.gate_user": "gate", "sluice.gate_token": TestSite.gateToken]
        for (name, value) in settings.merging(["URL": url], uniquingKeysWith: { given, _ in given }) {
            systemProperties["Sluice/Gate \(name)"] = value
            systemProperties["sluice.gate_" + name.lowercased().replacing(" ", with: "_")] = value
        }
        for step in documents.flatMap(\.allSteps) where step.bindings.contains(where: { $0.kind == "identityBinding" })
        {
            supplied[FlowPlace(step.id, "username")] = FlowValue("gate")
            supplied[FlowPlace(step.id, "password")] = FlowValue(TestSite.gateToken)
        }
    }
}

/// The languages of flows.
enum FlowLanguage: CaseIterable, Sendable {
    case xml, cloudSlang

    /// Our gate.
    var gate: String { self == .xml ? PackGate.flowID : PackGate.cloudSlangName }

    func document(_ bytes: [UInt8], path: String) throws -> FlowDocument {
        let read =
            self == .xml
            ? FlowDocumentReader().read(bytes: bytes, path: path, file: path).document
            : CloudSlangDocumentReader().read(bytes: bytes, path: path, file: path).document
        guard let read else { throw TestSiteError("the flow \(path) does not read") }
        return read
    }
}

/// Sends a flow's requests over the network.
struct LiveHTTP: HTTPPerformer {
    let client: HTTPClient

    func perform(_ request: FlowHTTPRequest) async -> FlowHTTPOutcome {
        var call = HTTPClientRequest(url: request.url)
        call.method = .init(rawValue: request.method)
        for header in request.headers { call.headers.add(name: header.name, value: header.value.exposed) }
        call.body = .bytes(ByteBuffer(string: request.body))
        do {
            let response = try await client.execute(call, timeout: .seconds(Int64(request.answerSeconds ?? 30)))
            let body = try await response.body.collect(upTo: 1 << 20)
            return .answered(status: Int(response.status.code), body: String(buffer: body))
        } catch {
            return .noAnswer("\(error)")
        }
    }
}

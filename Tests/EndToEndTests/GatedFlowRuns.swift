import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SluiceContent
import SluiceFlowRunner
import SluiceScriptlets

/// A flow that gating has put the gate into, run step by step against a live Sluice.
struct GatedFlowRuns {
    /// Its id is that of the sandbox's ungated flow: so Central starts it, and the test runs it.
    static let id = TestSite.ungatedFlow
    static let body = "7e570009-0000-4000-8000-0000000000b0"
    let site: TestSite
    let flow: FlowDocument
    let runner: FlowRunner

    /// Gates the flow and puts it into the site's pack; the service must not have started.
    init(_ site: TestSite, onHold: GatePlan.OnHold, seconds: Int = 30) throws {
        self.site = site
        let outcome = FlowGating().gate(
            Array(Self.text.utf8), path: "Content/Library/Test/Ungated.xml", file: "Ungated.xml"
        ) { _ in GatePlan(onHold: onHold, reason: "a test", secrets: .send) }
        guard case .gated(let bytes, _) = outcome else { throw TestSiteError("not gated: \(outcome)") }
        try TestSite.write(
            String(decoding: bytes, as: UTF8.self), "pack/Content/Library/Test/Ungated.xml", in: site.folder)
        guard
            let flow = FlowDocumentReader().read(bytes: bytes, path: "x", file: "x").document
        else { throw TestSiteError("the gated flow does not read") }
        self.flow = flow
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var documents = [flow]
        _ = ContentPackReader().documents(path: root.appending(path: "ContentPack").path) { documents.append($0) }
        var table = BaseOperations.table(http: LiveHTTP(client: site.client)) { UUID().uuidString.lowercased() }
        table["aaaa"] = { OperationAnswer("success", results: ["returnResult": $0["order"]]) }
        var runner = FlowRunner(library: FlowLibrary(documents), operations: table)
        runner.systemProperties = ["Sluice/Gate URL": site.url, "Sluice/Gate Tries": "3", "Sluice/Gate Pause": "0"]
        runner.scripts = Scriptlets.scripts(of: documents)
        for step in documents.flatMap(\.allSteps) where step.bindings.contains(where: { $0.kind == "identityBinding" })
        {
            runner.supplied[FlowPlace(step.id, "username")] = FlowValue("gate")
            runner.supplied[FlowPlace(step.id, "password")] = FlowValue(TestSite.gateToken)
        }
        self.runner = runner
    }

    /// A run as Central makes one for a launch.
    func run(order: String, pass: String? = nil) async -> FlowRun {
        var inputs = ["order": order, "password": "hunter2-\(order)"]
        inputs["sluicePass"] = pass
        return await runner.run(Self.id, inputs: inputs)
    }

    private static let text = """
        <?xml version="1.0" encoding="UTF-8"?>
        <flow id="\(id)">
          <annotation></annotation>
          <name>Ungated</name>
          <inputs>
            <userInputBinding id="i1"><inputSymbol>order</inputSymbol><inputType>STRING</inputType>
              <required>true</required><assignFromContext>true</assignFromContext>
              <assignToContext>true</assignToContext></userInputBinding>
            <userInputBinding id="i2"><inputSymbol>password</inputSymbol><inputType>ENCRYPTED</inputType>
              <required>false</required><assignFromContext>true</assignFromContext>
              <assignToContext>true</assignToContext></userInputBinding>
          </inputs>
          <possibleResponses>
            <opResponse id="p1"><name>success</name><isDefault>true</isDefault><type>RESOLVED</type></opResponse>
            <opResponse id="p2"><name>failure</name><onFailure>true</onFailure><type>ERROR</type></opResponse>
          </possibleResponses>
          <steps>
            <step id="\(body)">
              <name>Work</name>
              <bounds><x>10.0</x><y>10.0</y></bounds>
              <bindings>
                <staticBinding id="b1"><inputSymbol>order</inputSymbol><inputType>STRING</inputType>
                  <assignFromContext>true</assignFromContext></staticBinding>
                <staticBinding id="b2"><inputSymbol>password</inputSymbol><inputType>ENCRYPTED</inputType>
                  <assignFromContext>true</assignFromContext></staticBinding>
              </bindings>
              <transitions>
                <transition id="t1"><name>success</name><responseSymbol>success</responseSymbol>
                  <destination><refId>r1</refId></destination></transition>
              </transitions>
              <opRef><refId>aaaa</refId></opRef>
            </step>
            <returnStep id="r1"><name>Resolved : success</name>
              <transitions><transition id="t2"><name>return</name><responseSymbol>success</responseSymbol>
                <destination><refId>r1</refId></destination></transition></transitions>
              <returnStepType>RESOLVED</returnStepType></returnStep>
          </steps>
          <startSteps>\(body)</startSteps>
        </flow>
        """
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

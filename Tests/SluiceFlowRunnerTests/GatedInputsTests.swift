import Foundation
import SluiceContent
import SluiceFlowRunner
import Testing

/// What a gated flow was started with comes to Sluice as it was: through the generated encoder and the gate, run by
/// Duktape and python3.
@Suite struct GatedInputsTests {
    static let values: [String] = [
        "db1", " spaced ", #"say "hello" and 'bye'"#, #"C:\new\table"#, "one\ntwo\r\nthree\ttab",
        "\u{1}\u{1F}\u{7F}", "Grüße, 你好, \u{1F600}, \u{2028}\u{2029}", "</script>]]>&amp;<a/>", "${host}",
        "{\"a\": [1]}", "a=1&b=2%26%", "%25", String(repeating: "x\"\\\n\u{20AC}", count: 13_108),
    ]

    private static let id = "7e570020-0000-4000-8000-000000000001"

    private static func xml(_ inputs: [(name: String, type: String)]) -> String {
        let bindings = inputs.enumerated().map { index, input in
            """
            <userInputBinding id="i\(index)"><inputSymbol>\(input.name)</inputSymbol>\
            <inputType>\(input.type)</inputType><required>false</required><assignFromContext>true</assignFromContext>\
            <assignToContext>true</assignToContext></userInputBinding>
            """
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <flow id="\(id)">
              <annotation></annotation>
              <name>Nightly</name>
              <inputs>
                \(bindings.joined(separator: "\n    "))
              </inputs>
              <possibleResponses>
                <opResponse id="p1"><name>success</name><isDefault>true</isDefault><type>RESOLVED</type></opResponse>
                <opResponse id="p2"><name>failure</name><onFailure>true</onFailure><type>ERROR</type></opResponse>
              </possibleResponses>
              <steps>
                <step id="s1"><name>Work</name><bounds><x>1.0</x><y>1.0</y></bounds><bindings/>
                  <transitions><transition id="t1"><name>success</name><responseSymbol>success</responseSymbol>
                    <destination><refId>r1</refId></destination></transition></transitions>
                  <opRef><refId>\(BaseOperations.doNothing)</refId></opRef></step>
                <returnStep id="r1"><name>Resolved : success</name>
                  <transitions><transition id="t2"><name>return</name><responseSymbol>success</responseSymbol>
                    <destination><refId>r1</refId></destination></transition></transitions>
                  <returnStepType>RESOLVED</returnStepType></returnStep>
              </steps>
              <startSteps>s1</startSteps>
            </flow>
            """
    }

    private static let slang = """
        namespace: own
        flow:
          name: nightly
          inputs:
            - host: {required: false}
            - port: {required: false}
            - password: {required: false, sensitive: true}
          workflow:
            - work:
                do:
                  io.cloudslang.base.strings.string_equals:
                    - first_string: 'a'
                    - second_string: 'a'
          results:
            - SUCCESS
            - FAILURE
        """

    /// Gates a flow and runs it; what it asked.
    private func question(
        ofXML isXML: Bool, _ inputs: [String: String], secrets: GatePlan.Secrets = .wait
    ) async throws -> (question: [String: Any], run: FlowRun) {
        let text = isXML ? Self.xml([("host", "STRING"), ("port", "STRING"), ("password", "ENCRYPTED")]) : Self.slang
        let path = isXML ? "Content/Library/Nightly.xml" : "Content/Library/own/nightly.sl"
        let outcome = FlowGating().gate(Array(text.utf8), path: path, file: "f") {
            .proposed(for: $0, isCalled: false, secrets: secrets)
        }
        guard case .gated(let bytes, _) = outcome else {
            Issue.record("not gated: \(outcome)")
            throw CancellationError()
        }
        let read =
            isXML
            ? FlowDocumentReader().read(bytes: bytes, path: path, file: "f").document
            : CloudSlangDocumentReader().read(bytes: bytes, path: path, file: "f").document
        let flow = try #require(read)
        let http = ScriptedHTTP([GateCase.proceed])
        let runner =
            isXML
            ? GatePackUnderTest.runner(with: [flow], http: http)
            : try GatePackUnderTest.slangRunner(with: [flow], http: http)
        let run = await runner.run(flow.id, inputs: inputs)
        #expect(run.response?.lowercased() == "success", "\(String(describing: run.error))")
        #expect(run.visited(isXML ? "s1" : "work", in: flow.id))
        #expect(http.requests.count == 1)
        // Whatever was sent, it went out as ASCII: no charset on the way can spoil it.
        #expect(http.requests.allSatisfy { $0.body.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
        return (try #require(http.questions.first), run)
    }

    @Test(arguments: [true, false], values)
    func carriesAnyValue(isXML: Bool, value: String) async throws {
        let (question, _) = try await question(ofXML: isXML, ["host": value, "port": "2"])
        #expect(question["inputs"] as? [String: String] == ["host": value, "port": "2"])
    }

    @Test(arguments: [true, false])
    func leavesOutWhatWasNotGiven(isXML: Bool) async throws {
        let (port, _) = try await question(ofXML: isXML, ["port": "1"])
        #expect(port["inputs"] as? [String: String] == ["port": "1"])
        let (none, _) = try await question(ofXML: isXML, [:])
        #expect(none["inputs"] as? [String: String] ?? [:] == [:])
    }

    @Test(arguments: [true, false], [GatePlan.Secrets.wait, .send])
    func showsASecretInNoStepLogAndSendsItOnlyWhenToldTo(isXML: Bool, secrets: GatePlan.Secrets) async throws {
        let secret = "hunter2-\"ü\""
        let (question, run) = try await question(ofXML: isXML, ["host": "h", "password": secret], secrets: secrets)
        let sent = secrets == .send ? ["host": "h", "password": secret] : ["host": "h"]
        #expect(question["inputs"] as? [String: String] == sent)
        #expect(question["sensitiveInputs"] as? [String] ?? [] == (secrets == .send ? ["password"] : []))
        #expect(question["launcher"] as? String == (secrets == .send ? "sluice" : "caller"))
        for entry in run.trace {
            for value in entry.inputs + entry.results {
                #expect(value.value?.exposed.contains("hunter2") != true, "\(entry.name): \(value.name)")
            }
        }
    }
}

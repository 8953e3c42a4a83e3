import Foundation
import SluiceSandbox

/// Flows for gating: one that works, with an input of each kind; and one that closes the gate and then calls it.
struct GatedFlowTexts {
    let language: FlowLanguage

    /// Its id in XML is that of the sandbox's ungated flow: so Central starts it, and the test runs it.
    var id: String { language == .xml ? TestSite.ungatedFlow : "own.nightly" }
    var path: String { language == .xml ? "Content/Library/Test/Ungated.xml" : "Content/Library/own/nightly.sl" }
    /// The flow that calls it.
    var callerID: String { language == .xml ? "7e570009-0000-4000-8000-0000000000c0" : "own.caller" }
    var callerPath: String { language == .xml ? "Content/Library/Test/Caller.xml" : "Content/Library/own/caller.sl" }
    /// The step that does the work.
    var body: String { language == .xml ? "7e570009-0000-4000-8000-0000000000b0" : "work" }
    /// The caller's step that calls the flow.
    var call: String { language == .xml ? "7e570009-0000-4000-8000-0000000000b2" : "call" }
    /// The operations behind the steps.
    static let operations = ["aaaa", "own.work"]
    static let closing = ["bbbb", "own.close"]

    /// A secret that the pack binds: Central knows it, nobody gives it.
    static let bound = "bound-in-the-pack-5ecret"

    /// The flow for Central; the sandbox starts it as one without a gate, the test runs the gate.
    var sandboxFlow: SandboxFlow {
        SandboxFlow(
            id: id, name: "nightly", path: "Library/own/nightly",
            inputs: [.init("order", isMandatory: true), .init("password", isEncrypted: true)],
            durationMilliseconds: 20_000)
    }

    var text: String { language == .xml ? xml : slang }

    var callerText: String { language == .xml ? xmlCaller : slangCaller }

    private var slang: String {
        """
        namespace: own
        flow:
          name: nightly
          inputs:
            - order
            - password: {required: false, sensitive: true}
            - token: {default: '\(Self.bound)', private: true, sensitive: true}
          workflow:
            - work:
                do:
                  own.work:
                    - order
                    - password: {value: "${get('password', '')}", sensitive: true}
                    - token: {value: '${token}', sensitive: true}
          results:
            - SUCCESS
            - FAILURE
        """
    }

    private var slangCaller: String {
        """
        namespace: own
        flow:
          name: caller
          inputs:
            - order
          workflow:
            - close:
                do:
                  own.close: []
            - call:
                do:
                  own.nightly:
                    - order
          results:
            - SUCCESS
            - FAILURE
        """
    }

    private var xml: String {
        let token = """
            <staticBinding id="i3"><inputSymbol>token</inputSymbol><inputType>ENCRYPTED</inputType>\
            <assignFromContext>false</assignFromContext><assignToContext>true</assignToContext>\
            <value>\(Self.bound)</value></staticBinding>
            """
        return flow(
            id, "Ungated",
            inputs: [Self.input("order", "STRING"), Self.input("password", "ENCRYPTED", isRequired: false), token],
            steps: [
                Self.step(
                    body, "Work", calls: "aaaa",
                    bindings: [
                        Self.bound("order", "STRING"), Self.bound("password", "ENCRYPTED"),
                        Self.bound("token", "ENCRYPTED"),
                    ], to: ["success": "r1"])
            ])
    }

    private var xmlCaller: String {
        let close = "7e570009-0000-4000-8000-0000000000b1"
        return flow(
            callerID, "Caller", inputs: [Self.input("order", "STRING")],
            steps: [
                Self.step(close, "Close", calls: "bbbb", to: ["success": call]),
                Self.step(
                    call, "Call", calls: id, bindings: [Self.bound("order", "STRING")],
                    to: ["success": "r1", "failure": "r2"]),
            ])
    }

    private func flow(_ id: String, _ name: String, inputs: [String], steps: [String]) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <flow id="\(id)">
          <annotation></annotation>
          <name>\(name)</name>
          <inputs>
            \(inputs.joined(separator: "\n    "))
          </inputs>
          <possibleResponses>
            <opResponse id="p1"><name>success</name><isDefault>true</isDefault><type>RESOLVED</type></opResponse>
            <opResponse id="p2"><name>failure</name><onFailure>true</onFailure><type>ERROR</type></opResponse>
          </possibleResponses>
          <steps>
            \(steps.joined(separator: "\n    "))
            \(Self.returning("r1", "Resolved", "success"))
            \(Self.returning("r2", "Error", "failure"))
          </steps>
          <startSteps>\(steps[0].components(separatedBy: "\"")[1])</startSteps>
        </flow>
        """
    }

    private static func step(
        _ id: String, _ name: String, calls: String, bindings: [String] = [], to: KeyValuePairs<String, String>
    ) -> String {
        let transitions = to.enumerated().map { index, way in
            """
            <transition id="\(id.suffix(2))-t\(index)"><name>\(way.key)</name>\
            <responseSymbol>\(way.key)</responseSymbol>\
            <destination><refId>\(way.value)</refId></destination></transition>
            """
        }
        return """
            <step id="\(id)">
                  <name>\(name)</name>
                  <bounds><x>10.0</x><y>10.0</y></bounds>
                  <bindings>\(bindings.joined())</bindings>
                  <transitions>\(transitions.joined())</transitions>
                  <opRef><refId>\(calls)</refId></opRef>
                </step>
            """
    }

    private static func returning(_ id: String, _ type: String, _ response: String) -> String {
        """
        <returnStep id="\(id)"><name>\(type) : \(response)</name>\
        <transitions><transition id="\(id)-t"><name>return</name><responseSymbol>\(response)</responseSymbol>\
        <destination><refId>\(id)</refId></destination></transition></transitions>\
        <returnStepType>\(type.uppercased())</returnStepType></returnStep>
        """
    }

    private static func input(_ name: String, _ type: String, isRequired: Bool = true) -> String {
        """
        <userInputBinding id="i-\(name)"><inputSymbol>\(name)</inputSymbol><inputType>\(type)</inputType>\
        <required>\(isRequired)</required><assignFromContext>true</assignFromContext>\
        <assignToContext>true</assignToContext></userInputBinding>
        """
    }

    private static func bound(_ name: String, _ type: String) -> String {
        """
        <staticBinding id="b-\(name)"><inputSymbol>\(name)</inputSymbol><inputType>\(type)</inputType>\
        <assignFromContext>true</assignFromContext></staticBinding>
        """
    }
}

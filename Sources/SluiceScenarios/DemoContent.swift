import SluiceContent
import SluiceSandbox

/// The demo's own content: a small pack as Studio would write it, and a Quartz file. Nothing here is anybody else's.
enum DemoContent {
    struct Flow {
        var id: String
        var name: String
        var folder: String
        var isGated: Bool
        var durationMilliseconds: Int64

        var path: String { "Library/Demo/\(folder)/\(name)" }
    }

    static let flows = [
        Flow(
            id: "5a1e0001-0000-4000-8000-000000000001", name: "Provision Server", folder: "Services", isGated: true,
            durationMilliseconds: 400),
        Flow(
            id: "5a1e0002-0000-4000-8000-000000000002", name: "Cancel Subscription", folder: "Services",
            isGated: true, durationMilliseconds: 250),
        Flow(
            id: "5a1e0003-0000-4000-8000-000000000003", name: "Resource Pool Sync", folder: "Housekeeping",
            isGated: true, durationMilliseconds: 300),
        Flow(
            id: "5a1e0004-0000-4000-8000-000000000004", name: "Nightly Backup", folder: "Housekeeping",
            isGated: true, durationMilliseconds: 500),
        Flow(
            id: "5a1e0005-0000-4000-8000-000000000005", name: "Usage Report", folder: "Reports", isGated: false,
            durationMilliseconds: 150),
    ]

    /// What the sandbox's Central has deployed: the same flows.
    static var sandboxFlows: [SandboxFlow] {
        flows.map { flow in
            var inputs: [SandboxFlow.Input] = [
                .init("order", isMandatory: true), .init("password", isEncrypted: true),
            ]
            if flow.isGated { inputs.append(.init("sluicePass", isEncrypted: true)) }
            return SandboxFlow(
                id: flow.id, name: flow.name, path: flow.path, contentPack: "Sluice Demo", isGated: flow.isGated,
                inputs: inputs, durationMilliseconds: flow.durationMilliseconds)
        }
    }

    /// The pack as a project tree: path and text of each file.
    static var packFiles: [(path: String, text: String)] {
        var files = [
            (
                "contentpack.properties",
                """
                content.pack.name=Sluice Demo
                content.pack.version=1.0.0
                content.pack.uuid=5a1e0000-0000-4000-8000-000000000000
                content.pack.description=Flows for the demo
                content.pack.publisher=Sluice

                """
            )
        ]
        for flow in flows { files.append(("Content/\(flow.path).xml", text(of: flow))) }
        return files
    }

    /// Base's operation "Do Nothing" (oo-content-pack.md section 7).
    private static let doNothing = "ddd79f22-8b1e-4605-88d5-d912bb2da2b9"

    /// A flow's document, gated as `sluice pack gate` does it where it is to be.
    private static func text(of flow: Flow) -> String {
        let text = xml(flow)
        let outcome = FlowGating().gate(Array(text.utf8), path: "Content/\(flow.path).xml", file: flow.name) { _ in
            GatePlan(onHold: .end, reason: "the demo launches it again", secrets: .send)
        }
        guard flow.isGated, case .gated(let bytes, _) = outcome else { return text }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One flow in the element set of real OO 10 documents (oo-content-pack.md section 3).
    private static func xml(_ flow: Flow) -> String {
        let work = part(flow.id, 1)
        let done = part(flow.id, 2)
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <flow id="\(flow.id)">
              <annotation></annotation>
              <name>\(flow.name)</name>
              <inputs>
            \(input(part(flow.id, 4), "order", type: "STRING", isRequired: true))
            \(input(part(flow.id, 5), "password", type: "ENCRYPTED", isRequired: false))
              </inputs>
              <possibleResponses>
                <opResponse id="\(part(flow.id, 7))">
                  <name>success</name><isDefault>true</isDefault><onFailure>false</onFailure><type>RESOLVED</type>
                </opResponse>
              </possibleResponses>
              <steps>
            \(step(id: work, name: "Work", calls: doNothing, next: done, response: "success"))
                <returnStep id="\(done)">
                  <name>Resolved : success</name>
                  <returnStepType>RESOLVED</returnStepType>
                  <transitions>
                    <transition id="\(part(flow.id, 8))">
                      <name>return</name><responseSymbol>success</responseSymbol>
                      <destination><refId>\(done)</refId></destination><source><refId>\(done)</refId></source>
                    </transition>
                  </transitions>
                </returnStep>
              </steps>
              <startSteps>\(work)</startSteps>
            </flow>

            """
    }

    private static func part(_ id: String, _ number: Int) -> String { "\(id.dropLast(4))a00\(number)" }

    private static func input(_ id: String, _ name: String, type: String, isRequired: Bool) -> String {
        """
            <userInputBinding id="\(id)">
              <inputSymbol>\(name)</inputSymbol><inputType>\(type)</inputType><required>\(isRequired)</required>
              <isList>false</isList><assignFromContext>true</assignFromContext><assignToContext>true</assignToContext>
            </userInputBinding>
        """
    }

    private static func step(id: String, name: String, calls: String, next: String, response: String) -> String {
        """
            <step id="\(id)">
              <name>\(name)</name>
              <opRef><refId>\(calls)</refId></opRef>
              <bindings></bindings>
              <transitions>
                <transition id="\(id.dropLast(4))b001">
                  <name>\(response)</name><responseSymbol>\(response)</responseSymbol>
                  <destination><refId>\(next)</refId></destination><source><refId>\(id)</refId></source>
                </transition>
              </transitions>
            </step>
        """
    }

    /// Two schedules as a Quartz site has them: a nightly cron and an hourly one.
    static let quartzXML = """
        <?xml version="1.0" encoding="UTF-8"?>
        <job-scheduling-data xmlns="http://www.quartz-scheduler.org/xml/JobSchedulingData" version="2.0">
          <schedule>
            <job>
              <name>nightly-backup</name>
              <group>oo</group>
              <job-class>com.example.oo.StartFlowJob</job-class>
              <job-data-map>
                <entry><key>flowUuid</key><value>5a1e0004-0000-4000-8000-000000000004</value></entry>
              </job-data-map>
            </job>
            <job>
              <name>usage-report</name>
              <group>oo</group>
              <job-class>com.example.oo.StartFlowJob</job-class>
              <job-data-map>
                <entry><key>flowUuid</key><value>5a1e0005-0000-4000-8000-000000000005</value></entry>
              </job-data-map>
            </job>
            <trigger>
              <cron>
                <name>every-night</name>
                <group>oo</group>
                <job-name>nightly-backup</job-name>
                <job-group>oo</job-group>
                <misfire-instruction>MISFIRE_INSTRUCTION_FIRE_ONCE_NOW</misfire-instruction>
                <cron-expression>0 30 2 * * ?</cron-expression>
                <time-zone>Europe/Berlin</time-zone>
              </cron>
            </trigger>
            <trigger>
              <cron>
                <name>every-hour</name>
                <group>oo</group>
                <job-name>usage-report</job-name>
                <job-group>oo</job-group>
                <cron-expression>0 5 * * * ?</cron-expression>
                <time-zone>Europe/Berlin</time-zone>
              </cron>
            </trigger>
          </schedule>
        </job-scheduling-data>

        """
}

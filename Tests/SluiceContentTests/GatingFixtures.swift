/// Flows of our own in the shapes that gating must leave alone.
enum GatingFixtures {
    static let id = "0f6c2c0e-1111-4222-8333-444455556666"

    /// A flow with two steps and two return steps, in the layout of Studio.
    static func flow(
        inputs: String = "<inputs/>", responses: String = Self.responses, start: String = "s1", extra: String = "",
        called: String = "aaaa"
    ) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <flow id="\(id)">
          <descriptionCdata><![CDATA[\(id).description=Backs up <everything> & more\\n</flow>]]></descriptionCdata>
          <!-- a comment with <steps> in it -->
          <annotation>\(id).description</annotation>
          <name>Nightly</name>
          <categories/>
          \(inputs)
          \(responses)
          <availableResultExpressions/>\(extra)
          <steps>
            <step id="s1">
              <name>Ask &amp; see</name>
              <bounds>
                <x>-120.5</x>
                <y>-40.0</y>
              </bounds>
              <bindings/>
              <transitions>
                <transition id="t1">
                  <name>success</name>
                  <responseSymbol>success</responseSymbol>
                  <destination><refId>r1</refId></destination>
                  <source><refId>s1</refId></source>
                </transition>
                <transition id="t2">
                  <name>failure</name>
                  <responseSymbol>failure</responseSymbol>
                  <destination><refId>r2</refId></destination>
                  <source><refId>s1</refId></source>
                </transition>
              </transitions>
              <opRef><refId>\(called)</refId></opRef>
              <assignments/>
            </step>
            <returnStep id="r1">
              <name>Resolved : success</name>
              <transitions><transition id="t3"><name>return</name><responseSymbol>success</responseSymbol>
                <destination><refId>r1</refId></destination></transition></transitions>
              <returnStepType>RESOLVED</returnStepType>
            </returnStep>
            <returnStep id="r2">
              <name>Error : failure</name>
              <transitions><transition id="t4"><name>return</name><responseSymbol>failure</responseSymbol>
                <destination><refId>r2</refId></destination></transition></transitions>
              <returnStepType>ERROR</returnStepType>
            </returnStep>
          </steps>
          <startSteps>\(start)</startSteps>
        </flow>

        """
    }

    static let responses = """
        <possibleResponses>
            <opResponse id="p1"><name>success</name><isDefault>true</isDefault><type>RESOLVED</type></opResponse>
            <opResponse id="p2"><name>failure</name><type>ERROR</type></opResponse>
          </possibleResponses>
        """

    static let successOnly = """
        <possibleResponses>
            <opResponse id="p1"><name>success</name><isDefault>true</isDefault><type>RESOLVED</type></opResponse>
          </possibleResponses>
        """

    static func input(_ name: String, type: String = "STRING", kept: Bool = true, value: String? = nil) -> String {
        let constant = value.map { "<value>\($0)</value>" } ?? ""
        return """
            <\(value == nil ? "userInputBinding" : "staticBinding") id="i-\(name.count)-\(type.count)">
            <inputSymbol>\(name)</inputSymbol><inputType>\(type)</inputType><required>true</required>
            <assignFromContext>\(value == nil)</assignFromContext><assignToContext>\(kept)</assignToContext>\(constant)
            </\(value == nil ? "userInputBinding" : "staticBinding")>
            """
    }

    static func inputs(_ inputs: String...) -> String {
        "<inputs>\n    \(inputs.joined(separator: "\n    "))\n  </inputs>"
    }

    /// Everything on one line, as a program may write it.
    static func onOneLine(_ text: String) -> String {
        text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined()
    }
}

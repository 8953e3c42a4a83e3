/// Writes the parts that gating puts into a flow; the element set is that of real documents (oo-content-pack.md 3, 4).
///
/// Fragments are indented by two spaces a level and have no line break at their end.
struct GateFragments {
    private let mark: GateMark
    private var partCount = 0
    private static let flags = [
        "addResultToRunContext", "isCriticalStep", "isNonBlocking", "isParallelStep", "isSingleResponse",
        "recordInHistory", "recordRawOutput", "recordPrimaryOutput",
    ]

    init(mark: GateMark) { self.mark = mark }

    mutating func nextID() -> String {
        partCount += 1
        return mark.id(partCount)
    }

    /// Where a bound value comes from.
    enum Value {
        case constant(String)
        case variable(String)
    }

    /// An input of the flow or of a step.
    mutating func binding(
        _ name: String, _ value: Value, isSecret: Bool = false, isRequired: Bool = false, keptAs kept: String? = nil
    ) -> String {
        var lines = ["<staticBinding id=\"\(nextID())\">", "  <annotation></annotation>"]
        if case .variable(let variable) = value {
            lines += ["  <assignFromContext>true</assignFromContext>"]
            lines += ["  <fromContextKey>\(Self.escaped(variable))</fromContextKey>"]
        } else {
            lines += ["  <assignFromContext>false</assignFromContext>"]
        }
        lines += ["  <assignToContext>\(kept != nil)</assignToContext>"]
        if let kept { lines += ["  <toContextKey>\(Self.escaped(kept))</toContextKey>"] }
        lines += [
            "  <inputType>\(isSecret ? "ENCRYPTED" : "STRING")</inputType>", "  <isList>false</isList>",
            "  <required>\(isRequired)</required>", "  <isPersisted>true</isPersisted>",
            "  <inputSymbol>\(Self.escaped(name))</inputSymbol>", "  <listDelimiter>,</listDelimiter>",
        ]
        if case .constant(let text) = value { lines += ["  <value>\(Self.escaped(text))</value>"] }
        return (lines + ["  <record>false</record>", "</staticBinding>"]).joined(separator: "\n")
    }

    /// A response of the flow.
    mutating func response(_ name: String, type: String) -> String {
        """
        <opResponse id="\(nextID())">
          <annotation></annotation>
          <name>\(name)</name>
          <isDefault>false</isDefault>
          <onFailure>false</onFailure>
          <type>\(type)</type>
          <matchRules/>
        </opResponse>
        """
    }

    /// What a step does beside its place and name.
    struct StepParts {
        var calls: String
        var bindings: [String] = []
        /// Response and the id of the step it leads to.
        var transitions: [(response: String, destination: String)]
        var script: String?
        /// Result fields kept in flow variables of the same name.
        var kept: [String] = []
    }

    mutating func step(id: String, name: String, x: Double, y: Double, _ parts: StepParts) -> String {
        var lines = head("step", id: id, name: name, x: x, y: y)
        lines += block("bindings", parts.bindings)
        lines += block("transitions", parts.transitions.map { transition($0.response, from: id, to: $0.destination) })
        lines += ["  <properties/>"]
        if let script = parts.script {
            lines += [
                "  <scriptlet id=\"\(nextID())\">", "    <annotation></annotation>", "    <name>default</name>",
                "    <script>\(Self.escaped(script))</script>", "    <type>RHINO</type>", "  </scriptlet>",
            ]
        }
        lines += ["  <opRef>", "    <refId>\(parts.calls)</refId>", "  </opRef>"]
        lines += block("assignments", parts.kept.map { assignment($0) })
        return (lines + ["  <throttleSize>0</throttleSize>", "</step>"]).joined(separator: "\n")
    }

    mutating func returnStep(id: String, response: String, type: String, x: Double, y: Double) -> String {
        var lines = head("returnStep", id: id, name: "\(Self.title(type)) : \(response)", x: x, y: y)
        lines += ["  <bindings/>"]
        lines += block("transitions", [transition(response, from: id, to: id, name: "return")])
        lines += ["  <properties/>", "  <returnStepType>\(type)</returnStepType>", "  <assignments/>", "</returnStep>"]
        return lines.joined(separator: "\n")
    }

    private func head(_ element: String, id: String, name: String, x: Double, y: Double) -> [String] {
        var lines = [
            "<\(element) id=\"\(id)\">", "  <annotation></annotation>", "  <name>\(Self.escaped(name))</name>",
            "  <bounds>", "    <x>\(x)</x>", "    <y>\(y)</y>", "  </bounds>", "  <layer>-1</layer>",
            "  <hideInbound>false</hideInbound>",
        ]
        lines += Self.flags.map { "  <\($0)>false</\($0)>" }
        lines += [
            "  <checkPointStep>true</checkPointStep>", "  <historyCheckPointStep>true</historyCheckPointStep>",
            "  <scriptResultStep>false</scriptResultStep>", "  <userPrompt></userPrompt>",
        ]
        return lines
    }

    private mutating func transition(
        _ response: String, from source: String, to destination: String, name: String? = nil
    ) -> String {
        """
        <transition id="\(nextID())">
          <annotation></annotation>
          <name>\(Self.escaped(name ?? response))</name>
          <command>NEXT</command>
          <linkMode>false</linkMode>
          <responseSymbol>\(Self.escaped(response))</responseSymbol>
          <shouldHandoff>false</shouldHandoff>
          <transitionValue>0.0</transitionValue>
          <destination>
            <refId>\(Self.escaped(destination))</refId>
          </destination>
          <source>
            <refId>\(source)</refId>
          </source>
          <positions/>
        </transition>
        """
    }

    private mutating func assignment(_ field: String) -> String {
        """
        <flowVariableAssignment id="\(nextID())">
          <annotation></annotation>
          <name>assignment</name>
          <action>OVERWRITE</action>
          <assignmentTargetType>FLOW_VARIABLE</assignmentTargetType>
          <contextKey>\(field)</contextKey>
          <expression id="\(nextID())">
            <annotation></annotation>
            <name>Result Field: \(field)</name>
            <fieldName>\(field)</fieldName>
            <sourceType>RAWRESULT</sourceType>
            <filters/>
          </expression>
        </flowVariableAssignment>
        """
    }

    private func block(_ name: String, _ fragments: [String]) -> [String] {
        guard !fragments.isEmpty else { return ["  <\(name)/>"] }
        let lines = fragments.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }
        return ["  <\(name)>"] + lines.map { "    " + $0 } + ["  </\(name)>"]
    }

    private static func title(_ type: String) -> String {
        switch type {
        case "RESOLVED": "Resolved"
        case "ERROR": "Error"
        case "DIAGNOSED": "Diagnosed"
        default: "No Action Taken"
        }
    }

    /// Text as XML content.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\r": result += "&#xd;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

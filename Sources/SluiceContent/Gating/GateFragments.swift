/// Writes the parts that gating puts into a flow; the element set is that of real documents (oo-content-pack.md 3, 4).
struct GateFragments {
    private let mark: GateMark
    private var partCount: Int
    /// What every step has between its place and its prompt, off but for the check points.
    private static let flags: [String] =
        [
            "addResultToRunContext", "isCriticalStep", "isNonBlocking", "isParallelStep", "isSingleResponse",
            "recordInHistory", "recordRawOutput", "recordPrimaryOutput",
        ].map { "<\($0)>false</\($0)>" } + [
            "<checkPointStep>true</checkPointStep>", "<historyCheckPointStep>true</historyCheckPointStep>",
            "<scriptResultStep>false</scriptResultStep>", "<userPrompt></userPrompt>",
        ]

    /// - Parameter partCount: Parts that the flow has already.
    init(mark: GateMark, partCount: Int = 0) {
        self.mark = mark
        self.partCount = partCount
    }

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
    ) -> XMLFragment {
        var fragment = XMLFragment(["<staticBinding id=\"\(nextID())\">"])
        fragment.add(1, "<annotation></annotation>")
        if case .variable(let variable) = value {
            fragment.add(1, "<assignFromContext>true</assignFromContext>")
            fragment.add(1, "<fromContextKey>\(Self.escaped(variable))</fromContextKey>")
        } else {
            fragment.add(1, "<assignFromContext>false</assignFromContext>")
        }
        fragment.add(1, "<assignToContext>\(kept != nil)</assignToContext>")
        if let kept { fragment.add(1, "<toContextKey>\(Self.escaped(kept))</toContextKey>") }
        fragment.add(
            1, "<inputType>\(isSecret ? "ENCRYPTED" : "STRING")</inputType>", "<isList>false</isList>",
            "<required>\(isRequired)</required>", "<isPersisted>true</isPersisted>",
            "<inputSymbol>\(Self.escaped(name))</inputSymbol>", "<listDelimiter>,</listDelimiter>")
        if case .constant(let text) = value { fragment.add(1, "<value>\(Self.escaped(text))</value>") }
        fragment.add(1, "<record>false</record>")
        fragment.add(0, "</staticBinding>")
        return fragment
    }

    /// A response of the flow.
    mutating func response(_ name: String, type: String) -> XMLFragment {
        var fragment = XMLFragment(["<opResponse id=\"\(nextID())\">"])
        fragment.add(
            1, "<annotation></annotation>", "<name>\(name)</name>", "<isDefault>false</isDefault>",
            "<onFailure>false</onFailure>", "<type>\(type)</type>", "<matchRules/>")
        fragment.add(0, "</opResponse>")
        return fragment
    }

    /// What a step does beside its place and name.
    struct StepParts {
        var calls: String
        var bindings: [XMLFragment] = []
        /// Response and the id of the step it leads to.
        var transitions: [(response: String, destination: String)]
        var script: String?
        /// Result fields kept in flow variables of the same name.
        var kept: [String] = []
    }

    mutating func step(id: String, name: String, x: Double, y: Double, _ parts: StepParts) -> XMLFragment {
        var fragment = head("step", id: id, name: name, x: x, y: y)
        add("bindings", parts.bindings, to: &fragment)
        let transitions = parts.transitions.map { transition($0.response, from: id, to: $0.destination) }
        add("transitions", transitions, to: &fragment)
        fragment.add(1, "<properties/>")
        if let script = parts.script {
            fragment.add(1, "<scriptlet id=\"\(nextID())\">")
            fragment.add(2, "<annotation></annotation>", "<name>default</name>")
            let lines = Self.escaped(script).split(separator: "\n", omittingEmptySubsequences: false)
            for (number, line) in lines.enumerated() {
                let begin = number == 0 ? "<script>" : ""
                let end = number == lines.count - 1 ? "</script>" : ""
                fragment.add(2, begin + line + end)
            }
            fragment.add(2, "<type>RHINO</type>")
            fragment.add(1, "</scriptlet>")
        }
        fragment.add(1, "<opRef>")
        fragment.add(2, "<refId>\(parts.calls)</refId>")
        fragment.add(1, "</opRef>")
        add("assignments", parts.kept.map { assignment($0) }, to: &fragment)
        fragment.add(1, "<throttleSize>0</throttleSize>")
        fragment.add(0, "</step>")
        return fragment
    }

    mutating func returnStep(id: String, response: String, type: String, x: Double, y: Double) -> XMLFragment {
        var fragment = head("returnStep", id: id, name: "\(Self.title(type)) : \(response)", x: x, y: y)
        fragment.add(1, "<bindings/>")
        add("transitions", [transition(response, from: id, to: id, name: "return")], to: &fragment)
        fragment.add(1, "<properties/>", "<returnStepType>\(type)</returnStepType>", "<assignments/>")
        fragment.add(0, "</returnStep>")
        return fragment
    }

    private func head(_ element: String, id: String, name: String, x: Double, y: Double) -> XMLFragment {
        var fragment = XMLFragment(["<\(element) id=\"\(id)\">"])
        fragment.add(1, "<annotation></annotation>", "<name>\(Self.escaped(name))</name>", "<bounds>")
        fragment.add(2, "<x>\(x)</x>", "<y>\(y)</y>")
        fragment.add(1, "</bounds>", "<layer>-1</layer>", "<hideInbound>false</hideInbound>")
        for flag in Self.flags { fragment.add(1, flag) }
        return fragment
    }

    private mutating func transition(
        _ response: String, from source: String, to destination: String, name: String? = nil
    ) -> XMLFragment {
        let symbol = Self.escaped(response)
        var fragment = XMLFragment(["<transition id=\"\(nextID())\">"])
        fragment.add(
            1, "<annotation></annotation>", "<name>\(name.map(Self.escaped) ?? symbol)</name>",
            "<command>NEXT</command>", "<linkMode>false</linkMode>", "<responseSymbol>\(symbol)</responseSymbol>",
            "<shouldHandoff>false</shouldHandoff>", "<transitionValue>0.0</transitionValue>", "<destination>")
        fragment.add(2, "<refId>\(Self.escaped(destination))</refId>")
        fragment.add(1, "</destination>", "<source>")
        fragment.add(2, "<refId>\(source)</refId>")
        fragment.add(1, "</source>", "<positions/>")
        fragment.add(0, "</transition>")
        return fragment
    }

    private mutating func assignment(_ field: String) -> XMLFragment {
        var fragment = XMLFragment(["<flowVariableAssignment id=\"\(nextID())\">"])
        fragment.add(
            1, "<annotation></annotation>", "<name>assignment</name>", "<action>OVERWRITE</action>",
            "<assignmentTargetType>FLOW_VARIABLE</assignmentTargetType>", "<contextKey>\(field)</contextKey>",
            "<expression id=\"\(nextID())\">")
        fragment.add(
            2, "<annotation></annotation>", "<name>Result Field: \(field)</name>", "<fieldName>\(field)</fieldName>",
            "<sourceType>RAWRESULT</sourceType>", "<filters/>")
        fragment.add(1, "</expression>")
        fragment.add(0, "</flowVariableAssignment>")
        return fragment
    }

    private func add(_ name: String, _ fragments: [XMLFragment], to fragment: inout XMLFragment) {
        guard !fragments.isEmpty else { return fragment.add(1, "<\(name)/>") }
        fragment.add(1, "<\(name)>")
        for part in fragments { fragment.add(2, part) }
        fragment.add(1, "</\(name)>")
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
        let isPlain = text.utf8.allSatisfy { $0 != 0x26 && $0 != 0x3C && $0 != 0x3E && $0 != 0x0D }
        guard !isPlain else { return text }
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

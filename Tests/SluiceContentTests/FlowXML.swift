import SluiceContent
import SluiceModel
import Testing

/// Documents in XML for the graph reader, of our own writing, with the elements of oo-content-pack.md sections 3 to 5.
enum FlowXML {
    /// A flow with the given children; the first of them stands on line 3.
    static func flow(_ inside: String, id: String = "f-1") -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flow id=\"\(id)\">\n\(inside)\n<name>Own</name></flow>"
    }

    static func operation(_ inside: String) -> String { "<operation id=\"o-1\"><name>Op</name>\(inside)</operation>" }

    /// A flow with the given steps.
    static func steps(_ inside: String) -> String { flow("<steps>\n\(inside)\n</steps>") }

    /// A way from a step; `source` is what Studio writes and the graph does not need.
    static func transition(_ response: String, to destination: String, name: String? = nil) -> String {
        """
        <transition id="t-\(response)"><annotation/><name>\(name ?? response)</name><command>NEXT</command>
        <linkMode>false</linkMode><responseSymbol>\(response)</responseSymbol><shouldHandoff>false</shouldHandoff>
        <transitionValue>0.1</transitionValue><destination><refId>\(destination)</refId></destination>
        <source><refId>s-source</refId></source><positions><point><x>1.0</x><y>2.0</y></point></positions>
        </transition>
        """
    }

    /// A step that asks the gate and goes nowhere.
    static let gateStep =
        "<step id=\"g1\"><name>Gate</name><opRef><refId>\(PackGate.flowID)</refId></opRef><transitions/></step>"

    static func read(
        _ text: String, limits: ContentLimits = ContentLimits()
    ) -> (document: FlowDocument?, diagnostics: [Diagnostic]) {
        FlowDocumentReader(limits: limits).read(bytes: Array(text.utf8), path: "Content/Library/Own.xml", file: "own")
    }

    /// The graph of a document that has nothing wrong.
    static func graph(_ text: String) throws -> FlowDocument {
        let result = read(text)
        #expect(result.diagnostics.isEmpty, "\(result.diagnostics)")
        return try #require(result.document)
    }

    /// The only step of a flow with one.
    static func step(_ text: String) throws -> FlowStep {
        let steps = try graph(steps(text)).steps
        #expect(steps.count == 1)
        return try #require(steps.first)
    }
}

/// Writes SVG: elements with their attributes, everything from outside escaped.
///
/// Nothing but elements of the SVG namespace, presentation attributes and text: no style sheet, script, link or id.
package struct SVGText {
    package private(set) var text = ""
    private var depth = 0

    package init() {}

    /// An attribute and its value, which is always ours: what comes from outside is the text of an element.
    package struct Attribute {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        package init(_ name: String, _ value: Double) { self.init(name, SVGText.number(value)) }
    }

    /// An element whose content the body writes.
    package mutating func element(_ name: String, _ attributes: [Attribute], _ body: (inout SVGText) -> Void) {
        begin(name, attributes)
        text += ">\n"
        depth += 1
        body(&self)
        depth -= 1
        indent()
        text += "</" + name + ">\n"
    }

    /// An element without content.
    package mutating func element(_ name: String, _ attributes: [Attribute]) {
        begin(name, attributes)
        text += "/>\n"
    }

    /// An element with text; what is not harmless in it is shown as an escape.
    package mutating func element(_ name: String, _ attributes: [Attribute] = [], text content: String) {
        begin(name, attributes)
        let content = DrawnText.plain(content, scalarCountMax: DrawnText.textScalarCountMax)
        text += ">" + DrawnText.escaped(content) + "</" + name + ">\n"
    }

    private mutating func begin(_ name: String, _ attributes: [Attribute]) {
        indent()
        text += "<" + name
        for attribute in attributes {
            text += " " + attribute.name + "=\"" + DrawnText.escaped(attribute.value) + "\""
        }
    }

    private mutating func indent() { text += String(repeating: " ", count: depth) }

    /// A number with one decimal place at most.
    package static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        guard tenths % 10 != 0 else { return String(tenths / 10) }
        return (tenths < 0 ? "-" : "") + String(abs(tenths) / 10) + "." + String(abs(tenths) % 10)
    }
}

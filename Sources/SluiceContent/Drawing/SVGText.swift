/// Writes SVG: elements with their attributes, everything from outside escaped.
///
/// Nothing but elements of the SVG namespace, presentation attributes and text: no style sheet, script, link or id.
struct SVGText {
    private(set) var text = ""
    private var depth = 0

    /// An attribute and its value, which is always ours: what comes from outside is the text of an element.
    struct Attribute {
        var name: String
        var value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        init(_ name: String, _ value: Double) { self.init(name, SVGText.number(value)) }
    }

    /// An element whose content the body writes.
    mutating func element(_ name: String, _ attributes: [Attribute], _ body: (inout SVGText) -> Void) {
        begin(name, attributes)
        text += ">\n"
        depth += 1
        body(&self)
        depth -= 1
        indent()
        text += "</" + name + ">\n"
    }

    /// An element without content.
    mutating func element(_ name: String, _ attributes: [Attribute]) {
        begin(name, attributes)
        text += "/>\n"
    }

    /// An element with text; what is not harmless in it is shown as an escape.
    mutating func element(_ name: String, _ attributes: [Attribute] = [], text content: String) {
        begin(name, attributes)
        let content = DrawnText.plain(content, scalarCountMax: DrawnText.textScalarCountMax)
        text += ">" + DrawnText.escaped(content) + "</" + name + ">\n"
    }

    /// A box with round corners.
    mutating func box(_ box: DrawnBox, radius: Double, _ attributes: [Attribute]) {
        element(
            "rect",
            [
                Attribute("x", box.x), Attribute("y", box.y), Attribute("width", box.width),
                Attribute("height", box.height), Attribute("rx", radius),
            ] + attributes)
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
    static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        guard tenths % 10 != 0 else { return String(tenths / 10) }
        return (tenths < 0 ? "-" : "") + String(abs(tenths) / 10) + "." + String(abs(tenths) % 10)
    }

    static func point(_ point: DrawnPoint) -> String { number(point.x) + "," + number(point.y) }
}

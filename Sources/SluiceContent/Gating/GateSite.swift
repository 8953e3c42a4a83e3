import SluiceModel

/// Where things go in a document.
struct GateSite {
    let spans: XMLSpans
    let layout: XMLLayout
    let inputs: Int
    let responses: Int
    let steps: Int
    /// Where the old start step's id stands, without white space.
    let startText: Range<Int>
    let oldStart: String
    /// The upper left corner of all that is on the canvas.
    let corner: (x: Double, y: Double)

    init(
        _ bytes: [UInt8], document: FlowDocument, names: XMLNameSequence, file: String
    ) throws(ContentError) {
        spans = try XMLSpans(bytes, sequence: names, file: file)
        layout = XMLLayout(spans)
        guard document.kind == .flow, let start = document.startStep else {
            throw ContentError(
                "pack-gate-no-start", "has no start step to put the gate before; finish the flow in Studio first",
                file: file, line: document.line)
        }
        guard document.steps.contains(where: { $0.id == start }) else {
            throw ContentError(
                "pack-gate-no-start", "starts with the step \(shown(start)), which it does not have; mend it in Studio",
                file: file, line: document.startStepLine)
        }
        guard let inputs = spans.child("inputs", of: 0), let steps = spans.child("steps", of: 0),
            let responses = spans.child("possibleResponses", of: 0), let starts = spans.child("startSteps", of: 0)
        else {
            throw ContentError(
                "pack-gate-parts", "lacks inputs, possibleResponses, steps or startSteps; save it again in Studio",
                file: file, line: document.line)
        }
        guard spans.firstMark(in: steps) == nil else {
            throw ContentError(
                "pack-gate-parts-left",
                "has parts of a gate that it does not start with; take them out first: `sluice pack ungate`",
                file: file, line: document.startStepLine ?? document.line)
        }
        for element in [inputs, responses, steps] where spans.isBlankAndEndsLikeOpened(element) {
            throw ContentError(
                "pack-gate-end-tag",
                "has the end tag of <\(shown(layout.writtenName(of: element, in: spans)))> written with a space, as "
                    + "gating marks its own; take the space out, or save it again in Studio", file: file,
                line: document.line)
        }
        self.inputs = inputs
        self.responses = responses
        self.steps = steps
        let written = spans.text(of: starts)
        startText = written.range
        oldStart = start
        // Taking the gate out writes the id again: it must stand there as it would be written.
        guard GateFragments.escaped(start) == written.text else {
            throw ContentError(
                "pack-gate-start-text",
                "names its start step with a comment, CDATA or character references, or twice; save it again in Studio",
                file: file, line: document.startStepLine)
        }
        corner = Self.corner(spans)
    }

    private static func corner(_ spans: XMLSpans) -> (x: Double, y: Double) {
        var x: Double?
        var y: Double?
        let number = { (name: StaticString, element: Int) -> Double? in
            spans.child(name, of: element).flatMap { Double(spans.text(of: $0).text) }
        }
        for index in spans.elements.indices where spans.isNamed("bounds", index) || spans.isNamed("point", index) {
            if let found = number("x", index), found.isFinite { x = min(x ?? found, found) }
            if let found = number("y", index), found.isFinite { y = min(y ?? found, found) }
        }
        return (x ?? 0, y ?? 0)
    }
}

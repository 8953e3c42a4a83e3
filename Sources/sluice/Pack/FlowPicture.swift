import SluiceContent
import SluiceModel

/// What `sluice pack inspect --svg` does.
struct FlowPicture {
    let console: Console
    /// Id, path or name of the flow.
    let flow: String
    /// The file to write; nil for stdout.
    let out: String?

    /// Draws the flow of one of the packs. Remarks about other documents are for `sluice pack inspect` alone.
    func draw(from paths: [String]) throws {
        let reader = ContentPackReader()
        var selection = FlowSelection(flow)
        var diagnostics: [Diagnostic] = []
        for path in paths {
            diagnostics += reader.documents(path: path) { selection.consider($0) }.diagnostics
        }
        switch selection.result {
        case .found(let document): try write(FlowDrawing(document))
        case .ambiguous(let places, let count):
            let more = count > places.count ? [" … and \(count - places.count) more"] : []
            let list = (places.map { " " + $0.printable } + more).joined(separator: "\n")
            throw CommandFailure(
                .usage, "\(count) flows are called \(flow.printable):\n" + list, advice: "name one by its path or id")
        case .noFlow(let path, let kind):
            throw CommandFailure(
                .usage, "\(path.printable) is a \(kind.rawValue): it has no graph to draw", advice: "name a flow")
        case .unknown(let near):
            // A document that cannot be read may be the one that is meant.
            let errors = diagnostics.filter { $0.severity == .error }
            if !console.isJSON { console.note(errors) }
            let list = near.map { "\n " + $0.printable }.joined()
            throw CommandFailure(
                errors.isEmpty ? .usage : .failed,
                "no flow has the id, path or name \(flow.printable)" + (near.isEmpty ? "" : "; there are:" + list),
                advice: "`sluice pack inspect \(paths.joined(separator: " ").printable)` lists the flows",
                diagnostics: errors)
        }
    }

    private func write(_ drawing: FlowDrawing) throws {
        guard let out else { return console.print(drawing.svg.withoutLastLineBreak) }
        guard let problem = drawing.write(to: out) else { return }
        throw CommandFailure(.failed, problem.description)
    }
}

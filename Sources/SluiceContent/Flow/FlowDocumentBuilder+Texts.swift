/// Descriptions and prompts, put where they belong while the parts they are for are at hand.
extension FlowDocumentBuilder {
    /// How much of a document is kept.
    enum Detail {
        /// No texts; of steps only ids, names, calls, transitions, and which variables they keep something in.
        case outline
        /// The whole graph, with the document's own texts and its inputs', as an inventory shows them.
        case inputs
        /// The texts of steps and of what they hand on, too.
        case steps
    }

    /// Takes the document's own texts, which count before the pack's.
    mutating func takeTexts(_ properties: String) throws(ContentError) {
        guard detail != .outline else { return }
        guard ownTexts.take(properties: Array(properties.utf8), countMax: limits.documentGraphPartCountMax) else {
            throw ContentError(
                "pack-too-many-parts", "the document has more than \(limits.documentGraphPartCountMax) texts",
                file: file, line: line)
        }
        // They come first in every real document; elsewhere, what came before has not found its texts.
        for index in document.inputs.indices { addTexts(to: &document.inputs[index], id: inputIDs[index]) }
        addTexts(toAll: &document.steps)
    }

    /// It goes no deeper than elements may be nested.
    private func addTexts(toAll steps: inout [FlowStep]) {
        for index in steps.indices {
            addText(to: &steps[index])
            addTexts(toAll: &steps[index].steps)
        }
    }

    func addText(to step: inout FlowStep) {
        guard detail == .steps, hasTexts else { return }
        step.description = text(.description, of: step.id)
    }

    func addTexts(to binding: inout FlowBinding, id: String) {
        guard hasTexts else { return }
        binding.description = text(.description, of: id)
        binding.prompt = text(.prompt, of: id)
    }

    /// What the document itself is for.
    var ownDescription: String? {
        ownTexts.text(.description, of: id) ?? packTexts.text(.description, of: id)
    }

    /// Whether any text can be found, so that ids need be read for them.
    var hasTexts: Bool { detail != .outline && (!ownTexts.isEmpty || !packTexts.isEmpty) }

    private func text(_ kind: PackTexts.Kind, of part: String) -> String? {
        ownTexts.text(kind, of: part, in: id) ?? packTexts.text(kind, of: part, in: id)
    }
}

/// Descriptions of CloudSlang documents, which only a packed pack has in its bundle.
///
/// The keys are those that cs-content-packager's `CSDescriptionService` writes (oo-content-pack.md section 1.4).
extension PackTexts {
    /// The description of an input of a CloudSlang document.
    fileprivate func description(ofInput name: String, in document: String) -> String? {
        isEmpty ? nil : text(.description, of: "\(document).input.\(name)")
    }
}

extension PackFlow {
    /// Adds what the pack's bundle says of a CloudSlang document.
    mutating func addTexts(_ texts: PackTexts) {
        description = texts.text(.description, of: id)
        for index in inputs.indices {
            inputs[index].description = texts.description(ofInput: inputs[index].name, in: id)
        }
    }
}

extension FlowDocument {
    /// Adds what the pack's bundle says of a CloudSlang document.
    mutating func addTexts(_ texts: PackTexts) {
        description = texts.text(.description, of: id)
        for index in inputs.indices {
            inputs[index].description = texts.description(ofInput: inputs[index].name, in: id)
        }
    }
}

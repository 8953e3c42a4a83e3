import CLibXML2

extension ContentError {
    /// What libxml2 complains about.
    ///
    /// - Parameter line: Where its parser is; counts when the complaint has no line.
    init(complaint error: xmlError, file: String, line: Int) {
        let raw = error.message.map { String(cString: $0) } ?? "not well formed"
        let first = XMLComplaint.withoutForeignNames(raw, error).split(whereSeparator: \.isNewline).first
        let message = first.map { shown($0, charactersMax: 200) } ?? ""
        self.init(
            XMLComplaint.code(error), "the document is not well-formed XML: \(message)", file: file,
            line: error.line > 0 ? Int(error.line) : line, column: error.int2 > 0 ? Int(error.int2) : nil)
    }
}

private enum XMLComplaint {
    static func code(_ error: xmlError) -> String {
        switch xmlParserErrors(UInt32(max(0, error.code))) {
        case XML_ERR_INVALID_ENCODING, XML_ERR_UNKNOWN_ENCODING, XML_ERR_UNSUPPORTED_ENCODING,
            XML_ERR_INVALID_CHAR, XML_I18N_CONV_FAILED, XML_I18N_NO_OUTPUT:
            "xml-encoding"
        case XML_ERR_UNDECLARED_ENTITY: "xml-entity"
        case XML_ERR_DOCUMENT_EMPTY: "xml-empty"
        case XML_NS_ERR_UNDEFINED_NAMESPACE: "xml-namespace"
        default: "xml-not-well-formed"
        }
    }

    /// A complaint without the names that no document of ours has: an unescaped `<` or `&` makes them of a value, which
    /// may be a secret.
    static func withoutForeignNames(_ message: String, _ error: xmlError) -> String {
        let isOurs = { (name: String) in
            PackElement(rawValue: name) != nil || PackElement.otherNames.contains(name) || QuartzSchema.hasElement(name)
        }
        var message = message
        for pointer in [error.str1, error.str2, error.str3] {
            guard let pointer else { continue }
            let name = String(cString: pointer)
            if !name.isEmpty, !isOurs(name) { message = message.replacing(name, with: "…") }
        }
        return message
    }
}

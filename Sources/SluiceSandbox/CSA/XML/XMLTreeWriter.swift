import CLibXML2

/// A tree to bytes, by libxml2, which escapes what needs it.
enum XMLTreeWriter {
    static func write(_ root: CSAElement) -> [UInt8] {
        // Creation fails only when memory does.
        guard let document = xmlNewDoc("1.0"), let node = xmlNewDocNode(document, nil, root.name, nil),
            let buffer = xmlBufferCreate()
        else { preconditionFailure("libxml2 is out of memory") }
        defer {
            xmlBufferFree(buffer)
            xmlFreeDoc(document)
        }
        xmlDocSetRootElement(document, node)
        fill(node, with: root)
        xmlNodeDump(buffer, document, node, 0, 0)
        let count = Int(xmlBufferLength(buffer))
        let body = xmlBufferContent(buffer).map { Array(UnsafeBufferPointer(start: $0, count: count)) } ?? []
        return Array(#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#.utf8) + body
    }

    private static func fill(_ node: UnsafeMutablePointer<xmlNode>, with element: CSAElement) {
        for (name, value) in element.attributes.sorted(by: { $0.key < $1.key }) {
            xmlNewProp(node, name, legal(value))
        }
        if let value = element.value {
            // Text as it is: only readers leave out the spaces around it.
            let text = legal(value.asText ?? element.text)
            if !text.isEmpty, let leaf = xmlNewText(text) { xmlAddChild(node, leaf) }
            return
        }
        for child in element.children {
            guard let added = xmlNewChild(node, nil, child.name, nil) else { continue }
            fill(added, with: child)
        }
    }

    /// Without the control characters that XML 1.0 cannot hold: names may come from JSON.
    private static func legal(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.value >= 0x20 || "\t\n\r".unicodeScalars.contains($0) }))
    }
}

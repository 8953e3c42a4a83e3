import CLibXML2

/// Why bytes are no document that the sandbox reads.
struct XMLTreeError: Error, Hashable, Sendable {
    let text: String
}

/// Bytes to a tree, by libxml2: no network, no document type, no entities but XML's own, bounded depth and size.
enum XMLTreeReader {
    private static let isReady: Void = xmlInitParser()

    static func read(_ bytes: [UInt8]) throws(XMLTreeError) -> CSAElement {
        _ = isReady
        try check(bytes)
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
        let document = bytes.withUnsafeBytes { buffer in
            xmlReadMemory(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), nil, nil, Int32(options))
        }
        guard let document else { throw XMLTreeError(text: "not well-formed XML") }
        defer { xmlFreeDoc(document) }
        // The scan above does not see it in every encoding.
        guard document.pointee.intSubset == nil else { throw XMLTreeError(text: "document types are not taken") }
        guard let root = xmlDocGetRootElement(document) else { throw XMLTreeError(text: "no element") }
        var count = 0
        return try element(root, depth: 1, count: &count)
    }

    /// What must not reach the parser: document types (entities), and tags so long that libxml2 2.9 takes seconds
    /// for their attributes (reference/swift-stack.md section 6).
    private static func check(_ bytes: [UInt8]) throws(XMLTreeError) {
        guard bytes.count <= SandboxLimits.requestBytesMax else { throw XMLTreeError(text: "too long") }
        let doctype = Array("<!DOCTYPE".utf8)
        var sinceTagEnd = 0
        for (index, byte) in bytes.enumerated() {
            sinceTagEnd = byte == UInt8(ascii: ">") ? 0 : sinceTagEnd + 1
            guard sinceTagEnd <= CSALimits.xmlTagBytesMax else { throw XMLTreeError(text: "a tag or text is too long") }
            if byte == doctype[0], bytes[index...].starts(with: doctype) {
                throw XMLTreeError(text: "document types are not taken")
            }
        }
    }

    private static func element(
        _ node: UnsafeMutablePointer<xmlNode>, depth: Int, count: inout Int
    ) throws(XMLTreeError) -> CSAElement {
        count += 1
        guard depth <= CSALimits.xmlDepthMax, count <= CSALimits.xmlElementCountMax else {
            throw XMLTreeError(text: "too deep, or too many elements")
        }
        var children: [CSAElement] = []
        var text = ""
        var next = node.pointee.children
        while let child = next {
            switch child.pointee.type {
            case XML_ELEMENT_NODE: children.append(try element(child, depth: depth + 1, count: &count))
            case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
                if let content = child.pointee.content { text += String(cString: content) }
            case XML_ENTITY_REF_NODE, XML_ENTITY_NODE: throw XMLTreeError(text: "entities are not taken")
            default: break
            }
            next = child.pointee.next
        }
        let name = node.pointee.name.map { String(cString: $0) } ?? ""
        return children.isEmpty ? CSAElement(name, text: text) : CSAElement(name, children: children)
    }
}

import CLibXML2

extension XMLPushParser {
    /// Callbacks that capture nothing; the parser travels as libxml2's user data.
    static var handler: xmlSAXHandler {
        var handler = xmlSAXHandler()
        handler.initialized = UInt32(XML_SAX2_MAGIC)
        handler.startElementNs = { data, local, prefix, uri, _, _, attributeCount, _, attributes in
            guard let local else { return }
            XMLPushParser.with(data) {
                $0.started(
                    local, prefix: prefix, namespace: uri, attributes: attributes, attributeCount: Int(attributeCount))
            }
        }
        handler.endElementNs = { data, _, _, _ in XMLPushParser.with(data) { $0.ended() } }
        handler.characters = { data, bytes, count in
            guard let bytes else { return }
            XMLPushParser.with(data) { $0.characters(bytes, count: Int(count)) }
        }
        handler.ignorableWhitespace = handler.characters
        handler.internalSubset = { data, _, _, _ in
            XMLPushParser.with(data) { $0.refused("xml-doctype", "a DOCTYPE is not allowed; remove it") }
        }
        handler.externalSubset = { data, _, _, _ in
            XMLPushParser.with(data) { $0.refused("xml-doctype", "an external DTD is not allowed; remove it") }
        }
        handler.entityDecl = { data, _, _, _, _, _ in
            XMLPushParser.with(data) { $0.refused("xml-entity", "an entity declaration is not allowed; remove it") }
        }
        handler.unparsedEntityDecl = { data, _, _, _, _ in
            XMLPushParser.with(data) { $0.refused("xml-entity", "an entity declaration is not allowed; remove it") }
        }
        // Without this one, a document with an external subset and an undeclared entity passes with text missing.
        handler.reference = { data, _ in
            XMLPushParser.with(data) { $0.refused("xml-entity", "an entity reference is not allowed; write its text") }
        }
        // The structured channel keeps libxml2 from printing to standard error.
        handler.serror = { data, error in
            guard let error else { return }
            XMLPushParser.with(data) { $0.complained(error) }
        }
        return handler
    }

    /// The same with every text passed on.
    static var textHandler: xmlSAXHandler {
        var handler = handler
        handler.characters = { data, bytes, count in
            guard let bytes else { return }
            XMLPushParser.with(data) { $0.passed(bytes, count: Int(count)) }
        }
        handler.ignorableWhitespace = handler.characters
        return handler
    }

    /// Hands over the parser that libxml2 calls back; it lives as long as the context that calls.
    private static func with(_ data: UnsafeMutableRawPointer?, _ body: (XMLPushParser) -> Void) {
        guard let data else { return }
        // Not `takeUnretainedValue`: counting a reference for every event takes a tenth of the whole reading.
        Unmanaged<XMLPushParser>.fromOpaque(data)._withUnsafeGuaranteedRef(body)
    }
}

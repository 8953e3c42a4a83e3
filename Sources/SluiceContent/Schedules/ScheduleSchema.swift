import CLibXML2
public import SluiceModel

/// Checks documents against an XML schema (W3C XML Schema 1.0, by libxml2), without network.
///
/// The document is first read by our own bounded parser, so it has no DTD and no entity of its own; the schema may
/// include files of the disk. libxml2 compiles a schema without a limit of time: name only schemas that you trust.
public final class ScheduleSchema {
    private let schema: xmlSchemaPtr
    private let path: String
    private let limits: ContentLimits

    /// Reads a schema; blocks while it does.
    /// - Returns: nil in `schema` when it cannot be read or is no schema; `diagnostics` say why then.
    public static func read(
        path: String, limits: ContentLimits = ContentLimits()
    ) -> (schema: ScheduleSchema?, diagnostics: [Diagnostic]) {
        var list = DiagnosticList(countMax: limits.diagnosticCountMax)
        do throws(ContentError) {
            let bytes = try wholeFile(path, limits: limits)
            if let problem = problem(of: bytes, path: path, limits: limits) { throw ContentError(problem) }
            _ = libxmlHasNoNetwork
            let complaints = Complaints(code: "xsd-schema", what: "the schema cannot be read: ", file: path)
            // By name, so that it finds the files it includes beside itself.
            guard let context = xmlSchemaNewParserCtxt(path) else { preconditionFailure("libxml2 is out of memory") }
            defer { xmlSchemaFreeParserCtxt(context) }
            xmlSchemaSetParserStructuredErrors(context, Complaints.handler, complaints.pointer)
            let schema = xmlSchemaParse(context)
            for complaint in complaints.all { list.append(complaint) }
            guard let schema else {
                if complaints.all.isEmpty {
                    list.append(ContentError("xsd-schema", "the file is no XML schema", file: path, line: 1))
                }
                return (nil, list.all)
            }
            return (ScheduleSchema(schema: schema, path: path, limits: limits), list.all)
        } catch {
            list.append(error)
            return (nil, list.all)
        }
    }

    private init(schema: xmlSchemaPtr, path: String, limits: ContentLimits) {
        self.schema = schema
        self.path = path
        self.limits = limits
    }

    deinit { xmlSchemaFree(schema) }

    /// What in a file on disk breaks the schema, in the order of the file; empty when nothing does.
    public func faults(path file: String) -> [Diagnostic] {
        do throws(ContentError) {
            return faults(bytes: try Self.wholeFile(file, limits: limits), file: file)
        } catch {
            return [error.diagnostic]
        }
    }

    /// The same of a file's bytes.
    public func faults(bytes: [UInt8], file: String) -> [Diagnostic] {
        if let problem = Self.problem(of: bytes, path: file, limits: limits) { return [problem] }
        let complaints = Complaints(code: "xsd", what: "breaks the schema: ", file: file)
        var list = DiagnosticList(countMax: limits.diagnosticCountMax)
        guard let context = xmlSchemaNewValidCtxt(schema) else { preconditionFailure("libxml2 is out of memory") }
        defer { xmlSchemaFreeValidCtxt(context) }
        xmlSchemaSetValidStructuredErrors(context, Complaints.handler, complaints.pointer)
        let result = bytes.withUnsafeBytes { raw -> Int32 in
            raw.withMemoryRebound(to: CChar.self) { text in
                guard
                    let input = xmlParserInputBufferCreateMem(
                        text.baseAddress, Int32(text.count), XML_CHAR_ENCODING_NONE)
                else { return -1 }
                // It takes the buffer over.
                return xmlSchemaValidateStream(context, input, XML_CHAR_ENCODING_NONE, nil, nil)
            }
        }
        for complaint in complaints.all { list.append(complaint) }
        if result != 0, complaints.all.isEmpty, !complaints.hasExcused {
            list.append(ContentError("xsd", "libxml2 could not check it (\(result))", file: file, line: 1))
        }
        return list.all
    }

    private static func wholeFile(_ path: String, limits: ContentLimits) throws(ContentError) -> [UInt8] {
        let file = try RandomAccessFile(path: path)
        guard file.size <= limits.documentBytesMax else {
            throw ContentError("file-size", "is larger than \(limits.documentBytesMax) bytes", file: path)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(file.size)
        try file.forEachChunk { piece in
            bytes.append(contentsOf: piece)
            return bytes.count <= limits.documentBytesMax
        }
        return bytes
    }

    /// What our own parser has against a document.
    private static func problem(of bytes: [UInt8], path: String, limits: ContentLimits) -> Diagnostic? {
        let parser = XMLPushParser(file: path, limits: limits, sink: NoSink())
        _ = bytes.withUnsafeBytes(parser.feed)
        return parser.finish()
    }
}

/// Wants nothing of a document.
private final class NoSink: XMLEventSink {
    func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool { false }
    func endElement(text: String?) throws(ContentError) {}
}

/// What libxml2 complains about during one call, bounded; it lives as long as the call.
private final class Complaints {
    private(set) var all: [ContentError] = []
    /// Whether there was one that libxml2 is wrong about.
    private(set) var hasExcused = false
    private let code: String
    private let what: String
    private let file: String

    /// More are not kept; the list of the caller says that there were more.
    private static let countMax = 2_000

    init(code: String, what: String, file: String) {
        self.code = code
        self.what = what
        self.file = file
    }

    var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static let handler: xmlStructuredErrorFunc = { data, error in
        guard let data, let error else { return }
        Unmanaged<Complaints>.fromOpaque(data).takeUnretainedValue().add(error.pointee)
    }

    private func add(_ error: xmlError) {
        guard all.count < Self.countMax else { return }
        let text = error.message.map { String(cString: $0) } ?? "for a reason that libxml2 does not say"
        let complaint = SchemaComplaint(trimmed(text))
        guard !complaint.isExcused else {
            hasExcused = true
            return
        }
        all.append(
            ContentError(
                code,
                what + shown(complaint.text.replacing("\n", with: " "), charactersMax: Self.textCharactersMax),
                file: file, line: max(1, Int(error.line))))
    }

    private static let textCharactersMax = 300
}

/// What a schema includes is never fetched over a network: set once for the process, before the first schema.
private let libxmlHasNoNetwork: Void = {
    xmlInitParser()
    xmlSetExternalEntityLoader(xmlNoNetExternalEntityLoader)
}()

/// The XML declaration and encoding of a document by its first bytes, as far as Xerces, Quartz's parser, and libxml2,
/// which is ours, differ about them.
struct XMLProlog {
    /// So many first bytes are looked at.
    static let bytesMax = 512

    private enum Width {
        case one
        case two(isBigEndian: Bool, hasMark: Bool)
        case four
        case ebcdic
    }

    private var first: [UInt8] = []
    private var byteCount = 0

    mutating func add(_ piece: UnsafeRawBufferPointer) {
        byteCount += piece.count
        if first.count < Self.bytesMax { first.append(contentsOf: piece.prefix(Self.bytesMax - first.count)) }
    }

    /// Encodings that both read alike, in capitals without `-` and `_`.
    private static let common: Set<String> = Set(
        [
            "UTF8", "CESU8", "UTF16", "UTF16LE", "UTF16BE", "ISO10646UCS2", "ISO10646UCS4", "UTF32", "USASCII", "ASCII",
            "LATIN1",
        ]
            + ["L1", "EUCJP", "SHIFTJIS", "GB2312", "GBK", "GB18030", "BIG5", "EUCKR", "KOI8R", "KOI8U", "ISO2022JP"]
            + (1...9).map { "ISO8859\($0)" } + ["ISO885913", "ISO885915"] + (1250...1258).map { "WINDOWS\($0)" }
            + (1250...1258).map { "CP\($0)" })

    /// What the declaration and the encoding say of Quartz's verdict; `accepts` when nothing.
    /// - Parameter isReadable: Whether we could read the document.
    func verdict(isReadable: Bool) -> QuartzVerdict {
        let width = width
        if case .ebcdic = width {
            return isReadable ? .accepts : .unknown("the document is in EBCDIC, which is not read here")
        }
        let declaration = declaration(width)
        if let version = value("version", of: declaration), !["1.0", "1.1"].contains(version) {
            return .refuses("XML version “\(shown(version, charactersMax: 16))” is not supported")
        }
        let encoding = value("encoding", of: declaration)
        if case .two(_, let hasMark) = width {
            if byteCount % 2 != 0 { return .refuses("the document is in UTF-16 and ends with half a character") }
            if !hasMark, let encoding, !Self.isTwoBytes(encoding) {
                return .refuses(
                    "the document is in UTF-16 without a byte order mark, and declared as "
                        + shown(encoding, charactersMax: 32))
            }
        }
        if let encoding {
            let plain = Self.plain(encoding)
            if plain == "UTF7" { return .refuses("the encoding UTF-7 is not supported") }
            if isReadable, !Self.common.contains(plain) {
                return .unknown("whether Java reads the encoding \(shown(encoding, charactersMax: 32)) is not known")
            }
        }
        if !isReadable, value("version", of: declaration) == "1.1" {
            return .unknown("the document is XML 1.1, which is read here as 1.0")
        }
        return .accepts
    }

    private var width: Width {
        if first.starts(with: [0xFE, 0xFF]) { return .two(isBigEndian: true, hasMark: true) }
        if first.starts(with: [0xFF, 0xFE, 0, 0]) { return .four }
        if first.starts(with: [0xFF, 0xFE]) { return .two(isBigEndian: false, hasMark: true) }
        if first.starts(with: [0, 0x3C, 0, 0x3F]) { return .two(isBigEndian: true, hasMark: false) }
        if first.starts(with: [0x3C, 0, 0x3F, 0]) { return .two(isBigEndian: false, hasMark: false) }
        if first.starts(with: Self.ebcdic) { return .ebcdic }
        return first.prefix(4).contains(0) ? .four : .one
    }

    /// `<?xm` in EBCDIC.
    static let ebcdic: [UInt8] = [0x4C, 0x6F, 0xA7, 0x94]

    private static func isTwoBytes(_ encoding: String) -> Bool {
        ["UTF16", "UTF16LE", "UTF16BE", "ISO10646UCS2"].contains(plain(encoding))
    }

    private static func plain(_ encoding: String) -> String {
        encoding.uppercased().filter { $0 != "-" && $0 != "_" }
    }

    /// The text between `<?xml` and `?>`; empty when there is none.
    private func declaration(_ width: Width) -> String {
        var bytes = first
        switch width {
        case .one: if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        case .two(let isBigEndian, _):
            bytes = bytes.enumerated().filter { ($0.offset % 2 == 1) == isBigEndian }.map(\.element)
            if let mark = bytes.first, mark >= 0xFE { bytes.removeFirst() }
        case .four, .ebcdic: return ""
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix("<?xml"), let end = text.firstRange(of: "?>") else { return "" }
        return String(text[..<end.lowerBound].dropFirst(5))
    }

    private func value(_ name: String, of declaration: String) -> String? {
        guard let found = declaration.firstRange(of: name) else { return nil }
        let rest = declaration[found.upperBound...].drop { $0 != "\"" && $0 != "'" }
        guard let quote = rest.first else { return nil }
        return String(rest.dropFirst().prefix { $0 != quote })
    }
}

/// Replacements in a document's bytes, by place; every byte outside them stays.
struct XMLEdits {
    private var edits: [(range: Range<Int>, text: [UInt8])] = []

    /// Replaces what stands in a range. Ranges must not overlap; texts for one place stand in the order given.
    mutating func replace(_ range: Range<Int>, with text: String) { edits.append((range, Array(text.utf8))) }

    var isEmpty: Bool { edits.isEmpty }

    /// The document with all replacements made.
    /// - Throws: `ContentError` when two of them are for the same bytes.
    func applied(to bytes: [UInt8], file: String) throws(ContentError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + edits.reduce(0) { $0 + $1.text.count })
        var place = 0
        let order = edits.indices.sorted {
            (edits[$0].range.lowerBound, edits[$0].range.upperBound, $0)
                < (edits[$1].range.lowerBound, edits[$1].range.upperBound, $1)
        }
        for index in order {
            let edit = edits[index]
            guard edit.range.lowerBound >= place else {
                throw ContentError(
                    "pack-gate-overlap", "would be edited twice at one place; please report it. Nothing was changed",
                    file: file)
            }
            result += bytes[place..<edit.range.lowerBound]
            result += edit.text
            place = edit.range.upperBound
        }
        result += bytes[place...]
        return result
    }

    /// Adds children behind an element's last one, each on a line of its own.
    ///
    /// An element written as `<a/>` is opened, and its end tag gets a space, `</a >`: so `removeChildren` knows to
    /// close it again.
    mutating func append(_ children: [XMLFragment], to parent: Int, in spans: XMLSpans, layout: XMLLayout) {
        let element = spans.elements[parent]
        let depth = layout.depth(of: parent, in: spans) + 1
        let text = layout.text(of: children, depth: depth)
        if element.isSelfClosed {
            let slash = element.startTag.upperBound - 2
            let end = layout.breakAndIndent(depth - 1) + "</\(layout.writtenName(of: parent, in: spans)) >"
            replace(slash..<element.startTag.upperBound, with: ">" + text + end)
        } else {
            let last = spans.children(of: parent).last.map { spans.elements[$0].range.upperBound }
            let place = last ?? element.startTag.upperBound
            replace(place..<place, with: text)
        }
    }

    /// Whether nothing but white space stands beside these children, which come in the document's order.
    private func isBlank(_ content: Range<Int>, but children: [Int], in spans: XMLSpans) -> Bool {
        var place = content.lowerBound
        for child in children {
            let range = spans.elements[child].range
            guard spans.bytes[place..<range.lowerBound].allSatisfy(XMLSpans.isSpace) else { return false }
            place = range.upperBound
        }
        return spans.bytes[place..<content.upperBound].allSatisfy(XMLSpans.isSpace)
    }

    /// Removes children together with the white space before each, and closes the element again if `append` opened it.
    mutating func removeChildren(_ children: [Int], of parent: Int, in spans: XMLSpans) {
        guard !children.isEmpty else { return }
        let element = spans.elements[parent]
        if spans.endsLikeOpened(parent), isBlank(element.content, but: children, in: spans) {
            replace(element.startTag.upperBound - 1..<element.endTag.upperBound, with: "/>")
            return
        }
        for child in children {
            let range = spans.elements[child].range
            var start = range.lowerBound
            while start > element.startTag.upperBound, XMLSpans.isSpace(spans.bytes[start - 1]) { start -= 1 }
            replace(start..<range.upperBound, with: "")
        }
    }
}

extension XMLSpans {
    /// Whether an element has an end tag like `</a >`, which `append` gives to one that it opens.
    func endsLikeOpened(_ index: Int) -> Bool { bytes[elements[index].endTag].dropLast().last == 0x20 }

    /// The same of one with nothing in it: what is put in could not be told from what opened it.
    func isBlankAndEndsLikeOpened(_ index: Int) -> Bool {
        endsLikeOpened(index) && bytes[elements[index].content].allSatisfy(Self.isSpace)
    }
}

/// A piece of XML by its lines.
struct XMLFragment {
    /// Text of a line, and how many levels below the fragment's first one it stands.
    var lines: [(level: Int, text: String)] = []

    init(_ lines: [String] = []) { self.lines = lines.map { (0, $0) } }

    /// Adds lines at a level.
    mutating func add(_ level: Int, _ texts: String...) { for text in texts { lines.append((level, text)) } }

    /// Adds another fragment at a level.
    mutating func add(_ level: Int, _ other: XMLFragment) {
        for line in other.lines { lines.append((level + line.level, line.text)) }
    }
}

/// How a document is laid out: its line ends and its indentation.
struct XMLLayout {
    /// `\r\n` or `\n`; empty when the document is all on one line.
    let lineBreak: String
    /// White space of one level; empty when there is none.
    let indent: String

    init(_ spans: XMLSpans) {
        let first = spans.bytes.firstIndex(of: 0x0A)
        let hasReturn = first.map { $0 > 0 && spans.bytes[$0 - 1] == 0x0D } ?? false
        lineBreak = first == nil ? "" : hasReturn ? "\r\n" : "\n"
        guard spans.elements[0].firstChild >= 0 else {
            indent = ""
            return
        }
        let start = spans.elements[spans.elements[0].firstChild].startTag.lowerBound
        let white = spans.bytes[..<start].reversed().prefix { $0 == 0x20 || $0 == 0x09 }
        indent = String(decoding: Array(white.reversed()), as: UTF8.self)
    }

    func breakAndIndent(_ depth: Int) -> String {
        lineBreak.isEmpty ? "" : lineBreak + String(repeating: indent, count: depth)
    }

    /// Fragments, each beginning on a line of its own, in this layout.
    func text(of fragments: [XMLFragment], depth: Int) -> String {
        var text = ""
        var lineStarts: [String] = []
        for fragment in fragments {
            for line in fragment.lines {
                while lineStarts.count <= depth + line.level { lineStarts.append(breakAndIndent(lineStarts.count)) }
                text += lineStarts[depth + line.level]
                text += line.text
            }
        }
        return text
    }

    func depth(of index: Int, in spans: XMLSpans) -> Int {
        var depth = 0
        var place = spans.elements[index].parent
        while place >= 0 {
            depth += 1
            place = spans.elements[place].parent
        }
        return depth
    }

    /// The element's name with its prefix, as its start tag has it.
    func writtenName(of index: Int, in spans: XMLSpans) -> String {
        let tag = spans.bytes[spans.elements[index].startTag].dropFirst()
        return String(
            decoding: tag.prefix { !XMLSpans.isSpace($0) && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/") },
            as: UTF8.self)
    }
}

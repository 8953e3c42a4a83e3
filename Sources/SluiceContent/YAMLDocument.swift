import SluiceModel
import Yams

/// Composes one YAML document from untrusted bytes, bounded before and after libyaml sees it.
///
/// Aliases are refused, because a few of them make a tree of any size; libyaml refuses nesting beyond 1,000.
enum YAMLDocument {
    /// Keys that appear twice and are named.
    private static let shownKeyCountMax = 3

    /// The document's root.
    static func compose(_ bytes: [UInt8], file: String, limits: ContentLimits) throws(ContentError) -> Node {
        guard bytes.count <= limits.yamlBytesMax else {
            throw ContentError("yaml-size", "the file is larger than \(limits.yamlBytesMax) bytes", file: file)
        }
        // libyaml counts a byte order mark as a column when it is given one with the text.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        guard let text = String(validating: bytes.starts(with: mark) ? bytes[3...] : bytes[...], as: UTF8.self) else {
            throw ContentError("yaml-encoding", "the file is not UTF-8", file: file)
        }
        if let line = aliasLine(bytes) {
            throw ContentError(
                "yaml-alias", "YAML aliases are not allowed; write the value again", file: file, line: line)
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw failure(error, file: file)
        } catch {
            throw ContentError("yaml-syntax", "the file is not YAML", file: file)
        }
        guard let node else { throw ContentError("yaml-empty", "the file is empty", file: file) }
        try measure(node, file: file, limits: limits)
        return node
    }

    /// The error at a place inside the file: at its end, without a last newline, libyaml is one line further.
    static func inside(_ bytes: [UInt8], _ error: ContentError) -> ContentError {
        ContentError(inside(bytes, [error.diagnostic])[0])
    }

    /// The same of several remarks.
    static func inside(_ bytes: [UInt8], _ diagnostics: [Diagnostic]) -> [Diagnostic] {
        guard !diagnostics.isEmpty else { return [] }
        let lineMax = lineCount(String(decoding: bytes, as: UTF8.self))
        return diagnostics.map { diagnostic in
            guard let line = diagnostic.line, line > lineMax else { return diagnostic }
            var diagnostic = diagnostic
            diagnostic.line = lineMax
            diagnostic.column = nil
            return diagnostic
        }
    }

    /// Lines of a text by YAML 1.1, section 5.4; the one behind the last newline counts too.
    private static func lineCount(_ text: String) -> Int {
        var count = 1
        var last: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where last == "\r": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": count += 1
            default: break
            }
            last = scalar
        }
        return count
    }

    /// The line of the first `*name` that could be an alias of a `&name` that could be an anchor; nil when none could.
    ///
    /// It finds every real pair: libyaml takes `*` and `&` as such only where a token can start. Text that looks like a
    /// pair is refused too, which costs a rare script one message.
    private static func aliasLine(_ bytes: [UInt8]) -> Int? {
        let anchors = Set(marks(UInt8(ascii: "&"), bytes).map(\.name))
        guard !anchors.isEmpty else { return nil }
        guard let alias = marks(UInt8(ascii: "*"), bytes).first(where: { anchors.contains($0.name) }) else {
            return nil
        }
        return 1 + bytes[..<alias.offset].count { $0 == UInt8(ascii: "\n") }
    }

    private static func marks(_ mark: UInt8, _ bytes: [UInt8]) -> [(name: ArraySlice<UInt8>, offset: Int)] {
        var marks: [(name: ArraySlice<UInt8>, offset: Int)] = []
        for offset in bytes.indices where bytes[offset] == mark {
            // Before a token: white space, a flow indicator, a quote, or the last byte of a multi-byte break or mark.
            guard offset == 0 || bytes[offset - 1] >= 0x80 || " \t\r\n[]{},:?-'\"".utf8.contains(bytes[offset - 1])
            else { continue }
            let name = bytes[(offset + 1)...].prefix { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
                    || byte == 45 || byte >= 0x80
            }
            if !name.isEmpty { marks.append((name, offset)) }
        }
        return marks
    }

    /// Refuses trees that are too deep or too large for the readers that follow.
    private static func measure(_ root: Node, file: String, limits: ContentLimits) throws(ContentError) {
        var pending: [(node: Node, depth: Int)] = [(root, 0)]
        var count = 0
        while let (node, depth) = pending.popLast() {
            count += 1
            guard count + pending.count <= limits.yamlNodeCountMax else {
                throw ContentError("yaml-size", "the file has more than \(limits.yamlNodeCountMax) nodes", file: file)
            }
            guard depth <= limits.yamlDepthMax else {
                throw ContentError(
                    "yaml-depth", "values are nested deeper than \(limits.yamlDepthMax)", file: file,
                    line: node.mark?.line, column: node.mark?.column)
            }
            switch node {
            case .mapping(let mapping):
                for (key, value) in mapping { pending += [(key, depth + 1), (value, depth + 1)] }
            case .sequence(let sequence):
                for value in sequence { pending.append((value, depth + 1)) }
            case .scalar: break
            case .alias: throw ContentError("yaml-alias", "YAML aliases are not allowed", file: file)
            }
        }
    }

    /// What went wrong, without the excerpt that Yams adds: it could hold a secret.
    private static func failure(_ error: YamlError, file: String) -> ContentError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return ContentError(
                "yaml-syntax", "the file is not YAML: \(shown(problem))", file: file, line: mark.line,
                column: mark.column)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.sorted().prefix(shownKeyCountMax).map { shown($0) }.joined(separator: ", ")
            // Of several keys, Yams gives the place of one by chance: keys of different kinds have no order there.
            let mark = duplicates.count == 1 ? context.mark : nil
            return ContentError(
                "yaml-duplicate-key", "\(mark == nil ? "keys appear" : "a key appears") twice: \(names)", file: file,
                line: mark?.line, column: mark?.column)
        case .reader(let problem, _, _, _):
            return ContentError("yaml-encoding", "the file is not YAML: \(shown(problem))", file: file)
        default:
            return ContentError("yaml-syntax", "the file is not YAML", file: file)
        }
    }
}

import Yams

/// Where lines go in a CloudSlang flow.
struct CloudSlangSite {
    /// Index of the line before which the inputs, results and steps are put.
    let inputsLine: Int
    let resultsLine: Int
    let workflowLine: Int
    /// White space before the steps' dashes.
    let stepIndent: String
    let firstStep: String
    private let keyIndent: String
    private let inputIndent: String?
    private let resultIndent: String?
    private let workflow: Node

    init(_ bytes: [UInt8], document: FlowDocument, file: String, limits: ContentLimits) throws(ContentError) {
        let root = try YAMLDocument.compose(bytes, file: file, limits: limits)
        let lines = CloudSlangLines(bytes)
        let refuse = { (what: String, line: Int?) in
            ContentError(
                "pack-gate-layout", "cannot be gated as it is laid out: \(what); put each on a line of its own",
                file: file,
                line: line)
        }
        guard let flow = root["flow"]?.mapping, let first = document.startStep else {
            throw ContentError(
                "pack-gate-no-start", "has no step to put the gate before", file: file, line: document.line)
        }
        if let imports = root["imports"]?.mapping, imports.contains(where: { $0.key.string == "sluice" }) {
            throw ContentError(
                "pack-gate-alias", "imports something as `sluice`, which is the gate's namespace; rename the alias",
                file: file, line: root["imports"]?.mark?.line)
        }
        firstStep = first
        let key = { (name: String) -> (node: Node, value: Node)? in
            flow.first { $0.key.string == name }.map { (node: $0.key, value: $0.value) }
        }
        guard let workflow = key("workflow"), let keyMark = workflow.node.mark, let steps = workflow.value.sequence,
            steps.style != .flow, let step = steps.first?.mark,
            let indent = lines.indentOfDash(step.line - 1, column: step.column)
        else { throw refuse("its workflow", document.line) }
        guard let keyIndent = lines.indentOfKey(keyMark.line - 1, column: keyMark.column) else {
            throw refuse("the key `workflow`", keyMark.line)
        }
        self.keyIndent = keyIndent
        self.workflow = workflow.value
        stepIndent = indent
        workflowLine = step.line - 1
        (inputsLine, inputIndent) = try Self.place(key("inputs"), lines, otherwise: keyMark.line - 1) {
            refuse("its inputs", $0)
        }
        (resultsLine, resultIndent) = try Self.place(key("results"), lines, otherwise: keyMark.line - 1) {
            refuse("its results", $0)
        }
    }

    /// The line of a list's first entry with its indentation; without one, the line given and no indentation.
    private static func place(
        _ found: (node: Node, value: Node)?, _ lines: CloudSlangLines, otherwise: Int, refuse: (Int?) -> ContentError
    ) throws(ContentError) -> (line: Int, indent: String?) {
        guard let found else { return (otherwise, nil) }
        guard let values = found.value.sequence, values.style != .flow, let first = values.first?.mark,
            let indent = lines.indentOfDash(first.line - 1, column: first.column)
        else { throw refuse(found.node.mark?.line) }
        return (first.line - 1, indent)
    }

    /// Where the pass goes for the steps that call one of these flows and do not hand it over: before a line, with
    /// white space; and the names of steps whose arguments leave no place for it.
    func callsWithoutPass(
        of ids: Set<String>, in document: FlowDocument, _ lines: CloudSlangLines
    ) -> (places: [(line: Int, indent: String)], others: [String]) {
        let calls = document.allSteps.filter { step in
            step.called.map { ids.contains($0.lowercased()) } == true
                && !step.bindings.contains { $0.name == "sluicePass" }
        }
        guard !calls.isEmpty else { return ([], []) }
        var arguments: [Int: (callee: Node, list: Node)] = [:]
        var pending = [workflow]
        while let node = pending.popLast() {
            for (key, value) in node.mapping ?? [:] {
                pending.append(value)
                guard key.string == "do" else { continue }
                for (callee, list) in value.mapping ?? [:] { arguments[callee.mark?.line ?? 0] = (callee, list) }
            }
            pending += node.sequence.map(Array.init) ?? []
        }
        var places: [(line: Int, indent: String)] = []
        var others: [String] = []
        for step in calls {
            if let call = arguments[step.calledLine ?? 0], let place = place(ofArguments: call, lines) {
                places.append(place)
            } else {
                others.append(step.name)
            }
        }
        return (places, others)
    }

    /// Before the first argument; below the callee where it has none.
    private func place(
        ofArguments call: (callee: Node, list: Node), _ lines: CloudSlangLines
    ) -> (line: Int, indent: String)? {
        if let list = call.list.sequence, list.style != .flow, let first = list.first?.mark {
            return lines.indentOfDash(first.line - 1, column: first.column).map { (first.line - 1, $0) }
        }
        guard call.list.isEmptyValue, call.list.scalar?.string.isEmpty == true, let mark = call.callee.mark,
            let indent = lines.indentOfKey(mark.line - 1, column: mark.column), lines.endsWithColon(mark.line - 1)
        else { return nil }
        return (mark.line, indent + "  ")
    }

    func inputs(_ entries: [String]) -> [String] { list("inputs", entries, inputIndent) }

    /// Results to add; all of them, the default ones too, where the flow has no list.
    func results(_ names: [String]) -> [String] {
        let defaults = resultIndent == nil ? ["SUCCESS", "FAILURE"].filter { !names.contains($0) } : []
        return list("results", (defaults + names).map { "- \($0)" }, resultIndent)
    }

    private func list(_ key: String, _ entries: [String], _ indent: String?) -> [String] {
        if let indent { return entries.map { indent + $0 } }
        return ["\(keyIndent)\(key):"] + entries.map { keyIndent + "  " + $0 }
    }
}

/// A file's lines with their ends, and blocks put between them.
struct CloudSlangLines {
    /// Begins and ends the comments around a block.
    static let beginning = "# sluice gate, put in by `sluice pack gate`; until the end mark: "
    static let ending = "# sluice gate, end mark: "

    private let lines: [ArraySlice<UInt8>]
    private let lineBreak: String
    private var blocks: [(line: Int, text: String)] = []
    /// Blocks that the file has already.
    private let blockCount: Int

    init(_ bytes: [UInt8]) {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == 0x0A {
            lines.append(bytes[start...index])
            start = index + 1
        }
        if start < bytes.count { lines.append(bytes[start...]) }
        self.lines = lines
        blockCount = lines.reduce(0) { last, line in
            max(last, Self.id(of: line, after: Self.beginning).flatMap(GateMark.part) ?? 0)
        }
        lineBreak = lines.first?.suffix(2).elementsEqual([0x0D, 0x0A]) == true ? "\r\n" : "\n"
    }

    /// The mark of the gate that is in there; nil when there is none.
    var mark: GateMark? {
        lines.lazy.compactMap { Self.id(of: $0, after: Self.beginning).flatMap(GateMark.init) }.first
    }

    /// The id in a comment of a block, which begins with this text.
    static func id(of line: ArraySlice<UInt8>, after text: String) -> String? {
        let body = trimmed(String(decoding: line, as: UTF8.self))
        return body.hasPrefix(text) ? String(body.dropFirst(text.count)) : nil
    }

    /// Hands the pass over at each of these places.
    mutating func insert(passTo places: [(line: Int, indent: String)], _ mark: GateMark) {
        for place in places {
            let pass = "- sluicePass: {value: \"${get('sluicePass', '')}\", sensitive: true}"
            insert([place.indent + pass], at: place.line, mark)
        }
    }

    /// Puts a block of lines before a line.
    mutating func insert(_ block: [String], at line: Int, _ mark: GateMark) {
        let indent = String(block.first?.prefix { $0 == " " || $0 == "\t" } ?? "")
        let id = mark.id(blockCount + blocks.count + 1)
        let all = [indent + Self.beginning + id] + block + [indent + Self.ending + id]
        blocks.append((line, all.map { $0 + lineBreak }.joined()))
    }

    func joined() -> [UInt8] {
        var result: [UInt8] = []
        for index in 0...lines.count {
            for block in blocks where block.line == index { result += Array(block.text.utf8) }
            if index < lines.count { result += lines[index] }
        }
        return result
    }

    /// The white space before the dash of a list entry whose value begins at a column; nil when the line is not so.
    func indentOfDash(_ line: Int, column: Int) -> String? {
        guard let text = text(line) else { return nil }
        let white = text.prefix { $0 == " " }
        let rest = text.dropFirst(white.count)
        guard rest.hasPrefix("- "), white.count + 2 <= column - 1,
            rest.dropFirst().prefix(column - 2 - white.count).allSatisfy({ $0 == " " })
        else { return nil }
        return String(white)
    }

    /// The white space before a key that begins its line.
    func indentOfKey(_ line: Int, column: Int) -> String? {
        guard let text = text(line) else { return nil }
        let white = text.prefix { $0 == " " }
        return white.count == column - 1 ? String(white) : nil
    }

    /// Whether nothing but a comment follows the key of a line.
    func endsWithColon(_ line: Int) -> Bool {
        guard let text = text(line), let colon = text.firstIndex(of: ":") else { return false }
        let rest = trimmed(String(text[text.index(after: colon)...]))
        return rest.isEmpty || rest.hasPrefix("#")
    }

    private func text(_ line: Int) -> String? {
        lines.indices.contains(line) ? String(decoding: lines[line], as: UTF8.self) : nil
    }
}

import SluiceContent
import SluiceModel

/// What holds for every CloudSlang file.
enum YAMLInvariants {
    static func check(_ bytes: [UInt8]) throws(BrokenInvariant) {
        let limits = ContentLimits.fuzzing
        let reading = PiecewiseReading(bytes, pieceBytes: bytes.count, limits: limits)
        let outcome = reading.cloudSlang()
        let again = reading.cloudSlang()
        try require(outcome == again, "it reads as \(outcome), then as \(again)")
        try require(outcome.facts.isEmpty != outcome.diagnostics.isEmpty, "neither read nor refused, or both")
        try ShownInvariants.check(
            outcome.diagnostics, countMax: limits.diagnosticCountMax, lineMax: lineMax(bytes))
        try require(
            bytes.count <= limits.yamlBytesMax || outcome.diagnostics.first?.code == "yaml-size",
            "a file of \(bytes.count) bytes is read")
        try checkGraph(bytes, limits)
    }

    /// The whole graph, and the gate in it; the file is named as its flow wants.
    private static func checkGraph(_ bytes: [UInt8], _ limits: ContentLimits) throws(BrokenInvariant) {
        let reader = CloudSlangDocumentReader()
        let name = reader.read(bytes: bytes, path: "Content/a.sl", file: "input", limits: limits).document?.name ?? "a"
        let path = "Content/Library/\(name).sl"
        let graph = reader.read(bytes: bytes, path: path, file: "input", limits: limits)
        let again = reader.read(bytes: bytes, path: path, file: "input", limits: limits)
        try require(graph == again, "its graph reads differently the second time")
        try ShownInvariants.check(
            graph.diagnostics, countMax: limits.diagnosticCountMax, lineMax: lineMax(bytes))
        try GatingInvariants.check(bytes, path: path)
    }

    /// Line breaks of YAML 1.1: LF, CR, NEL and the two separators of Unicode; one line more is the end of the file.
    private static func lineMax(_ bytes: [UInt8]) -> Int {
        let text = String(decoding: bytes, as: UTF8.self)
        return 1 + text.unicodeScalars.count { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) }
    }
}

import SluiceContent
import SluiceModel

/// What holds for every document of a pack.
enum XMLInvariants {
    /// Sizes of the pieces in which a document comes; the first is what a file on disk gives.
    static let pieceSizes = [ContentLimits.chunkBytes, 7, 1]

    static func check(_ bytes: [UInt8]) throws(BrokenInvariant) {
        try check(bytes, as: "document") { $0.packDocument() }
        try check(bytes, as: "pom") { $0.pom() }
        try GatingInvariants.check(bytes, path: "Content/Library/a.xml")
    }

    private static func check(
        _ bytes: [UInt8], as kind: String, _ read: (PiecewiseReading) -> PiecewiseReading.Outcome
    ) throws(BrokenInvariant) {
        let limits = ContentLimits.fuzzing
        let outcomes = pieceSizes.map { read(PiecewiseReading(bytes, pieceBytes: $0, limits: limits)) }
        for (outcome, pieceBytes) in zip(outcomes, pieceSizes) {
            try require(
                outcome == outcomes[0],
                "the \(kind) reads as \(outcome) in pieces of \(pieceBytes), whole as \(outcomes[0])")
        }
        try ShownInvariants.check(
            outcomes[0].diagnostics, countMax: limits.diagnosticCountMax, lineMax: lineMax(bytes))
        try require(
            outcomes[0].facts.count <= 4 * limits.documentPartCountMax + 7, "\(outcomes[0].facts.count) facts are kept")
    }

    /// Lines that a document may have; other encodings than ASCII's kin write newlines in other bytes.
    static func lineMax(_ bytes: [UInt8]) -> Int {
        let isPlain = bytes.first == UInt8(ascii: "<") && !bytes.contains(0) && !hasEncoding(bytes)
        return 1 + (isPlain ? bytes.count { $0 == 0x0A } : bytes.count)
    }

    private static func hasEncoding(_ bytes: [UInt8]) -> Bool {
        let word = Array("encoding".utf8)
        return bytes.indices.contains { bytes[$0...].starts(with: word) }
    }
}

import SluiceForecast
package import SluiceModel

/// Reads one document that comes in pieces of any size, for the fuzzer: what is read must not depend on the pieces.
///
/// Each piece is a heap block of its own, so that an address sanitizer sees whoever reads past its end.
package struct PiecewiseReading {
    /// What was read, in a form that can be compared.
    package struct Outcome: Hashable, Sendable {
        /// The facts of the document, one line each; empty when the reader would leave the document out.
        package var facts: [String]
        /// What is wrong with it.
        package var diagnostics: [Diagnostic]
    }

    private static let file = "input"
    private let bytes: [UInt8]
    private let pieceBytes: Int
    private let limits: ContentLimits

    package init(_ bytes: [UInt8], pieceBytes: Int, limits: ContentLimits) {
        self.bytes = bytes
        self.pieceBytes = max(1, pieceBytes)
        self.limits = limits
    }

    /// Reads it as a flow, an operation or a configuration item.
    package func packDocument() -> Outcome {
        let sink = FlowDocumentSink(file: Self.file, limits: limits)
        if let problem = parse(into: sink) { return Outcome(facts: [], diagnostics: [problem]) }
        do throws(ContentError) {
            var facts = [sink.root, sink.id, sink.name, "\(sink.counts)"]
            if let document = try sink.finished(path: "") {
                facts += document.inputs.map { "\($0)" } + document.responses.map { "\($0)" }
                facts += document.allSteps.map { "\($0)" } + document.outputs.map { "\($0)" }
            }
            return Outcome(facts: facts, diagnostics: sink.unknownNote.map { [$0] } ?? [])
        } catch {
            return Outcome(facts: [], diagnostics: [error.diagnostic])
        }
    }

    /// Reads it as a `pom.xml`.
    package func pom() -> Outcome {
        let sink = PomSink(file: Self.file, partCountMax: limits.documentPartCountMax)
        if let problem = parse(into: sink) { return Outcome(facts: [], diagnostics: [problem]) }
        return Outcome(facts: sink.dependencies.map { "\($0)" }, diagnostics: [])
    }

    /// Reads it as a Quartz file; what could be read of a wrong one counts too.
    package func schedule(now: Timestamp) -> ScheduleFile {
        ScheduleReader(limits: limits).read(file: Self.file, now: now, defaultZone: .utc) { feed in
            forEachPiece(feed)
        }
    }

    /// Reads it, whole, as a CloudSlang file.
    package func cloudSlang() -> Outcome {
        do throws(ContentError) {
            switch try CloudSlangReader(limits: limits).read(bytes, path: "Content/a.sl", file: Self.file) {
            case .flow(let flow): return Outcome(facts: ["\(flow)"], diagnostics: [])
            case .item(let item): return Outcome(facts: ["\(item)"], diagnostics: [])
            }
        } catch {
            return Outcome(facts: [], diagnostics: [error.diagnostic])
        }
    }

    private func parse(into sink: some XMLEventSink) -> Diagnostic? {
        let parser = XMLPushParser(file: Self.file, limits: limits, sink: sink)
        forEachPiece(parser.feed)
        return parser.finish()
    }

    private func forEachPiece(_ receive: (UnsafeRawBufferPointer) -> Bool) {
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + pieceBytes)
            let piece = Array(bytes[start..<end])
            guard piece.withUnsafeBytes(receive) else { return }
            start = end
        }
    }
}

import SluiceModel

/// Takes out of a CloudSlang flow the blocks that `CloudSlangInsertion` put in.
struct CloudSlangRemoval {
    let limits: ContentLimits

    /// Results that gating adds; a flow without a list of results gets the default ones too.
    private static let addedResults: Set<String> = ["DEFERRED", "REJECTED", "SUCCESS", "FAILURE"]

    func ungate(
        _ bytes: [UInt8], document: FlowDocument, file: String
    ) throws(ContentError) -> GateRemoval.Outcome {
        var kept: [UInt8] = []
        var keptLines: [Int] = []
        var mark: GateMark?
        var openID: (id: String, line: Int)?
        var start = 0
        var number = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
            let line = bytes[start..<end]
            number += 1
            if let id = CloudSlangLines.id(of: line, after: CloudSlangLines.beginning), let found = GateMark(id) {
                guard openID == nil else { throw Self.damaged(file, number) }
                mark = mark ?? found
                openID = (id, number)
            } else if let id = CloudSlangLines.id(of: line, after: CloudSlangLines.ending), GateMark(id) != nil {
                guard openID?.id == id else { throw Self.damaged(file, number) }
                openID = nil
            } else if openID == nil {
                kept += line
                keptLines.append(number)
            }
            start = end
        }
        if let openID { throw Self.damaged(file, openID.line) }
        guard let mark else { return .notGated }
        try refuseLosses(of: document, keptLines: Set(keptLines), file: file)
        if mark.isOriginal(kept) { return .restored(kept) }
        try verify(kept, lines: keptLines, before: document, file: file)
        return .removed(kept)
    }

    /// Nothing of the flow's own may stand between our comments: it would be lost with the gate.
    private func refuseLosses(of flow: FlowDocument, keptLines: Set<Int>, file: String) throws(ContentError) {
        let steps = flow.allSteps.filter { !$0.isOfCloudSlangGate }.map { ("step", $0.name, $0.line) }
        let inputs = flow.inputs.filter { $0.name != "sluicePass" }.map { ("input", $0.name, $0.line) }
        let results = flow.responses.filter { !Self.addedResults.contains($0.name) }.map {
            ("result", $0.name, $0.line)
        }
        for (what, name, line) in steps + inputs + results where !keptLines.contains(line) {
            throw ContentError(
                "pack-ungate-own",
                "the \(what) \(shown(name)) stands between the gate's comments and would go with them: move it out, "
                    + "then try again", file: file, line: line)
        }
    }

    /// A changed flow must still be whole.
    private func verify(
        _ result: [UInt8], lines: [Int], before: FlowDocument, file: String
    ) throws(ContentError) {
        let line = { (number: Int?) in
            number.flatMap { lines.indices.contains($0 - 1) ? lines[$0 - 1] : nil }
        }
        let read = CloudSlangDocumentReader().read(bytes: result, path: before.path, file: file, limits: limits)
        let problem = read.diagnostics.first { $0.severity == .error }
        guard problem == nil, let left = read.document else {
            throw ContentError(
                "pack-ungate-in-use",
                "would not compile without its gate: \(problem?.message ?? "it is no flow"); lead to nothing of the "
                    + "gate, then try again", file: file, line: line(problem?.line))
        }
        if let gate = left.gateStep {
            throw ContentError(
                "pack-ungate-marks",
                "would still begin with the gate step \(shown(gate.name)): its comments are gone; take its lines out "
                    + "by hand", file: file, line: line(gate.line))
        }
    }

    private static func damaged(_ file: String, _ line: Int) -> ContentError {
        ContentError(
            "pack-ungate-marks", "the gate's comments do not pair: take its lines out by hand", file: file, line: line)
    }
}

extension FlowStep {
    /// Whether it calls what gating puts into a CloudSlang flow.
    fileprivate var isOfCloudSlangGate: Bool {
        called == PackGate.cloudSlangName || called == PackGate.cloudSlangEncoderName
    }
}

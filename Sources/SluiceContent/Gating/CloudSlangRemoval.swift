/// Takes out of a CloudSlang flow the blocks that `CloudSlangInsertion` put in.
enum CloudSlangRemoval {
    static func ungate(_ bytes: [UInt8], file: String) throws(ContentError) -> GateRemoval.Outcome {
        var kept: [UInt8] = []
        var mark: GateMark?
        var openID: (id: String, line: Int)?
        var start = 0
        var number = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
            let line = bytes[start..<end]
            number += 1
            if let id = id(of: line, after: CloudSlangLines.beginning), let found = GateMark(id) {
                guard openID == nil else { throw damaged(file, number) }
                mark = mark ?? found
                openID = (id, number)
            } else if let id = id(of: line, after: CloudSlangLines.ending), GateMark(id) != nil {
                guard openID?.id == id else { throw damaged(file, number) }
                openID = nil
            } else if openID == nil {
                kept += line
            }
            start = end
        }
        if let openID { throw damaged(file, openID.line) }
        guard let mark else { return .notGated }
        return mark.isOriginal(kept) ? .restored(kept) : .removed(kept)
    }

    private static func id(of line: ArraySlice<UInt8>, after text: String) -> String? {
        let body = trimmed(String(decoding: line, as: UTF8.self))
        return body.hasPrefix(text) ? String(body.dropFirst(text.count)) : nil
    }

    private static func damaged(_ file: String, _ line: Int) -> ContentError {
        ContentError(
            "pack-ungate-marks", "the gate's comments do not pair: take its lines out by hand", file: file, line: line)
    }
}

/// "Did you mean …?" for a mistyped name.
enum Suggestion {
    /// Longest name that is compared.
    private static let characterCountMax = 64

    /// ` (did you mean "x"?)`, or nothing when no candidate is near.
    static func sentence(for name: String, among candidates: [String]) -> String {
        nearest(to: name, among: candidates).map { " (did you mean \"\($0)\"?)" } ?? ""
    }

    /// The candidate with the fewest edits, if they are few for its length.
    static func nearest(to name: String, among candidates: [String]) -> String? {
        let name = folded(name)
        guard name.count <= characterCountMax else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let other = folded(candidate)
            let distance = distance(name, other)
            if distance <= max(1, other.count / 3), distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// Without case, `_` and `-`: `poll_seconds` is `pollSeconds`.
    private static func folded(_ text: String) -> [UInt8] {
        text.utf8.compactMap { byte in
            switch byte {
            case UInt8(ascii: "_"), UInt8(ascii: "-"): nil
            case 0x41...0x5A: byte + 32
            default: byte
            }
        }
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let cost = left[row] == right[column] ? 0 : 1
                var best = min(last[column + 1] + 1, current[column] + 1, last[column] + cost)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}

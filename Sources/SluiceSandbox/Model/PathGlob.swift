/// A path pattern: `*` stands for anything within one segment, `**` for any number of segments.
struct PathGlob: Hashable, Sendable {
    private let segments: [[UInt8]]

    /// Reads a pattern; slashes at its ends do not matter.
    init(_ pattern: String) { segments = Self.split(pattern) }

    func matches(_ path: String) -> Bool { matches(Self.split(path)) }

    /// Greedy with one point of return: a later `**` can stand for whatever an earlier one could.
    private func matches(_ path: [[UInt8]]) -> Bool {
        var i = 0
        var j = 0
        var lastStar: (pattern: Int, path: Int)?
        while j < path.count {
            if i < segments.count, segments[i] == Self.doubleStar {
                lastStar = (i, j)
                i += 1
            } else if i < segments.count, Self.matches(segments[i], path[j]) {
                i += 1
                j += 1
            } else if let star = lastStar {
                lastStar = (star.pattern, star.path + 1)
                i = star.pattern + 1
                j = star.path + 1
            } else {
                return false
            }
        }
        return segments[i...].allSatisfy { $0 == Self.doubleStar }
    }

    private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var i = 0
        var j = 0
        var lastStar: (pattern: Int, text: Int)?
        while j < text.count {
            if i < pattern.count, pattern[i] == star {
                lastStar = (i, j)
                i += 1
            } else if i < pattern.count, pattern[i] == text[j] {
                i += 1
                j += 1
            } else if let star = lastStar {
                lastStar = (star.pattern, star.text + 1)
                i = star.pattern + 1
                j = star.text + 1
            } else {
                return false
            }
        }
        return pattern[i...].allSatisfy { $0 == star }
    }

    private static func split(_ text: String) -> [[UInt8]] {
        text.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
    }

    private static let star = UInt8(ascii: "*")
    private static let doubleStar = Array("**".utf8)
}

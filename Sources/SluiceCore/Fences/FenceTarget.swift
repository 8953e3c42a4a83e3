import SluiceModel

/// A request's target, read the two ways a fence needs.
///
/// What servers make of odd spellings differs (RFC 3986 leaves it open, servlet containers drop `;x=y`), so there are
/// two readings: `steps` is the plain one, on which something may pass; `stems` finds every word that any server could
/// make of the text, on which doors are closed.
struct FenceTarget: Equatable {
    /// The path's segments, decoded once, without empty ones.
    let steps: [String]
    /// Whether there is nothing in the path that two servers may read differently.
    let isPlain: Bool
    /// Every segment in lower case, decoded to the end, cut at `;` and at its first dot; `..` is not followed.
    let stems: [String]
    /// Whether a parameter asks to take the request for another method.
    let overridesMethod: Bool

    /// - Parameter text: As it came: a path with its query, or an absolute URI.
    /// - Returns: nil when it cannot be judged: broken escapes, no UTF-8, control characters, escapes within escapes
    ///   within escapes, a fragment, no path, too long.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= FenceLimits.targetByteCountMax, let origin = Self.origin(bytes[...]),
            !origin.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "#") })
        else { return nil }
        let path = origin.prefix { $0 != UInt8(ascii: "?") }
        let query = origin.dropFirst(path.count + 1)
        guard path.first == UInt8(ascii: "/"), let once = Self.decoded(path), Self.isText(once),
            let whole = Self.decodedWhole(once)
        else { return nil }

        var steps: [String] = []
        var isPlain = !Self.hasEscapedStructure(path)
        for segment in path.split(separator: UInt8(ascii: "/")) {
            let step = String(decoding: Self.decoded(segment) ?? [], as: UTF8.self)
            if step == "." || step == ".." || step.utf8.contains(where: { $0 == 0x3B || $0 == 0x5C || $0 == 0x2F }) {
                isPlain = false
            }
            steps.append(step)
        }
        self.steps = steps
        self.isPlain = isPlain
        stems = Self.stems(whole)
        guard let overrides = Self.overridesMethod(query) else { return nil }
        overridesMethod = overrides
    }

    /// The path and query of an absolute URI too (RFC 9112 section 3.2.2).
    private static func origin(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard bytes.first != UInt8(ascii: "/") else { return bytes }
        let head = String(decoding: bytes.prefix(8), as: UTF8.self).lowercased()
        let schemes = ["http://", "https://"]
        guard let scheme = schemes.first(where: { head.hasPrefix($0) }) else { return nil }
        return bytes.dropFirst(scheme.utf8.count).drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    }

    /// nil when an escape is broken.
    private static func decoded(_ bytes: some Collection<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                return nil
            }
            result.append(high << 4 | low)
        }
        return result
    }

    /// Decoded until nothing changes; nil when that takes too long, or it never was text.
    private static func decodedWhole(_ once: [UInt8]) -> [UInt8]? {
        var bytes = once
        for _ in 1...FenceLimits.decodingRoundMax {
            guard bytes.contains(UInt8(ascii: "%")) else { return bytes }
            // A bare `%` that stands for itself: no server decodes it again.
            guard let next = decoded(bytes) else { return bytes }
            guard isText(next) else { return nil }
            bytes = next
        }
        return bytes.contains(UInt8(ascii: "%")) ? nil : bytes
    }

    private static func isText(_ bytes: [UInt8]) -> Bool {
        !bytes.contains { $0 < 0x20 || $0 == 0x7F } && String(validating: bytes, as: UTF8.self) != nil
    }

    /// An escaped slash, backslash, semicolon, percent sign or dot: what servers disagree about.
    private static func hasEscapedStructure(_ path: ArraySlice<UInt8>) -> Bool {
        let text = Array(path)
        for index in text.indices where text[index] == UInt8(ascii: "%") && index + 2 < text.count {
            guard let high = hexDigit(text[index + 1]), let low = hexDigit(text[index + 2]) else { return true }
            if [0x2F, 0x5C, 0x3B, 0x25, 0x2E].contains(high << 4 | low) { return true }
        }
        return false
    }

    private static func stems(_ bytes: [UInt8]) -> [String] {
        let segments = bytes.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        return segments.compactMap { segment in
            let word = segment.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "?") }
            let text = String(decoding: word, as: UTF8.self).lowercased()
            let stem = text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
            return stem.isEmpty ? nil : String(stem)
        }
    }

    /// `_method=POST`, as some frameworks take it; nil when the parameter's name cannot be read.
    private static func overridesMethod(_ query: ArraySlice<UInt8>) -> Bool? {
        for pair in query.split(whereSeparator: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: ";") }) {
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            guard let once = decoded(name), let whole = decodedWhole(once) else { return nil }
            if String(decoding: whole, as: UTF8.self).lowercased() == "_method" { return true }
        }
        return false
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Whether the stems have these words, in this order, anything between them.
    func says(_ words: String...) -> Bool {
        var rest = words[...]
        for stem in stems where stem == rest.first { rest = rest.dropFirst() }
        return rest.isEmpty
    }

    /// Whether the path plainly is this one; `*` stands for one segment.
    func isPath(_ pattern: String...) -> Bool {
        isPlain && steps.count == pattern.count && zip(steps, pattern).allSatisfy { $1 == "*" || $0 == $1 }
    }

    /// Whether the path plainly begins with these segments.
    func isBelow(_ pattern: String...) -> Bool {
        isPlain && steps.count > pattern.count && zip(steps, pattern).allSatisfy { $1 == "*" || $0 == $1 }
    }
}

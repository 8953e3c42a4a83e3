/// A message of libxml2's schema validator without the value that it quotes, which may be a secret.
///
/// They are `Element 'NAME'[, attribute 'NAME']: [facet 'NAME'] WHAT` (libxml2's xmlschemas.c); element, attribute and
/// facet stay, and so does what the schema says.
struct SchemaComplaint {
    /// With `***` in place of the value.
    let text: String
    /// Whether it is about a time that is one: libxml2 refuses white space around an `xs:dateTime`, which counts for
    /// nothing (XML Schema 1.0 part 2, section 4.3.6).
    let isExcused: Bool

    /// What a value begins behind: quotes at once, or these words.
    private static let openings = ["value '", "key-sequence ["]
    /// What follows a value. One may hold such words too, so the last of them ends it.
    private static let endings = ["' is ", "' of ", "' does ", "' must ", "' has ", "] in ", "] of "]
    private static let noTime = " is not a valid value of the atomic type 'xs:dateTime'."

    init(_ message: String) {
        let body = message[(message.firstRange(of: "': ")?.upperBound ?? message.startIndex)...]
        let start: String.Index?
        if body.hasPrefix("'") {
            start = body.index(after: body.startIndex)
        } else {
            start = Self.openings.compactMap { body.firstRange(of: $0)?.upperBound }.min()
        }
        guard let start else {
            text = message
            isExcused = false
            return
        }
        let rest = body[start...]
        let end = Self.endings.flatMap { rest.ranges(of: $0) }.max { $0.lowerBound < $1.lowerBound }?.lowerBound
        let tail = end.map { rest[rest.index(after: $0)...] } ?? ""
        text = message[..<message.index(before: start)] + CommandSecrets.mask + tail
        isExcused = tail == Self.noTime && XMLDateTime(rest[..<(end ?? rest.endIndex)]) != nil
    }
}

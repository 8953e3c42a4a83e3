/// A `multipart/form-data` body (RFC 7578), as small as the portal's: named parts, read to the end.
enum MultipartForm {
    /// The content of the part with that name; nil when the body is none, or has no such part.
    static func part(_ name: String, in body: [UInt8], contentType: String?) -> [UInt8]? {
        guard let boundary = boundary(contentType) else { return nil }
        let mark = Array("--\(boundary)".utf8)
        var rest = body[...]
        for _ in 0..<CSALimits.multipartCountMax {
            guard let start = find(mark, in: rest) else { return nil }
            rest = rest[(start + mark.count)...]
            if rest.starts(with: Array("--".utf8)) { return nil }
            guard let end = find(Array("\r\n--\(boundary)".utf8), in: rest),
                let blank = find(Array("\r\n\r\n".utf8), in: rest[..<end])
            else { return nil }
            let head = String(decoding: rest[..<blank], as: UTF8.self)
            if head.contains("name=\"\(name)\"") { return Array(rest[(blank + 4)..<end]) }
            rest = rest[(end + 2)...]
        }
        return nil
    }

    private static func boundary(_ contentType: String?) -> String? {
        guard let contentType, contentType.lowercased().hasPrefix("multipart/form-data") else { return nil }
        for parameter in contentType.split(separator: ";").dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].drop(while: { $0 == " " }).lowercased() == "boundary" else { continue }
            let value = pair[1].filter { $0 != "\"" }
            // RFC 2046: 1 to 70 characters.
            return (1...70).contains(value.utf8.count) ? value : nil
        }
        return nil
    }

    private static func find(_ needle: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = needle.first, bytes.count >= needle.count else { return nil }
        var index = bytes.startIndex
        let last = bytes.endIndex - needle.count
        while index <= last {
            guard let next = bytes[index...last].firstIndex(of: first) else { return nil }
            if bytes[next...].starts(with: needle) { return next }
            index = next + 1
        }
        return nil
    }
}

import HTTPTypes

/// A request as bytes.
enum RawRequest {
    static func text(
        _ method: String, _ path: String, as token: Bench.Token? = .gate, headers: [String] = [], body: String? = nil
    ) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost"]
        if let token { lines.append("Authorization: Bearer \(token.rawValue)") }
        lines += headers
        if let body, !headers.contains(where: { $0.lowercased().hasPrefix("transfer-encoding") }) {
            lines.append("Content-Length: \(body.utf8.count)")
        }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    static func ask(_ fields: String = "", query: String = "", headers: [String] = []) -> String {
        text(
            "POST", "/v1/launches\(query)", headers: headers,
            body: #"{"flow":"\#(Client.flow)","source":"api"\#(fields)}"#)
    }
}

/// Header names for `RawConnection`.
enum RawHeader {
    static func name(_ text: String) -> HTTPField.Name? { HTTPField.Name(text) }
}

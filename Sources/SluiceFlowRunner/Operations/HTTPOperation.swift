import Foundation

/// Http Client as OO's and CloudSlang's flows know it: the same question, two readings of the answer.
enum HTTPOperation {
    /// OO's: `success` for any status, `failure` only without an answer (oo-content-pack.md section 7, "Trap").
    static func answer(_ call: OperationCall, _ http: any HTTPPerformer) async -> OperationAnswer {
        guard !call["method"].isEmpty, !call["url"].isEmpty else {
            return failed("method and url are required")
        }
        let request = FlowHTTPRequest(
            method: call["method"].trimmed.uppercased(), url: address(call["url"].trimmed, call["queryParams"].trimmed),
            headers: headers(
                call["headers"], contentType: call["contentType"], authType: call["authType"], user: call["username"],
                password: call["password"]),
            body: call["body"], connectSeconds: Double(call["connectTimeout"].trimmed),
            answerSeconds: Double(call["socketTimeout"].trimmed))
        switch await http.perform(request) {
        case .answered(let status, let body):
            return OperationAnswer(
                BaseOperations.success,
                results: ["returnResult": body, "statusCode": String(status), "returnCode": "0"])
        case .noAnswer(let reason): return failed(reason)
        }
    }

    private static func address(_ url: String, _ query: String) -> String {
        query.isEmpty ? url : url + (url.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + query
    }

    private static func failed(_ reason: String) -> OperationAnswer {
        OperationAnswer(
            BaseOperations.failure, results: ["returnResult": reason, "exception": reason, "returnCode": "-1"])
    }

    /// `headers` has one `name: value` a line.
    static func headers(
        _ lines: String, contentType: String, authType: String, user: String, password: String
    ) -> [FlowHTTPRequest.Header] {
        var headers: [FlowHTTPRequest.Header] = []
        // Nothing given means basic, and basic without a user sends none.
        if ["", "basic"].contains(authType.trimmed.lowercased()), !user.isEmpty {
            let pair = Data("\(user):\(password)".utf8).base64EncodedString()
            headers.append(FlowHTTPRequest.Header("Authorization", "Basic \(pair)"))
        }
        if !contentType.isEmpty { headers.append(FlowHTTPRequest.Header("Content-Type", contentType)) }
        for line in lines.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers.append(
                FlowHTTPRequest.Header(
                    String(line[..<colon]).trimmed, String(line[line.index(after: colon)...]).trimmed))
        }
        return headers
    }
}

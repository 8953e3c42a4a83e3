/// CloudSlang's operations that our gate and its like call (oo-content-pack.md section 9.3).
public enum CloudSlangOperations {
    /// POST; publishes `return_result`, `status_code`, `return_code`, `error_message`.
    public static let httpClientPost = "io.cloudslang.base.http.http_client_post"
    /// Results `SUCCESS` and `FAILURE`.
    public static let stringEquals = "io.cloudslang.base.strings.string_equals"
    /// Results `TRUE` and `FALSE`.
    public static let isTrue = "io.cloudslang.base.utils.is_true"
    /// Advances the virtual clock.
    public static let sleep = "io.cloudslang.base.utils.sleep"
    /// Always `SUCCESS`.
    public static let doNothing = "io.cloudslang.base.utils.do_nothing"

    private static let success = "SUCCESS"
    private static let failure = "FAILURE"

    /// The operations as a table.
    ///
    /// - Parameter http: Sends what `http_client_post` is asked; without it, nothing answers for that flow.
    public static func table(http: (any HTTPPerformer)? = nil) -> OperationTable {
        var table = OperationTable()
        table[stringEquals] = { call in
            var (first, second) = (call["first_string"], call["second_string"])
            if BaseOperations.isTrue(call["ignore_case"]) {
                (first, second) = (first.lowercased(), second.lowercased())
            }
            return OperationAnswer(first.unicodeScalars.elementsEqual(second.unicodeScalars) ? success : failure)
        }
        table[isTrue] = { OperationAnswer(BaseOperations.isTrue($0["bool_value"]) ? "TRUE" : "FALSE") }
        table[sleep] = { call in
            guard let seconds = Double(call["seconds"].trimmed), seconds.isFinite, seconds >= 0 else {
                return OperationAnswer(failure)
            }
            return OperationAnswer(success, sleptSeconds: seconds)
        }
        table[doNothing] = { _ in OperationAnswer(success) }
        if let http { table[httpClientPost] = { await post($0, http) } }
        return table
    }

    /// `SUCCESS` only for a status of 200 to 299; status and body are published all the same.
    private static func post(_ call: OperationCall, _ http: any HTTPPerformer) async -> OperationAnswer {
        let request = FlowHTTPRequest(
            method: "POST", url: call["url"].trimmed,
            headers: HTTPOperation.headers(
                call["headers"], contentType: call["content_type"].isEmpty ? "text/plain" : call["content_type"],
                authType: call["auth_type"], user: call["username"], password: call["password"]),
            body: call["body"], connectSeconds: Double(call["connect_timeout"].trimmed),
            answerSeconds: Double(call["socket_timeout"].trimmed))
        switch await http.perform(request) {
        case .answered(let status, let body):
            return OperationAnswer(
                (200...299).contains(status) ? success : failure,
                results: [
                    "return_result": body, "status_code": String(status), "return_code": "0", "error_message": "",
                    "response_headers": "",
                ])
        case .noAnswer(let reason):
            return OperationAnswer(
                failure,
                results: [
                    "return_result": reason, "status_code": "", "return_code": "-1", "error_message": reason,
                    "response_headers": "",
                ])
        }
    }
}

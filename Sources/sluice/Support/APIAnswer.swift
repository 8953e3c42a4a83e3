import SluiceJSON

/// What a server answered.
struct APIAnswer: Sendable {
    let status: Int
    /// The `Retry-After` header in seconds; nil when it is absent or a date.
    let retryAfterSeconds: Int?
    /// The body when it is a JSON object; nil for anything else.
    let object: JSONObject?
    /// The body when it is a picture or a calendar; nil for anything else.
    let picture: String?

    init(status: Int, retryAfter: String?, contentType: String?, bytes: [UInt8]) {
        self.status = status
        retryAfterSeconds = retryAfter.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
        let media = contentType?.prefix { $0 != ";" }.lowercased() ?? ""
        picture = media == "image/svg+xml" || media == "text/calendar" ? String(decoding: bytes, as: UTF8.self) : nil
        let isJSON = media.hasPrefix("application/json") || media.hasPrefix("application/problem+json")
        object = isJSON ? (try? JSONReader.read(bytes))?.object : nil
    }

    var isSuccess: Bool { (200...299).contains(status) }

    var problem: Problem { Problem(status: status, members: object ?? JSONObject()) }

    /// The object of a good answer.
    /// - Parameter doing: What was asked for, to complete "cannot …".
    /// - Throws: `CommandFailure` by the status: 77 for a token that may not, 69 for a server that cannot or is no
    ///   Sluice, 1 for what this request did wrong.
    func successObject(doing: String) throws -> JSONObject {
        guard isSuccess else { throw failure(doing: doing) }
        guard let object else { throw notSluice(doing: doing) }
        return object
    }

    /// The failure that a bad status means.
    func failure(doing: String) -> CommandFailure {
        let message = "cannot \(doing): \(problem.detail)"
        switch status {
        case 401:
            return CommandFailure(
                .notPermitted, message, advice: "set SLUICE_TOKEN_FILE or SLUICE_TOKEN to a valid token",
                problem: problem)
        case 403:
            return CommandFailure(
                .notPermitted, message, advice: "use a token of a role that may do this", problem: problem)
        case 400...499 where object != nil:
            return CommandFailure(.failed, message, problem: problem)
        case 500...599 where object != nil:
            return CommandFailure(
                .notReachable, message, advice: "try again; if it stays so, look at the server's log", problem: problem)
        default: return notSluice(doing: doing)
        }
    }

    /// The picture of a good answer.
    /// - Throws: `CommandFailure`, as `successObject`.
    func successPicture(doing: String) throws -> String {
        guard isSuccess else { throw failure(doing: doing) }
        guard let picture else { throw notSluice(doing: doing) }
        return picture
    }

    private func notSluice(doing: String) -> CommandFailure {
        CommandFailure(
            .notReachable, "cannot \(doing): the server answered \(status) without a JSON document, so it is no Sluice",
            advice: "check --server and SLUICE_SERVER, and what stands between here and there", problem: problem)
    }
}

extension APIClient {
    /// Sends one request and gives the object of a good answer.
    func object(_ request: APIRequest, within timeout: Duration, doing: String) async throws -> JSONObject {
        try await answer(request, within: timeout, doing: doing).successObject(doing: doing)
    }

    /// Sends one request and gives the picture of a good answer.
    func picture(_ request: APIRequest, within timeout: Duration, doing: String) async throws -> String {
        try await answer(request, within: timeout, doing: doing).successPicture(doing: doing)
    }

    private func answer(_ request: APIRequest, within timeout: Duration, doing: String) async throws -> APIAnswer {
        do throws(APITrouble) {
            return try await send(request, within: timeout)
        } catch {
            throw CommandFailure(trouble: error, doing: doing, isChange: request.method != "GET")
        }
    }
}

extension CommandFailure {
    /// No answer at all.
    init(trouble: APITrouble, doing: String, isChange: Bool) {
        let advice =
            isChange && !trouble.isUnsent
            ? "it may have been done all the same: look before you repeat it"
            : "check --server and SLUICE_SERVER, and that the server runs"
        self.init(
            trouble.isTimeout ? .timedOut : .notReachable, "cannot \(doing): \(trouble.message)", advice: advice)
    }
}

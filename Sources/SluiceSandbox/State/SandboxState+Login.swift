import FoundationEssentials

extension SandboxState {
    /// Who a request comes from, and what its reply must carry besides.
    enum Login {
        case refused(SandboxReply)
        case granted(headers: [(name: String, value: String)])
    }

    /// Basic auth and sessions by section 1 of the reference: writes of a session need its CSRF token, basic auth
    /// without cookies needs none.
    mutating func logIn(_ request: SandboxRequest) -> Login {
        if let authorization = request.authorization, !isRight(authorization) { return .refused(Self.unauthorized) }
        if let session = sessions.session(cookie: request.cookie) {
            let isRead = ["GET", "HEAD", "OPTIONS"].contains(request.method)
            guard isRead || request.csrfToken == session.token else {
                var reply = SandboxReply.error(403, "CSRF token missing or wrong")
                reply.headers = Self.csrfHeaders(session.token)
                return .refused(reply)
            }
            return .granted(headers: Self.csrfHeaders(session.token))
        }
        guard request.authorization != nil else { return .refused(Self.unauthorized) }
        guard settings.issuesSessions else { return .granted(headers: []) }
        let id = random.nextUUID()
        let token = random.nextUUID()
        sessions.open(id: id, token: token)
        let shown = settings.isFirstTokenStale ? random.nextUUID() : token
        return .granted(
            headers: Self.csrfHeaders(shown) + [
                ("Set-Cookie", "\(SessionTable.cookieName)=\(id); Path=/oo; HttpOnly")
            ])
    }

    /// Whether an `Authorization` header is that of a configured account.
    func isRight(_ authorization: String) -> Bool {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1]))
        else { return false }
        let pair = String(decoding: data, as: UTF8.self).split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false
        ).map(String.init)
        guard pair.count == 2 else { return false }
        return pair == [account.user, account.password] || account.others[pair[0]] == pair[1]
    }

    static var unauthorized: SandboxReply {
        var reply = SandboxReply.error(401, "login needed")
        reply.headers.append(("WWW-Authenticate", "Basic realm=\"OO\""))
        return reply
    }

    private static func csrfHeaders(_ token: String) -> [(name: String, value: String)] {
        [("X-CSRF-HEADER", "X-CSRF-TOKEN"), ("X-CSRF-PARAM", "_csrf"), ("X-CSRF-TOKEN", token)]
    }
}

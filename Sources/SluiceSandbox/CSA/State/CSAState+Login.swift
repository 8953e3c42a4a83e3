import FoundationEssentials

extension CSAState {
    static var unauthorized: SandboxReply {
        var reply = SandboxReply.error(401, "not authorized")
        reply.headers.append(("WWW-Authenticate", "Basic realm=\"CSA\""))
        return reply
    }

    /// What a console's address shows to whoever has no session.
    static func loginPage(_ status: Int) -> SandboxReply {
        var reply = SandboxReply(
            status: status, contentType: "text/html; charset=utf-8",
            body: Array(
                ("<!DOCTYPE html><html><head><title>Cloud Service Automation</title></head><body>"
                    + "<form action=\"/csa/login\"></form></body></html>").utf8))
        if (300..<400).contains(status) { reply.headers.append(("Location", "/csa/login")) }
        return reply
    }

    /// The account of a basic auth; nil when there is none, it is wrong, or it is locked. Counts wrong passwords.
    mutating func logIn(_ request: SandboxRequest) -> CSAConfiguration.Account? {
        guard let (user, password) = Self.basic(request.authorization) else { return nil }
        let account = data.accounts.first { $0.user == user }
        guard passes(user, account.map { $0.password == password } ?? false) else { return nil }
        return account
    }

    /// Whether a login counts: a locked account's never does, and a wrong one is counted towards the lock.
    private mutating func passes(_ user: String, _ isRight: Bool) -> Bool {
        if isLocked(user) {
            data.counts.refusedLogins += 1
            return false
        }
        guard isRight else {
            data.counts.refusedLogins += 1
            // Only of users there are, so that the table cannot grow without end.
            if data.accounts.contains(where: { $0.user == user })
                || data.persons.first(where: { $0.userName == user }) != nil
            {
                data.wrongPasswords[user, default: 0] += 1
            }
            return false
        }
        // A login that counts nothing back changes nothing.
        if data.wrongPasswords[user] != nil { data.wrongPasswords[user] = nil }
        return true
    }

    func isLocked(_ user: String) -> Bool {
        settings.lockoutAfter > 0 && data.wrongPasswords[user, default: 0] >= settings.lockoutAfter
    }

    private static func basic(_ authorization: String?) -> (String, String)? {
        let parts = (authorization ?? "").split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1]))
        else { return nil }
        let pair = String(decoding: data, as: UTF8.self).split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return pair.count == 2 ? (String(pair[0]), String(pair[1])) : nil
    }

    /// `GET /login/{org}/{user}/` and `GET /login/{org}/userLookup?userName=` (csa-api.md 1.1).
    func loginReply(_ request: SandboxRequest, _ organization: String, _ user: String) -> SandboxReply {
        guard request.method == "GET" else { return .error(405, "only GET") }
        var name = user
        if user == "userLookup", let asked = request.query["userName"] {
            name = asked
        } else if !request.hasTrailingSlash, let dot = user.lastIndex(of: ".") {
            // Without the trailing slash names with odd characters are cut (PROVEN); at the last dot is a choice.
            name = String(user[..<dot])
        }
        guard let owner = data.organizations.first(where: { $0.name == organization }),
            let person = data.persons.first(where: { $0.organizationID == owner.id && $0.userName == name })
        else { return .error(404, "object not found") }
        let element = CSAElement(
            "person",
            children: [
                CSAElement("id", text: person.id), CSAElement("objectId", text: person.id),
                CSAElement("userName", text: person.userName),
                CSAElement(
                    "organization",
                    children: [CSAElement("id", text: owner.id), CSAElement("name", text: owner.name)]),
            ])
        if request.accept?.contains("application/json") == true { return .json(200, element.json) }
        return SandboxReply(status: 200, contentType: "application/xml", body: XMLTreeWriter.write(element))
    }

    /// `POST /idm-service/v2.0/tokens` (csa-api.md 1.2).
    mutating func tokenReply(_ request: SandboxRequest, at now: EpochMilliseconds) -> SandboxReply {
        guard logIn(request) != nil else { return Self.unauthorized }
        guard let body = try? SandboxCodec.decode(LooseValue.self, from: request.body),
            let user = body["passwordCredentials"]?["username"]?.asText,
            let password = body["passwordCredentials"]?["password"]?.asText, let tenant = body["tenantName"]?.asText
        else { return .error(400, "passwordCredentials and tenantName are required") }
        let owner = data.organizations.first { $0.name == tenant }
        let person = data.persons.first { $0.organizationID == owner?.id && $0.userName == user }
        let isRight = person?.password.map { $0 == password } ?? false
        guard passes(user, isRight), let person, let owner else { return Self.unauthorized }
        let id = nextID() + nextID()
        let expiresAt = now + settings.tokenMilliseconds
        tokens.issue(id, TokenTable.Token(personID: person.id, expiresAt: expiresAt))
        data.persons.change(person.id) { $0.hasLoggedIn = true }
        return .json(
            200,
            [
                "token": [
                    "id": .text(id), "expires": .text(CSATime.text(expiresAt)), "issuedAt": .text(CSATime.text(now)),
                    "tenant": ["id": .text(owner.id), "name": .text(owner.name)],
                ],
                "user": ["id": .text(person.id), "name": .text(person.userName), "username": .text(person.userName)],
                "refreshToken": .null,
            ])
    }

    /// The person behind `X-Auth-Token`, or whom an `onBehalf` names in the same organisation. A basic auth beside
    /// the token is not needed, but a wrong one refuses.
    mutating func portalPerson(_ request: SandboxRequest, at now: EpochMilliseconds) -> CSAPerson? {
        if request.authorization != nil, logIn(request) == nil { return nil }
        guard let person = data.persons[tokens.personID(of: request.authToken, at: now)] else { return nil }
        guard let name = request.query["onBehalf"] else { return person }
        return data.persons.first { $0.organizationID == person.organizationID && $0.userName == name }
    }

    func isProvider(_ person: CSAPerson) -> Bool {
        data.organizations[person.organizationID]?.name == CSAOrganization.providerName
    }
}

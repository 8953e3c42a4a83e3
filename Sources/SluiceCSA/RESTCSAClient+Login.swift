internal import NIOHTTP1
internal import SluiceJSON
public import SluiceModel
internal import SluicePorts
internal import SluiceXML

/// Persons' ids (csa-api.md 1.1), and calls on their behalf.
extension RESTCSAClient {
    /// The person that `csa.username` is.
    var ownUser: CSAUser {
        CSAUser(userName: configuration.username, organizationName: configuration.organization)
    }

    /// On a 404, an id this old is asked for again: it may be from before a restart.
    static let loginAgeMax = Duration.seconds(60)

    @discardableResult
    public func logIn() async throws -> CSAPersonID {
        session.forget()
        return try await login(of: ownUser).id
    }

    /// The id of a person, from memory if it is there.
    func login(of user: CSAUser) async throws -> CSASession.Login {
        if let login = session.login(of: user) { return login }
        return try await loginTurn.with {
            if let login = session.login(of: user) { return login }
            return try await askForLogin(of: user)
        }
    }

    /// The id of a person, asked for unless somebody else did so meanwhile.
    private func renewedLogin(of user: CSAUser, after old: CSASession.Login) async throws -> CSASession.Login {
        try await loginTurn.with {
            if let login = session.login(of: user), login.at > old.at { return login }
            return try await askForLogin(of: user)
        }
    }

    private func askForLogin(of user: CSAUser) async throws -> CSASession.Login {
        let era = session.era
        let organization = RESTCSAClient.escape(user.organizationName)
        var call = Call(path: "/rest/login/\(organization)/\(RESTCSAClient.escape(user.userName))/")
        if user.userName.contains("/") {
            // A name with a slash has a call of its own.
            call.path = "/rest/login/\(organization)/userLookup"
            call.query = [("userName", user.userName)]
        }
        let answer = try await read(call)
        if answer.status == 404 {
            throw CSAError(
                .missing,
                "\(name(call)) answered \(answer.statusText): the organization \(user.organizationName) has no person "
                    + "\(user.userName), or csa.url is not CSA; check csa.organization")
        }
        let person = try xml(answer, call, roots: ["person"])
        guard let text = person.text(at: "id"), let id = CSAPersonID(checking: text) else {
            throw CSAError(.unreadable, "\(name(call)) answered a person without an id")
        }
        let login = CSASession.Login(id: id, at: clocks.now().monotonic)
        session.keep(login, of: user, from: era)
        return login
    }

    /// A legacy read on behalf of a person; nil when CSA answers 404 and knows the person.
    ///
    /// An id that CSA does not know any more shows as 404 or, if so configured, as 401: then it is asked for again, and
    /// the read repeated once if it is another one.
    func legacyRead(_ call: Call, as user: CSAUser? = nil) async throws -> CSAAnswer? {
        let user = user ?? ownUser
        let login = try await login(of: user)
        var answer = try await read(on(login, of: user, call))
        // Old, or forgotten meanwhile because CSA seemed to restart.
        let isOld =
            clocks.now().monotonic.since(login.at) > RESTCSAClient.loginAgeMax
            || session.login(of: user)?.at != login.at
        if answer.status == 401 || (answer.status == 404 && isOld) {
            let fresh = try await renewedLogin(of: user, after: login)
            if fresh.id != login.id { answer = try await read(on(fresh, of: user, call)) }
        }
        if answer.status == 404 { return nil }
        try check(answer, call)
        return answer
    }

    /// A legacy change on behalf of a person, sent once.
    /// - Throws: `CSAError`; `.missing` on 404, but `.status` when it was the person's id that CSA does not know any
    ///   more: then nothing is known of what the call named, and nothing was changed.
    func legacyChange(_ call: Call, as user: CSAUser? = nil) async throws -> CSAAnswer {
        let user = user ?? ownUser
        let login = try await login(of: user)
        let answer = try await change(on(login, of: user, call))
        if answer.status == 404 || answer.status == 401 {
            // CSA may have been restarted unseen, as another version.
            session.forget()
            guard try await self.login(of: user).id == login.id else {
                throw CSAError(
                    .status,
                    "\(name(call)) answered \(answer.statusText) to a login of before a restart: nothing was changed, "
                        + "try again")
            }
        }
        try check(answer, call)
        return answer
    }

    private func on(_ login: CSASession.Login, of user: CSAUser, _ call: Call) -> Call {
        var call = call
        call.query.insert(("userIdentifier", login.id.text), at: 0)
        // On behalf of somebody else 401 rather means that person, so one login tells.
        call.mayBeStale = configuration.switches.staleLogin == .unauthorized || user != ownUser
        return call
    }

    // MARK: Tokens

    /// Early enough that a token is not refused on its way.
    static let tokenMarginSeconds: Int64 = 60
    /// How long a token is used whose end cannot be read.
    static let unreadableTokenSeconds: Int64 = 60

    /// A read with a tenant's token; when CSA does not take it, once more with a new one.
    func tokenRead(_ call: Call, tenant: String) async throws -> CSAAnswer {
        var call = call
        let token = try await token(of: tenant)
        call.credentials = .token(token.text)
        var answer = try await read(call)
        if answer.status == 401 {
            session.forgetToken(token, of: tenant)
            call.credentials = .token(try await self.token(of: tenant).text)
            answer = try await read(call)
        }
        try check(answer, call)
        return answer
    }

    private func token(of tenant: String) async throws -> CSASession.Token {
        if let token = usableToken(of: tenant) { return token }
        return try await tokenTurn.with {
            if let token = usableToken(of: tenant) { return token }
            return try await askForToken(of: tenant)
        }
    }

    private func usableToken(of tenant: String) -> CSASession.Token? {
        session.token(of: tenant).flatMap { $0.renewAt > clocks.now().wall ? $0 : nil }
    }

    /// CSA's answer to the one call that asks for a token.
    /// - Throws: `CSAError`; final when the account gets none, unless its password was replaced meanwhile.
    func tokenAnswer(for tenant: String) async throws -> (answer: CSAAnswer, call: Call) {
        let credentialsNumber = session.credentialsNumber
        if let refusal = session.tokenRefusal { throw refusal }
        var credentials = JSONObject()
        credentials["username"] = .string(configuration.username)
        credentials["password"] = .string(session.password.exposed)
        let body: JSONObject = ["passwordCredentials": .object(credentials), "tenantName": .string(tenant)]
        let call = Call(
            method: .POST, path: configuration.tokenURL, accept: "application/json",
            body: ("application/json", body.bytes()), credentials: .tokenAccount)
        // Sent once: a try that failed on the way may have counted as a wrong password.
        let answer = try await change(call)
        guard answer.status != 401 else {
            let refusal = CSAError(
                .unauthorized,
                "\(name(call)) answered \(answer.statusText) for the tenant \(tenant); check csa.username and "
                    + "csa.tokenUsername with their passwords. No token is asked for until then: accounts lock out",
                isFinal: true)
            guard session.refuseTokens(refusal, of: credentialsNumber) else { throw lateRefusal(call, answer) }
            throw refusal
        }
        try check(answer, call)
        return (answer, call)
    }

    private func askForToken(of tenant: String) async throws -> CSASession.Token {
        let era = session.era
        let (answer, call) = try await tokenAnswer(for: tenant)
        let token = try json(answer, call)["token"]
        guard let text = token?["id"]?.string, !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw CSAError(.unreadable, "\(name(call)) answered no token; check csa.url") }
        let now = clocks.now().wall
        let fresh = CSASession.Token(
            text: Secret(text), renewAt: RESTCSAClient.renewal(token?["expires"]?.string, from: now))
        session.keep(fresh, of: tenant, from: era)
        return fresh
    }

    /// A minute before it expires, or at three quarters of a short life.
    private static func renewal(_ expires: String?, from now: Timestamp) -> Timestamp {
        guard let end = expires.flatMap({ Timestamp(rfc3339: $0) }) else {
            return now.advanced(by: .seconds(unreadableTokenSeconds))
        }
        let margin = min(.seconds(tokenMarginSeconds), end.since(now) / 4)
        return end.advanced(by: .zero - margin)
    }
}

import SluiceCSA
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

@Suite struct LoginTests {
    private static let state = ScriptedAnswer.json(
        #"{"id":"1","artifactType":"SERVICE_INSTANCE","artifactState":"ACTIVE","state":"ACTIVE","status":null}"#)

    @Test(arguments: [
        ("svc", "/csa/rest/login/CSA-Provider/svc/", ""),
        ("ad min%", "/csa/rest/login/CSA-Provider/ad%20min%25/", ""),
        ("admin/domain", "/csa/rest/login/CSA-Provider/userLookup", "userName=admin%2Fdomain"),
    ])
    func asksForItsOwnId(name: String, path: String, query: String) async throws {
        let id = try await withCSA(adjust: { $0.username = name }) { _ in
            .status(404)
        } _: { (client, server) async throws in
            let id = try await client.logIn()
            #expect(server.seen.map(\.path) == [path] && server.seen.map(\.query) == [query])
            return id
        }
        #expect(id == CSAPersonID("90u"))
    }

    @Test("section 12, 401 in the middle: Basic stops at once and stays stopped until it is configured anew")
    func stopsAtTheFirst401() async throws {
        let counter = Counter()
        try await withCSA(answersLogins: false) { request in
            if request.authorization == "Basic c3ZjOm5ldw==" { return request.isLogin ? .person : Self.state }
            // The login is right, then the password is rotated.
            return counter.next() == 1 ? .person : .status(401)
        } _: { (client, server) async throws in
            _ = try await client.logIn()
            let errors = await withTaskGroup(of: CSAError?.self) { group in
                for index in 0..<40 {
                    group.addTask { await csaError { try await client.artifactState("\(index)") } }
                }
                return await group.reduce(into: [CSAError?]()) { $0.append($1) }
            }
            #expect(errors.allSatisfy { $0?.code == .unauthorized && $0?.isFinal == true })
            #expect(errors.allSatisfy { $0?.message.contains("csa.username") == true })
            // No more than were on their way at once.
            let sent = server.seen.count
            #expect(sent <= 1 + 4, "\(sent)")
            let policies = await csaError { try await client.approvalPolicies(of: Documents.organization) }
            let login = await csaError { try await client.logIn() }
            let edit = await csaError { try await client.organizations() }
            #expect(policies?.isFinal == true && login?.isFinal == true && edit?.isFinal == true)
            #expect(server.seen.count == sent)
            client.reconfigure(password: Secret("new"))
            #expect(try await client.artifactState("1")?.state == "ACTIVE")
        }
    }

    @Test(
        "a 401 to a password that was replaced while the call was on its way does not lock the new one out",
        arguments: [false, true])
    func triesTheNewPassword(isLoggedIn: Bool) async throws {
        let rotation = Rotation()
        let counter = Counter()
        try await withCSA(answersLogins: false) { request in
            if request.authorization == "Basic c3ZjOm5ldw==" {
                if request.path.hasPrefix("/csa/api/organization") { return .status(401) }
                return request.isLogin ? .person : Self.state
            }
            if isLoggedIn, counter.next() == 1 { return .person }
            rotation.rotate()
            return .status(401)
        } _: { (client, server) async throws in
            rotation.begin(client)
            if isLoggedIn { _ = try await client.logIn() }
            let error = await csaError { try await client.artifactState("1") }
            #expect(error?.code == .unauthorized && error?.isFinal == false)
            #expect(error?.message.contains("replaced meanwhile") == true)
            #expect(try await client.artifactState("1")?.state == "ACTIVE")
            // A refusal of the new one counts.
            #expect(await csaError { try await client.organizations() }?.isFinal == true)
            let sent = server.seen.count
            #expect(await csaError { try await client.artifactState("1") }?.isFinal == true)
            #expect(server.seen.count == sent)
        }
    }

    @Test func triesAWrongPasswordOnce() async throws {
        try await withCSA(answersLogins: false) { _ in
            .status(401)
        } _: { (client, server) async throws in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        #expect(await csaError { try await client.catalogs() }?.isFinal == true)
                    }
                }
            }
            #expect(server.seen.count == 1)
        }
    }

    @Test(
        "section 12, userIdentifier changes: an id of before a restart is asked for again, and a read repeated once",
        arguments: [CSASwitches.StaleLogin.missing, .unauthorized])
    func asksForTheIdAgain(stale: CSASwitches.StaleLogin) async throws {
        let clocks = ManualClocks()
        let logins = Counter()
        try await withCSA(answersLogins: false, clocks: clocks, adjust: { $0.switches.staleLogin = stale }) { request in
            if request.isLogin { return .xml("<person><id>90u\(logins.next())</id></person>") }
            return request.has("userIdentifier=90u2") ? Self.state : .status(stale == .missing ? 404 : 401)
        } _: { (client, server) async throws in
            _ = try await client.logIn()
            clocks.advance(by: .seconds(61))
            #expect(try await client.artifactState("1") != nil)
            #expect(server.calls.count == 2 && server.seen.count == 4)
        }
    }

    @Test("section 12, userIdentifier changes: a change that met an old id does not say that its object is missing")
    func tellsAStaleIdFromAMissingPolicy() async throws {
        let logins = Counter()
        try await withCSA(answersLogins: false) { request in
            if request.isLogin { return .xml("<person><id>90u\(logins.next())</id></person>") }
            return request.has("userIdentifier=90u1") ? .status(404) : .xml(Documents.namedApprover())
        } _: { (client, server) async throws in
            let draft = ApprovalPolicyDraft(holding: "p", approvers: ["a"])
            let error = await csaError { try await client.createPolicy(draft, in: Documents.organization) }
            #expect(error?.code == .status && server.calls.count == 1)
            #expect(try await client.createPolicy(draft, in: Documents.organization).id == ApprovalPolicyID("90pol"))
        }
    }

    @Test func knowsAMissingThingFromAStaleId() async throws {
        let clocks = ManualClocks()
        try await withCSA(clocks: clocks) { _ in
            .status(404)
        } _: { (client, server) async throws in
            #expect(try await client.artifactState("1") == nil)
            #expect(server.seen.count == 2)
            clocks.advance(by: .seconds(61))
            #expect(try await client.artifactState("1") == nil)
            #expect(server.seen.count == 4 && server.calls.count == 2)
        }
    }

    @Test func a401ToAnAccountThatMayLogInIsNotFinal() async throws {
        try await withCSA(adjust: { $0.switches.staleLogin = .unauthorized }) { _ in
            .status(401)
        } _: { (client, server) async throws in
            let error = await csaError { try await client.artifactState("1") }
            #expect(error?.code == .unauthorized && error?.isFinal == false)
            #expect(server.calls.count == 1)
        }
    }

    @Test("section 12, 502, 503 and refused: nothing is kept across a restart", arguments: [502, 503, 504])
    func forgetsTheIdWhenCSARestarts(status: Int) async throws {
        let counter = Counter()
        try await withCSA { _ in
            (2...4).contains(counter.next()) ? .status(status) : Self.state
        } _: { (client, server) async throws in
            _ = try await client.artifactState("1")
            let error = await csaError { try await client.artifactState("1") }
            #expect(error?.code == .unreachable)
            _ = try await client.artifactState("1")
            #expect(server.seen.count { $0.isLogin } == 2)
        }
    }

    @Test func saysThatNobodyListens() async throws {
        let configuration = CSAConfiguration(baseURL: "http://127.0.0.1:1/csa", username: "u", password: Secret("p"))
        let client = RESTCSAClient(configuration)
        let error = await csaError { try await client.logIn() }
        try await client.shutdown()
        #expect(error?.code == .unreachable && error?.message.contains("connection refused") == true)
    }

    @Test func a401OnBehalfOfSomebodyElseIsThatPersons() async throws {
        try await withCSA { request in
            request.has("userIdentifier=90u") && request.path.hasSuffix("/approver") ? .status(401) : Self.state
        } _: { (client, server) async throws in
            let error = await csaError {
                try await client.decide(CSAApprovalID("1"), in: Documents.catalog, as: Documents.user, .approved)
            }
            #expect(error?.code == .unauthorized && error?.isFinal == false && server.calls.count == 1)
            #expect(try await client.artifactState("1") != nil)
        }
    }

    // MARK: Tokens

    private static let portal: @Sendable (SeenRequest) -> ScriptedAnswer = { request in
        request.path.hasSuffix("/filter")
            ? .json(#"{"@total_results":1,"members":[{"id":"90s","name":"s","status":"ACTIVE"}]}"#)
            : .json(#"{"id":"90s","instanceId":"90i","endDate":"2026-12-24T18:00:00.000Z"}"#)
    }

    private static func token(_ number: Int, expires: String) -> ScriptedAnswer {
        .json(#"{"token":{"id":"t\#(number)","expires":"\#(expires)"}}"#)
    }

    @Test func asksForATokenOfTheTenantAndRenewsItEarly() async throws {
        let clocks = ManualClocks(wall: Timestamp(rfc3339: "2026-11-28T10:00:00Z")!)
        let tokens = Counter()
        let adjust: @Sendable (inout CSAConfiguration) -> Void = {
            $0.switches.subscriptions = .mpp
            $0.tokenAccount = ("idm", Secret("idm-pw"))
        }
        try await withCSA(clocks: clocks, adjust: adjust) { request in
            request.path.hasPrefix("/idm-service")
                ? Self.token(tokens.next(), expires: "2026-11-28T10:30:00.000Z") : Self.portal(request)
        } _: { (client, server) async throws in
            let subscription = try await client.subscriptions(of: Documents.user)[0]
            #expect(subscription.instanceID == CSAInstanceID("90i"))
            #expect(subscription.endsAt == Timestamp(rfc3339: "2026-12-24T18:00:00Z"))
            let login = try #require(server.seen.first)
            #expect(login.path == "/idm-service/v2.0/tokens" && login.authorization == "Basic aWRtOmlkbS1wdw==")
            #expect(login.body.contains(#""tenantName":"CSA_CONSUMER""#) && login.body.contains("s3cr3t-pässword"))
            #expect(server.seen.dropFirst().allSatisfy { $0.token == "t1" && $0.authorization == nil })
            #expect(server.seen[1].has("onBehalf=carol"))
            clocks.advance(by: .seconds(28 * 60))
            _ = try await client.subscriptions(of: Documents.user)
            #expect(server.seen.last?.token == "t1")
            clocks.advance(by: .seconds(61))
            _ = try await client.subscriptions(of: Documents.user)
            #expect(server.seen.last?.token == "t2")
        }
    }

    @Test("section 12, 401 in the middle: a token is renewed once, then it fails")
    func renewsARefusedTokenOnce() async throws {
        let tokens = Counter()
        try await withCSA(adjust: { $0.switches.subscriptions = .mpp }) { request in
            if request.path.hasPrefix("/idm-service") {
                return Self.token(tokens.next(), expires: "2999-01-01T00:00:00Z")
            }
            // The second token is good; from the third on none is.
            return request.token == "t2" ? Self.portal(request) : .status(401)
        } _: { (client, server) async throws in
            #expect(try await client.subscriptions(of: Documents.user).count == 1)
            #expect(server.seen.map(\.token) == [nil, "t1", nil, "t2", "t2"])
        }
        try await withCSA(adjust: { $0.switches.subscriptions = .mpp }) { request in
            request.path.hasPrefix("/idm-service") ? Self.token(1, expires: "2999-01-01T00:00:00Z") : .status(401)
        } _: { (client, server) async throws in
            let error = await csaError { try await client.subscriptions(of: Documents.user) }
            #expect(error?.code == .unauthorized && error?.isFinal == false)
            #expect(server.seen.count == 4)
        }
    }

    @Test func asksForNoTokenOnceOneWasRefused() async throws {
        try await withCSA(adjust: { $0.switches.subscriptions = .mpp }) { _ in
            .status(401)
        } _: { (client, server) async throws in
            for _ in 0..<3 {
                #expect(await csaError { try await client.subscriptions(of: Documents.user) }?.isFinal == true)
            }
            #expect(server.seen.count == 1)
        }
    }

    @Test("a 401 to a password that was replaced while the token was asked for does not lock the new one out")
    func asksForATokenWithTheNewPassword() async throws {
        let rotation = Rotation()
        try await withCSA(adjust: { $0.switches.subscriptions = .mpp }) { request in
            guard request.path.hasPrefix("/idm-service") else { return Self.portal(request) }
            if request.body.contains(#""password":"new""#) { return Self.token(1, expires: "2999-01-01T00:00:00Z") }
            rotation.rotate()
            return .status(401)
        } _: { (client, server) async throws in
            rotation.begin(client)
            let error = await csaError { try await client.subscriptions(of: Documents.user) }
            #expect(error?.code == .unauthorized && error?.isFinal == false)
            #expect(try await client.subscriptions(of: Documents.user).count == 1)
            #expect(server.seen.count { $0.path.hasPrefix("/idm-service") } == 2)
        }
    }

    @Test func neverShowsASecret() async throws {
        try await withCSA(adjust: { $0.switches.subscriptions = .mpp }) { request in
            .json(#"{"token":{"id":"hunter2\n"},"echo":"\#(request.authorization ?? "")"}"#)
        } _: { (client, _) async throws in
            let error = await csaError { try await client.subscriptions(of: Documents.user) }
            #expect(error?.code == .unreadable)
            #expect(error?.description.contains("hunter2") == false && error?.description.contains("s3cr3t") == false)
        }
    }
}

/// Gives a client another password while a call of its is on the way.
private final class Rotation: Sendable {
    private let client = Mutex<RESTCSAClient?>(nil)

    func begin(_ client: RESTCSAClient) { self.client.withLock { $0 = client } }

    func rotate() { client.withLock { $0 }?.reconfigure(password: Secret("new")) }
}

internal import SluiceModel
internal import SluicePorts
internal import Synchronization

/// What the client knows of CSA between calls; nothing of it outlives a restart of CSA.
final class CSASession: Sendable {
    private let state: Mutex<State>

    /// A person's id, and when it was asked for.
    struct Login: Sendable {
        var id: CSAPersonID
        var at: MonotonicTime
    }

    /// A token of a tenant.
    struct Token: Sendable {
        var text: Secret
        /// When another one is asked for.
        var renewAt: Timestamp
    }

    fileprivate struct State {
        var password: Secret
        var tokenPassword: Secret?
        /// Why nothing more is sent; set once, until the client is configured anew.
        var refusal: CSAError?
        /// The same for tokens alone.
        var tokenRefusal: CSAError?
        /// Whether CSA took the account, since it may have become another.
        var isAccepted = false
        var logins: [CSAUser: Login] = [:]
        var tokens: [String: Token] = [:]
        var spelling: AssignmentSpelling?
        /// Counts what made us forget: what was asked for before is not kept.
        var era = 0
        /// Counts the credentials: a refusal of some from before says nothing of those now. The era would not do: it
        /// ends with a call that took too long, too, and a refusal beside that one stays right.
        var credentialsNumber = 0
        /// How far CSA's clock was ahead of ours when it answered last.
        var clockDifference: Duration?
    }

    /// Persons' ids that are kept; one more, and all are asked for again.
    static let loginCountMax = 2000
    /// Tenants' tokens that are kept.
    static let tokenCountMax = 100

    init(password: Secret, tokenPassword: Secret?) {
        state = Mutex(State(password: password, tokenPassword: tokenPassword))
    }

    var password: Secret { state.withLock { $0.password } }
    var tokenPassword: Secret { state.withLock { $0.tokenPassword ?? $0.password } }
    var refusal: CSAError? { state.withLock { $0.refusal } }
    var tokenRefusal: CSAError? { state.withLock { $0.tokenRefusal } }
    var isAccepted: Bool { state.withLock { $0.isAccepted } }
    var era: Int { state.withLock { $0.era } }
    /// Read before anything is made of the credentials.
    var credentialsNumber: Int { state.withLock { $0.credentialsNumber } }
    var spelling: AssignmentSpelling? { state.withLock { $0.spelling } }

    var clockDifference: Duration? { state.withLock { $0.clockDifference } }

    func sawClock(at difference: Duration) { state.withLock { $0.clockDifference = difference } }

    func login(of user: CSAUser) -> Login? { state.withLock { $0.logins[user] } }
    func token(of tenant: String) -> Token? { state.withLock { $0.tokens[tenant] } }

    /// Sends nothing more; the first reason stays.
    /// - Returns: False, and nothing is done, when there are other credentials meanwhile.
    func refuse(_ error: CSAError, of credentialsNumber: Int) -> Bool {
        state.withLock { state in
            guard state.credentialsNumber == credentialsNumber else { return false }
            if state.refusal == nil { state.refusal = error }
            state.forget()
            return true
        }
    }

    /// The same for tokens alone.
    func refuseTokens(_ error: CSAError, of credentialsNumber: Int) -> Bool {
        state.withLock { state in
            guard state.credentialsNumber == credentialsNumber else { return false }
            if state.tokenRefusal == nil { state.tokenRefusal = error }
            state.tokens = [:]
            return true
        }
    }

    /// The account's password is right, if it is still that of an era.
    func accept(in era: Int) { state.withLock { if $0.era == era { $0.isAccepted = true } } }

    /// Forgets all that a restart of CSA may have changed.
    func forget() { state.withLock { $0.forget() } }

    func forgetToken(_ token: Token, of tenant: String) {
        state.withLock { state in
            if state.tokens[tenant]?.text == token.text { state.tokens[tenant] = nil }
        }
    }

    /// Begins anew with other credentials.
    func begin(password: Secret, tokenPassword: Secret?) {
        state.withLock { state in
            state.forget()
            state.credentialsNumber += 1
            state.password = password
            state.tokenPassword = tokenPassword
            state.refusal = nil
            state.tokenRefusal = nil
        }
    }

    /// Keeps what was asked for in an era, unless that is over.
    func keep(_ login: Login, of user: CSAUser, from era: Int) {
        state.withLock { state in
            guard state.era == era else { return }
            if state.logins.count >= CSASession.loginCountMax { state.logins = [:] }
            state.logins[user] = login
        }
    }

    func keep(_ token: Token, of tenant: String, from era: Int) {
        state.withLock { state in
            guard state.era == era else { return }
            if state.tokens.count >= CSASession.tokenCountMax { state.tokens = [:] }
            state.tokens[tenant] = token
        }
    }

    func keep(_ spelling: AssignmentSpelling, from era: Int) {
        state.withLock { state in
            if state.era == era { state.spelling = spelling }
        }
    }
}

extension CSASession.State {
    fileprivate mutating func forget() {
        era += 1
        isAccepted = false
        logins = [:]
        tokens = [:]
        spelling = nil
    }
}

/// Lets so many in at a time. Of many calls that need a login one asks, so a wrong password is tried once; and what
/// waits for its turn is not sent any more once another one's answer forbids it.
actor Turns {
    private var freeCount: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(count: Int) { freeCount = count }

    /// Runs a body in its turn; each has bounded calls only.
    nonisolated func with<Value>(_ body: () async throws -> Value) async throws -> Value {
        await take()
        do {
            try Task.checkCancellation()
            let value = try await body()
            await give()
            return value
        } catch {
            await give()
            throw error
        }
    }

    private func take() async {
        if freeCount > 0 {
            freeCount -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func give() {
        if waiting.isEmpty {
            freeCount += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}

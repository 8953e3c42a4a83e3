/// The identity service's tokens, oldest first.
struct TokenTable: Sendable {
    struct Token: Sendable {
        let personID: String
        let expiresAt: EpochMilliseconds
    }

    private var tokens: [String: Token] = [:]
    private var order: [String] = []

    /// The person a token is for, while it counts.
    func personID(of token: String?, at now: EpochMilliseconds) -> String? {
        guard let token, let found = tokens[token], now < found.expiresAt else { return nil }
        return found.personID
    }

    mutating func issue(_ id: String, _ token: Token) {
        tokens[id] = token
        order.append(id)
        if order.count > CSALimits.tokenCountMax { tokens[order.removeFirst()] = nil }
    }

    mutating func removeAll() { self = TokenTable() }
}

/// The HTTP sessions of clients that keep cookies, oldest first.
struct SessionTable: Sendable {
    struct Session: Sendable {
        let id: String
        /// The CSRF token that writes of this session must carry.
        let token: String
    }

    private var tokens: [String: String] = [:]
    private var order: [String] = []

    static let cookieName = "JSESSIONID"

    /// The session a `Cookie` header names, if it is one of ours.
    func session(cookie header: String?) -> Session? {
        guard let header else { return nil }
        for pair in header.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == Self.cookieName else { continue }
            let id = String(parts[1])
            if let token = tokens[id] { return Session(id: id, token: token) }
        }
        return nil
    }

    mutating func open(id: String, token: String) {
        tokens[id] = token
        order.append(id)
        if order.count > SandboxLimits.sessionCountMax { tokens[order.removeFirst()] = nil }
    }
}

internal import NIOHTTP1
internal import SluiceJSON
public import SluiceModel
internal import SluicePorts

/// An answer as it came, for `sluice doctor`: what a status means is the question there.
public struct CSAProbeAnswer: Sendable {
    public var status: Int
    public var body: [UInt8]
    public var isHTML: Bool
    /// The header `Date`, by which CSA's clock is told.
    public var date: String?
    public var server: String?

    init(_ answer: CSAAnswer) {
        status = answer.status
        body = answer.body
        isHTML = answer.isHTML
        date = answer.headers.first(name: "date")
        server = answer.headers.first(name: "server")
    }
}

/// Calls whose answers the doctor reads itself; lock-out, limits and certificates hold as for every other call.
extension RESTCSAClient {
    /// As whom a probe is sent.
    public enum ProbeLogin: Sendable {
        /// The account alone.
        case account
        /// The account, on behalf of a person's id, which CSA may not know: 401 then says nothing of the account.
        case person(String)
        /// A token; with HTTP Basic too, if the switches say so.
        case token(Secret)
    }

    /// Whether CSA has refused the account, so that nothing more is sent.
    public var isRefused: Bool { session.refusal != nil }

    /// - Parameters:
    ///   - path: Below CSA's root; ids in it are sent as they are.
    ///   - body: nil: none. A read without one is tried again on trouble, everything else is sent once.
    /// - Throws: `CSAError` when there is no answer, or CSA refuses the account.
    public func probe(
        _ method: String, _ path: String, query: [(name: String, value: String)] = [],
        accept: String = "application/xml", body: (type: String, bytes: [UInt8])? = nil, as login: ProbeLogin
    ) async throws -> CSAProbeAnswer {
        var call = Call(method: HTTPMethod(rawValue: method), path: path, query: query, accept: accept, body: body)
        call.isListing = true
        switch login {
        case .account: break
        case .person(let id):
            call.query.insert(("userIdentifier", id), at: 0)
            call.mayBeStale = true
        case .token(let token): call.credentials = .token(token)
        }
        return CSAProbeAnswer(try await method == "GET" ? read(call) : change(call))
    }

    /// A fresh token of a tenant, asked for once: a refusal counts as a wrong password.
    /// - Returns: The token, and what CSA says of its end.
    /// - Throws: `CSAError`; `.unauthorized` and final when no token is given to this account.
    public func probeToken(of tenant: String) async throws -> (token: Secret, expires: String?, date: String?) {
        let (answer, call) = try await tokenAnswer(for: tenant)
        let token = try json(answer, call)["token"]
        guard let text = token?["id"]?.string, !text.isEmpty else {
            throw CSAError(.unreadable, "\(name(call)) answered no token; check csa.url")
        }
        return (Secret(text), token?["expires"]?.string, answer.headers.first(name: "date"))
    }
}

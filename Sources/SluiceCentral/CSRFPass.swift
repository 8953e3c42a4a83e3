internal import NIOHTTP1

/// What Central wants to see again of a session before it lets a change through (oo-central-api.md section 1).
///
/// We keep no cookies, so this is for one start alone and then forgotten.
struct CSRFPass: Sendable {
    static let tokenName = "X-CSRF-TOKEN"

    var token: String
    var cookies: [String]

    func add(to headers: inout HTTPHeaders) {
        headers.add(name: CSRFPass.tokenName, value: token)
        if !cookies.isEmpty { headers.add(name: "Cookie", value: cookies.joined(separator: "; ")) }
    }
}

extension RESTCentralClient {
    /// Asks twice: the token of the first answer is not good yet.
    func fetchCSRFPass() async -> CSRFPass? {
        var cookies: [String] = []
        var pass: CSRFPass?
        for _ in 0..<2 {
            let headers = cookies.isEmpty ? [] : [("Cookie", cookies.joined(separator: "; "))]
            guard let answer = try? await get("/version", bytesMax: configuration.maxResponseBytes, headers: headers)
            else { return nil }
            let fresh = answer.headers["set-cookie"].compactMap { $0.split(separator: ";").first.map(String.init) }
            if !fresh.isEmpty { cookies = fresh }
            if let token = answer.headers.first(name: CSRFPass.tokenName) {
                pass = CSRFPass(token: token, cookies: cookies)
            }
        }
        return pass
    }
}

/// An HTTP request as the state sees it: plain values, read to the end.
struct SandboxRequest: Sendable {
    var method: String
    /// Percent-decoded, without query and trailing slash.
    var path: String
    /// The last value of each name wins.
    var query: [String: String] = [:]
    var authorization: String?
    var cookie: String?
    var csrfToken: String?
    /// `X-Auth-Token`, of CSA's portal.
    var authToken: String?
    var accept: String?
    var contentType: String?
    /// Whether the path ended with a slash, which `path` does not show.
    var hasTrailingSlash = false
    /// `scheme://host:port` as the client sees this server.
    var origin = "http://sandbox"
    var body: [UInt8] = []

    /// Whether it asks Central to start an execution.
    var isStart: Bool { method == "POST" && pathBelowRoot == "/executions" }

    /// The path below `/oo/rest/{version}`, `/csa/rest` or `/csa/api`; the whole path when it is not there.
    var pathBelowRoot: String {
        if let root = CentralRoot(path: path) { return "/" + root.rest.joined(separator: "/") }
        for root in ["/csa/rest", "/csa/api"] where path.hasPrefix(root + "/") {
            return String(path.dropFirst(root.count))
        }
        return path
    }
}

/// The REST root an address starts with, and what follows it.
struct CentralRoot: Sendable {
    /// As spelt in the address: `/oo/rest`, `/oo/rest/v1` …
    let root: String
    let version: String?
    let rest: [String]

    init?(path: String) {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count >= 2, parts[0] == "oo", parts[1] == "rest" else { return nil }
        if parts.count > 2, ["v1", "v2", "latest"].contains(parts[2]) {
            version = parts[2]
            root = "/oo/rest/\(parts[2])"
            rest = Array(parts[3...])
        } else {
            version = nil
            root = "/oo/rest"
            rest = Array(parts[2...])
        }
    }
}

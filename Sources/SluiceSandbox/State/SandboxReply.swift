/// An HTTP answer as the state gives it.
struct SandboxReply: Sendable {
    var status: Int
    var contentType: String
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]

    static func json(_ status: Int, _ value: LooseValue) -> Self {
        // Encoding fails for infinite numbers only, and none are made.
        Self(status: status, contentType: "application/json", body: (try? SandboxCodec.encode(value)) ?? [])
    }

    static func text(_ status: Int, _ text: String) -> Self {
        Self(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    /// The texts of OO's errors are UNKNOWN; this only looks like one.
    static func error(_ status: Int, _ message: String) -> Self {
        json(status, ["message": .text(message)])
    }

    /// OO's login page, or the way to it (PROVEN [NAS] for the redirect of `/oo`).
    static func loginPage(_ status: Int) -> Self {
        var reply = Self(
            status: status, contentType: "text/html; charset=utf-8",
            body: Array(
                ("<!DOCTYPE html><html><head><title>Operations Orchestration</title></head><body>"
                    + "<form action=\"/oo/login\"></form></body></html>")
                    .utf8))
        if (300..<400).contains(status) { reply.headers.append(("Location", "/oo/login/login-form")) }
        return reply
    }
}

/// What becomes of one request.
struct SandboxOutcome: Sendable {
    var reply: SandboxReply
    /// Not before that time.
    var answerAt: EpochMilliseconds
    /// The connection is closed instead of answering.
    var isDropped = false
}

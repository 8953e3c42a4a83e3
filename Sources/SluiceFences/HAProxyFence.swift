import SluiceModel

/// Writes the fence for HAProxy: health checks ask Sluice how each fence stands, twice a second.
///
/// Debian's HAProxy 2.6 has no `auth_request` without Lua code of others, so a request is sorted by patterns alone and
/// no request waits for Sluice. A check that is answered 204 makes its server usable, 404 takes it out of use at once
/// (`http-check disable-on-404`), and none at all only after `fall` checks: so the last answer counts that long.
public struct HAProxyFence: Sendable {
    private let plan: FencePlan

    /// Between two checks; what a close or an opening may take to be seen.
    static let checkMilliseconds = 500
    /// How long after its start a proxy takes no new work: it has not asked yet.
    static let startSeconds = 2
    /// How long it shows the page that it has before it fetches it again.
    static let pageSeconds = 60
    /// A body up to this many bytes goes to Sluice with a request for the page; what is larger is answered here.
    static let bodyByteCountMax = 65_536

    public init(_ plan: FencePlan) { self.plan = plan }

    /// The whole file, with a line end; use it alone or beside another with `-f`.
    public var text: String {
        var lines = [
            "# Written by `sluice fence haproxy`: change sluice.yaml and write it again.",
            "global", "    set-var proc.sluice_began date()", "",
            "defaults sluice_fence", "    mode http", "    timeout connect 10s", "    timeout client 1h",
            "    timeout server 1h", "    timeout tunnel 1h", "    timeout http-request 30s", "    timeout check 500ms",
            "    option http-keep-alive", "", "cache sluice_pages", "    total-max-size 1",
            "    max-age \(Self.pageSeconds)",
        ]
        for front in plan.fronts {
            lines += [""] + frontend(front) + [""] + checks(front.system) + [""] + page(front.system) + [""]
            lines += upstream(front)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func frontend(_ front: FencePlan.Front) -> [String] {
        let system = front.system.rawValue
        let secure = plan.certificate.map { " ssl crt \($0.chainFile) alpn h2,http/1.1" } ?? ""
        var lines = ["bind \(front.listen)\(secure)"]
        lines += FenceWays.droppedHeaders.map { "http-request del-header \($0)" }
        lines +=
            [
                "# Of upgrades only WebSocket, which is no reading though it begins with a GET.",
                "acl upgrades req.hdr(upgrade) -m found", "acl websocket req.hdr(upgrade) -i websocket",
                "http-request del-header Upgrade if upgrades !websocket",
                "http-request set-var-fmt(txn.call) \"%[method] %[pathq]\"",
                "http-request set-var-fmt(txn.call) \"UPGRADE %[pathq]\" if websocket",
            ] + callers() + ["# The last that matches counts.", "http-request set-var(txn.way) str(door)"]
        // The first rule counts in the table, the last one here.
        for (index, rule) in FenceWays.rules(of: front.system).enumerated().reversed() {
            let name = "is_\(index)"
            if !rule.pattern.isEmpty { lines.append("acl \(name) var(txn.call) -m reg '\(rule.pattern)'") }
            let caller = rule.caller.map { "from_\($0) " } ?? ""
            let condition = caller + (rule.pattern.isEmpty ? "" : name)
            // A controller is a callback caller too, and the first of the table.
            lines.append("http-request set-var(txn.way) str(\(rule.way.rawValue)) if \(condition)")
        }
        lines += [
            "acl is_door var(txn.way) -m str door", "acl is_reading var(txn.way) -m str reading",
            "acl is_open nbsrv(sluice_\(system)_door) gt 0", "acl is_readable nbsrv(sluice_\(system)_reading) gt 0",
            "# Up but not usable: Sluice says no. Down: it is silent, and reading goes on.",
            "acl is_heard srv_is_up(sluice_\(system)_reading/sluice)",
            "acl is_new date,sub(proc.sluice_began) -m int lt \(Self.startSeconds)",
            "http-request set-var(txn.refused) bool(true) if is_door !is_open",
            "http-request set-var(txn.refused) bool(true) if is_door is_new",
            "http-request set-var(txn.refused) bool(true) if is_reading !is_readable is_heard",
            "acl is_refused var(txn.refused) -m bool", "acl wants_html req.hdr(accept) -m sub -i text/html",
            "http-request set-var(txn.as) str(problem)", "http-request set-var(txn.as) str(html) if wants_html",
            "acl has_no_body method GET HEAD",
            "acl is_small req.hdr(content-length) -m int le \(Self.bodyByteCountMax)",
            "acl is_chunked req.hdr(transfer-encoding) -m found",
        ]
        lines += returned("is_refused wants_html !has_no_body !is_small", html: true)
        lines += returned("is_refused !has_no_body !is_small", html: false)
        lines +=
            returned("is_refused wants_html is_chunked", html: true) + returned("is_refused is_chunked", html: false)
        lines += [
            "use_backend sluice_\(system)_page if is_refused", "default_backend sluice_\(system)",
        ]
        return ["frontend sluice_\(system)_front"] + lines.map { "    \($0)" }
    }

    private func callers() -> [String] {
        func ranges(_ caller: String) -> String {
            let ranges = plan.callers.filter { $0.caller == caller }.map { "\($0.range)" }
            // An address that nobody has.
            return ranges.isEmpty ? "255.255.255.255" : ranges.joined(separator: " ")
        }
        var lines = [
            "acl from_controller src \(ranges("controller"))", "acl from_callback src \(ranges("callback"))",
        ]
        if let account = plan.callbackAccount {
            lines += [
                "# CSA checks the password; with a session it may not look at it.",
                "acl is_basic req.hdr(authorization) -i -m beg \"basic \"",
                "acl has_session req.hdr(cookie) -m found", "acl has_session req.hdr(x-auth-token) -m found",
                "http-request set-var(txn.user) req.hdr(authorization),word(2,' '),b64dec,field(1,:) if is_basic",
                "acl has_account var(txn.user) -m str '\(account)'",
                "http-request set-var(txn.callback) bool(true) if has_account !has_session",
                "acl from_callback var(txn.callback) -m bool",
            ]
        }
        return lines
    }

    /// One backend a question; requests never go there.
    private func checks(_ system: FencedSystem) -> [String] {
        ["door", "reading"].flatMap { call in
            [
                "backend sluice_\(system.rawValue)_\(call)", "    option httpchk",
                "    http-check send meth GET uri /v1/authorize?system=\(system.rawValue)&call=\(call)&closed=404 ver "
                    + "HTTP/1.1 hdr Host sluice",
                "    http-check expect status 204", "    http-check disable-on-404",
                "    server sluice \(plan.sluice) check inter \(Self.checkMilliseconds)ms rise 1 "
                    + "fall \(max(1, plan.keepSeconds * 1000 / (2 * Self.checkMilliseconds)))",
            ]
        }
    }

    private func page(_ system: FencedSystem) -> [String] {
        var lines = [
            "timeout connect 1s", "timeout server 2s", "retries 0", "acl has_no_body method GET HEAD",
            "# The page of its own keeps a POST from throwing the cached one out (RFC 9111 section 4.4).",
            "http-request set-var(txn.of) str()", "http-request set-var(txn.of) str(&of=change) if !has_no_body",
            "http-request set-method GET if !has_no_body",
            "http-request del-header Authorization", "http-request del-header Cookie",
            "http-request del-header X-Auth-Token", "http-request set-header Host sluice",
            "http-request set-uri "
                + "/v1/maintenance-page?system=\(system.rawValue)&as=%[var(txn.as)]&status=200%[var(txn.of)]",
            "http-request cache-use sluice_pages", "acl is_heard srv_is_up(sluice_\(system.rawValue)_reading/sluice)",
            "acl as_html var(txn.as) -m str html",
        ]
        lines += returned("!is_heard as_html", html: true) + returned("!is_heard", html: false)
        // Silent, but not for long enough to be known to be.
        lines += [502, 503, 504].map {
            "http-error status \($0) content-type application/problem+json string '\(FenceWays.plainProblem)' "
                + "hdr Retry-After \(FenceWays.plainRetryAfterSeconds)"
        }
        lines += [
            "# For so long it is good enough, whatever Sluice says.",
            "http-response set-header Cache-Control max-age=\(Self.pageSeconds)",
            "http-response cache-store sluice_pages", "http-after-response set-status 503",
            "http-after-response set-header Cache-Control no-store", "server sluice \(plan.sluice)",
        ]
        return ["backend sluice_\(system.rawValue)_page"] + lines.map { "    \($0)" }
    }

    private func upstream(_ front: FencePlan.Front) -> [String] {
        var secure = ""
        if front.isUpstreamSecure {
            let host = front.upstream.host
            secure = " ssl verify required ca-file \(plan.upstreamCAFile) sni str(\(host)) verifyhost \(host)"
        }
        return [
            "backend sluice_\(front.system.rawValue)", "    http-request set-header X-Forwarded-For %[src]",
            "    http-request set-header X-Forwarded-Proto https if { ssl_fc }",
            "    http-request set-header X-Forwarded-Proto http if !{ ssl_fc }",
            "    server \(front.system.rawValue) \(front.upstream)\(secure)",
        ]
    }

    private func returned(_ condition: String, html: Bool) -> [String] {
        let type = html ? "text/html" : "application/problem+json"
        let text = html ? FenceWays.plainPage : FenceWays.plainProblem
        return [
            "http-request return status 503 content-type \(type) string '\(text)' "
                + "hdr Retry-After \(FenceWays.plainRetryAfterSeconds) hdr Cache-Control no-store if \(condition)"
        ]
    }
}

import SluiceModel

/// Writes the fence for nginx: `auth_request` asks Sluice, and its cache keeps the last answers.
///
/// Made for Debian's nginx 1.22 and its `http_auth_request_module`; goes inside `http { }`, such as in `conf.d/`.
public struct NginxFence: Sendable {
    private let plan: FencePlan

    public init(_ plan: FencePlan) { self.plan = plan }

    /// The whole file, with a line end.
    public var text: String {
        (["# Written by `sluice fence nginx`: change sluice.yaml and write it again."] + shared
            + plan.fronts.flatMap { server($0) }).joined(separator: "\n") + "\n"
    }

    private var shared: [String] {
        var lines = [
            "proxy_cache_path \(plan.cacheFolder) keys_zone=sluice_fence:1m inactive=1d max_size=16m "
                + "use_temp_path=off;",
            "upstream sluice_gate { server \(plan.sluice); keepalive 16; }",
            "map $http_accept $sluice_as { default problem; ~*text/html html; }",
            "# Of upgrades only WebSocket: anything else could carry requests past the fence.",
            "map $http_upgrade $sluice_upgrade { default \"\"; ~*^websocket$ websocket; }",
            "map $sluice_upgrade $sluice_connection { default upgrade; \"\" \"\"; }",
            "# A channel both ways is no reading, though it begins with a GET.",
            "map $sluice_upgrade $sluice_method { default UPGRADE; \"\" $request_method; }",
            "# Who calls, by the address of the connection; headers cannot change it.",
            "geo $remote_addr $sluice_from {", "    default anybody;",
        ]
        lines += plan.callers.map { "    \($0.range) \($0.caller);" } + ["}"]
        if let account = plan.callbackAccount {
            // CSA checks the password; with a session it may not look at it.
            lines += [
                "map \"$remote_user|$http_cookie$http_x_auth_token\" $sluice_account {", "    default \"\";",
                "    \"~^\(Self.quoted(Self.literal(account)))\\|$\" callback;", "}",
                "map \"$sluice_from$sluice_account\" $sluice_caller {", "    default $sluice_from;",
                "    anybodycallback callback;", "}",
            ]
        } else {
            lines.append("map $sluice_from $sluice_caller { default $sluice_from; }")
        }
        return lines
    }

    private func server(_ front: FencePlan.Front) -> [String] {
        let system = front.system.rawValue
        let rules = FenceWays.rules(of: front.system).map { rule in
            let pattern = rule.pattern.hasPrefix("(?i)") ? String(rule.pattern.dropFirst(4)) : rule.pattern
            let flag = rule.pattern.hasPrefix("(?i)") ? "(?i)" : ""
            let rest = pattern.hasPrefix("^") ? String(pattern.dropFirst()) : pattern
            return "    \"~\(flag)^\(rule.caller ?? "[a-z]+") \(Self.quoted(rest))\" \(rule.way.rawValue);"
        }
        var lines = [
            "", "# \(system)", "upstream sluice_\(system) { server \(front.upstream); keepalive 64; }",
            "# The first that matches counts.",
            "map \"$sluice_caller $sluice_method $request_uri\" $sluice_\(system)_way {", "    default door;",
        ]
        lines += rules + ["}", "server {"]
        lines += listen(front).map { "    \($0)" }
        lines +=
            ["    client_max_body_size 0;", "    recursive_error_pages on;", ""] + passing(front).map { "    \($0)" }
        lines += asking(system).map { "    \($0)" } + showing(system).map { "    \($0)" } + ["}"]
        return lines
    }

    private func listen(_ front: FencePlan.Front) -> [String] {
        guard let certificate = plan.certificate else { return ["listen \(front.listen);"] }
        return [
            "listen \(front.listen) ssl http2;", "ssl_certificate \(certificate.chainFile);",
            "ssl_certificate_key \(certificate.keyFile);",
        ]
    }

    /// What has passed goes on as it came.
    private func passing(_ front: FencePlan.Front) -> [String] {
        var lines = [
            "location / {", "    auth_request /_sluice/ask;", "    error_page 401 403 500 =503 /_sluice/page;",
            "    proxy_pass \(front.isUpstreamSecure ? "https" : "http")://sluice_\(front.system.rawValue);",
            "    proxy_http_version 1.1;", "    proxy_request_buffering off;", "    proxy_buffering off;",
            "    proxy_read_timeout 1h;", "    proxy_send_timeout 1h;", "    proxy_set_header Host $http_host;",
            "    proxy_set_header X-Forwarded-For $remote_addr;", "    proxy_set_header X-Forwarded-Proto $scheme;",
            "    proxy_set_header Upgrade $sluice_upgrade;", "    proxy_set_header Connection $sluice_connection;",
        ]
        lines += FenceWays.droppedHeaders.map { "    proxy_set_header \($0) \"\";" }
        if front.isUpstreamSecure {
            lines += [
                "    proxy_ssl_server_name on;", "    proxy_ssl_name \(front.upstream.host);",
                "    proxy_ssl_verify on;",
                "    proxy_ssl_verify_depth 5;", "    proxy_ssl_trusted_certificate \(plan.upstreamCAFile);",
            ]
        }
        return lines + ["}"]
    }

    private func asking(_ system: String) -> [String] {
        // Nothing of the client's request goes to Sluice but what is named here.
        let ask = [
            "proxy_method GET;", "proxy_pass_request_body off;", "proxy_pass_request_headers off;",
            "proxy_http_version 1.1;", "proxy_set_header Connection \"\";", "proxy_set_header Host sluice;",
            "proxy_set_header Content-Length \"\";", "proxy_connect_timeout 1s;", "proxy_read_timeout 2s;",
            "proxy_intercept_errors on;",
        ].map { "    \($0)" }
        // Sluice's Cache-Control says for how long: a second, and `fence.keepSeconds` more while it is silent.
        let keep = ["proxy_cache sluice_fence;", "proxy_cache_lock on;", "proxy_cache_lock_timeout 2s;"]
            .map { "    \($0)" }
        let authorize = "proxy_pass http://sluice_gate/v1/authorize?system=\(system)"
        return [
            "location = /_sluice/ask {", "    internal;", "    if ($sluice_\(system)_way = pass) { return 204; }",
            "    if ($sluice_\(system)_way = reading) { rewrite ^ /_sluice/reading last; }",
            "    rewrite ^ /_sluice/door last;", "}",
            "location = /_sluice/pass { internal; return 204; }",
            "location = /_sluice/refuse { internal; return 403; }",
            "# Open to all? Then nobody is asked about.",
            "location = /_sluice/door {", "    internal;", "    \(authorize)&call=door;",
            "    proxy_cache_key \"\(system) door\";",
        ] + keep + ask + [
            "    error_page 403 = /_sluice/exact;", "    error_page 400 404 500 502 503 504 = /_sluice/refuse;", "}",
            "location = /_sluice/exact {", "    internal;", "    \(authorize)&caller=$sluice_caller;",
            "    proxy_set_header X-Original-Method $sluice_method;",
            "    proxy_set_header X-Original-URI $request_uri;",
        ] + ask + [
            "    error_page 400 404 500 502 503 504 = /_sluice/refuse;", "}",
            "# While Sluice is silent, reading goes on.",
            "location = /_sluice/reading {", "    internal;", "    \(authorize)&call=reading;",
            "    proxy_cache_key \"\(system) reading\";",
        ] + keep + ask + ["    error_page 400 404 500 502 503 504 = /_sluice/pass;", "}"]
    }

    private func showing(_ system: String) -> [String] {
        func plain(_ name: String, _ type: String, _ text: String) -> [String] {
            [
                "location = /_sluice/plain/\(name) {", "    internal;", "    default_type \(type);",
                "    add_header Retry-After \(FenceWays.plainRetryAfterSeconds) always;", "    return 503 '\(text)';",
                "}",
            ]
        }
        return [
            "location = /_sluice/page {", "    internal;",
            "    proxy_pass http://sluice_gate/v1/maintenance-page?system=\(system)&as=$sluice_as&status=200;",
            "    proxy_method GET;", "    proxy_pass_request_body off;", "    proxy_pass_request_headers off;",
            "    proxy_set_header Host sluice;", "    proxy_set_header Content-Length \"\";",
            "    proxy_connect_timeout 1s;", "    proxy_read_timeout 2s;",
            "    proxy_cache sluice_fence;", "    proxy_cache_key \"\(system) page $sluice_as\";",
            "    proxy_hide_header Cache-Control;", "    add_header Cache-Control no-store always;",
            "    proxy_intercept_errors on;",
            "    error_page 400 404 500 502 503 504 =503 /_sluice/plain/$sluice_as;", "}",
        ] + plain("html", "text/html", FenceWays.plainPage)
            + plain("problem", "application/problem+json", FenceWays.plainProblem)
    }

    /// Inside double quotes nginx takes `\"` and `\\` as escapes; other backslashes stay.
    private static func quoted(_ pattern: String) -> String {
        var result = ""
        for character in pattern {
            if character == "\\" || character == "\"" { result.append("\\") }
            result.append(character)
        }
        return result
    }

    /// A text as a pattern for itself.
    static func literal(_ text: String) -> String {
        text.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "@" ? "\($0)" : "\\\($0)" }.joined()
    }
}

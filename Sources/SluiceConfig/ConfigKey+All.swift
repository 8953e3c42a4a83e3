internal import SluiceModel

extension ConfigKey {
    /// A day in seconds: more would be a mistake in most places.
    private static let day = 86_400

    /// Every key there is.
    static let all = others + fence + csa + facade

    /// In the order of the sample. `store.url` comes after `store.path`, which it sets too.
    private static let others: [ConfigKey] = [
        parsed("listen", expected: "HOST:PORT such as 127.0.0.1:8470", \.listen, listenAddress),
        text("store.path", \.store.path),
        storeURL,
        optionalText("store.passwordFile", \.store.passwordFile),
        flag("store.acceptLoss", \.store.acceptLoss),
        number("store.writers", 1...32, \.store.writers),
        number("store.readers", 1...64, \.store.readers),
        optionalText("replicas.name", \.replicas.name),
        number("replicas.leaseSeconds", 1...60, \.replicas.leaseSeconds),
        number("replicas.leaderLeaseSeconds", 2...600, \.replicas.leaderLeaseSeconds),
        text("key.file", \.key.file),
        text("auth.gateTokenFile", \.auth.gateTokenFile),
        text("auth.operatorTokenFile", \.auth.operatorTokenFile),
        flag("auth.insecureLoopback", \.auth.insecureLoopback),
        serverURL("central.url", root: "oo", \.central.url),
        optionalText("central.username", \.central.username),
        optionalText("central.passwordFile", \.central.passwordFile),
        choice("central.dialect", \.central.dialect),
        number("central.timeoutSeconds", 1...600, \.central.timeoutSeconds),
        number("central.pollSeconds", 1...3600, \.central.pollSeconds),
        number("central.listPageSize", 1...10_000, \.central.listPageSize),
        optionalText("central.caFile", \.central.caFile),
        optionalNumber("central.relaunchAfterSeconds", 1...(30 * day), \.central.relaunchAfterSeconds),
        number("central.listingLagSeconds", 0...day, \.central.listingLagSeconds),
        choice("central.catchUp", \.central.catchUp),
        number("central.catchUpSeconds", 1...3600, \.central.catchUpSeconds),
        number("central.thawMilliseconds", 0...60_000, \.central.thawMilliseconds),
        flag("central.occurrencesMeanRepeats", \.central.occurrencesMeanRepeats),
        texts("packs", \.packs),
        number("gate.startWindowSeconds", 1...day, \.gate.startWindowSeconds),
        number("gate.validForSeconds", 1...3600, \.gate.validForSeconds),
        flag("gate.keepSecrets", \.gate.keepSecrets),
        choice("gate.initialMode", \.gate.initialMode),
        texts("gate.sensitivePatterns", \.gate.sensitivePatterns) {
            PathGlob($0) == nil ? "is longer than \(IdentifierLimits.byteCountMax) bytes" : nil
        },
        number("idempotency.retentionHours", 1...8784, \.idempotency.retentionHours),
        number("passes.admissionDays", 1...366, \.passes.admissionDays),
        number("passes.unnamedSeconds", 1...(30 * day), \.passes.unnamedSeconds),
        choice("holds.coalesceWaiting", \.holds.coalesceWaiting),
        number("holds.retentionDays", 1...3660, \.holds.retentionDays),
        texts("callbacks.allow", \.callbacks.allow) {
            CallbackPolicy.Entry($0) == nil ? "is no host, *.domain, address or range such as 10.0.0.0/8" : nil
        },
        text("callbacks.secretFile", \.callbacks.secretFile),
        flag("callbacks.insecureHttp", \.callbacks.insecureHTTP),
        text("callbacks.source", \.callbacks.source),
        ConfigKey(path: "rules.allow", read: AllowRuleReader.read),
        number("release.ratePerMinute", ReleaseSettings.Limits.ratePerMinute, \.release.ratePerMinute),
        number("release.ceiling", ReleaseSettings.Limits.ceiling, \.release.ceiling),
        number("release.attemptsMax", 1...1000, \.release.attemptsMax),
        number("release.backoffSeconds", 1...3600, \.release.backoffSeconds),
        number("release.backoffMaxSeconds", 1...day, \.release.backoffMaxSeconds),
        number("release.canaryCount", 0...100, \.release.canaryCount),
        optionalText("release.canaryFlow", \.release.canaryFlow),
        number(
            "release.canaryTimeoutSeconds", ReleaseSettings.Limits.canaryTimeoutSeconds,
            \.release.canaryTimeoutSeconds),
        number("release.rampFromPercent", 1...100, \.release.rampFromPercent),
        number("release.rampFactorPercent", ReleaseSettings.Limits.factorPercent, \.release.rampFactorPercent),
        optionalNumber("release.rampStepPercent", 1...100, \.release.rampStepPercent),
        number("release.rampEveryWellEnded", ReleaseSettings.Limits.everyWellEnded, \.release.rampEveryWellEnded),
        number("release.breakerSharePercent", 0...100, \.release.breakerSharePercent),
        number("release.breakerWindow", ReleaseSettings.Limits.breakerWindow, \.release.breakerWindow),
        number("release.breakerMinimum", ReleaseSettings.Limits.breakerWindow, \.release.breakerMinimum),
        optionalNumber("release.breakerHistoryMarginPercent", 0...100, \.release.breakerHistoryMarginPercent),
        number("release.tenantSlice", ReleaseSettings.Limits.tenantSlice, \.release.tenantSlice),
        choice("release.strandedKeys", \.release.strandedKeys),
        choice("release.identity", \.release.identity),
        number("drain.pollSeconds", 1...3600, \.drain.pollSeconds),
        number("drain.quietLooks", 1...100, \.drain.quietLooks),
        number("drain.settleSeconds", 1...day, \.drain.settleSeconds),
        number("drain.sweepMinutes", 1...1440, \.drain.sweepMinutes),
        number("drain.stuckMinutes", 1...10_080, \.drain.stuckMinutes),
        flag("drain.parkedBlocks", \.drain.parkedBlocks),
        choice("drain.accountSees", \.drain.accountSees),
        texts("drain.exempt", \.drain.exempt) {
            PathGlob($0) == nil ? "is longer than \(IdentifierLimits.byteCountMax) bytes" : nil
        },
        optionalNumber("drain.oldestDays", 1...3660, \.drain.oldestDays),
        number("limits.bodyBytes", 1024...(64 << 20), \.limits.bodyBytes),
        number("limits.packBytes", 1024...(1 << 30), \.limits.packBytes),
        number("limits.holdFileBytes", 1024...(1 << 36), \.limits.holdFileBytes),
        number("limits.pendingAsks", 1...1_000_000, \.limits.pendingAsks),
        number("limits.pluginChainMilliseconds", 1...60_000, \.limits.pluginChainMilliseconds),
        choice("log.level", \.log.level),
        texts("schedules.files", \.schedules.files),
        text("schedules.zone", \.schedules.zone),
        texts("schedules.unsafeToMiss", \.schedules.unsafeToMiss) {
            PathGlob($0) == nil ? "is longer than \(IdentifierLimits.byteCountMax) bytes" : nil
        },
        ConfigKey(path: "schedules.flows", read: FlowRuleReader.read),
        parsed("schedules.policy", expected: MisfireRuleReader.expected, \.schedules.policy) {
            MisfirePolicy(text: $0)
        },
        ConfigKey(path: "schedules.policies", read: MisfireRuleReader.read),
        texts("windows.blackouts", \.windows.blackouts),
        ConfigKey(path: "plugins", read: PluginReader.read),
    ]

    /// Keys that people try and must not, with what to do in their place.
    static let secretPaths: [String: String] = [
        "store.password": "use store.passwordFile or SLUICE_STORE_PASSWORD",
        "central.password": "use central.passwordFile or SLUICE_CENTRAL_PASSWORD",
        "csa.password": "use csa.passwordFile or SLUICE_CSA_PASSWORD",
        "csa.tokenPassword": "use csa.tokenPasswordFile or SLUICE_CSA_TOKEN_PASSWORD",
        "csa.databasePassword": "use csa.databasePasswordFile or SLUICE_CSA_DATABASE_PASSWORD",
        "callbacks.secret": "use callbacks.secretFile",
        "key": "use key.file or SLUICE_KEY", "key.value": "use key.file or SLUICE_KEY",
        "auth.gateToken": "use auth.gateTokenFile", "auth.operatorToken": "use auth.operatorTokenFile",
    ]

    @Sendable static func listenAddress(_ text: String) -> SluiceConfiguration.ListenAddress? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : .init(host: String(host), port: port)
    }

    static func hasPassword(databaseURL text: String) -> Bool {
        let authority = text.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" && $0 != "?" }
        return text.contains("password=")
            || (authority.contains("@") && authority.prefix { $0 != "@" }.contains(":"))
    }

    private static let storeURL = ConfigKey(path: "store.url") { value, configuration, diagnostics in
        let text = value.text ?? ""
        if text.hasPrefix("sqlite:"), text != "sqlite:" {
            configuration.store.path = String(text.dropFirst("sqlite:".count))
        } else if text.hasPrefix("postgres:") || text.hasPrefix("postgresql:") {
            guard !hasPassword(databaseURL: text) else {
                return diagnostics.append(
                    value.diagnostic(
                        "config-secret",
                        "store.url has a password in it: take it out, and use store.passwordFile or "
                            + "SLUICE_STORE_PASSWORD"))
            }
            configuration.store.url = text
        } else {
            diagnostics.append(
                value.diagnostic("config-value", "store.url must be sqlite:PATH or postgres://USER@HOST/DATABASE"))
        }
    }
}

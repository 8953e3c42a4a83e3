internal import FoundationEssentials
public import SluiceModel
internal import Yams

extension SluiceConfiguration {
    /// Reads a file and the environment over it.
    ///
    /// What is wrong keeps its default and is named; do not go on with a diagnostic of severity `error`.
    /// - Parameters:
    ///   - file: YAML; nil: the environment alone.
    ///   - environment: `SLUICE_…` variables win over the file; an empty one counts as not set.
    public static func load(
        file: String?, environment: [String: String]
    ) -> (configuration: SluiceConfiguration, diagnostics: [Diagnostic]) {
        guard let file else { return read(yaml: "", file: "", environment: environment) }
        guard let bytes = FileManager.default.contents(atPath: file) else {
            let problem = Diagnostic(
                severity: .error, code: "config-file", message: "the file cannot be read; check its path and rights",
                file: file)
            let (configuration, diagnostics) = read(yaml: "", file: file, environment: environment)
            return (configuration, [problem] + diagnostics)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let problem = Diagnostic(
                severity: .error, code: "config-file", message: "the file is not UTF-8", file: file)
            return (SluiceConfiguration(), [problem])
        }
        return read(yaml: text, file: file, environment: environment)
    }

    /// The same with the file's text.
    public static func read(
        yaml: String, file: String, environment: [String: String]
    ) -> (configuration: SluiceConfiguration, diagnostics: [Diagnostic]) {
        let document = YAMLDocument(yaml, file: file)
        var diagnostics = document.diagnostics
        var values = document.values
        if values["store.path"] != nil, let url = values["store.url"] {
            diagnostics.append(url.diagnostic("config-conflict", "give store.path or store.url, not both"))
        }
        for key in ConfigKey.all {
            guard let text = environment[key.environmentName], !text.isEmpty else { continue }
            values[key.path] = ConfigValue(node: Node(text), origin: .environment(name: key.environmentName))
            // The one from the environment wins over the other one's spelling in the file, too.
            if key.path == "store.path", environment["SLUICE_STORE_URL"] == nil { values["store.url"] = nil }
        }
        var configuration = SluiceConfiguration()
        for key in ConfigKey.all {
            if let value = values[key.path] { key.read(value, &configuration, &diagnostics) }
        }
        if let password = environment["SLUICE_CENTRAL_PASSWORD"], !password.isEmpty {
            configuration.central.password = Secret(password)
        }
        if let password = environment["SLUICE_CSA_PASSWORD"], !password.isEmpty {
            configuration.csa.password = Secret(password)
        }
        if let password = environment["SLUICE_CSA_TOKEN_PASSWORD"], !password.isEmpty {
            configuration.csa.tokenPassword = Secret(password)
        }
        if let password = environment["SLUICE_CSA_DATABASE_PASSWORD"], !password.isEmpty {
            configuration.csa.databasePassword = Secret(password)
        }
        if let password = environment["SLUICE_STORE_PASSWORD"], !password.isEmpty {
            configuration.store.password = Secret(password)
        }
        diagnostics += configuration.contradictions(values)
        diagnostics += unknownVariables(environment)
        return (
            configuration, diagnostics.sorted { ($0.line ?? .max, $0.column ?? 0) < ($1.line ?? .max, $1.column ?? 0) }
        )
    }

    /// What is right by itself but not together.
    private func contradictions(_ values: [String: ConfigValue]) -> [Diagnostic] {
        var found: [Diagnostic] = []
        func report(_ path: String, _ message: String) {
            let code = "config-conflict"
            found.append(
                values[path]?.diagnostic(code, message) ?? Diagnostic(severity: .error, code: code, message: message))
        }
        if auth.insecureLoopback, !listen.isLoopback {
            report(
                "auth.insecureLoopback", "auth.insecureLoopback needs listen to be a loopback address, not \(listen)")
        }
        if central.url != nil {
            if central.username == nil { report("central.url", "central.url needs central.username") }
            if central.password == nil, central.passwordFile == nil {
                report("central.url", "central.url needs central.passwordFile or SLUICE_CENTRAL_PASSWORD")
            }
        }
        for (path, message) in csa.contradictions { report(path, message) }
        if facade.enabled, central.url == nil { report("facade.enabled", "facade.enabled needs central.url") }
        if facade.trustSeconds < facade.verifySeconds {
            report(
                "facade.trustSeconds",
                "facade.trustSeconds (\(facade.trustSeconds)) must not be less than facade.verifySeconds "
                    + "(\(facade.verifySeconds))")
        }
        if let relaunchAfter = central.relaunchAfterSeconds, relaunchAfter < central.listingLagSeconds {
            report(
                "central.relaunchAfterSeconds",
                "central.relaunchAfterSeconds (\(relaunchAfter)) must not be less than central.listingLagSeconds "
                    + "(\(central.listingLagSeconds)): an execution may not be listed yet")
        }
        if gate.validForSeconds > gate.startWindowSeconds {
            report(
                "gate.validForSeconds",
                "gate.validForSeconds (\(gate.validForSeconds)) must not be more than gate.startWindowSeconds "
                    + "(\(gate.startWindowSeconds))")
        }
        if release.backoffSeconds > release.backoffMaxSeconds {
            report(
                "release.backoffSeconds",
                "release.backoffSeconds (\(release.backoffSeconds)) must not be more than release.backoffMaxSeconds "
                    + "(\(release.backoffMaxSeconds))")
        }
        let fronts = [
            ("csa", fence.csaListen == nil, fence.csaUpstream == nil),
            ("portal", fence.portalListen == nil, fence.portalUpstream == nil),
            ("central", fence.centralListen == nil, fence.centralUpstream == nil),
        ]
        for (name, hasNoListen, hasNoUpstream) in fronts where hasNoListen != hasNoUpstream {
            let (given, missing) = hasNoListen ? ("Upstream", "Listen") : ("Listen", "Upstream")
            report("fence.\(name)\(given)", "fence.\(name)\(given) needs fence.\(name)\(missing)")
        }
        if (fence.certificateFile == nil) != (fence.certificateKeyFile == nil) {
            report(
                fence.certificateFile == nil ? "fence.certificateKeyFile" : "fence.certificateFile",
                "fence.certificateFile and fence.certificateKeyFile need each other")
        }
        return found
    }

    /// Variables that look like one of ours but are none.
    ///
    /// Others are left alone: Kubernetes sets `SLUICE_PORT` and more.
    private static func unknownVariables(_ environment: [String: String]) -> [Diagnostic] {
        let names = ConfigKey.all.map(\.environmentName)
        let known = Set(
            names + [
                "SLUICE_KEY", "SLUICE_CENTRAL_PASSWORD", "SLUICE_STORE_PASSWORD", "SLUICE_SERVER", "SLUICE_TOKEN",
                "SLUICE_CONFIG", "SLUICE_CSA_PASSWORD", "SLUICE_CSA_TOKEN_PASSWORD",
                "SLUICE_CSA_DATABASE_PASSWORD",
            ]
                + ["SLUICE_TOKEN_FILE", "SLUICE_BUILD_DIR"])
        return environment.keys.filter { $0.hasPrefix("SLUICE_") && !known.contains($0) }.sorted().compactMap { name in
            let tail = String(name.dropFirst("SLUICE_".count))
            let candidates = known.sorted().map { String($0.dropFirst("SLUICE_".count)) }
            guard let near = Suggestion.nearest(to: tail, among: candidates) else { return nil }
            return Diagnostic(
                severity: .warning, code: "config-unknown-variable",
                message: "environment variable \(name) is not known (did you mean SLUICE_\(near)?)")
        }
    }
}

internal import SluiceModel

extension ConfigKey {
    /// CSA's keys; those from `csa.assignment` to `csa.subscriptions` say what the reference does not know
    /// (csa-api.md, UNKNOWN).
    static let csa: [ConfigKey] = [
        serverURL("csa.url", root: "csa", \.csa.url),
        optionalText("csa.username", \.csa.username),
        optionalText("csa.passwordFile", \.csa.passwordFile),
        text("csa.organization", \.csa.organization),
        optionalText("csa.tokenUsername", \.csa.tokenUsername),
        optionalText("csa.tokenPasswordFile", \.csa.tokenPasswordFile),
        optionalText("csa.caFile", \.csa.caFile),
        number("csa.timeoutSeconds", 1...600, \.csa.timeoutSeconds),
        number("csa.pollSeconds", 1...3600, \.csa.pollSeconds),
        text("csa.timeZone", \.csa.timeZone),
        text("csa.sharedCatalog", \.csa.sharedCatalog),
        choice("csa.assignment", \.csa.assignment),
        parsed(
            "csa.policyElement", expected: "names of elements such as approvalPolicy/id", \.csa.policyElement,
            elementPath),
        flag("csa.fullPolicy", \.csa.fullPolicy),
        flag("csa.reevaluatesTimer", \.csa.reevaluatesTimer),
        choice("csa.staleLogin", \.csa.staleLogin),
        flag("csa.absentCountIsZero", \.csa.absentCountIsZero),
        flag("csa.basicBesideToken", \.csa.basicBesideToken),
        choice("csa.subscriptions", \.csa.subscriptions),
        choice("csa.endedLaunches", \.csa.endedLaunches),
        ConfigKey(path: "csa.databaseUrl", read: databaseURL),
        optionalText("csa.databasePasswordFile", \.csa.databasePasswordFile),
        choice("csa.databaseTransitions", \.csa.databaseTransitions),
    ]

    @Sendable private static func databaseURL(
        _ value: ConfigValue, _ configuration: inout SluiceConfiguration, _ diagnostics: inout [Diagnostic]
    ) {
        let text = value.text ?? ""
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") else {
            return diagnostics.append(
                value.diagnostic(
                    "config-value",
                    "csa.databaseUrl must be postgres://USER@HOST/DATABASE: of CSA's databases only a PostgreSQL can "
                        + "be read; with Oracle or SQL Server leave it out"))
        }
        guard !hasPassword(databaseURL: text) else {
            return diagnostics.append(
                value.diagnostic(
                    "config-secret",
                    "csa.databaseUrl has a password in it: take it out, and use csa.databasePasswordFile or "
                        + "SLUICE_CSA_DATABASE_PASSWORD"))
        }
        configuration.csa.databaseURL = text
    }

    @Sendable private static func elementPath(_ text: String) -> String?? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isPath = parts.allSatisfy { part in
            !part.isEmpty
                && part.unicodeScalars.allSatisfy {
                    $0.properties.isAlphabetic || "0123456789_-.".contains(Character($0))
                }
        }
        return isPath && text.utf8.count <= IdentifierLimits.byteCountMax ? .some(text) : nil
    }

    /// The address of a server, without user, password and query.
    /// - Parameter root: The first part of its path, for the message.
    static func serverURL(_ path: String, root: String, _ field: any Field<String?>) -> ConfigKey {
        ConfigKey(path: path) { value, configuration, diagnostics in
            let text = value.text ?? ""
            let section = path.prefix { $0 != "." }
            guard let separator = text.firstRange(of: "://"),
                ["http", "https"].contains(text[..<separator.lowerBound]),
                !text.contains(where: { $0.isWhitespace || $0 == "?" || $0 == "#" })
            else {
                return diagnostics.append(
                    value.diagnostic("config-value", "\(path) must be http(s)://HOST:PORT/\(root), without query"))
            }
            let host = text[separator.upperBound...].prefix { $0 != "/" }
            guard !host.contains("@") else {
                return diagnostics.append(
                    value.diagnostic(
                        "config-secret",
                        "\(path) must not hold a user or password; use \(section).username and "
                            + "\(section).passwordFile or SLUICE_\(section.uppercased())_PASSWORD"))
            }
            guard !host.isEmpty, host.first != ":" else {
                return diagnostics.append(value.diagnostic("config-value", "\(path) has no host"))
            }
            let name = host.first == "[" ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" }
            if text.hasPrefix("http:"), !SluiceConfiguration.ListenAddress(host: String(name), port: 0).isLoopback {
                diagnostics.append(
                    value.diagnostic(
                        "config-cleartext", "\(path): over http the password travels in clear; use https",
                        severity: .warning))
            }
            configuration[keyPath: field] = text
        }
    }
}

internal import SluiceModel

extension ConfigKey {
    /// The keys of `facade`.
    static let facade: [ConfigKey] = [
        flag("facade.enabled", \.facade.enabled),
        ConfigKey(path: "facade.requesters", read: RequesterReader.read),
        number("facade.virtualIdBase", 1_000_000_000_000...9_000_000_000_000_000, \.facade.virtualIDBase),
        parsed("facade.publicUrl", expected: "http(s)://HOST:PORT without a path", \.facade.publicURL, publicURL),
        flag("facade.keepHost", \.facade.keepHost),
        flag("facade.oldRuns", \.facade.oldRuns),
        parsed("facade.verifyPath", expected: "a path below Central's /rest, from its slash on", \.facade.verifyPath) {
            $0.hasPrefix("/") && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") } ? $0 : nil
        },
        number("facade.verifySeconds", 1...3600, \.facade.verifySeconds),
        number("facade.trustSeconds", 1...(30 * 86_400), \.facade.trustSeconds),
        number("facade.retryAfterSeconds", 1...86_400, \.facade.retryAfterSeconds),
        number("facade.idleSeconds", 1...86_400, \.facade.idleSeconds),
        number("facade.connections", 1...4096, \.facade.connections),
        number("facade.mergeBytes", 65_536...(256 << 20), \.facade.mergeBytes),
    ]

    @Sendable private static func publicURL(_ text: String) -> String?? {
        guard let separator = text.firstRange(of: "://"), ["http", "https"].contains(text[..<separator.lowerBound])
        else { return nil }
        let host = text[separator.upperBound...]
        let isHost = host.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"),
                UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
        return isHost && !host.isEmpty ? .some(text) : nil
    }
}

/// Reads `facade.requesters`: a list of sections, each for a user or a pattern.
enum RequesterReader {
    /// Most rules; each is tried for each call.
    static let countMax = 1000
    /// Longest patience: a year.
    static let patienceSecondsMax: Int64 = 366 * 86_400

    private static let fields = ["user", "source", "patienceSeconds"]

    @Sendable static func read(
        _ value: ConfigValue, _ configuration: inout SluiceConfiguration, _ diagnostics: inout [Diagnostic]
    ) {
        let read = RuleFields.list(value, "facade.requesters", countMax: countMax, &diagnostics, rule)
        if let read { configuration.facade.requesters = read.map(\.rule) }
    }

    private static func rule(
        _ value: ConfigValue, _ path: String, _ diagnostics: inout [Diagnostic]
    ) -> SluiceConfiguration.Facade.Requester? {
        let shape = "with user, and source or patienceSeconds"
        guard let read = RuleFields.read(value, path, fields, shape: shape, &diagnostics) else { return nil }
        func report(_ place: ConfigValue, _ message: String) {
            diagnostics.append(place.diagnostic("config-value", message))
        }
        guard let user = read["user"] else {
            report(value, "\(path) has no user")
            return nil
        }
        guard user.text.utf8.count * 2 <= IdentifierLimits.byteCountMax else {
            report(user.place, "\(path).user is too long")
            return nil
        }
        var rule = SluiceConfiguration.Facade.Requester(user: user.text)
        if let source = read["source"] {
            rule.source = LaunchSource(rawValue: source.text)
            if rule.source == nil {
                let words = LaunchSource.allCases.map(\.rawValue)
                let hint = Suggestion.sentence(for: source.text, among: words)
                report(
                    source.place,
                    "\(path).source must be one of \(words.joined(separator: ", ")), not \"\(source.text)\"\(hint)")
                return nil
            }
        }
        if let patience = read["patienceSeconds"] {
            rule.patienceSeconds = Int64(patience.text).flatMap { (1...patienceSecondsMax).contains($0) ? $0 : nil }
            if rule.patienceSeconds == nil {
                report(
                    patience.place, "\(path).patienceSeconds must be a whole number from 1 to \(patienceSecondsMax)")
                return nil
            }
        }
        if read.count == 1 {
            report(value, "\(path) says nothing of \(user.text): give source or patienceSeconds")
            return nil
        }
        return rule
    }
}

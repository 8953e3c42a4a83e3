public import SluicePluginKit

/// Launch requests as nobody expects them, and as somebody sends them all the same.
public enum OddLaunches {
    /// Texts that broke something somewhere.
    public static let texts = [
        "", " ", "\t\n\r", "\u{0}", "null", "true", "-1", "0", "1e400", "NaN", "9999999999999999999999", "🧵🧵🧵",
        "e\u{301}\u{301}\u{301}", "\u{202E}abc", "\u{FEFF}", "‮", "'\"`\\", "${jndi:x}", "<a>&amp;", "%s%n", "../../..",
        "2026-02-30T25:61:61Z", "2026-12-01T22:00:00Z", "0000-00-00", "+275760-09-13T00:00:00Z", "24:00",
        String(repeating: "x", count: 10_000), String(repeating: "é", count: 513), "a:b", "[]", "{}",
    ]

    /// Small ones: each text as input values, as keys and names, and each sample with odd inputs.
    public static func all(like samples: [LaunchRequest]) -> [LaunchRequest] {
        var launches: [LaunchRequest] = []
        let bare = LaunchRequest(flow: FlowID("00000000-0000-0000-0000-000000000000"), source: .api)
        launches.append(named(bare, "a bare launch"))
        for (number, text) in texts.enumerated() {
            for sample in [bare] + samples {
                var odd = named(sample, "odd text \(number)")
                odd.flowPath = text
                odd.requestedBy = text
                odd.onBehalfOf = text
                odd.inputs = sample.inputs.map { LaunchInput(name: $0.name, value: .clear(text)) }
                if odd.inputs.isEmpty { odd.inputs = [LaunchInput(name: "x\(text.prefix(9))", value: .clear(text))] }
                launches.append(odd)
            }
        }
        for sample in [bare] + samples {
            var secret = named(sample, "all inputs secret")
            secret.inputs = sample.inputs.map { LaunchInput(name: $0.name, value: .sealed(SealedBytes([1]))) }
            launches.append(secret)
            var without = named(sample, "no inputs")
            without.inputs = []
            launches.append(without)
            for time in [Timestamp.calendarYears.lowerBound, .zero, Timestamp.calendarYears.upperBound] {
                var timed = named(sample, "at \(time)")
                timed.nominalTime = time
                timed.notBefore = time
                launches.append(timed)
            }
        }
        return launches
    }

    /// Large ones.
    public static func huge(like samples: [LaunchRequest]) -> [LaunchRequest] {
        let bare = LaunchRequest(flow: FlowID("00000000-0000-0000-0000-000000000000"), source: .api)
        return ([bare] + samples.prefix(2)).flatMap { sample in
            var many = named(sample, "10,000 inputs")
            many.inputs += (0..<10_000).map { LaunchInput(name: "input \($0)", value: .clear("value \($0)")) }
            var long = named(sample, "a megabyte")
            let text = String(repeating: "0123456789abcdef", count: 65_536)
            long.inputs = sample.inputs.map { LaunchInput(name: $0.name, value: .clear(text)) }
            long.inputs.append(LaunchInput(name: "long", value: .clear(text)))
            return [many, long]
        }
    }

    private static func named(_ launch: LaunchRequest, _ name: String) -> LaunchRequest {
        var launch = launch
        launch.start.runName = launch.start.runName ?? name
        return launch
    }
}

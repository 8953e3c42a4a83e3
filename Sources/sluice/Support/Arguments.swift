import ArgumentParser
import SluiceModel

/// A span of time as people write it: `500ms`, `30s`, `10m`, `4h`, `14d`, or several together, such as `1h30m`.
struct TimeSpan: Hashable, Sendable, ExpressibleByArgument {
    let duration: Duration
    /// As it was written.
    let text: String

    /// Longest span taken: a year and a day.
    private static let secondsMax: Int64 = 366 * 86_400

    init?(argument: String) {
        var rest = Substring(argument)
        var milliseconds: Int64 = 0
        guard !rest.isEmpty, rest.utf8.count <= 32 else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(letters.count)
            guard let unit = Self.milliseconds(of: letters), digits.count <= 10, let count = Int64(digits) else {
                return nil
            }
            milliseconds += count * unit
            guard milliseconds <= Self.secondsMax * 1000 else { return nil }
        }
        duration = .milliseconds(milliseconds)
        text = argument
    }

    var defaultValueDescription: String { text }

    private static func milliseconds(of unit: Substring) -> Int64? {
        switch unit {
        case "ms": 1
        case "s": 1000
        case "m": 60_000
        case "h": 3_600_000
        case "d": 86_400_000
        default: nil
        }
    }
}

/// An RFC 3339 time with its offset, kept as it was written.
struct TimeArgument: Hashable, Sendable, ExpressibleByArgument {
    let timestamp: Timestamp

    init?(argument: String) {
        guard let timestamp = Timestamp(rfc3339: argument) else { return nil }
        self.timestamp = timestamp
    }
}

/// The name of a hold, `h_` and 26 characters.
struct TicketArgument: Hashable, Sendable, ExpressibleByArgument {
    let ticket: Ticket

    init?(argument: String) {
        guard let ticket = Ticket(argument) else { return nil }
        self.ticket = ticket
    }
}

/// A name that Sluice keeps as it is: not empty, at most 512 bytes, no control character.
struct NameArgument: Hashable, Sendable, ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard let id = AskID(checking: argument) else { return nil }
        text = id.text
    }
}

/// `flow:ID`, `path:GLOB`, `pack:NAME`, `source:SOURCE` or `tenant:NAME`.
struct ScopeArgument: Hashable, Sendable, ExpressibleByArgument {
    let scope: Scope

    init?(argument: String) {
        guard let scope = Scope(argument) else { return nil }
        self.scope = scope
    }
}

// Words of the model, wrapped: the model's own types get no conformance here.

/// What asked for a launch.
struct SourceArgument: Hashable, Sendable, ExpressibleByArgument {
    let source: LaunchSource

    init?(argument: String) {
        guard let source = LaunchSource(rawValue: argument) else { return nil }
        self.source = source
    }

    static var allValueStrings: [String] { LaunchSource.allCases.map(\.rawValue) }
}

/// Who starts a held launch.
struct LauncherArgument: Hashable, Sendable, ExpressibleByArgument {
    let launcher: Launcher

    init(_ launcher: Launcher) { self.launcher = launcher }

    init?(argument: String) {
        guard let launcher = Launcher(rawValue: argument) else { return nil }
        self.launcher = launcher
    }

    static var allValueStrings: [String] { Launcher.allCases.map(\.rawValue) }

    var defaultValueDescription: String { launcher.rawValue }
}

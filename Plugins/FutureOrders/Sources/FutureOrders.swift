public import SluiceForecast
public import SluicePluginKit

/// Keeps the date of an order: its launch is not made before it, also when it was held over a maintenance, and when the
/// date lies in the middle of it: then it is launched after the maintenance.
///
/// CSA orders may have a start date (csa-api.md section 3.1, proven); in which input an OO flow gets it is not known
/// and depends on a site's content. So the input is configured.
public struct FutureOrders: LaunchInterceptor {
    /// What else than an input may hold the date.
    public enum Field: String, CaseIterable, Sendable { case nominalTime, runName }

    /// What becomes of an order whose end passes while it is held.
    public enum WhenOver: String, CaseIterable, Sendable {
        /// It is launched all the same, and says so.
        case flag
        /// It is not launched any more; it ends as `expired`.
        case expire
    }

    /// The input with the start date.
    public var startInput: String?
    /// What has it instead, without an input.
    public var startField: Field?
    /// The input with the end date.
    public var endInput: String?
    /// Tried one after the other.
    public var patterns: [DatePattern] = [DatePattern("rfc3339")!]
    /// Of dates that name none.
    public var zone = TimeZoneRules.utc
    public var whenOver = WhenOver.flag
    /// A date further ahead is taken for a mistake.
    public var horizon: Duration = .seconds(5 * 366 * 86_400)
    /// A date that passed longer ago is taken for a mistake.
    public var past: Duration = .seconds(366 * 86_400)

    public init() {}

    public func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception {
        guard let start = try start(of: launch, at: now) else { return .nothing }
        var annotations = LaunchAnnotations()
        if start > now { annotations.notBefore = start }
        var remarks: [String] = []
        if start <= now { remarks.append("its start date \(start) has come") }
        if let endInput, let end = try date(in: launch, endInput, at: now, isNearPast: false) {
            guard end > start else {
                throw OddDate("the end \(end) in \(endInput) is not after the start \(start)")
            }
            switch whenOver {
            case .flag:
                remarks.append(
                    end > now
                        ? "its end date is \(end); it is launched also after that"
                        : "its end date \(end) has passed; it is launched all the same")
            case .expire: annotations.expiresAt = end
            }
        }
        let first = max(launch.notBefore ?? start, annotations.notBefore ?? start)
        if let last = [launch.expiresAt, annotations.expiresAt].compactMap(\.self).min(),
            annotations != LaunchAnnotations(), last <= first
        {
            throw OddDate("with its start date \(start) it could be launched from \(first) on, and until \(last) only")
        }
        return .annotate(annotations, remark: remarks.isEmpty ? nil : remarks.joined(separator: "; "))
    }

    private func start(of launch: LaunchView, at now: Timestamp) throws -> Timestamp? {
        if let startInput { return try date(in: launch, startInput, at: now, isNearPast: true) }
        switch startField {
        case .nominalTime: return try launch.nominalTime.map { try plausible($0, "nominalTime", at: now) }
        case .runName:
            return try launch.runName.flatMap { text in
                text.isEmpty ? nil : try parsed(text, "the run name", at: now, isNearPast: true)
            }
        case nil: return nil
        }
    }

    private func date(
        in launch: LaunchView, _ input: String, at now: Timestamp, isNearPast: Bool
    ) throws -> Timestamp? {
        guard let found = launch.inputs.first(where: { $0.name == input }) else { return nil }
        guard let text = found.value else {
            throw OddDate("the input \(input) is a secret, so its date cannot be read")
        }
        return text.isEmpty ? nil : try parsed(text, "the input \(input)", at: now, isNearPast: isNearPast)
    }

    private func parsed(_ text: String, _ place: String, at now: Timestamp, isNearPast: Bool) throws -> Timestamp {
        for pattern in patterns {
            if let date = pattern.instant(of: text, in: zone) {
                return isNearPast ? try plausible(date, place, at: now) : date
            }
        }
        let known = patterns.map(\.text).joined(separator: ", ")
        throw OddDate("\(place) is no date as configured (\(known)): '\(text.prefix(60))'")
    }

    /// Years ahead or past, something else was meant.
    private func plausible(_ date: Timestamp, _ place: String, at now: Timestamp) throws -> Timestamp {
        guard date <= now.advanced(by: horizon) else {
            throw OddDate("the date \(date) in \(place) lies further ahead than configured (horizon)")
        }
        guard date >= now.advanced(by: .zero - past) else {
            throw OddDate("the date \(date) in \(place) passed longer ago than configured (past)")
        }
        return date
    }

    /// A date that nobody can have meant.
    struct OddDate: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}

/// `kind: future-orders`.
public struct FutureOrdersFactory: PluginFactory {
    public let kind = "future-orders"
    public let version = "1.0.0"
    public let api = PluginAPIVersion(1, 0)
    public let summary = "An order with a start date is not launched before it, and not forgotten after it."
    private let zones: @Sendable (String) -> TimeZoneRules?

    /// - Parameter zones: Finds a time zone by its id.
    public init(zones: @escaping @Sendable (String) -> TimeZoneRules?) { self.zones = zones }

    public func make(_ settings: inout PluginSettings) throws -> PluginParts {
        var plugin = FutureOrders()
        plugin.startInput = settings.text("startInput")
        plugin.startField = settings.parsed("startField", expected: "one of nominalTime, runName") {
            FutureOrders.Field(rawValue: $0)
        }
        if (plugin.startInput == nil) == (plugin.startField == nil) {
            settings.complain(nil, "needs startInput or startField, and only one of them: where the start date stands")
        }
        plugin.endInput = settings.text("endInput")
        let expected =
            "rfc3339, epoch-seconds, epoch-milliseconds, or a pattern of yyyy, MM, dd, HH, mm, ss, SSS and text"
        if let patterns = settings.parsedList("formats", expected: expected, { DatePattern($0) }), !patterns.isEmpty {
            plugin.patterns = patterns
        }
        plugin.zone =
            settings.parsed("zone", expected: "a time zone such as Europe/Berlin") { zones($0) } ?? plugin.zone
        plugin.whenOver = settings.choice("whenOver", default: plugin.whenOver)
        plugin.horizon = .seconds(86_400 * settings.number("horizonDays", in: 1...36_600, default: 5 * 366))
        plugin.past = .seconds(86_400 * settings.number("pastDays", in: 0...36_600, default: 366))
        return PluginParts(interceptor: plugin)
    }
}

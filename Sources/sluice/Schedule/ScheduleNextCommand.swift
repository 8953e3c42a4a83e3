import ArgumentParser
import FoundationEssentials
import SluiceContent
import SluiceForecast
import SluiceJSON
import SluiceModel

/// `sluice schedule next`: when an expression fires.
struct ScheduleNextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "Show when a cron expression or an interval fires, as Quartz 2.3.2 computes it.",
        discussion: """
            Times are computed to the second as Quartz does it: a time in the gap of a summer time is skipped, a \
            doubled one fires at its second pass. What Quartz would silently misread is said on stderr.

            An expression that Quartz refuses exits 1 and names the field. With --interval the milliseconds of OO's \
            */N are counted from --start.

            Example:
              sluice schedule next "0 30 2 ? * MON-FRI" --zone Europe/Berlin --count 5
              sluice schedule next --interval 600000 --start 2026-12-01T22:00:00Z
            """)

    @Argument(help: ArgumentHelp("A cron expression of 6 or 7 fields, quoted.", valueName: "expression"))
    var expression: String?

    @Option(help: ArgumentHelp("Zone of the expression, such as Europe/Berlin or GMT+02:00.", valueName: "zone"))
    var zone = "UTC"

    @Option(parsing: .unconditional, help: ArgumentHelp("How many times, 1 to 10000.", valueName: "number"))
    var count = 10

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The instant from which to look, itself not counted; now unless told.", valueName: "time"))
    var after: TimeArgument?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Milliseconds between two times, instead of an expression.", valueName: "milliseconds"))
    var interval: Int64?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The first time of the interval, or the start of the expression.", valueName: "time"))
    var start: TimeArgument?

    @Flag(help: "Look back: the times before, the latest first.")
    var previous = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard SystemTimeZones.shared.zone(zone) != nil else {
            throw ValidationError(
                "--zone '\(zone.printable)' is unknown, and Quartz would take GMT; name a region such as Europe/Berlin,"
                    + " or GMT+02:00")
        }
        guard (1...10_000).contains(count) else { throw ValidationError("--count may be 1 to 10000, not \(count).") }
        guard (expression == nil) != (interval == nil) else {
            throw ValidationError("Give either an expression or --interval.")
        }
        if let interval, !(1...Int64(1) << 53).contains(interval) {
            throw ValidationError("--interval may be 1 to \(Int64(1) << 53) milliseconds, not \(interval).")
        }
        guard interval == nil || start != nil else {
            throw ValidationError("--interval needs --start, the time from which it counts.")
        }
    }

    func run() async throws {
        let console = output.console
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let rules = SystemTimeZones.shared.zone(zone) ?? .utc
        let trigger = try trigger(in: rules, now: now)
        let from = after?.timestamp ?? now
        let (times, isCut) = times(of: trigger, from: from)
        let hangs = !previous && !isCut && times.count < count && trigger.hangsQuartz(after: times.last ?? from)
        let version = SystemTimeZones.shared.version
        if case .cron(let expression, _) = trigger.timing {
            for remark in expression.remarks { console.warn("[\(remark.code)] \(remark)") }
        }
        guard !output.json else {
            var object = JSONObject([("format", 1), ("times", .array(times.map { .string($0.rfc3339) }))])
            object["zone"] = .string(rules.identifier)
            object["zoneData"] = version.map { .string($0) } ?? .null
            if let note = isCut ? Self.beyond : hangs ? Self.hanging : nil { object["note"] = .string(note) }
            return console.print(object)
        }
        console.print(times.map { "\(rules.rfc3339($0))  \($0.rfc3339)" })
        if isCut {
            console.note(Self.beyond)
        } else if hangs {
            console.note(Self.hanging)
        } else if times.isEmpty {
            console.note("It does not fire \(previous ? "before" : "after") that.")
        }
        console.note("Zone \(rules.identifier), zone data \(version ?? "of unknown version")")
    }

    private func trigger(in rules: TimeZoneRules, now: Timestamp) throws -> Trigger {
        let first = start?.timestamp
        guard let text = expression else {
            return Trigger(
                timing: .simple(repeatCount: -1, intervalMilliseconds: interval ?? 1), start: first ?? now)
        }
        do {
            // Quartz takes years up to a hundred after its start.
            let years = now.advanced(by: .seconds(100 * 31_556_952)).rfc3339.prefix(4)
            let expression = try CronExpression(text, yearMax: Int(years) ?? CronExpression.defaultYearMax)
            return Trigger(timing: .cron(expression, rules), start: first ?? Self.beforeAll)
        } catch {
            throw CommandFailure(
                .failed, "'\(text.printable)' is no cron expression of Quartz: \(error.description.printable)",
                advice: "Fields are second, minute, hour, day of month, month, day of week and perhaps year; one of the"
                    + " two days is ?.")
        }
    }

    /// Before 1970 in every zone: Quartz's search knows no start, and begins with the local year 1970.
    private static let beforeAll = Timestamp(milliseconds: -2 * 86_400_000)

    private static let beyond = "Further times lie beyond the years 1 to 9999, and are not shown."

    private static let hanging =
        "Quartz never comes back from its search for a time after that: its scheduler thread hangs, and none of its "
        + "triggers fires any more. Write another expression."

    /// The times asked for, as far as they can be written; and whether there are more that cannot.
    private func times(of trigger: Trigger, from instant: Timestamp) -> (times: [Timestamp], isCut: Bool) {
        var times: [Timestamp] = []
        var instant = instant
        while times.count < count,
            let time = previous ? trigger.previous(before: instant) : trigger.next(after: instant)
        {
            guard Timestamp.calendarYears.contains(time) else { return (times, true) }
            times.append(time)
            instant = time
        }
        return (times, false)
    }
}

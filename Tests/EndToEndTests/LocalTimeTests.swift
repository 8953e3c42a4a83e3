import Foundation
import SluiceJSON
import Testing

/// Local times on the command line, around changes of the clock. In 2037 London's spring is on 29 March, when 01:00 to
/// 02:00 is skipped, and its autumn on 25 October, when 01:00 to 02:00 comes twice.
@Suite(.timeLimit(.minutes(10)))
struct LocalTimeTests {
    private struct Case: Sendable, CustomTestStringConvertible {
        var zone: String
        var local: String
        var utc: String

        var testDescription: String { "\(local) \(zone)" }
    }

    private static let cases = [
        Case(zone: "Europe/London", local: "2037-07-01T22:00:00", utc: "2037-07-01T21:00:00Z"),
        Case(zone: "Europe/London", local: "2037-03-29T00:59:59", utc: "2037-03-29T00:59:59Z"),
        // Skipped: read with the offset before the gap, as RFC 5545 says.
        Case(zone: "Europe/London", local: "2037-03-29T01:30:00", utc: "2037-03-29T01:30:00Z"),
        Case(zone: "Europe/London", local: "2037-03-29T02:00:00", utc: "2037-03-29T01:00:00Z"),
        // Twice: the first one.
        Case(zone: "Europe/London", local: "2037-10-25T01:30:00", utc: "2037-10-25T00:30:00Z"),
        Case(zone: "Europe/London", local: "2037-10-25T02:00:00", utc: "2037-10-25T02:00:00Z"),
        Case(zone: "Australia/Lord_Howe", local: "2037-04-05T01:45:00", utc: "2037-04-04T14:45:00Z"),
        Case(zone: "Australia/Lord_Howe", local: "2037-10-04T02:15:00", utc: "2037-10-03T15:45:00Z"),
    ]

    private static func answer(_ arguments: [String], in folder: TemporaryFolder) async throws -> JSONValue {
        let run = try await ProgramRun(arguments + ["--json"], in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        return try run.json
    }

    @Test(
        "schedule forecast and quiet read a time without an offset in --zone, one with an offset as it is",
        arguments: cases)
    private func readsForecastTimes(time: Case) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("*/10 * * * * root /usr/bin/true\n", to: "crontab")
        let zone = ["--zone", time.zone]
        let window = ["--from", time.local, "--to", "2038-01-01T00:00:00Z", "--limit", "1"]
        let forecast = try await Self.answer(["schedule", "forecast", "crontab"] + window + zone, in: folder)
        #expect(forecast["window"]?["from"] == .string(time.utc))
        #expect(forecast["window"]?["to"] == "2038-01-01T00:00:00Z")
        #expect(forecast["launches"]?.array?.count == 1)
        let end = ["--from", "2037-01-01T00:00:00Z", "--to", time.local, "--limit", "0"]
        let other = try await Self.answer(["schedule", "forecast", "crontab"] + end + zone, in: folder)
        #expect(other["window"]?["to"] == .string(time.utc))
        let span = ["--length", "1h", "--within", "1h", "--from", time.local]
        let quiet = try await Self.answer(["schedule", "quiet", "crontab"] + span + zone, in: folder)
        #expect(quiet["from"] == .string(time.utc) && quiet["zone"] == .string(time.zone))
    }

    @Test("R37: a window is planned at the same times by --time-zone, and keeps its local time")
    func plansAtLocalTimes() async throws {
        try await TestSite.with { site in
            try await site.start()
            for time in Self.cases {
                let run = try await site.run([
                    "window", "plan", "--summary", "Upgrade", "--start", time.local, "--time-zone", time.zone,
                    "--duration", "1h", "--reason", "a test", "--dry-run", "--json",
                ])
                #expect(run.status == 0, "\(time.testDescription): \(run.errors)")
                let occurrence = try run.json["occurrences"]?.array?.first
                #expect(occurrence?["start"] == .string(time.utc), "\(time.testDescription)")
                #expect(occurrence?["occurrence"] == .string(time.local))
            }
        }
    }

    @Test(
        "a local time where none may stand, and a zone that there is not, are named",
        arguments: [
            (["schedule", "forecast", "crontab", "--from", "2037-10-25", "--to", "2037-10-26T00:00:00Z"], "--from"),
            (
                [
                    "schedule", "forecast", "crontab", "--from", "2037-10-25T01:30:00", "--to", "2037-10-25T03:00:00",
                    "--zone", "Europe/Nowhere",
                ], "Europe/Nowhere"
            ),
            (
                [
                    "schedule", "quiet", "crontab", "--length", "1h", "--within", "1d", "--from", "1 o'clock",
                ], "--from"
            ),
            // The two times are one: 01:30 of the gap is 02:30.
            (
                [
                    "schedule", "forecast", "crontab", "--from", "2037-03-29T01:30:00", "--to", "2037-03-29T02:30:00",
                    "--zone", "Europe/London",
                ], "--to is not after --from"
            ),
        ])
    func refuses(arguments: [String], words: String) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("0 3 * * * root /usr/bin/true\n", to: "crontab")
        let run = try await ProgramRun(arguments, in: folder.url)
        #expect(run.status == 64 && run.errors.contains(words), "\(run.errors)")
    }
}

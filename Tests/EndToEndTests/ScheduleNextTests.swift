import Foundation
import SluiceJSON
import Testing

/// `sluice schedule next`, as a user and a script see it.
@Suite struct ScheduleNextTests {
    private func next(_ arguments: String...) async throws -> ProgramRun {
        try await ProgramRun(["schedule", "next"] + arguments)
    }

    @Test func printsTimesAsJSON() async throws {
        let run = try await next(
            "0 30 2 * * ?", "--zone", "Europe/Berlin", "--after", "2026-03-27T12:00:00Z", "--count", "3", "--json")
        #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
        #expect(try run.json["format"] == 1)
        // 02:30 of 29 March does not exist there.
        let expected: JSONValue = ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]
        #expect(try run.json["times"] == expected)
    }

    @Test func showsLocalTimesAndTheVersionOfTheZoneData() async throws {
        let run = try await next(
            "0 0 12 ? * MONDAY-FRIDAY", "--zone", "America/New_York", "--after", "2026-07-01T00:00:00Z", "--count", "1")
        #expect(run.status == 0)
        #expect(run.output == "2026-07-06T12:00:00-04:00  2026-07-06T16:00:00Z\n")
        #expect(run.errors.contains("[name-range-ignored]") && run.errors.contains("zone data 20"))
    }

    @Test func looksBackAndCountsIntervals() async throws {
        let back = try await next(
            "0 0 0 1 1 ?", "--after", "2026-07-01T00:00:00Z", "--previous", "--count", "2", "--json")
        #expect(try back.json["times"] == ["2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z"])
        let beat = try await next(
            "--interval", "600000", "--start", "2026-12-01T22:00:00Z", "--after", "2026-12-01T22:05:00Z", "--count",
            "2",
            "--json")
        #expect(try beat.json["times"] == ["2026-12-01T22:10:00Z", "2026-12-01T22:20:00Z"])
    }

    @Test("times that no calendar has are not shown, and it says that there are some")
    func endsWithTheYear9999() async throws {
        let beat = [
            "schedule", "next", "--interval", "9007199254740992", "--start", "2026-12-01T22:00:00Z", "--count", "3",
        ]
        let run = try await ProgramRun(beat + ["--after", "2026-01-01T00:00:00Z", "--json"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(try run.json["times"] == ["2026-12-01T22:00:00Z"])
        #expect(try run.json["note"]?.string?.contains("9999") == true)
        let text = try await ProgramRun(beat + ["--after", "2026-12-01T22:00:00Z"])
        #expect(text.output.isEmpty && text.errors.contains("beyond the years 1 to 9999"), "\(text.output)")
        #expect(!text.errors.contains("does not fire"))
        let plain = try await next("0 0 12 * * ?", "--count", "1", "--json")
        #expect(try plain.json["note"] == nil)
    }

    @Test("R26 what hangs Quartz is not said to fire no more")
    func saysThatQuartzHangs() async throws {
        for (text, count) in [("0 0 0 0W * ?", 0), ("0 0 0 L-30W * ?", 0), ("0 0 0 L-29W * ?", 1)] {
            let run = try await next(text, "--after", "2026-01-01T00:00:00Z")
            #expect(run.status == 0 && run.output.split(separator: "\n").count == count, "\(run)")
            #expect(run.errors.contains("[search-never-ends]") && !run.errors.contains("does not fire"), "\(run)")
            #expect(run.errors.contains("Quartz never comes back from its search"), "\(run)")
            let json = try await next(text, "--after", "2026-01-01T00:00:00Z", "--json")
            #expect(try json.json["note"]?.string?.contains("Quartz never comes back") == true, "\(json)")
        }
    }

    @Test(
        "a value that begins with a dash is named, not called missing",
        arguments: [
            (["next", "--start", "2026-01-01T00:00:00Z", "--interval", "-5"], "-5"),
            (["next", "0 0 0 * * ?", "--count", "-3"], "-3"), (["next", "0 0 0 * * ?", "--after", "-1d"], "-1d"),
            (["quiet", "--length", "1h", "--within", "-1d"], "-1d"),
            (["quiet", "--within", "1d", "--length", "-1h"], "-1h"),
            (["quiet", "--length", "1h", "--within", "1d", "--count", "-1"], "-1"),
            (["quiet", "--length", "1h", "--within", "1d", "--from", "-1d"], "-1d"),
            (["forecast", "--from", "-1d", "--to", "2037-01-01T00:00:00Z"], "-1d"),
            (["forecast", "--from", "2037-01-01T00:00:00Z", "--to", "-1d"], "-1d"),
        ])
    func namesNegativeValues(arguments: [String], value: String) async throws {
        let run = try await ProgramRun(["schedule"] + arguments)
        #expect(run.status == 64 && run.output.isEmpty, "\(run)")
        #expect(run.errors.contains(value) && !run.errors.contains("Missing value"), "\(run.errors)")
    }

    @Test func namesTheFieldOfAnExpressionThatQuartzRefuses() async throws {
        let run = try await next("0 0 25 * * ?")
        #expect(run.status == 1 && run.output.isEmpty)
        #expect(run.errors.contains("hour field") && run.errors.contains("'25'") && run.errors.contains("0 to 23"))
    }

    @Test(arguments: [
        ["0 0 1 * * ?", "--zone", "UTC+3"], ["0 0 1 * * ?", "--count", "0"], [], ["--interval", "5"],
        ["0 0 1 * * ?", "--interval", "5"],
    ])
    func refusesAWrongCommandLine(arguments: [String]) async throws {
        let run = try await ProgramRun(["schedule", "next"] + arguments)
        #expect(run.status == 64, "\(run.errors)")
    }
}

import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// Files of Central's schedules (oo-central-api.md section 5).
@Suite struct CentralScheduleFileTests {
    static let now = Timestamp(milliseconds: 1_715_774_430_250)

    private func read(_ text: String) -> ScheduleFile {
        ScheduleReader().read(bytes: Array(text.utf8), file: "s.json", now: Self.now, defaultZone: .utc)
    }

    private func entry(_ members: String) -> String {
        #"{"id":"17","flowUuid":"a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"\#(members.isEmpty ? "" : ",")\#(members)}"#
    }

    @Test func readsWhatCentralLists() throws {
        let schedule = read(
            """
            [
              {"id": "1347298851037", "flowScheduleName": "nightly", "flowUuid": "A98C3FE7-9C90-4237-A025-E2DF4A7CF1F9",
               "flowPath": "Library/a.xml", "triggerExpression": "0 0 3 * * ?", "timeZone": "Asia/Amman",
               "startDate": 1715774430999, "endDate": null, "numOfOccurrences": 0, "enabled": false,
               "inputs": {"b": "2", "a": 1}, "sensitiveInputs": {"password": "hunter2"}, "misfireInstruction": null},
              {"id": 18, "flowUuid": "x.y", "triggerExpression": "*/60000", "numOfOccurrences": "5",
               "nextFireTime": 1715774490250},
              {"id": "19", "flowUuid": "x.y", "triggerExpression": "*/1", "startDate": "2024-06-01T00:00:00Z",
               "endDate": "2024-06-01T00:00:00Z"}
            ]
            """)
        #expect(schedule.dialect == .central && !schedule.hasErrors && schedule.quartz.isAccepted == false)
        let first = try #require(schedule.triggers.first)
        #expect(first.timing == .cron(expression: "0 0 3 * * ?", timeZone: "Asia/Amman"))
        #expect(first.start.milliseconds == 1_715_774_430_000 && first.end == nil)
        #expect(!first.isEnabled && !first.isReplayable && first.description == "nightly")
        #expect(first.data.map(\.key) == ["a", "b"] && first.data.map(\.value) == ["1", "2"])
        #expect(
            schedule.triggers.dropFirst().map(\.timing) == [
                .simple(repeatCount: 4, repeatIntervalMilliseconds: 60_000),
                .simple(repeatCount: 0, repeatIntervalMilliseconds: 1),
            ])
        #expect(schedule.triggers.map(\.line) == [2, 6, 8] && schedule.triggers.last?.end == nil)
        #expect(schedule.jobs.map(\.key.name) == ["Library/a.xml", "x.y"])
        #expect(
            schedule.flows(by: []).map { $0?.text } == ["a98c3fe7-9c90-4237-a025-e2df4a7cf1f9", "x.y", "x.y"])
        #expect(schedule.diagnostics.map(\.code) == ["central-secrets"])
        let shown = ScheduleInspection([schedule])
        #expect(!(shown.json + shown.text).contains("hunter2"))
    }

    @Test(arguments: [
        (#""triggerExpression":"0 0 3 * * ? 2030""#, "central-cron-year", 1),
        (#""triggerExpression":"0 0 3 * * ?","timeZone":"No/Where""#, "quartz-time-zone", 1),
        (#""triggerExpression":"0 0 3 * * ?","numOfOccurrences":3"#, "central-occurrences", 1),
        (#""triggerExpression":"*/0""#, "central-schedule", 0), (#""triggerExpression":"*/x""#, "central-schedule", 0),
        (#""triggerExpression":7.5"#, "central-schedule", 0), ("", "central-schedule", 0),
        (#""triggerExpression":"*/5","startDate":"soon""#, "central-schedule", 0),
        (#""triggerExpression":"*/5","startDate":99999999999999999"#, "central-schedule", 0),
        (#""triggerExpression":"*/5","startDate":5,"endDate":4"#, "central-schedule", 0),
        (#""triggerExpression":"*/5","numOfOccurrences":-1"#, "central-schedule", 0),
        (#""triggerExpression":"*/5","startDate":5,"enabled":"maybe""#, "central-schedule", 0),
        (#""triggerExpression":"*/5","startDate":5,"misfireInstruction":2"#, "central-misfire", 1),
        (#""triggerExpression":"*/5""#, "central-no-start", 1),
    ])
    func remarksOn(members: String, code: String, triggers: Int) {
        let schedule = read("[\n\(entry(members))]")
        #expect(schedule.triggers.count == triggers)
        #expect(schedule.diagnostics.map(\.code) == [code], "\(schedule.diagnostics)")
        #expect(schedule.diagnostics.first?.line == 2)
    }

    @Test(arguments: [
        ("[", "json-malformed"), ("[1,]", "json-malformed"), (String(repeating: "[", count: 500), "json-too-deep"),
        ("[1]", "central-schedule"), (#"{"id":"1"}"#, "central-schedule"), (#"[{"a":1,"a":2}]"#, "json-duplicate-name"),
        ("[] x", "json-trailing"),
    ])
    func refusesWhatIsNoList(text: String, code: String) {
        let schedule = read(text)
        #expect(schedule.diagnostics.map(\.code) == [code] && schedule.diagnostics[0].line == 1)
        #expect(schedule.triggers.isEmpty)
    }

    /// The shape of `sensitiveInputs` is not known (oo-central-api.md): what may hide a secret is never replayed.
    @Test(
        "R37: a schedule whose sensitive inputs cannot be told is not replayable",
        arguments: [
            (#"{"p":"swordfish"}"#, false), (#"["p"]"#, false), (#"[{"name":"p","value":"swordfish"}]"#, false),
            (#"[{"key":"p"}]"#, false), (#""swordfish""#, false), ("true", false), ("{}", true), ("[]", true),
            ("null", true),
        ])
    func isReplayableOnlyWithoutSecrets(inputs: String, isReplayable: Bool) {
        let schedule = read(entry(#""triggerExpression":"*/5","startDate":5,"sensitiveInputs":\#(inputs)"#))
        #expect(schedule.triggers.map(\.isReplayable) == [isReplayable])
        #expect(schedule.diagnostics.map(\.code) == (isReplayable ? [] : ["central-secrets"]))
        #expect(!(ScheduleInspection([schedule]).json + "\(schedule.diagnostics)").contains("swordfish"))
    }

    @Test func showsNoSecretOfInputs() {
        let json = ScheduleInspection([read(entry(#""triggerExpression":"*/5","inputs":{"password":"swordfish"}"#))])
            .json
        #expect(!json.contains("swordfish") && json.contains(#""masked":["password"]"#))
    }

    @Test func readsOtherSpellings() {
        let one = entry(#""triggerExpression":"*/5","startDate":1500000000000.0,"numOfOccurrences":2.0"#)
        let marked = ScheduleReader().read(
            bytes: [0xEF, 0xBB, 0xBF] + Array(one.utf8), file: "s.json", now: Self.now, defaultZone: .utc)
        #expect(marked.triggers.map(\.start.milliseconds) == [1_500_000_000_000] && marked.diagnostics.isEmpty)
        #expect(marked.triggers.map(\.timing) == [.simple(repeatCount: 1, repeatIntervalMilliseconds: 5)])
        for units in [Array(one.utf16), [0xFEFF] + Array(one.utf16)] {
            let wide = units.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
            let schedule = ScheduleReader().read(bytes: wide, file: "s.json", now: Self.now, defaultZone: .utc)
            #expect(schedule.dialect == .central && schedule.diagnostics.map(\.code) == ["json-encoding"])
        }
        #expect(read(" null\n").dialect == .central && read("null").diagnostics.map(\.code) == ["central-schedule"])
        let half = read(entry(#""triggerExpression":"*/5","startDate":1500000000000.5"#))
        #expect(half.diagnostics.map(\.code) == ["central-schedule"])
    }

    @Test func keepsAScheduleThatHasEnded() {
        let schedule = read(entry(#""triggerExpression":"*/5","endDate":7"#))
        #expect(schedule.diagnostics.isEmpty && schedule.triggers.map(\.start.milliseconds) == [7])
    }

    @Test func readsASingleScheduleAndTwins() {
        let one = entry(#""triggerExpression":"*/5","startDate":5,"inputs":{"x":"[{\"}"}"#)
        #expect(read(one).triggers.count == 1)
        #expect(read("[\(one),\n\(one)]").diagnostics.map(\.code) == ["schedule-duplicate"])
        #expect(read("[\(one),\n\(one)]").triggers.map(\.line) == [1, 2])
    }
}

import SluiceJSON
import SluiceModel
import Testing

@testable import SluiceScenarios

/// What the doctor makes of answers, without a system.
@Suite struct DoctorJudgementTests {
    private static func reading(_ sent: Int64, _ received: Int64, _ theirs: Int64) -> DoctorJudgement.ClockReading {
        .init(
            sentAt: Timestamp(milliseconds: sent), receivedAt: Timestamp(milliseconds: received),
            theirs: Timestamp(milliseconds: theirs))
    }

    @Test(
        "a clock is apart by what cannot be explained by whole seconds and the way",
        arguments: [
            (1000, 1200, 1000, 0), (1000, 1200, 0, 0), (1500, 1600, 3000, 1400), (9000, 9100, 5000, -3000),
            (1000, 5000, 4000, 0),
        ] as [(Int64, Int64, Int64, Int64)])
    func readsClocks(sent: Int64, received: Int64, theirs: Int64, ahead: Int64) {
        #expect(Self.reading(sent, received, theirs).aheadMilliseconds == ahead)
    }

    @Test("two servers are compared with each other, and what is far apart is a problem")
    func comparesServers() {
        let ours = Self.reading(100_000, 100_100, 100_000)
        let late = Self.reading(200_000, 200_100, 170_000)
        let apart = DoctorJudgement.aheadMilliseconds(ours, of: late)
        #expect((28_000...30_000).contains(apart))
        #expect(DoctorJudgement.aheadMilliseconds(late, of: ours) == -apart)
        #expect(DoctorJudgement.clock("n", "q", ahead: apart, of: "it").verdict == .problem)
        #expect(DoctorJudgement.clock("n", "q", ahead: -2000, of: "it").answer == "at least 2.0 s behind it")
        #expect(DoctorJudgement.clock("n", "q", ahead: 0, of: "it").verdict == .fine)
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"), ("Sun, 06 Nov 1994 08:49:37 UTC", nil),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("", nil), ("Sun, 31 Feb 2026 08:49:37 GMT", nil),
        ] as [(String, String?)])
    func readsDates(text: String, time: String?) {
        #expect(Timestamp(httpDate: text) == time.flatMap { Timestamp(rfc3339: $0) })
    }

    @Test(
        arguments: [
            ("2013-02-25T17:34:56.627-08:00", -28_800), ("2026-07-01T00:00:00+05:30", 19_800),
            ("2026-07-01T00:00:00Z", 0),
            ("2026-07-01T00:00:00", nil), ("2026-07-01", nil),
        ] as [(String, Int?)])
    func readsOffsets(text: String, seconds: Int?) {
        #expect(DoctorJudgement.offsetSeconds(of: text) == seconds)
    }

    private static func value(_ finding: DoctorFinding) -> String? { finding.switches.first?.value }

    @Test(
        arguments: [
            (3, 0, 9, 0, "false"), (3, 4, 0, 5, "true"), (3, 4, 1, 4, nil), (3, 9, 0, 0, nil), (0, 0, 0, 0, nil),
        ] as [(Int, Int, Int, Int, String?)])
    func judgesCounts(persons: Int, absent: Int, zero: Int, positive: Int, value: String?) {
        var seen = DoctorJudgement.CountSightings()
        (seen.personCount, seen.absentCount) = (persons, absent)
        (seen.zeroCount, seen.positiveCount) = (zero, positive)
        let finding = DoctorJudgement.absentCounts(seen, current: false)
        #expect(Self.value(finding) == value && (finding.verdict == .untold) == (value == nil))
    }

    @Test(arguments: [(404, "missing"), (401, "unauthorized"), (500, nil), (200, nil)] as [(Int, String?)])
    func judgesStaleLogins(status: Int, value: String?) {
        let finding = DoctorJudgement.staleLogin(status: status, current: "missing")
        #expect(Self.value(finding) == value)
        #expect(finding.switches.first?.isChange == (value.map { $0 != "missing" }))
    }

    @Test(arguments: [(2, "false"), (3, "true"), (0, nil), (1, nil), (7, nil)] as [(Int, String?)])
    func judgesOccurrences(count: Int, value: String?) {
        #expect(Self.value(DoctorJudgement.occurrences(wanted: 2, count: count, current: false)) == value)
    }

    @Test(
        "what starts half-way between two times is a catch-up; without a regular one nothing can be said",
        arguments: [
            ([60_010], "none"), ([30_020, 60_010], "once"), ([30_020], nil), ([], nil),
            ([30_020, 30_040, 60_010], nil), ([60_010, 120_000], "none"),
        ] as [([Int64], String?)])
    func judgesCatchUps(starts: [Int64], value: String?) {
        let finding = DoctorJudgement.catchUp(
            starts: starts.map { Timestamp(milliseconds: $0) }, periodMilliseconds: 60_000, current: "unknown")
        #expect(Self.value(finding) == value)
    }

    @Test(
        arguments: [
            (["v2", "latest"], "v2", "v2"), (["v2", "latest"], "v1", "v2"), (["v1"], "v1", "v1"), ([], "v2", nil),
        ] as [([String], String, String?)])
    func judgesDialects(answering: [String], current: String, value: String?) {
        let finding = DoctorJudgement.dialect(answering: answering, current: current)
        #expect(Self.value(finding) == value && (finding.verdict == .problem) == (value == nil))
    }

    @Test("a report names each change once, and none that is so already")
    func collectsChanges() {
        var report = DoctorReport()
        let kept = DoctorSwitch("csa.a", "x", current: "x")
        let changed = DoctorSwitch("csa.b", "y", current: nil)
        report.findings = [
            DoctorFinding("a", "?", .found, "", switches: [kept, changed]),
            DoctorFinding("b", "?", .found, "", switches: [changed]),
            .untold("c", "?", "no"),
        ]
        #expect(report.changes == [changed] && report.problems.isEmpty)
        #expect(report.json["changes"]?.array?.count == 1 && report.findings[2].evidence == .none)
    }
}

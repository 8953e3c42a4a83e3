import SluiceCore
import SluiceModel
import Testing

/// Snapshots of Central's schedules: what differs, in words, and what a restore makes of it.
@Suite struct ScheduleSnapshotTests {
    private static func entry(
        _ id: String, isEnabled: Bool = true, _ change: (inout [JournalField]) -> Void = { _ in }
    ) -> ScheduleSnapshot.Entry {
        var fields = [
            JournalField("name", "s\(id)"), JournalField("flowPath", "Library/x"),
            JournalField("triggerExpression", "*/60000"), JournalField("input host", "aa"),
            JournalField("owner", "ann"),
        ]
        change(&fields)
        return .init(id: ScheduleID(id), isEnabled: isEnabled, fields: fields)
    }

    private static func snapshot(_ entries: [ScheduleSnapshot.Entry], key: String = "k") -> ScheduleSnapshot {
        ScheduleSnapshot(takenAt: Timestamp(milliseconds: 1_800_000_000_000), keyID: key, schedules: entries)
    }

    private static func words(_ differences: [ScheduleDifference]) -> [String] {
        differences.map { "\($0.id) \($0.name) \($0.sentence)" }
    }

    @Test func saysWhatDiffersInWords() {
        let old = Self.snapshot([
            Self.entry("1"), Self.entry("2"), Self.entry("3"), Self.entry("4"), Self.entry("5"),
        ])
        let new = Self.snapshot([
            Self.entry("6"), Self.entry("1", isEnabled: false),
            Self.entry("2") { $0[2].value = "0 0 3 * * ?" },
            Self.entry("3") { $0[3].value = "bb" },
            Self.entry("4") { fields in
                fields.remove(at: 3)
                fields.append(JournalField("input port", "cc"))
            },
        ])
        #expect(
            Self.words(old.differences(to: new)) == [
                "1 s1 enabled was true, now false",
                "2 s2 triggerExpression was */60000, now 0 0 3 * * ?",
                "3 s3 input host has another value",
                "4 s4 input host is gone; input port is new",
                "5 s5 is gone", "6 s6 is new",
            ])
        #expect(old.differences(to: old).isEmpty)
        let all = Self.words(old.differences(to: new)).joined()
        #expect(!all.contains("aa") && !all.contains("bb") && !all.contains("cc"), "a hash tells nobody anything")
    }

    @Test func comparesNoValuesOfInputsOfAnotherKey() {
        let old = Self.snapshot([Self.entry("1"), Self.entry("2")])
        let new = Self.snapshot(
            [Self.entry("1") { $0[3].value = "bb" }, Self.entry("2") { $0.remove(at: 3) }], key: "other")
        #expect(Self.words(old.differences(to: new)) == ["2 s2 input host is gone"])
    }

    @Test("R31: only enabled is put back, and what somebody changed in any other way is left and named")
    func plansARestore() {
        let old = Self.snapshot([
            Self.entry("1"), Self.entry("2", isEnabled: false), Self.entry("3"), Self.entry("4"), Self.entry("5"),
            Self.entry("6"), Self.entry("7"),
        ])
        let live = Self.snapshot([
            Self.entry("1", isEnabled: false), Self.entry("2", isEnabled: true), Self.entry("3"),
            // Spelt anew by an upgrade or a pack: no person's change.
            Self.entry("4", isEnabled: false) { fields in
                fields[1].value = "Library/y"
                fields[4].value = "bob"
            },
            Self.entry("5", isEnabled: false) { $0[2].value = "*/1000" },
            Self.entry("6") { $0[2].value = "*/1000" }, Self.entry("8", isEnabled: false),
        ])
        let plan = old.restoring(live)
        #expect(plan.switches.map { "\($0.id) \($0.isEnabled)" } == ["1 true", "2 false", "4 true"])
        #expect(plan.conflicts.map(\.id.text) == ["5", "7"])
        #expect(plan.conflicts[0].cause.contains("triggerExpression") && plan.conflicts[1].cause.contains("deleted"))
    }

    @Test("many fields are compared in time that grows with their number, not with its square")
    func comparesManyFields() {
        let count = 10_000
        let olds = (0..<count).map { JournalField("input a\($0)", "x") }
        let news = (0..<count).map { JournalField("input b\($0)", "x") }
        let old = Self.snapshot([Self.entry("1") { $0 += olds }])
        let new = Self.snapshot([Self.entry("1") { $0 += news }])
        var differences: [ScheduleDifference] = []
        let took = ContinuousClock().measure { differences = old.differences(to: new) }
        #expect(differences.map(\.fields.count) == [2 * count])
        #expect(differences[0].fields.map(\.name) == (olds + news).map(\.name), "in order: the first's, the second's")
        // By the square it is minutes.
        #expect(took < .seconds(5), "\(took)")
    }

    @Test(
        "names of fields that differ: in the order of the first, then of the second, whatever is there twice",
        arguments: [
            ("a1 b2", "a1 b2", ""), ("a1 b2", "b2 a1", ""), ("a1 b2", "b3 c1", "a b c"), ("b1 a1", "a2 b2", "b a"),
            ("", "b1 a1", "b a"), ("b1 a1", "", "b a"), ("a1", "a1 a2", "a"), ("a1 a2", "a1", "a"),
            ("a1 a2", "a3 a4", "a a"), ("", "a1 a2", "a a"),
        ])
    func namesWhatDiffers(before: String, now: String, expected: String) {
        func fields(_ text: String) -> [JournalField] {
            text.split(separator: " ").map { JournalField(String($0.prefix(1)), String($0.dropFirst())) }
        }
        #expect(JournalField.differences(fields(before), fields(now)).joined(separator: " ") == expected)
    }

    @Test(
        "R31: a thaw and a restore agree on what counts as a person's change",
        arguments: [
            ("flowPath", false), ("owner", false), ("runLogLevel", false), ("misfireInstruction", false),
            ("sensitive input key", false), ("name", true), ("input host", true), ("triggerExpression", true),
        ])
    func agreesWithTheThaw(field: String, isPersons: Bool) {
        let before = Self.entry("1") {
            $0 += ["sensitive input key", "runLogLevel", "misfireInstruction"].map { .init($0, "a") }
        }
        var after = before
        after.isEnabled = false
        let isNamed = field.hasPrefix("sensitive")
        if isNamed { after.fields.removeAll { $0.name == field } }
        for index in after.fields.indices where after.fields[index].name == field { after.fields[index].value = "else" }
        let plan = Self.snapshot([before]).restoring(Self.snapshot([after]))
        #expect(plan.switches.isEmpty == isPersons && plan.conflicts.isEmpty != isPersons, "\(plan)")
        let entry = JournalEntry(
            system: FreezeState.system, object: "1", title: "s1", before: before.fields,
            intended: FreezeState.intended, at: .zero, by: .sluice, cause: "upgrade")
        let sight = ScheduleSight(id: before.id, title: "s1", isEnabled: false, image: after.fields)
        #expect((FreezeState.conflict(of: entry, sight) != nil) == isPersons)
    }
}

import SluiceModel
import SluiceTestKit
import Testing

/// The fake keeps the laws that real systems keep.
@Suite struct FakeOutsideSystemTests {
    @Test(arguments: OutsideSystemConformance.allCases)
    func conforms(to law: OutsideSystemConformance) async throws {
        let fake = FakeOutsideSystem("csa", writeCountMax: 5)
        for object in ["a", "b"] {
            fake.put(object, [JournalField("automatic", "true"), JournalField("approvers", "ann")])
        }
        try await law.check(
            OutsideSystemConformance.World(
                system: fake, objects: ("a", "b"), missing: "c", wanted: JournalField("automatic", "false"),
                edit: { fake.edit($0, JournalField("approvers", "eve")) }))
    }
}

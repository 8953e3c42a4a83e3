import SluiceContent
import SluiceModel
import Testing

/// Which flow is meant by an id, a path or a name.
@Suite struct FlowSelectionTests {
    private static let nightly = document("0F6C2C0E-1111-4222-8333-444455556666", "Nightly", "Own/Nightly.xml")
    private static let other = document("0f6c2c0e-1111-4222-8333-444455556667", "Nightly", "Other/Nightly.xml")
    private static let weekly = document("own.weekly", "weekly", "Own/weekly.sl", .cloudSlangFlow)
    private static let copy = document("o-1", "Copy", "Own/Copy.xml", .operation)
    private static let all = [nightly, other, weekly, copy]

    private static func document(
        _ id: String, _ name: String, _ path: String, _ kind: PackFlow.Kind = .flow
    ) -> FlowDocument {
        FlowDocument(id: id, name: name, path: "Content/Library/\(path)", kind: kind)
    }

    private func result(_ wanted: String, among documents: [FlowDocument] = all) -> FlowSelection.Result {
        var selection = FlowSelection(wanted)
        for document in documents { selection.consider(document) }
        return selection.result
    }

    @Test(arguments: [
        "0f6c2c0e-1111-4222-8333-444455556666", "0F6C2C0E-1111-4222-8333-444455556666",
        "Content/Library/Own/Nightly.xml", "Library/Own/Nightly", "Library/Own/Nightly.xml",
    ])
    func findsOneOfSeveralByIDOrPath(wanted: String) { #expect(result(wanted) == .found(Self.nightly)) }

    @Test(arguments: ["own.weekly", "weekly", "Weekly", "Library/Own/weekly"])
    func findsTheOnlyOneByName(wanted: String) { #expect(result(wanted) == .found(Self.weekly)) }

    @Test func namesAllThatAreMeant() {
        guard case .ambiguous(let places, let count) = result("Nightly") else {
            Issue.record("\(result("Nightly"))")
            return
        }
        #expect(count == 2 && places.count == 2)
        #expect(places[0] == "Content/Library/Own/Nightly.xml (0F6C2C0E-1111-4222-8333-444455556666)")
        let many = [FlowDocument](repeating: Self.nightly, count: 50)
        guard case .ambiguous(let some, 50) = result("Nightly", among: many) else {
            Issue.record("not all 50")
            return
        }
        #expect(some.count == FlowSelection.namedCountMax)
    }

    @Test func aNameInTheSameCaseIsSurer() {
        var lower = Self.nightly
        lower.name = "nightly"
        #expect(result("nightly", among: [Self.nightly, lower]) == .found(lower))
    }

    @Test func anOperationIsNoFlow() {
        #expect(result("Copy") == .noFlow(path: "Content/Library/Own/Copy.xml", kind: .operation))
    }

    @Test func namesWhatIsCalledNearlySo() {
        #expect(result("week") == .unknown(near: ["Content/Library/Own/weekly.sl"]))
        #expect(result("Copi") == .unknown(near: []))
        #expect(result("") == .unknown(near: []))
        #expect(result("x", among: []) == .unknown(near: []))
    }
}

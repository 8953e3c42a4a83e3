import SluiceModel
import Testing

/// What tells two revisions of a pack apart, and what that means for a request.
@Suite struct PackRevisionTests {
    private static func input(_ name: String, required: Bool = false, encrypted: Bool = false) -> KnownInput {
        KnownInput(name: name, isRequired: required, isEncrypted: encrypted)
    }

    private static func flow(
        _ id: String, path: String = "Library/F", gated: Bool = true, _ inputs: [KnownInput] = []
    ) -> KnownFlow {
        KnownFlow(id: FlowID(id), name: "F", path: path, contentPack: "P", isGated: gated, inputs: inputs)
    }

    private static func revision(_ flows: [KnownFlow], version: String? = "1") -> PackRevision {
        PackRevision(
            name: "P", version: version, number: 1, digest: nil, loadedAt: Timestamp(milliseconds: 0),
            by: Principal("ann"), flows: flows)
    }

    static let rows: [([KnownFlow], [KnownFlow], [String])] = [
        ([flow("a")], [flow("a")], []),
        ([flow("a"), flow("b")], [flow("b")], ["flow Library/F (a) is gone"]),
        ([], [flow("a")], ["flow Library/F (a) is new; it asks the gate"]),
        ([], [flow("a", gated: false)], ["flow Library/F (a) is new; it does not ask the gate"]),
        ([flow("a")], [flow("a", path: "Library/G")], ["flow Library/G (a) was at Library/F before"]),
        ([flow("a")], [flow("a", gated: false)], ["flow Library/F (a) does not ask the gate any more"]),
        ([flow("a", gated: false)], [flow("a")], ["flow Library/F (a) asks the gate now"]),
        ([flow("a", [input("x")])], [flow("a")], ["flow Library/F (a): the input x is gone"]),
        (
            [flow("a")], [flow("a", [input("x", required: true, encrypted: true)])],
            ["flow Library/F (a): the input x is new, and required, and ENCRYPTED"]
        ),
        (
            [flow("a", [input("x"), input("y", required: true, encrypted: true)])],
            [flow("a", [input("x", required: true, encrypted: true), input("y")])],
            [
                "flow Library/F (a): the input x is required now", "flow Library/F (a): the input x is ENCRYPTED now",
                "flow Library/F (a): the input y is no longer required",
                "flow Library/F (a): the input y is no longer ENCRYPTED",
            ]
        ),
        // The order of inputs and flows means nothing.
        ([flow("a", [input("x"), input("y")]), flow("b")], [flow("b"), flow("a", [input("y"), input("x")])], []),
    ]

    @Test(arguments: rows.indices)
    func saysWhatChanged(row: Int) {
        let (before, after, expected) = Self.rows[row]
        #expect(Self.revision(after).differences(since: Self.revision(before)) == expected)
    }

    @Test func saysThatTheVersionChanged() {
        let none = Self.revision([], version: nil)
        #expect(none.differences(since: Self.revision([])) == ["its version is none now; it was 1"])
        #expect(Self.revision([]).differences(since: none) == ["its version is 1 now; it was none"])
    }

    @Test func tellsABoundedNumberAndLength() {
        let many = (0..<1000).map { Self.flow("f\($0)", path: String(repeating: "p", count: 10_000)) }
        let told = Self.revision(many).differences(since: Self.revision([]))
        #expect(told.count == PackRevision.differenceCountMax + 1)
        #expect(told.last == "and 800 more differences")
        #expect(told.allSatisfy { $0.count < 600 })
    }

    @Test func holdsNothingAgainstWhatSluiceDoesNotLaunchOrDidNotKnow() {
        var request = LaunchRequest(flow: FlowID("a"), source: .api)
        request.launcher = .sluice
        #expect(FlowCompatibility.incompatibilities(of: request, to: nil) == [])
        request.flowMemory = FlowMemory(of: Self.flow("a"))
        #expect(FlowCompatibility.incompatibilities(of: request, to: nil).count == 1)
        request.launcher = .caller
        #expect(FlowCompatibility.incompatibilities(of: request, to: nil) == [])
    }
}

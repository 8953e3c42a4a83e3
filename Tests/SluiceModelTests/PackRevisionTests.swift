import SluiceModel
import Testing

/// What tells two revisions of a pack apart, and what that means for a request.
@Suite struct PackRevisionTests {
    private static func input(
        _ name: String, required: Bool = false, encrypted: Bool = false, reading: KnownInput.Reading? = nil
    ) -> KnownInput {
        KnownInput(name: name, isRequired: required, isEncrypted: encrypted, reading: reading)
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
        (
            [flow("a", [input("x", reading: .init()), input("y", reading: .init(listDelimiter: ","))])],
            [
                flow(
                    "a",
                    [
                        input("x", reading: .init(isTaken: false, type: "OBJECT", listDelimiter: ",")),
                        input("y", reading: .init()),
                    ])
            ],
            [
                "flow Library/F (a): the input x is of the type OBJECT now, which was STRING",
                "flow Library/F (a): the input x is no longer taken from the launch",
                "flow Library/F (a): the input x is a list now", "flow Library/F (a): the input y is no longer a list",
            ]
        ),
        // Nothing is known of how the first was read.
        ([flow("a", [input("x")])], [flow("a", [input("x", reading: .init(isTaken: false, type: "OBJECT"))])], []),
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

    /// How the input `x`, which a launch gives, was read and is read, and what that means for the launch.
    static let readings: [(before: KnownInput.Reading?, now: KnownInput.Reading?, expected: [String])] = [
        (.init(), .init(), []), (nil, .init(isTaken: false, type: "OBJECT"), []), (.init(), nil, []),
        (.init(), .init(isTaken: false), ["the input x is no longer taken from the launch"]),
        (.init(isTaken: false), .init(), ["the input x is taken from the launch now"]),
        (.init(isTaken: false), .init(isTaken: false, type: "OBJECT", listDelimiter: ","), []),
        (.init(), .init(type: "string"), []),
        (.init(), .init(type: "OBJECT"), ["the input x is of the type OBJECT now, which was STRING"]),
        (.init(), .init(listDelimiter: ","), ["the input x is a list now"]),
        (.init(listDelimiter: ","), .init(), ["the input x is no longer a list"]),
        (.init(listDelimiter: ","), .init(listDelimiter: ","), []),
        (.init(listDelimiter: ","), .init(listDelimiter: ";"), ["the input x is a list with another delimiter now"]),
    ]

    @Test(arguments: readings.indices)
    func stopsALaunchWhoseInputIsReadOtherwise(index: Int) {
        let (before, now, expected) = Self.readings[index]
        let memory = FlowMemory(of: Self.flow("a", [Self.input("x", reading: before)]))
        let flow = Self.flow("a", [Self.input("x", reading: now)])
        #expect(FlowCompatibility.incompatibilities(giving: ["x"], from: memory, to: flow) == expected)
        #expect(FlowCompatibility.incompatibilities(giving: ["y"], from: memory, to: flow) == [], "it is not given")
    }

    @Test func anInputThatWasIgnoredMayGo() {
        let memory = FlowMemory(of: Self.flow("a", [Self.input("x", reading: .init(isTaken: false))]))
        #expect(FlowCompatibility.incompatibilities(giving: ["x"], from: memory, to: Self.flow("a")) == [])
    }

    @Test func saysOfAnEncryptedInputOnlyThat() {
        let memory = FlowMemory(of: Self.flow("a", [Self.input("x", reading: .init())]))
        let flow = Self.flow("a", [Self.input("x", encrypted: true, reading: .init(type: "ENCRYPTED"))])
        let found = FlowCompatibility.incompatibilities(giving: ["x"], from: memory, to: flow)
        #expect(found == ["the input x is ENCRYPTED now"])
    }

    @Test func agreesWithWhatAnEarlierSluiceReadInTheSameFlow() {
        let earlier = Self.flow("a", [Self.input("x", required: true), Self.input("y")])
        let inputs = [Self.input("x", reading: .init(isTaken: false)), Self.input("y", reading: .init())]
        #expect(earlier.agrees(with: Self.flow("a", inputs)) && Self.flow("a", inputs).agrees(with: earlier))
        #expect(!earlier.agrees(with: Self.flow("a", Array(inputs.reversed()))))
        #expect(!earlier.agrees(with: Self.flow("a", gated: false, inputs)))
        var other = inputs
        other[1].reading?.type = "OBJECT"
        #expect(!Self.flow("a", inputs).agrees(with: Self.flow("a", other)))
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

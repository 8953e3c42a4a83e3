import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// Content packs that are replaced while launches are held.
@Suite struct PackTests {
    private static func content(_ inputs: [KnownInput]?, version: String) -> PackShelf.Content {
        let flows = inputs.map { inputs in
            [KnownFlow(id: .fixture, name: "F", path: "Library/F", contentPack: "Pack", isGated: false, inputs: inputs)]
        }
        return PackShelf.Content(name: "Pack", version: version, digest: nil, flows: flows ?? [])
    }

    private static let required = KnownInput(name: "b", isRequired: true, isEncrypted: false)

    static let replacements: [([KnownInput]?, HoldState)] = [
        (nil, .awaitingOperator), ([required], .awaitingOperator), ([], .running),
    ]

    @Test(arguments: replacements.indices)
    func aReplacedPackStopsWhatNoLongerFits(index: Int) async throws {
        let (inputs, expected) = Self.replacements[index]
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            let packs = bench.engine.packs
            let first = try await packs.load(Self.content([], version: "1"), by: .fixture)
            #expect(first.isNew && first.current.number == 1)
            let ticket = try await bench.hold()
            #expect(try await bench.store.hold(ticket)?.request.flowMemory?.packRevision == 1)
            let second = try await packs.load(Self.content(inputs, version: "2"), by: .fixture)
            #expect(second.current.number == 2)
            try await bench.set(.open)
            try await bench.advance { try await bench.state(ticket) == expected }
            guard expected == .awaitingOperator else { return }
            #expect(try await bench.cause(ticket).contains("the content pack was replaced"))
            _ = try await bench.engine.desk.move(ticket, .retry, by: .fixture, reason: "a test")
            try await bench.advance { try await bench.state(ticket) == .running }
        }
    }

    @Test func packsAreKnownAfterARestartAndTheSameAgainIsNoRevision() async throws {
        let setup = EngineBench.Setup(mode: .hold)
        try await EngineBench.run(setup) { bench in
            _ = try await bench.engine.packs.load(Self.content([Self.required], version: "1"), by: .fixture)
        }
        try await EngineBench.run(setup) { bench in
            #expect(bench.engine.inventory[.fixture]?.packRevision == 1)
            #expect(bench.engine.inventory.isLoaded)
            let again = try await bench.engine.packs.load(Self.content([Self.required], version: "1"), by: .fixture)
            #expect(!again.isNew && again.current.number == 1)
            #expect(try await bench.store.packHistory("Pack", limit: 5).count == 1)
        }
    }

    @Test func aRestartTakesNoUpgradeBackThatSomebodyLoaded() async throws {
        let setup = EngineBench.Setup(mode: .hold)
        let file = Self.content([], version: "1")
        let upgrade = Self.content([Self.required], version: "2")
        try await EngineBench.run(setup) { bench in
            let configured = try await bench.engine.packs.loadConfigured(file)
            #expect(configured.current.by == .sluice)
            let loaded = try await bench.engine.packs.load(upgrade, by: .fixture)
            #expect(loaded.current.number == 2)
        }
        try await EngineBench.run(setup) { bench in
            let (current, isNew, _) = try await bench.engine.packs.loadConfigured(file)
            #expect(!isNew && current.number == 2)
            #expect(bench.engine.inventory[.fixture]?.inputs == [Self.required])
            // The file itself is replaced: that counts again.
            let changed = try await bench.engine.packs.loadConfigured(Self.content([], version: "3"))
            #expect(changed.isNew && changed.current.number == 3 && changed.previous?.number == 2)
            #expect(bench.engine.packs.revisions.map(\.number) == [3])
        }
    }

    @Test func theConfiguredPackIsOnRecordThoughSomebodyLoadedTheSame() async throws {
        let setup = EngineBench.Setup(mode: .hold)
        let first = Self.content([], version: "1")
        let second = Self.content([Self.required], version: "2")
        try await EngineBench.run(setup) { bench in
            _ = try await bench.engine.packs.loadConfigured(first)
            _ = try await bench.engine.packs.load(second, by: .fixture)
        }
        try await EngineBench.run(setup) { bench in
            _ = try await bench.engine.packs.loadConfigured(second)
            _ = try await bench.engine.packs.load(first, by: .fixture)
        }
        try await EngineBench.run(setup) { bench in
            let (current, isNew, _) = try await bench.engine.packs.loadConfigured(second)
            #expect(!isNew && current.version == "1", "the file did not change since the start before")
        }
    }

    /// The pack's digest; nil of a folder.
    @Test(arguments: ["d", nil])
    func aSluiceThatReadsMoreInAPackTakesNoLoadBack(digest: String?) async throws {
        let setup = EngineBench.Setup(mode: .hold)
        func file(_ reading: KnownInput.Reading?, isRequired: Bool) -> PackShelf.Content {
            let input = KnownInput(name: "b", isRequired: isRequired, isEncrypted: false, reading: reading)
            var content = Self.content([input], version: "1")
            content.digest = digest
            return content
        }
        let first = file(nil, isRequired: true)
        try await EngineBench.run(setup) { bench in _ = try await bench.engine.packs.loadConfigured(first) }
        // The same pack, read by a later Sluice: on record anew, so that the holds to come are judged by it.
        let later = file(KnownInput.Reading(isTaken: false), isRequired: false)
        try await EngineBench.run(setup) { bench in
            let (current, isNew, _) = try await bench.engine.packs.loadConfigured(later)
            #expect(isNew && current.number == 2)
            #expect(bench.engine.inventory[.fixture]?.inputs == later.flows[0].inputs)
            _ = try await bench.engine.packs.load(Self.content([], version: "2"), by: .fixture)
        }
        // Once more, and somebody has loaded another since: that stands.
        try await EngineBench.run(setup) { bench in
            let (current, isNew, _) = try await bench.engine.packs.loadConfigured(first)
            #expect(!isNew && current.number == 3 && current.version == "2")
        }
    }

    @Test(arguments: replacements.indices)
    func saysHowManyHoldsAPackWouldStop(index: Int) async throws {
        let (inputs, expected) = Self.replacements[index]
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            _ = try await bench.engine.packs.load(Self.content([], version: "1"), by: .fixture)
            for _ in 0..<3 { _ = try await bench.hold() }
            var callers = LaunchRequest.fixture(launcher: .caller)
            callers.askID = AskID("c")
            _ = try await bench.hold(callers)
            let impact = try await bench.engine.impact(of: Self.content(inputs, version: "2"))
            #expect(impact == PackImpact(stoppedCount: expected == .awaitingOperator ? 3 : 0, isComplete: true))
            #expect(bench.engine.inventory[.fixture]?.packRevision == 1, "nothing was loaded")
        }
    }
}

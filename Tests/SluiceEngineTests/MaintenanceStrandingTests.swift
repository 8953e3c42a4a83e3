import SluiceCore
import SluiceEngine
import SluiceModel
import SluiceTestKit
import Testing

/// Holds that no longer fit after an upgrade keep a maintenance in `verifying`.
@Suite(.timeLimit(.minutes(5)))
struct MaintenanceStrandingTests {
    private static func pack(_ version: String, requires input: String? = nil) -> PackShelf.Content {
        let inputs = input.map { [KnownInput(name: $0, isRequired: true, isEncrypted: false)] } ?? []
        return PackShelf.Content(
            name: "Pack", version: version, digest: nil,
            flows: [
                KnownFlow(
                    id: .fixture, name: "F", path: "Library/F", contentPack: "Pack", isGated: false, inputs: inputs)
            ])
    }

    @Test(
        "R36 what opening would strand is a blocker of verifying, until the right pack is loaded or it is waived",
        arguments: [true, false])
    func staysInVerifying(isWaived: Bool) async throws {
        let site = try CSAMaintenanceBench()
        try await site.run { bench in
            let packs = bench.engine.packs
            _ = try await packs.load(Self.pack("1"), by: .fixture)
            let id = try await site.start(bench) { $0.systems = .ooOnly }
            try await site.advance(bench, to: .quiesced, id)
            let ticket = try await bench.hold()
            _ = try await packs.load(Self.pack("2", requires: "zone"), by: .fixture)
            try await site.move(.resume, id, bench)
            try await site.until("it is told", bench, id) { try await site.blockers(id, bench) == ["would-strand"] }
            await bench.advance(by: .seconds(60), step: .seconds(1))
            #expect(try await bench.store.maintenance(id)?.phase == .verifying)
            #expect(bench.engine.gatekeeper.snapshot().record.whole.mode == .hold)
            #expect(try await bench.state(ticket) == .held)
            if isWaived {
                try await site.move(.waive(blocker: "would-strand"), id, bench)
            } else {
                _ = try await packs.load(Self.pack("3"), by: .fixture)
            }
            try await site.advance(bench, to: .completed, id)
            let state: HoldState = isWaived ? .awaitingOperator : .ended
            try await site.until("\(state)", bench, id) { try await bench.state(ticket) == state }
        }
    }
}

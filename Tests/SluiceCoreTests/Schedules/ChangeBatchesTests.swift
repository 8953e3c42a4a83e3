import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// `ChangeBatches`.
@Suite struct ChangeBatchesTests {
    private static func step(_ index: Int, count: Int) -> [Change] {
        (0..<count).map { part in
            .note(AuditNote(kind: "step", at: .zero, by: .sluice, text: "\(index).\(part)"))
        }
    }

    private static func names(_ changes: [Change]) -> [String] {
        changes.map { if case .note(let note) = $0 { note.text } else { "" } }
    }

    @Test(
        "R2 no step is split, the order stays, and no batch is larger than it may be", arguments: [1, 2, 3, 5, 100],
        1...40)
    func keepsStepsWhole(limit: Int, seed: Int) {
        let steps = (0..<30).map { Self.step($0, count: ($0 * seed) % 4) }
        let batches = ChangeBatches.of(steps, limit: limit)
        #expect(batches.flatMap(Self.names) == steps.flatMap(Self.names))
        for (index, batch) in batches.enumerated() {
            let owners = Set(Self.names(batch).map { $0.prefix { $0 != "." } })
            #expect(batch.count <= limit || owners.count == 1)
            let others = batches.enumerated().filter { $0.offset != index }.flatMap { Self.names($0.element) }
            #expect(!others.contains { owners.contains($0.prefix { $0 != "." }) })
        }
    }
}

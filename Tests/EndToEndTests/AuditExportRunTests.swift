import Foundation
import SluiceSandbox
import Testing

/// `sluice audit export` of a site on which launches go on.
@Suite struct AuditExportRunTests {
    @Test("R45: an export that is taken while a release runs gives no false findings")
    func exportsWhatMoves() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try await TestSite.with { site in
            try await site.start(["SLUICE_RELEASE_RATE_PER_MINUTE": "6000"])
            try await site.setGate("hold")
            for number in 1...120 {
                #expect(try await site.ask("x\(number)", flow: TestSite.ungatedFlow).status == 202)
            }
            try await site.setGate("open")
            var endedCounts: [Int] = []
            repeat {
                let audit = try await site.run(["audit", "export"])
                let history = try folder.write(audit.output, to: "\(endedCounts.count).jsonl").path
                let checked = try await ProgramRun(["audit", "check-history", history])
                #expect(checked.status == 0 && audit.output.contains(#""asOf":"#), "\(checked)")
                endedCounts.append(try await site.counts()["ended", default: 0])
            } while (endedCounts.last ?? 0) < 120 && endedCounts.count < 40
            #expect(endedCounts.count > 1, "it moved while it was read")
        }
    }
}

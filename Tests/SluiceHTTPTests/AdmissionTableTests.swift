import Foundation
import SluiceCore
import SluiceModel
import Testing

/// The table of docs/administrators.md is the one that the gate is tested by.
@Suite struct AdmissionTableTests {
    private static func rows() throws -> [[String]] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/administrators.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let begin = try #require(text.range(of: "<!-- admission table -->"))
        let end = try #require(text.range(of: "<!-- end -->", range: begin.upperBound..<text.endIndex))
        return text[begin.upperBound..<end.lowerBound].split(separator: "\n").dropFirst(2).map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private static func systems(_ text: String) -> [MaintenancePlan.Systems] {
        if text == "all" { return MaintenancePlan.Systems.allCases }
        return text.split(separator: ", ").compactMap { MaintenancePlan.Systems(rawValue: String($0)) }
    }

    /// The phases that a maintenance of some systems comes through.
    private static func comesThrough(_ phase: MaintenancePhase, _ systems: MaintenancePlan.Systems) -> Bool {
        switch phase {
        case .closingCSA, .drainingCSA: systems.includesCSA
        case .closingOO, .drainingOO, .verifying: systems.includesOO
        case .planned, .quiesced, .reopening, .releasing, .completed, .aborted: true
        }
    }

    @Test("R5 R6 the published table says what the tested one says, of every phase")
    func isTheSame() throws {
        var told: Set<String> = []
        for row in try Self.rows() {
            try #require(row.count == 5, "\(row)")
            for name in row[0].split(separator: ", ") {
                let phase = try #require(MaintenancePhase(rawValue: name.trimmingCharacters(in: ["`"])))
                for systems in Self.systems(row[1]) {
                    told.insert("\(phase.rawValue) \(systems.rawValue)")
                    for source in LaunchSource.allCases {
                        for lineage in MaintenanceAdmission.Lineage.allCases {
                            let isOfCSA = [LaunchSource.csa, .resourcePoolSync, .futureOrder].contains(source)
                            let isContinuation =
                                lineage.isContinuation && (lineage != .runningInstance || systems.includesCSA)
                            let word = isContinuation ? row[4] : isOfCSA ? row[2] : row[3]
                            #expect(
                                MaintenanceAdmission.word(in: phase, of: systems, source: source, lineage: lineage)
                                    .rawValue == word, "\(phase) \(systems) \(source) \(lineage)")
                        }
                    }
                }
            }
        }
        let all = MaintenancePhase.allCases.flatMap { phase in
            MaintenancePlan.Systems.allCases.filter { Self.comesThrough(phase, $0) }.map {
                "\(phase.rawValue) \($0.rawValue)"
            }
        }
        #expect(told == Set(all))
    }
}

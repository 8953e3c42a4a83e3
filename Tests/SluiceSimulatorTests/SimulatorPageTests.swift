import SluiceSimulator
import Testing

/// docs/simulator.md says what the code has.
@Suite struct SimulatorPageTests {
    private static let page = RepositoryFile.text("docs/simulator.md")

    private func rows(after heading: String) -> [[String]] {
        let lines = Self.page.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0 == "\(heading)" }) else { return [] }
        return lines[(start + 1)...].drop { !$0.hasPrefix("| `") }.prefix { $0.hasPrefix("| `") }.map { line in
            line.split(separator: "|").map { cell in
                String(cell.drop { $0 == " " || $0 == "`" }.reversed().drop { $0 == " " || $0 == "`" }.reversed())
            }
        }
    }

    @Test func listsEveryMutant() {
        #expect(rows(after: "## Mutants") == MutantHunt.bugs.map { [$0.name, $0.what] })
        #expect(MutantHunt.bugs.count >= 12)
    }

    @Test func listsEveryChecker() {
        #expect(rows(after: "## What is checked") == Checker.allCases.map { [$0.rawValue, $0.sentence] })
    }

    @Test func hasNoMutantsInANormalBuild() {
        #expect(!MutantHunt.isBuiltIn)
    }
}

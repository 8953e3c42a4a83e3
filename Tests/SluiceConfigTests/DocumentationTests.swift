import Foundation
import SluiceModel
import Testing

@testable import SluiceConfig

/// `docs/configuration.md` says of every key what the program does with it.
@Suite struct DocumentationTests {
    private static let page = "docs/configuration.md"

    /// One row of the page's tables.
    private struct Row {
        let key: String
        let environmentName: String
        /// nil: the page says `none`.
        let standard: String?
        let values: String
        let sentence: String

        /// - Parameter line: `| key | environment | default | values | what it is |`, names and defaults as code.
        init?(_ line: Substring) {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 5, let key = Row.code(cells[0]), let name = Row.code(cells[1]) else { return nil }
            self.key = key
            environmentName = name
            standard = Row.code(cells[2])
            values = cells[3]
            sentence = cells[4]
        }

        private static func code(_ cell: String) -> String? {
            guard cell.count > 2, cell.hasPrefix("`"), cell.hasSuffix("`") else { return nil }
            return String(cell.dropFirst().dropLast())
        }
    }

    @Test func namesEveryKeyOnceAndNoOther() throws {
        let named = try rows().map(\.key)
        #expect(named.sorted() == ConfigKey.all.map(\.path).sorted())
    }

    @Test func namesTheEnvironmentVariableOfEachKey() throws {
        let rows = try rows()
        for key in ConfigKey.all {
            let row = try #require(rows.first { $0.key == key.path }, "\(key.path) is missing from \(Self.page)")
            #expect(row.environmentName == key.environmentName)
            #expect(row.sentence.hasSuffix("."), "\(key.path) has no sentence")
        }
    }

    /// A default is right when setting it changes nothing; only what is nil at first may have none.
    @Test func saysTheDefaultOfEachKey() throws {
        let withoutDefault = [
            "store.url", "store.passwordFile", "replicas.name", "central.url", "central.username",
            "central.passwordFile",
            "central.caFile", "csa.url", "csa.username", "csa.passwordFile", "csa.tokenUsername",
            "csa.tokenPasswordFile", "csa.caFile", "csa.policyElement", "csa.databaseUrl", "csa.databasePasswordFile",
            "facade.publicUrl",
            "central.relaunchAfterSeconds", "release.canaryFlow", "release.rampStepPercent",
            "release.breakerHistoryMarginPercent", "drain.oldestDays",
            "fence.csaListen", "fence.csaUpstream", "fence.portalListen",
            "fence.portalUpstream", "fence.centralListen", "fence.centralUpstream", "fence.certificateFile",
            "fence.certificateKeyFile", "fence.callbackAccount",
        ]
        for row in try rows() {
            guard let standard = row.standard else {
                #expect(withoutDefault.contains(row.key), "\(row.key) has a default")
                continue
            }
            let (configuration, diagnostics) = SluiceConfiguration.read(
                yaml: "", file: "", environment: [row.environmentName: standard])
            #expect(diagnostics.isEmpty, "\(row.key)")
            #expect(configuration == SluiceConfiguration(), "\(standard) is not the default of \(row.key)")
        }
    }

    /// The range is the one that the message about a wrong value names.
    @Test func saysTheRangeOfEachNumber() throws {
        var rangeCount = 0
        for row in try rows() {
            let (_, diagnostics) = SluiceConfiguration.read(
                yaml: "", file: "", environment: [row.environmentName: "?"])
            guard let range = diagnostics.compactMap({ $0.message.firstMatch(of: /from (\d+ to \d+)/)?.1 }).first
            else { continue }
            rangeCount += 1
            #expect(row.values == range, "\(row.key)")
        }
        #expect(rangeCount > 0)
    }

    @Test func showsTheSampleAsItIs() throws {
        let text = try text()
        let start = try #require(text.range(of: "```yaml\n"))
        let end = try #require(text.range(of: "```", range: start.upperBound..<text.endIndex))
        #expect(text[start.upperBound..<end.lowerBound] == SluiceConfiguration.sampleYAML)
    }

    private func rows() throws -> [Row] { try text().split(separator: "\n").compactMap { Row($0) } }

    private func text() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: Self.page), encoding: .utf8)
    }
}

import Foundation
import SluiceContent
import Testing

/// Any one text or attribute that changes in a document is a difference.
@Suite struct PackDifferencePropertyTests {
    typealias Fixtures = DifferenceFixtures

    /// Ranges of every text and attribute value of an XML document.
    private static func values(of text: String) throws -> [Range<String.Index>] {
        var ranges: [Range<String.Index>] = []
        let patterns = [">([^<>]*[^<>\\s][^<>]*)<", " [a-zA-Z]+=\"([^\"]*)\""]
        for pattern in try patterns.map({ try Regex<(Substring, Substring)>($0) }) {
            var start = text.range(of: "?>")?.upperBound ?? text.startIndex
            while let match = try pattern.firstMatch(in: text[start...]) {
                let value = match.output.1
                ranges.append(value.startIndex..<value.endIndex)
                start = value.endIndex
            }
        }
        return ranges
    }

    @Test func anyTextOrAttributeOfTheFixtureCounts() throws { try check(Fixtures.flow, at: Fixtures.flowPath) }

    @Test func anyTextOrAttributeOfTheOperationCounts() throws {
        try check(Fixtures.operation, at: Fixtures.operationPath)
    }

    @Test func anyTextOrAttributeOfTheGateFlowCounts() throws {
        let path = SharedFiles.gatePack + "/Content/Library/Sluice/Maintenance Gate.xml"
        try check(String(contentsOfFile: path, encoding: .utf8), at: "Content/Library/Gate.xml", every: 31)
    }

    private func check(_ text: String, at path: String, every step: Int = 1) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "a/\(path)")
        let ranges = try Self.values(of: text)
        #expect(ranges.count > 20)
        let layout = ["x", "y", "width", "height", "layer", "hideInbound", "baseIcon", "basePath", "readOnly"]
        for range in stride(from: 0, to: ranges.count, by: step).map({ ranges[$0] }) {
            let old = text[range]
            let changed = text.replacingCharacters(in: range, with: old == "true" ? "false" : old + "1")
            try folder.write(changed, to: "b/\(path)")
            let difference = PackComparison().compare(from: folder.path + "/a", to: folder.path + "/b")
            let before = text[..<range.lowerBound].suffix(60)
            let isLayout = layout.contains { before.hasSuffix("<\($0)>") } || before.contains("<iconSpec")
            #expect(difference.verdict == (isLayout ? .layoutOnly : .differs), "…\(before)")
        }
    }

    /// Lines of a CloudSlang file whose last character is changed, where that leaves YAML.
    @Test(arguments: [Fixtures.slang, Fixtures.slangOperation])
    func anyLineOfACloudSlangFileCounts(text: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "a/Content/Library/f.sl")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (index, line) in lines.enumerated() where line.last?.isLetter == true || line.last?.isNumber == true {
            var changed = lines
            changed[index] = line + "x"
            try folder.write(changed.joined(separator: "\n"), to: "b/Content/Library/f.sl")
            let difference = PackComparison().compare(from: folder.path + "/a", to: folder.path + "/b")
            #expect(difference.verdict == .differs, "\(line)")
        }
    }
}

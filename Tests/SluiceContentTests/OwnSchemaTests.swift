import Foundation
import SluiceContent
import SluiceModel
import Testing

/// What we write is valid by OO's own schema, as far as real documents are (oo-content-pack.md section 6, advice 2).
@Suite struct OwnSchemaTests {
    private static let golden = GoldenPackTests.Golden(
        key: "", repository: "pe-pan+oo2java", commit: "79127429", subfolder: "")
    private static let isHere =
        golden.gitDirectory != nil && SharedFiles.exists("/usr/bin/xmllint") && GoldenPackTests.areHere

    /// Runs a program and answers what it said, both ways.
    private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    /// The documents of a project that the schema refuses, without the three things that it is known not to have.
    private func refused(_ project: String, schema: String, in folder: TemporaryFolder) throws -> [String] {
        let files = SharedFiles.files(below: project, suffix: ".xml").filter {
            $0.lowercased().contains("/content/") && !$0.contains("/.")
        }
        #expect(!files.isEmpty)
        var copies: [String] = []
        for (number, file) in files.enumerated() {
            var text = try String(contentsOfFile: file, encoding: .utf8)
            for known in [
                "(?s)<descriptionCdata>.*?</descriptionCdata>", "<encrypted>[^<]*</encrypted>",
                "(?<=<type>)NASHORN(?=</type>)",
            ] {
                text = text.replacingOccurrences(
                    of: known, with: known.hasSuffix("</type>)") ? "RHINO" : "", options: .regularExpression)
            }
            try folder.write(text, to: "copies/\(number).xml")
            copies.append("\(folder.path)/copies/\(number).xml")
        }
        let result = try run(["/usr/bin/xmllint", "--noout", "--schema", schema] + copies)
        return result.output.split(separator: "\n").filter { !$0.hasSuffix(" validates") }.map(String.init)
    }

    @Test(
        .enabled(
            if: isHere,
            "needs xmllint and, in ../.mirror, pe-pan/oo2java (OO's schema) and the four projects of the reference"))
    func isValidByOOsSchema() throws {
        let folder = try TemporaryFolder()
        _ = try Self.golden.extract(into: folder)
        let schema = folder.path + "/src/main/resources/oo.xsd"
        let own = try TemporaryFolder()
        #expect(try refused(SharedFiles.gatePack, schema: schema, in: own) == [])
        let example = URL(fileURLWithPath: SharedFiles.gatePack).deletingLastPathComponent().path + "/Examples/nightly"
        #expect(try refused(example, schema: schema, in: TemporaryFolder()) == [])
        let gated = own.path + "/gated"
        #expect(!PackGating().gate(path: example, output: gated, options: .init()).hasErrors)
        #expect(try refused(gated, schema: schema, in: TemporaryFolder()) == [])
        for golden in GoldenPackTests.all {
            let source = try TemporaryFolder()
            let project = try golden.extract(into: source)
            let before = try refused(project, schema: schema, in: TemporaryFolder())
            let out = try TemporaryFolder()
            var options = PackGating.Options()
            options.all = true
            let report = PackGating().gate(path: project, output: out.path + "/gated", options: options)
            #expect(!report.hasErrors && !report.changes.isEmpty, "\(golden.key): \(report.diagnostics)")
            let after = try refused(out.path + "/gated", schema: schema, in: TemporaryFolder())
            #expect(after.count <= before.count, "\(golden.key): \(after)")
        }
    }

    /// The schema does refuse: a check that has never been red is none.
    @Test(.enabled(if: isHere, "needs xmllint and pe-pan/oo2java in ../.mirror"))
    func theSchemaRefusesWhatOOHasNot() throws {
        let folder = try TemporaryFolder()
        _ = try Self.golden.extract(into: folder)
        let wrong = try TemporaryFolder()
        try wrong.write("<flow id='x'><name>x</name><gate/></flow>", to: "p/Content/Library/x.xml")
        let found = try refused(
            wrong.path + "/p", schema: folder.path + "/src/main/resources/oo.xsd", in: TemporaryFolder())
        #expect(found.contains { $0.contains("gate") })
    }
}

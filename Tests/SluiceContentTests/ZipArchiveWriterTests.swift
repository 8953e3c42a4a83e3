import Foundation
import SluiceModel
import Testing

@testable import SluiceContent

/// Archives as we write them: the same bytes each time, readable by others, and nothing half-written.
@Suite struct ZipArchiveWriterTests {
    private static let entries = [
        ZipArchiveWriter.Entry(name: "META-INF/MANIFEST.MF", bytes: []),
        ZipArchiveWriter.Entry(name: "Content/Library/Ünter/a b.xml", bytes: Array(repeating: 65, count: 70_000)),
        ZipArchiveWriter.Entry(name: "x", bytes: Array("short".utf8)),
    ]

    @Test func readsBackWhatWasWrittenInTheGivenOrder() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.jar"
        try ZipArchiveWriter.write(Self.entries, to: path)
        var diagnostics: [Diagnostic] = []
        let reader = try #require(ZipArchiveReader(path: path, diagnostics: &diagnostics))
        #expect(reader.entries.map(\.name) == Self.entries.map(\.name))
        for (entry, written) in zip(reader.entries, Self.entries) {
            var bytes: [UInt8] = []
            #expect(
                reader.read(entry) {
                    bytes += $0; return true
                } == nil)
            #expect(bytes == written.bytes)
        }
        #expect(diagnostics.isEmpty && reader.diagnostics.isEmpty)
    }

    @Test func givesTheSameBytesEachTime() throws {
        let folder = try TemporaryFolder()
        let paths = ["a.jar", "b.jar"].map { folder.path + "/" + $0 }
        for path in paths { try ZipArchiveWriter.write(Self.entries, to: path) }
        #expect(try Data(contentsOf: URL(filePath: paths[0])) == Data(contentsOf: URL(filePath: paths[1])))
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/env")))
    func othersReadIt() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.jar"
        try ZipArchiveWriter.write(Self.entries, to: path)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-m", "zipfile", "-t", path]
        process.standardOutput = Pipe()
        process.standardError = Pipe()
        try process.run()
        process.waitUntilExit()
        // 127: there is no python3 here.
        #expect([0, 127].contains(process.terminationStatus))
    }

    @Test func leavesNothingBehindWhenAnEntryCannotBeWritten() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array("before".utf8), to: "a.jar")
        let bad = Self.entries + [ZipArchiveWriter.Entry(name: "", bytes: [])]
        #expect(throws: ContentError.self) { try ZipArchiveWriter.write(bad, to: path) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.jar"])
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("before".utf8))
    }

    @Test func leavesNothingBehindWhenTheNameIsAFolder() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/taken"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(throws: ContentError.self) { try ZipArchiveWriter.write(Self.entries, to: path) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["taken"])
    }

    @Test func refusesTwoEntriesOfOneNameAndTooMany() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.jar"
        #expect(throws: ContentError.self) { try ZipArchiveWriter.write(Self.entries + Self.entries, to: path) }
        let many = (0...ZipArchiveWriter.entryCountMax).map { ZipArchiveWriter.Entry(name: "\($0)", bytes: []) }
        #expect(throws: ContentError.self) { try ZipArchiveWriter.write(many, to: path) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }
}

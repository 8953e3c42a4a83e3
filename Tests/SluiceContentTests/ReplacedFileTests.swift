import Foundation
import Testing

@testable import SluiceContent

/// What is written takes the place of a file, and of nothing else.
@Suite struct ReplacedFileTests {
    private func write(_ path: String) throws(ContentError) {
        let file = try ReplacedFile(path: path)
        try file.write(Array("new".utf8))
        try file.commit()
    }

    private func status(_ path: String) -> stat {
        var status = stat()
        #expect(lstat(path, &status) == 0)
        return status
    }

    @Test func takesNoPipeFolderOrLostLinkAway() throws {
        let folder = try TemporaryFolder()
        let paths = ["pipe", "folder", "link"].map { folder.path + "/" + $0 }
        #expect(mkfifo(paths[0], 0o600) == 0 && mkdir(paths[1], 0o700) == 0 && symlink("nowhere", paths[2]) == 0)
        for path in paths {
            let before = status(path).st_mode
            #expect(throws: ContentError.self) { try write(path) }
            #expect(status(path).st_mode == before)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == paths.count)
    }

    @Test func replacesWhatALinkNamesAndKeepsItsRights() throws {
        let folder = try TemporaryFolder()
        try folder.write("old", to: "real")
        let (real, link) = (folder.path + "/real", folder.path + "/link")
        #expect(chmod(real, 0o640) == 0 && symlink("real", link) == 0)
        try write(link)
        #expect(status(link).st_mode & S_IFMT == S_IFLNK)
        #expect(status(real).st_mode & 0o7777 == 0o640)
        #expect(try String(contentsOfFile: real, encoding: .utf8) == "new")
    }

    @Test func passesByWhatAKilledProgramOfTheSameNumberLeft() throws {
        // In a container the number is often the same each time.
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.jar"
        try folder.write("half", to: "a.jar.\(getpid()).partial")
        try write(path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
        #expect(mkdir(folder.path + "/out.\(getpid()).partial", 0o700) == 0)
        try folder.write(Documents.properties, to: "in/contentpack.properties")
        try folder.write(GatingFixtures.flow(), to: "in/Content/Library/Nightly.xml")
        let report = PackGating().gate(path: folder.path + "/in", output: folder.path + "/out/", options: .init())
        #expect(!report.hasErrors, "\(report.diagnostics)")
        #expect(FileManager.default.fileExists(atPath: folder.path + "/out/Content/Library/Nightly.xml"))
    }
}

import Foundation
import Testing

/// The site of other tests.
@Suite struct TestSiteTests {
    @Test func endsByItselfWhenATestThrowsBeforeItsEnd() async throws {
        func run() async throws -> URL {
            let site = try await TestSite()
            await #expect(throws: (any Error).self) {
                try await site.start(["SLUICE_LISTEN": "no address"], within: .seconds(1))
            }
            return site.folder
        }
        let folder = try await run()
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
}

import Foundation
import SluiceFuzzing
import Testing

/// The fuzzer's seeds and past findings, through the same invariants without the fuzzer.
@Suite struct FuzzCorpusTests {
    private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fuzz/corpus").path

    @Test(arguments: FuzzTarget.allCases)
    func everySeedKeepsTheInvariants(target: FuzzTarget) throws {
        let folder = Self.corpus + "/" + target.rawValue
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names.count >= 4)
        for name in names {
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
            #expect(throws: Never.self, "\(target.rawValue)/\(name)") { try target.check(bytes) }
        }
    }

    /// Every seed cut short at up to 40 places, and with a byte flipped there: what a damaged file looks like.
    @Test(arguments: FuzzTarget.allCases)
    func damagedSeedsKeepTheInvariants(target: FuzzTarget) throws {
        let folder = Self.corpus + "/" + target.rawValue
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
            for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
                var flipped = bytes
                flipped[place] ^= 0x41
                #expect(throws: Never.self, "\(target.rawValue)/\(name) cut at \(place)") {
                    try target.check(Array(bytes[..<place]))
                }
                #expect(throws: Never.self, "\(target.rawValue)/\(name) flipped at \(place)") {
                    try target.check(flipped)
                }
            }
        }
    }
}

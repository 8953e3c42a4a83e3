import Foundation
import SluiceContent
import SluiceModel
import Testing

/// Archives, good and hostile: what cannot be trusted is left out with a reason, the rest is read.
@Suite struct ZipArchiveTests {
    private static let good = TestZip.Entry("Content/Library/good.xml", Documents.flow(id: "good"))

    private func read(_ zip: TestZip, limits: ContentLimits = ContentLimits()) throws -> ContentPack {
        try read(bytes: zip.bytes, limits: limits)
    }

    private func read(bytes: [UInt8], limits: ContentLimits = ContentLimits()) throws -> ContentPack {
        let folder = try TemporaryFolder()
        return ContentPackReader(limits: limits).read(path: try folder.write(bytes, to: "pack.jar"))
    }

    /// Reads an archive of a good entry and others; the good one must survive, and one remark with this code stand.
    private func expect(
        _ code: String, _ entries: TestZip.Entry..., limits: ContentLimits = ContentLimits(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let pack = try read(TestZip([Self.good] + entries), limits: limits)
        #expect(pack.flows.map(\.id) == ["good"], sourceLocation: sourceLocation)
        let errors = pack.diagnostics.filter { $0.severity == .error }
        #expect(errors.map(\.code) == [code], "\(errors)", sourceLocation: sourceLocation)
        #expect(errors.allSatisfy { $0.file.contains("pack.jar") }, sourceLocation: sourceLocation)
    }

    @Test func readsStoredAndDeflatedEntries() throws {
        let pack = try read(
            TestZip(
                TestZip.Entry("Content/", []),
                TestZip.Entry("contentpack.properties", Array(Documents.properties.utf8), isStored: true), Self.good,
                TestZip.Entry("Content/Library/Ünter/b.xml", Array(Documents.flow(id: "b").utf8), isStored: true),
                TestZip.Entry("META-INF/MANIFEST.MF", []), TestZip.Entry("META-INF/X.RSA", [1])))
        #expect(pack.flows.map(\.path) == ["Content/Library/good.xml", "Content/Library/Ünter/b.xml"])
        #expect(pack.name == "Own Pack" && pack.isSigned && pack.diagnostics.isEmpty)
    }

    @Test func readsAnArchiveWithAComment() throws {
        var zip = TestZip(Self.good)
        zip.comment = Array("PK\u{5}\u{6} a comment that looks like a record".utf8)
        #expect(try read(zip).flows.count == 1)
    }

    @Test func refusesABomb() throws {
        let zeros = [UInt8](repeating: 0x20, count: 1 << 20)
        let pieces = [Array("<flow id=\"bomb\">".utf8)] + Array(repeating: zeros, count: 60)
        let bomb = TestZip.Entry("Content/Library/bomb.xml", pieces: pieces)
        #expect(bomb.packed.count < 100_000)
        try expect("zip-ratio", bomb)
    }

    @Test(arguments: ["../evil.xml", "Content/../../evil.xml", "/etc/evil.xml", "Content\\evil.xml", "a\0b.xml", ""])
    func refusesANameThatLeadsOutside(name: String) throws {
        try expect("zip-unsafe-name", TestZip.Entry(name, "<flow id=\"evil\"/>"))
    }

    @Test func refusesANameThatIsNotUTF8() throws {
        var entry = TestZip.Entry("Content/Library/x.xml", "<flow id=\"evil\"/>")
        entry.name = Array("Content/Library/".utf8) + [0xFF, 0xFE]
        try expect("zip-unsafe-name", entry)
    }

    @Test func keepsANameWithDotsInside() throws {
        let pack = try read(TestZip(TestZip.Entry("Content/Library/v1..2/...xml", Documents.flow(id: "dots"))))
        #expect(pack.flows.map(\.id) == ["dots"])
    }

    @Test func refusesEveryCopyOfADuplicateName() throws {
        let twin = TestZip.Entry("Content/Library/twin.xml", Documents.flow(id: "twin"))
        try expect("zip-duplicate", twin, twin)
    }

    @Test func refusesASecondNameForTheSameBytes() throws {
        var second = TestZip.Entry("Content/Library/b.xml", Documents.flow(id: "a"))
        second.sharesDataOf = 1
        let pack = try read(TestZip(Self.good, TestZip.Entry("Content/Library/a.xml", Documents.flow(id: "a")), second))
        // The local header has the first name, so only the second is a lie.
        #expect(pack.flows.map(\.id) == ["a", "good"])
        #expect(pack.diagnostics.filter { $0.severity == .error }.map(\.code) == ["zip-header"])
    }

    @Test func refusesAnEntryInsideAnother() throws {
        // The inner archive's entry is a whole local entry inside the stored bytes of the outer one.
        let inner = TestZip.Entry("Content/Library/inner.xml", Documents.flow(id: "inner"))
        let outer = TestZip.Entry("Content/Library/outer.bin", TestZip(inner).bytes, isStored: true)
        var bytes = TestZip(Self.good, outer, inner).bytes
        // Point the directory's record of `inner` at the copy inside `outer`.
        let innerName = Array("Content/Library/inner.xml".utf8)
        let places = bytes.indices.dropLast(innerName.count).filter {
            Array(bytes[$0..<$0 + innerName.count]) == innerName
        }
        let record = try #require(places.last) - 46
        let copy = try #require(places.first) - 30
        for index in 0..<4 { bytes[record + 42 + index] = UInt8(truncatingIfNeeded: copy >> (index * 8)) }
        let pack = try read(bytes: bytes)
        #expect(pack.flows.map(\.id) == ["good"])
        #expect(pack.diagnostics.filter { $0.severity == .error }.map(\.code) == ["zip-overlap", "zip-overlap"])
    }

    @Test func refusesAFlippedByte() throws {
        var entry = TestZip.Entry("Content/Library/b.xml", Array(Documents.flow(id: "b").utf8), isStored: true)
        entry.packed[200] ^= 0x20
        try expect("zip-checksum", entry)
    }

    @Test func refusesDamagedData() throws {
        var entry = TestZip.Entry("Content/Library/b.xml", Documents.flow(id: "b"))
        entry.packed[0] |= 0b110
        try expect("zip-damaged", entry)
    }

    @Test func refusesMoreDataThanDeclared() throws {
        var entry = TestZip.Entry("Content/Library/b.xml", Documents.flow(id: "b"))
        entry.size = 100
        try expect("zip-size", entry)
    }

    @Test func refusesLessDataThanDeclared() throws {
        var entry = TestZip.Entry("Content/Library/b.xml", Documents.flow(id: "b"))
        entry.size += 1
        try expect("zip-size", entry)
    }

    @Test func refusesEncryptionAndOtherMethods() throws {
        var secret = TestZip.Entry("Content/Library/b.xml", Documents.flow(id: "b"))
        secret.flags |= 1
        try expect("zip-encrypted", secret)
        var odd = TestZip.Entry("Content/Library/b.xml", Documents.flow(id: "b"))
        odd.method = 12
        try expect("zip-method", odd)
    }

    @Test func refusesALocalHeaderOfAnotherName() throws {
        var entry = TestZip.Entry("Content/Library/b.xml", Documents.flow(id: "b"))
        entry.localName = Array("Content/Library/c.xml".utf8)
        try expect("zip-header", entry)
    }

    @Test func holdsItsSizeLimits() throws {
        var limits = ContentLimits()
        limits.documentBytesMax = 4_000
        let large = TestZip.Entry(
            "Content/Library/b.xml", Documents.flow(id: "b", inside: String(repeating: " ", count: 4_000)))
        try expect("zip-entry-size", large, limits: limits)
        limits = ContentLimits()
        limits.archiveEntryCountMax = 1
        #expect(try read(TestZip(Self.good, large), limits: limits).diagnostics.map(\.code) == ["zip-too-many-entries"])
        limits = ContentLimits()
        limits.packBytesMax = Self.good.size + 10
        let pack = try read(TestZip(Self.good, large), limits: limits)
        #expect(pack.diagnostics.contains { $0.code == "zip-total-size" })
    }

    @Test func refusesAnArchiveCutAnywhere() throws {
        let bytes = TestZip(Self.good).bytes
        for count in stride(from: 0, to: bytes.count, by: 7) {
            let pack = try read(bytes: Array(bytes[..<count]))
            #expect(pack.flows.isEmpty && pack.hasErrors)
        }
    }

    @Test func refusesWhatIsNoArchive() throws {
        #expect(try read(bytes: Array("hello".utf8)).diagnostics.map(\.code) == ["zip-not-an-archive"])
        #expect(ContentPackReader().read(path: "/no/such/file").diagnostics.map(\.code) == ["file-not-found"])
        #expect(ContentPackReader().read(path: "/dev/null").diagnostics.map(\.code) == ["file-unreadable"])
    }

    @Test func survivesGarbageAndFlippedBits() throws {
        var random = SplitMix(state: 0x51_1C_E0)
        let twin = TestZip.Entry("Content/Library/b.xml", Array(Documents.flow(id: "b").utf8), isStored: true)
        let original = TestZip(Self.good, twin, TestZip.Entry("contentpack.properties", Documents.properties)).bytes
        let folder = try TemporaryFolder()
        for round in 0..<400 {
            var bytes = original
            if round % 10 == 0 {
                bytes = (0..<Int(random.next() % 4_096)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                if round % 20 == 0 { bytes += original.suffix(22) }
            } else {
                for _ in 0...(random.next() % 8) {
                    bytes[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
                }
            }
            let pack = ContentPackReader().read(path: try folder.write(bytes, to: "pack.jar"))
            // Whatever came out, it is bounded, and what is missing has a reason.
            #expect(pack.flows.count <= 2)
            #expect(pack.flows.count == 2 || !pack.diagnostics.isEmpty, "round \(round)")
        }
    }

    @Test func needsLittleMemoryForAHugeArchive() async {
        await #expect(processExitsWith: .success) {
            let line = Array((String(repeating: " ", count: 1_000) + "<a/>\n").utf8)
            let piece = [UInt8]((0..<1_000).map { _ in line }.joined())
            let pieces = [Array("<flow id=\"x\">".utf8)] + Array(repeating: piece, count: 60) + [Array("</flow>".utf8)]
            let entries = (0..<3).map { TestZip.Entry("Content/Library/\($0).xml", pieces: pieces) }
            let folder = try TemporaryFolder()
            let path = try folder.write(TestZip(entries).bytes, to: "pack.jar")
            var limits = ContentLimits()
            limits.archiveRatioMax = 5_000
            let before = try #require(peakMemoryKilobytes())
            let pack = ContentPackReader(limits: limits).read(path: path)
            let after = try #require(peakMemoryKilobytes())
            #expect(pack.flows.count == 3)
            #expect(after - before < 64 << 10, "grew by \(after - before) KiB over 180 MB of XML")
        }
    }
}

/// The process's peak resident memory.
func peakMemoryKilobytes() -> Int? {
    let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) }
}

/// A small seeded generator (Vigna's splitmix64): the same garbage in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

import Foundation
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

@testable import SluiceHoldFile

/// The file of exported holds: what is written is read again, and anything else is refused.
@Suite struct HoldFileTests {
    private let key: HoldFileKey

    init() throws { key = try HoldFileKey(text: String(repeating: "0f", count: 32), origin: "the test") }

    private static let salt = [UInt8](repeating: 7, count: SealedStream.saltByteCount)
    private static let start = HoldFileStart(
        exportedAt: Moment.fixture.wall, by: Principal("ann"), filters: "all", isWithRepresented: true)

    /// A file of these lines, and what it has in it.
    private func file(_ lines: [HoldFileLine]) throws -> [UInt8] {
        var writer = HoldFileWriter(key.secret(salt: Self.salt), salt: Self.salt)
        return try ([.start(Self.start)] + lines).flatMap { try writer.append($0) } + writer.finish()
    }

    private func read(_ bytes: [UInt8], _ other: HoldFileKey? = nil, step: Int = 1 << 20) throws -> [HoldFileLine] {
        var reader = HoldFileReader((other ?? key).secret(salt: try SealedStream.salt(ofHeader: bytes)))
        var lines: [HoldFileLine] = []
        for start in stride(from: 0, to: bytes.count, by: step) {
            lines += try reader.append(bytes[start..<min(start + step, bytes.count)])
        }
        return lines + (try reader.finish())
    }

    private static func hold(_ number: UInt64, secret: String = "s3cret") -> Hold {
        var request = LaunchRequest(flow: .fixture, source: .csa)
        request.inputs = [
            LaunchInput(name: "host", value: .clear("db\n\"1\" \u{1F600}")),
            LaunchInput(name: "password", value: .secret(Secret(secret))),
            LaunchInput(name: "none", value: .secret(Secret(""))),
        ]
        var hold = Hold.fixture(number, request: request)
        hold.arrival = 0
        hold.epoch = Epoch(0)
        return hold
    }

    @Test(arguments: [1, 16, 57, 65_552, 1 << 20])
    func readsWhatWasWritten(step: Int) throws {
        let large = Self.hold(3, secret: String(repeating: "x", count: 200_000))
        let lines: [HoldFileLine] = [
            .hold(Self.hold(1)), .leftOut(LeftOutHold(ticket: .fixture(2), state: .running, reason: "it runs")),
            .hold(large),
        ]
        // A step of one byte over 200,000 would only be slow.
        let part = step == 1 ? Array(lines.prefix(2)) : lines
        let count = HoldFileCount(holds: step == 1 ? 1 : 2, leftOut: 1)
        #expect(try read(file(part), step: step) == [.start(Self.start)] + part + [.end(count)])
    }

    @Test func theSameHoldsMakeAnotherFileEachTimeAndNoneShowsASecret() throws {
        let lines: [HoldFileLine] = [.hold(Self.hold(1))]
        let (one, other) = (try file(lines), try file(lines))
        #expect(one.count == other.count && one != other)
        #expect(Data(one).range(of: Data("s3cret".utf8)) == nil && Data(one).range(of: Data("host".utf8)) == nil)
    }

    @Test("no byte of a file can be changed", arguments: [1, 2])
    func refusesEachChangedByte(size: Int) throws {
        // The second is of several pieces.
        let secret = String(repeating: "x", count: size == 1 ? 6 : 150_000)
        let bytes = try file([.hold(Self.hold(1, secret: secret))])
        let places = size == 1 ? Array(bytes.indices) : Array(stride(from: 0, to: bytes.count, by: 997))
        for place in places {
            for bit: UInt8 in size == 1 ? [1, 128] : [16] {
                var changed = bytes
                changed[place] ^= bit
                #expect(throws: SealingError.self, "byte \(place)") { try read(changed) }
            }
        }
    }

    @Test("no file that is cut off, doubled or in another order is read")
    func refusesOtherPieces() throws {
        let bytes = try file([.hold(Self.hold(1, secret: String(repeating: "x", count: 200_000)))])
        let piece = SealedStream.chunkByteCount + 16
        let head = SealedStream.headerByteCount
        let ends = [0, 1, 8, head - 1, head, head + 1, head + piece, head + piece + 1, head + 2 * piece]
        for length in ends + Array(bytes.count - 20..<bytes.count) {
            #expect(throws: SealingError.self, "\(length) bytes") { try read(Array(bytes.prefix(length))) }
        }
        let (first, second) = (bytes[head..<(head + piece)], bytes[(head + piece)..<(head + 2 * piece)])
        let rest = bytes[(head + 2 * piece)...]
        let other = try file([.hold(Self.hold(1, secret: String(repeating: "y", count: 200_000)))])
        let start = bytes[..<head]
        let others: [[ArraySlice<UInt8>]] = [
            [start, second, first, rest], [start, first, first, second, rest], [start, second, rest],
            [start, first, rest], [bytes[...], rest], [bytes[...], [0]], [bytes[...], bytes[...]],
            [start, first, other[(head + piece)..<(head + 2 * piece)], rest], [other[..<head], bytes[head...]],
        ]
        let wrong = others.map { Array($0.joined()) }
        for (index, bytes) in wrong.enumerated() {
            #expect(throws: SealingError.self, "\(index)") { try read(bytes) }
        }
    }

    @Test func refusesAnotherKeyAndSaysSo() throws {
        let other = try HoldFileKey(text: String(repeating: "00", count: 32), origin: "the test")
        let bytes = try file([.hold(Self.hold(1))])
        let error = #expect(throws: SealingError.self) { try read(bytes, other) }
        #expect(error?.message.contains("another key") == true)
    }

    @Test("lines in an order that no version writes are refused, though their seal is right")
    func refusesOddLines() throws {
        let hold = HoldFileLine.hold(Self.hold(1))
        func bytes(_ lines: [HoldFileLine]) throws -> [UInt8] {
            var stream = SealedStream.Writer(key.secret(salt: Self.salt), salt: Self.salt)
            let text = try lines.flatMap {
                Array(try JSONEncoder().encode(HoldFileRecord($0))) + [UInt8(ascii: "\n")]
            }
            return try stream.append(text) + stream.finish()
        }
        let start = HoldFileLine.start(Self.start)
        let end = HoldFileLine.end(HoldFileCount(holds: 1))
        #expect(try read(bytes([start, hold, end])).count == 3)
        for lines in [
            [hold, end], [start, hold], [start, end], [start, start, hold, end], [start, hold, hold, end],
            [start, hold, end, hold], [], [start],
        ] {
            #expect(throws: SealingError.self, "\(lines.count)") { try read(bytes(lines)) }
        }
        var sealed = Self.hold(1)
        sealed.request.inputs[1].value = .sealed(SealedBytes([1]))
        #expect(throws: SealingError.self) { try file([.hold(sealed)]) }
    }

    @Test func readsAKeyFileOfItsOwnerAlone() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-key-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ text: String, mode: Int) throws -> String {
            let path = folder.appending(path: "key").path
            try? FileManager.default.removeItem(atPath: path)
            try Data(text.utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            return path
        }
        let base64 = "Dw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8="
        for text in [String(repeating: "0F", count: 32) + "\n", base64 + "\r\n", "  \(base64)"] {
            let loaded = try HoldFileKey.load(file: write(text, mode: 0o600))
            #expect(loaded.secret(salt: Self.salt).exposed == key.secret(salt: Self.salt).exposed)
            #expect("\(loaded) \(loaded.secret(salt: Self.salt))" == "‹key› ‹key›")
        }
        for mode in [0o640, 0o604, 0o620] {
            let error = #expect(throws: SealingError.self) { try HoldFileKey.load(file: write(base64, mode: mode)) }
            #expect(error?.message.contains("chmod 600") == true)
        }
        for text in ["", "x", String(repeating: "0f", count: 31), String(repeating: "0g", count: 32), base64 + base64] {
            let error = #expect(throws: SealingError.self) { try HoldFileKey.load(file: write(text, mode: 0o600)) }
            #expect(error?.message.contains("openssl rand") == true && error?.message.contains("Dw8P") == false)
        }
        #expect(throws: SealingError.self) { try HoldFileKey.load(file: folder.appending(path: "no").path) }
    }
}

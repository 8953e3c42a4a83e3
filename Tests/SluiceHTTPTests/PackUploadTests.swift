import Foundation
import HTTPTypes
import HummingbirdTesting
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceHTTP

/// A content pack on its way in: its size, its end, others beside it, and what is left of it.
@Suite(.timeLimit(.minutes(10)))
struct PackUploadTests {
    private static let path = "/v1/packs/Pack"

    /// A pack of exactly so many bytes.
    private static func pack(byteCount: Int) -> [UInt8] {
        let bytes = TestPack().bytes
        let line = Array("\nx ".utf8)
        let filling = line + Array(repeating: UInt8(ascii: "x"), count: byteCount - bytes.count - line.count)
        return Array(bytes.dropLast(4)) + filling + Array(bytes.suffix(4))
    }

    private static func head(_ headers: String...) -> String {
        RawRequest.text("PUT", path, as: .operator, headers: headers)
    }

    private func live(
        _ setup: Bench.Setup = .init(), _ body: @escaping @Sendable (Bench, Int) async throws -> Void
    ) async throws {
        try await Bench.run(setup, .live) { bench in try await body(bench, try #require(bench.client.base.port)) }
    }

    @Test func takesAPackOfTheLargestSizeAndNoneThatIsLarger() async throws {
        var setup = Bench.Setup()
        setup.bodyByteCountMax = 1024
        setup.packByteCountMax = 200_000
        try await live(setup) { bench, port in
            let whole = try await bench.client.send(
                .put, Self.path, as: .operator, bytes: Self.pack(byteCount: 200_000))
            #expect(whole.status == 201, "\(whole)")
            // Said beforehand: refused before a byte of it came.
            let said = try RawConnection(port: port)
            try said.send(Self.head("Content-Length: 200001"))
            let refused = try await said.answer()
            #expect(refused.status == 413 && refused.problem == "too-large" && refused["limit"] == 200_000)
            // Not said: refused when it has come.
            let unsaid = try RawConnection(port: port)
            try unsaid.send(Self.head("Transfer-Encoding: chunked"))
            let bytes = Self.pack(byteCount: 200_001)
            try unsaid.send("\(String(bytes.count, radix: 16))\r\n")
            try unsaid.send(bytes)
            try unsaid.send("\r\n0\r\n\r\n")
            #expect(try await unsaid.answer().status == 413)
            #expect(try await bench.memory.packHistory("Pack", limit: 5).count == 1)
        }
    }

    @Test func takesAPackInChunksWithoutALength() async throws {
        try await live { bench, port in
            let connection = try RawConnection(port: port)
            try connection.send(Self.head("Transfer-Encoding: chunked"))
            for byte in TestPack().bytes {
                try connection.send("1\r\n")
                try connection.send([byte])
                try connection.send("\r\n")
            }
            try connection.send("0\r\n\r\n")
            let reply = try await connection.answer()
            #expect(reply.status == 201)
            var digest = PackDigest()
            TestPack().bytes.withUnsafeBytes { digest.update($0) }
            #expect(reply["digest"]?.string == digest.text)
        }
    }

    @Test(arguments: [true, false])
    func loadsNothingOfAPackThatIsCutOff(isReset: Bool) async throws {
        try await live { bench, port in
            let bytes = TestPack().bytes
            for length in [0, 1, bytes.count - 5, bytes.count - 1] {
                let connection = try RawConnection(port: port)
                try connection.send(Self.head("Content-Length: \(bytes.count)"))
                try connection.send(Array(bytes.prefix(length)))
                if isReset { connection.reset() } else { connection.finishSending() }
                let answer = (try? await connection.rest()) ?? ""
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"), "\(answer)")
            }
            #expect(try await bench.memory.packs().isEmpty)
            // No place among the uploads is kept by those that are gone.
            try await bench.until { try await bench.put(TestPack()).status == 201 }
        }
    }

    /// Keeps readers waiting until a test lets them go.
    private final class Waiting: Sendable {
        private let state = Mutex((count: 0, isOver: false))
        var count: Int { state.withLock(\.count) }
        func end() { state.withLock { $0.isOver = true } }
        func wait() async {
            state.withLock { $0.count += 1 }
            while !state.withLock(\.isOver), !Task.isCancelled { await Task.yield() }
        }
    }

    @Test func loadsTwoAtOnceAndRefusesAThird() async throws {
        let waiting = Waiting()
        var setup = Bench.Setup()
        setup.packReader = { path in
            await waiting.wait()
            return TestPack.reading(of: path)
        }
        try await live(setup) { bench, port in
            func send(_ flow: String) throws -> RawConnection {
                let connection = try RawConnection(port: port)
                let bytes = TestPack(flows: [TestPack.flow(flow)]).bytes
                try connection.send(Self.head("Content-Length: \(bytes.count)"))
                try connection.send(bytes)
                return connection
            }
            let connections = try (0..<HTTPLimits.packUploadCountMax).map { try send("f\($0)") }
            try await bench.until { waiting.count == connections.count }
            let third = try await send("f9").answer()
            #expect(third.status == 503 && third.problem == "busy" && third.header("Retry-After") != nil, "\(third)")
            waiting.end()
            var statuses: [Int] = []
            for connection in connections { statuses.append(try await connection.answer().status) }
            #expect(statuses.sorted() == [200, 201])
            let history = try await bench.memory.packHistory("Pack", limit: 5)
            #expect(history.map(\.number) == [2, 1])
            #expect(bench.engine.packs.revisions == [history[0]], "what is in force is what was recorded last")
            #expect(bench.engine.inventory[history[0].flows[0].id] != nil)
            #expect(bench.engine.inventory[history[1].flows[0].id] == nil)
        }
    }

    @Test func leavesNoFileBehindAndShowsItToNobody() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-upload-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let seen = Mutex<[String]>([])
        var setup = Bench.Setup()
        setup.packFolder = folder
        setup.packReader = { path in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? ["unreadable"]
            seen.withLock { $0 += names }
            return TestPack.reading(of: path)
        }
        try await Bench.run(setup) { bench in
            #expect(try await bench.put(TestPack()).status == 201)
            #expect(seen.withLock { $0 } == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
            try FileManager.default.removeItem(atPath: folder)
            let reply = try await bench.put(TestPack(version: "2"))
            #expect(reply.status == 507 && reply.problem == "no-space", "\(reply)")
            #expect(!reply.text.contains(folder))
        }
    }
}

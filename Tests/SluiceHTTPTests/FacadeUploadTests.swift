import AsyncHTTPClient
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import SluiceHTTP

/// Bodies too large to keep, and answers that do not wait for them.
@Suite(.timeLimit(.minutes(10)))
struct FacadeUploadTests {
    /// Resident memory of this process, in bytes.
    private static func memory() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (Int(text.split(separator: " ")[1]) ?? 0) * 4096
    }

    @Test("200 MB up and 200 MB down pass in bounded memory")
    func streams() async throws {
        let piece = ByteBuffer(repeating: 7, count: 64 * 1024)
        let count = 3200
        let received = Mutex(0)
        let peak = Mutex(0)
        try await FacadePassingTests.run(
            bodyCountMax: 0,
            answering: { request in
                for try await part in request.body {
                    let total = received.withLock { total in
                        total += part.readableBytes
                        return total
                    }
                    if total % (8 << 20) < part.readableBytes, let now = try? Self.memory() {
                        peak.withLock { $0 = max($0, now) }
                    }
                }
                return Response(
                    status: .ok,
                    body: .init { writer in
                        for _ in 0..<count { try await writer.write(piece) }
                        try await writer.finish(nil)
                    })
            }
        ) { bench, _, _ in
            let before = try Self.memory()
            var request = HTTPClientRequest(url: "\(bench.url)/oo/rest/v2/deployments/7/files")
            request.method = .POST
            let pieces = AsyncStream<ByteBuffer> { continuation in
                // Buffers share their bytes: what waits here costs nothing.
                for _ in 0..<count { continuation.yield(piece) }
                continuation.finish()
            }
            request.body = .stream(pieces, length: .known(Int64(count * piece.readableBytes)))
            let response = try await bench.http.execute(request, timeout: .seconds(150))
            #expect(response.status == .ok)
            var total = 0
            for try await part in response.body {
                total += part.readableBytes
                if total % (8 << 20) < part.readableBytes {
                    let now = try Self.memory()
                    peak.withLock { $0 = max($0, now) }
                }
            }
            #expect(total == count * piece.readableBytes)
            #expect(received.withLock { $0 } == total)
            let grown = peak.withLock { $0 } - before
            #expect(grown < 64 << 20, "grew by \(grown >> 20) MB")
        }
    }

    @Test("an answer that comes before the upload is whole reaches the client, and the connection stays in step")
    func answersEarly() async throws {
        try await FacadePassingTests.run(
            bodyCountMax: 0,
            answering: { request in
                request.method == .put
                    ? Response(status: .unauthorized, body: .init(byteBuffer: ByteBuffer(string: "who?")))
                    : Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "ok")))
            }
        ) { bench, _, _ in
            for _ in 0..<20 {
                var request = HTTPClientRequest(url: "\(bench.url)/oo/x")
                request.method = .PUT
                request.body = .bytes(ByteBuffer(repeating: 1, count: 1 << 20))
                let reply = try? await bench.send(request)
                // Central may close while we send; then it is a 502, but never a hang or a crash.
                if let reply { #expect([401, 502].contains(reply.status)) }
                let next = try await bench.send(.GET, "/oo/y")
                #expect(next.text == "ok")
            }
        }
    }
}

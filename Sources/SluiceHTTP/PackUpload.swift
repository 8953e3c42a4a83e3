import HTTPTypes
import Hummingbird
import SluiceJSON
import Synchronization

/// A content pack's bytes as they were sent, on disk for as long as they are read.
struct PackUpload: Sendable {
    let file: PrivateFile
    /// SHA-256 in hexadecimal.
    let digest: String

    /// Streams a request's body into a private file.
    /// - Throws: A 400, 413 or 507 problem; nothing is left behind then.
    static func receive(_ request: Request, byteCountMax: Int, folder: String) async throws -> PackUpload {
        // Whoever says that it is too large need not send it.
        if let text = request.headers[.contentLength], let count = Int(text), count > byteCountMax {
            throw tooLarge(byteCountMax)
        }
        do {
            let file = try PrivateFile(in: folder)
            var digest = PackDigest()
            var count = 0
            for try await buffer in request.body {
                count += buffer.readableBytes
                guard count <= byteCountMax else { throw tooLarge(byteCountMax) }
                try buffer.withUnsafeReadableBytes { bytes throws(PrivateFile.Failure) in
                    digest.update(bytes)
                    try file.append(bytes)
                }
            }
            return PackUpload(file: file, digest: digest.text)
        } catch let problem as Problem {
            throw problem
        } catch let failure as PrivateFile.Failure {
            throw Problem(
                status: .init(code: 507, reasonPhrase: "Insufficient Storage"), type: "no-space",
                title: "The pack cannot be kept while it is read",
                detail: "a file in the folder for temporary files (TMPDIR) cannot be written: \(failure.message)")
        } catch {
            throw Problem.badRequest(
                "cut-body", "the body ended, or its framing broke, before it was whole; nothing was loaded")
        }
    }

    private static func tooLarge(_ byteCountMax: Int) -> Problem {
        Problem(
            status: .contentTooLarge, type: "too-large", title: "The pack is too large",
            detail: "it has more than \(byteCountMax) bytes (limits.packBytes)",
            members: [("limit", .number(JSONNumber(byteCountMax)))])
    }
}

/// Bounds how many packs are received and read at the same time: each costs disk, memory and a thread.
final class PackUploadSlots: Sendable {
    private let takenCount = Mutex(0)

    /// Runs a load, or refuses it when as many as may are running.
    /// - Throws: A 503 problem; what the load throws.
    func run<Value>(_ load: () async throws -> Value) async throws -> Value {
        let isTaken = takenCount.withLock { count in
            guard count < HTTPLimits.packUploadCountMax else { return false }
            count += 1
            return true
        }
        guard isTaken else {
            throw Problem(
                status: .serviceUnavailable, type: "busy", title: "Other packs are being loaded",
                detail: "\(HTTPLimits.packUploadCountMax) content packs are being loaded; send it again",
                retryAfterSeconds: 5)
        }
        defer { takenCount.withLock { $0 -= 1 } }
        return try await load()
    }
}

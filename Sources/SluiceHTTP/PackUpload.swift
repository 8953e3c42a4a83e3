import HTTPTypes
import Hummingbird
import SluiceJSON

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

import HTTPTypes
import Hummingbird
import SluiceHoldFile
import SluiceJSON
import SluicePorts
import SluiceSealing

/// A file of exported holds as it was sent, on disk without a name for as long as it is read; what it says is sealed.
struct HoldFileUpload: Sendable {
    private let file: PrivateFile

    /// Bytes read at once.
    private static let pieceByteCount = 256 * 1024

    /// Streams a request's body into a private file.
    /// - Throws: A 400, 413 or 507 problem; nothing is left behind then.
    static func receive(_ request: Request, byteCountMax: Int, folder: String) async throws -> HoldFileUpload {
        // Whoever says that it is too large need not send it.
        if let text = request.headers[.contentLength], let count = Int(text), count > byteCountMax {
            throw tooLarge(byteCountMax)
        }
        do {
            let file = try PrivateFile(in: folder)
            var count = 0
            for try await buffer in request.body {
                count += buffer.readableBytes
                guard count <= byteCountMax else { throw tooLarge(byteCountMax) }
                try buffer.withUnsafeReadableBytes { bytes throws(PrivateFile.Failure) in try file.append(bytes) }
            }
            return HoldFileUpload(file: file)
        } catch let problem as Problem {
            throw problem
        } catch let failure as PrivateFile.Failure {
            throw noSpace(failure)
        } catch {
            throw Problem.badRequest(
                "cut-body", "the body ended, or its framing broke, before it was whole; nothing was stored")
        }
    }

    /// Its lines, from the beginning to the end.
    func lines(_ secret: HoldFileSecret) -> Lines { Lines(upload: self, reader: HoldFileReader(secret)) }

    /// The lines of a file in order, some at a time.
    struct Lines {
        fileprivate let upload: HoldFileUpload
        fileprivate var reader: HoldFileReader
        private var offset = 0
        /// Bytes of the file that were read.
        var byteCount: Int { offset }
        private var isOver = false

        fileprivate init(upload: HoldFileUpload, reader: HoldFileReader) {
            self.upload = upload
            self.reader = reader
        }

        /// - Returns: nil at the end of a file that is whole.
        /// - Throws: A problem when it is not whole and as it was made.
        mutating func next() throws -> [HoldFileLine]? {
            guard !isOver else { return nil }
            do {
                let piece = try upload.file.read(at: offset, count: HoldFileUpload.pieceByteCount)
                offset += piece.count
                guard piece.isEmpty else { return try reader.append(piece) }
                isOver = true
                return try reader.finish()
            } catch let error as SealingError {
                throw HoldFileUpload.unreadable(error)
            } catch let failure as PrivateFile.Failure {
                throw HoldFileUpload.noSpace(failure)
            }
        }
    }

    static func unreadable(_ error: SealingError) -> Problem {
        Problem(
            status: .unprocessableContent, type: "hold-file-unreadable", title: "The file of holds cannot be read",
            detail: "\(error.message); nothing was stored")
    }

    private static func noSpace(_ failure: PrivateFile.Failure) -> Problem {
        Problem(
            status: .init(code: 507, reasonPhrase: "Insufficient Storage"), type: "no-space",
            title: "The file cannot be kept while it is read",
            detail: "a file in the folder for temporary files (TMPDIR) cannot be used: \(failure.message)")
    }

    private static func tooLarge(_ byteCountMax: Int) -> Problem {
        Problem(
            status: .contentTooLarge, type: "too-large", title: "The file of holds is too large",
            detail: "it has more than \(byteCountMax) bytes (limits.holdFileBytes); export the holds in parts",
            members: [("limit", .number(JSONNumber(byteCountMax)))])
    }
}

internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// An answer of CSA's, read to its end.
struct CSAAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    /// Whether it is a page for people; XML begins with `<` too, so it is told by its type or its first tag.
    var isHTML: Bool {
        if headers.first(name: "content-type")?.lowercased().contains("html") == true { return true }
        let start = String(decoding: body.drop { (0x09...0x20).contains($0) }.prefix(64), as: UTF8.self).lowercased()
        return start.hasPrefix("<!doctype html") || start.hasPrefix("<html")
    }

    /// Whether a server says that CSA behind it, or in it, is not there yet.
    var isStarting: Bool { status == 502 || status == 503 || status == 504 }

    var statusText: String { "\(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)" }
}

/// Why there is no answer.
enum CSATrouble: Error {
    /// No whole answer within the time given.
    case timedOut
    /// Whoever asked gave up.
    case cancelled
    /// The answer is longer than allowed.
    case tooLong(Int)
    /// The answer ended before its announced length.
    case cut
    /// The connection failed, before or after the request was sent.
    case failed(String)

    /// Completes a sentence that begins with method and path.
    var sentence: String {
        switch self {
        case .timedOut: "gave no whole answer in time"
        case .cancelled: "was cancelled"
        case .tooLong(let limit): "answered more than \(limit) bytes"
        case .cut: "broke its answer off"
        case .failed(let cause): "failed: \(cause)"
        }
    }

    /// Whether another try of a read may help.
    var isWorthRetry: Bool {
        switch self {
        case .cut, .failed: true
        case .timedOut, .cancelled, .tooLong: false
        }
    }
}

/// One exchange over the wire, bounded in time and size.
struct CSATransport: Sendable {
    let client: HTTPClient

    /// Never follows a redirect and never tries again.
    func exchange(
        _ request: HTTPClientRequest, bytesMax: Int, within limit: Duration
    ) async -> Result<CSAAnswer, CSATrouble> {
        await withTaskGroup(of: Result<CSAAnswer, CSATrouble>?.self) { group in
            group.addTask { await perform(request, bytesMax: bytesMax, within: limit) }
            group.addTask {
                do {
                    try await Task.sleep(for: limit, clock: .continuous)
                    return .failure(.timedOut)
                } catch {
                    return nil
                }
            }
            var first: Result<CSAAnswer, CSATrouble>?
            for await result in group where first == nil && result != nil {
                first = result
                group.cancelAll()
            }
            return first ?? .failure(.cancelled)
        }
    }

    private func perform(
        _ request: HTTPClientRequest, bytesMax: Int, within limit: Duration
    ) async -> Result<CSAAnswer, CSATrouble> {
        do {
            let response = try await client.execute(request, timeout: TimeAmount(limit))
            let buffer = try await response.body.collect(upTo: bytesMax)
            // A cancelled read may end early without an error.
            guard !Task.isCancelled else { return .failure(.cancelled) }
            let body = Array(buffer.readableBytesView)
            if let length = response.headers.first(name: "content-length"), let announced = Int(length),
                announced != body.count
            {
                return .failure(.cut)
            }
            return .success(
                CSAAnswer(status: Int(response.status.code), headers: response.headers, body: body))
        } catch is NIOTooManyBytesError {
            return .failure(.tooLong(bytesMax))
        } catch is CancellationError {
            return .failure(.cancelled)
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            return .failure(.timedOut)
        } catch {
            return .failure(.failed(NetworkCause.sentence(of: error)))
        }
    }
}

internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// An answer of Central's, read to its end.
struct CentralAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    /// Whether the answer said how long it is, so that a cut one would have been noticed.
    var isFramed: Bool { headers.contains(name: "content-length") || headers.contains(name: "transfer-encoding") }

    /// Whether it is a page for people.
    var isHTML: Bool {
        if let type = headers.first(name: "content-type")?.lowercased() { return type.contains("html") }
        return body.first { !(0x09...0x20).contains($0) } == UInt8(ascii: "<")
    }

    var statusText: String { "\(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)" }
}

/// Why there is no answer.
enum CentralTrouble: Error {
    /// No whole answer within the time given.
    case timedOut
    /// Whoever asked gave up.
    case cancelled
    /// The answer is longer than allowed.
    case tooLong(Int)
    /// The answer ended before its announced length.
    case cut
    /// The connection was closed without a word: it may have been a kept one that was closed meanwhile.
    case closed(String)
    /// The connection failed, before or after the request was sent.
    case failed(String)

    /// Completes a sentence that begins with method and path.
    var sentence: String {
        switch self {
        case .timedOut: "gave no whole answer in time"
        case .cancelled: "was cancelled"
        case .tooLong(let limit): "answered more than \(limit) bytes"
        case .cut: "broke its answer off"
        case .closed(let cause), .failed(let cause): "failed: \(cause)"
        }
    }

    /// Whether another try of a read may help.
    var isWorthRetry: Bool {
        switch self {
        case .cut, .closed, .failed: true
        case .timedOut, .cancelled, .tooLong: false
        }
    }
}

/// One exchange over the wire, bounded in time and size.
struct CentralTransport: Sendable {
    let client: HTTPClient

    /// Never follows a redirect and never tries again.
    func exchange(
        _ request: HTTPClientRequest, bytesMax: Int, within limit: Duration
    ) async -> Result<CentralAnswer, CentralTrouble> {
        await withTaskGroup(of: Result<CentralAnswer, CentralTrouble>?.self) { group in
            group.addTask { await perform(request, bytesMax: bytesMax, within: limit) }
            group.addTask {
                do {
                    try await Task.sleep(for: limit, clock: .continuous)
                    return .failure(.timedOut)
                } catch {
                    return nil
                }
            }
            var first: Result<CentralAnswer, CentralTrouble>?
            for await result in group where first == nil && result != nil {
                first = result
                group.cancelAll()
            }
            return first ?? .failure(.cancelled)
        }
    }

    private func perform(
        _ request: HTTPClientRequest, bytesMax: Int, within limit: Duration
    ) async -> Result<CentralAnswer, CentralTrouble> {
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
                CentralAnswer(status: Int(response.status.code), headers: response.headers, body: body))
        } catch is NIOTooManyBytesError {
            return .failure(.tooLong(bytesMax))
        } catch is CancellationError {
            return .failure(.cancelled)
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            return .failure(.timedOut)
        } catch {
            let cause = NetworkCause.sentence(of: error)
            return .failure(NetworkCause.isClosing(error) ? .closed(cause) : .failed(cause))
        }
    }
}

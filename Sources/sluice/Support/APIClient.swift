import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SluiceJSON
import SluiceModel

/// Speaks to one Sluice server: JSON both ways, a deadline on every request, bounded answers, no redirects.
struct APIClient: Sendable {
    let address: ServerAddress
    private let token: Secret?
    private let client: HTTPClient

    /// Largest answer taken.
    static let answerBytesMax = 16 << 20
    /// Longest time a connection may take to come about.
    static let connectTimeout: TimeAmount = .seconds(10)

    /// - Parameter silenceMax: How long a server may send nothing within an answer; nil: as long as the deadline lasts.
    init(address: ServerAddress, token: Secret?, silenceMax: TimeAmount? = nil) {
        self.address = address
        self.token = token
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: Self.connectTimeout, read: silenceMax))
        configuration.httpVersion = .http1Only
        // Whoever wants to try again does it here, and can say so.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(configuration: configuration)
    }

    /// Whether somebody on the way could read the token.
    var sendsTokenInClear: Bool { token != nil && !address.isPrivate }

    /// Call once, last.
    func shutDown() async { try? await client.shutdown() }

    /// Sends a request and reads the whole answer, whatever its status.
    func send(_ request: APIRequest, within timeout: Duration) async throws(APITrouble) -> APIAnswer {
        let message = message(request, accepting: "application/json, application/problem+json")
        let deadline = NIODeadline.now() + .nanoseconds(max(1, timeout.wholeMilliseconds) * 1_000_000)
        do {
            let response = try await client.execute(message, deadline: deadline)
            let buffer = try await response.body.collect(upTo: Self.answerBytesMax)
            return APIAnswer(
                status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"),
                contentType: response.headers.first(name: "Content-Type"), bytes: Array(buffer.readableBytesView))
        } catch {
            throw APITrouble(error, at: address)
        }
    }

    private func message(_ request: APIRequest, accepting media: String) -> HTTPClientRequest {
        var message = HTTPClientRequest(url: address.base + request.target)
        message.method = .RAW(value: request.method)
        message.headers.add(name: "Accept", value: media)
        message.headers.add(name: "User-Agent", value: "sluice-cli/\(Sluice.version)")
        if let token { message.headers.add(name: "Authorization", value: "Bearer \(token.exposed)") }
        for (name, value) in request.headers { message.headers.add(name: name, value: value) }
        if let body = request.body {
            message.headers.add(name: "Content-Type", value: "application/json")
            message.body = .bytes(body.bytes())
        } else if let file = request.file {
            message.headers.add(name: "Content-Type", value: file.contentType)
            message.body = .stream(file.pieces, length: .known(Int64(file.byteCount)))
        }
        return message
    }
}

extension APIClient {
    /// Sends a request whose answer goes on and on, and gives its body once the head says that it is one.
    func open(
        _ request: APIRequest, accepting media: String = "text/event-stream", doing: String
    ) async throws(CommandFailure) -> HTTPClientResponse.Body {
        let message = message(request, accepting: "\(media), application/problem+json")
        let answer: APIAnswer
        do {
            let response = try await client.execute(message, deadline: .distantFuture)
            if response.status == .ok { return response.body }
            let buffer = try await response.body.collect(upTo: Self.answerBytesMax)
            answer = APIAnswer(
                status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"),
                contentType: response.headers.first(name: "Content-Type"), bytes: Array(buffer.readableBytesView))
        } catch {
            throw CommandFailure(.notReachable, "cannot \(doing): \(APITrouble(error, at: address).message)")
        }
        throw answer.failure(doing: doing)
    }
}

/// One request to the API.
struct APIRequest: Sendable {
    var method: String
    /// From `/v1` on, with its query; every part encoded.
    var target: String
    var headers: [(String, String)] = []
    var body: JSONObject?
    /// Sent instead of a body that is JSON.
    var file: FileUpload?

    /// - Parameters:
    ///   - path: The steps after `/v1`.
    ///   - query: Names and values; those without a value are left out.
    init(_ method: String, _ path: [String], query: [(String, String?)] = [], body: JSONObject? = nil) {
        self.method = method
        self.body = body
        target = "/v1" + path.map { "/" + Self.encoded($0) }.joined()
        let pairs = query.compactMap { name, value in value.map { "\(name)=\(Self.encoded($0))" } }
        if !pairs.isEmpty { target += "?" + pairs.joined(separator: "&") }
    }

    /// Everything but RFC 3986's unreserved characters as `%XX`.
    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}

/// Why there is no answer to a request.
struct APITrouble: Error {
    /// Whether the time was over, rather than the server gone.
    let isTimeout: Bool
    /// Whether no byte of the request can have arrived.
    let isUnsent: Bool
    /// In one sentence, with the address.
    let message: String

    init(_ error: any Error, at address: ServerAddress) {
        let timeouts: [HTTPClientError] = [.deadlineExceeded, .readTimeout, .writeTimeout]
        isTimeout = (error as? HTTPClientError).map { timeouts.contains($0) } ?? false
        // The socket library reports each address it tried, in many words; people want the reason, once.
        let text = String(describing: error)
        let reason = Self.connectReasons.first { text.contains($0.sign) }?.words
        isUnsent = reason != nil
        if isTimeout {
            message = "\(address) did not answer in time"
        } else if error is NIOTooManyBytesError {
            message = "the answer of \(address) has more than \(APIClient.answerBytesMax) bytes"
        } else {
            message = "cannot reach \(address): \(reason ?? text.printable)"
        }
    }

    /// Why a connection does not come about, by what the libraries' errors say.
    private static let connectReasons: [(sign: String, words: String)] = [
        ("Connection refused", "connection refused"), ("No route to host", "no route to the host"),
        ("Network is unreachable", "the network is unreachable"), ("connectTimeout", "no connection in time"),
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted"),
        ("DNS error", "its name is unknown (DNS)"), ("SocketAddressError", "its name is unknown (DNS)"),
    ]
}

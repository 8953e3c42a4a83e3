import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
public import SluicePluginKit
import Synchronization

/// Asks a program of yours, in any language, about each launch: one signed HTTP POST, one strict JSON answer.
///
/// The address comes from the configuration alone, redirects are not followed, and an answer is read up to a limit.
/// Whatever goes wrong is a fault: the fault policy of the configuration decides.
public final class Webhook: LaunchInterceptor {
    /// Where it asks, and how.
    public struct Configuration: Hashable, Sendable {
        /// `https://HOST/PATH`.
        public var url: String
        public var secret: Secret
        /// The certificates (PEM) that the server's is checked against; nil: the system's.
        public var caFile: String?
        /// Patterns over the names of inputs that are sent.
        public var inputs: [PathGlob] = []
        public var timeout: Duration = .milliseconds(900)
        /// Longest answer that is read.
        public var answerByteCountMax = 65_536
        public var connectionCountMax = 8

        public init(url: String, secret: Secret) {
            self.url = url
            self.secret = secret
        }
    }

    private let configuration: Configuration
    /// Made with the first question.
    private let client = Mutex<HTTPClient?>(nil)

    public init(_ configuration: Configuration) { self.configuration = configuration }

    public func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception {
        let body = WebhookWire.question(launch, at: now, inputs: configuration.inputs)
        let seconds = now.milliseconds / 1000
        var request = HTTPClientRequest(url: configuration.url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "User-Agent", value: "sluice-webhook/1")
        request.headers.add(name: WebhookWire.timestampHeader, value: String(seconds))
        request.headers.add(
            name: WebhookWire.signatureHeader,
            value: WebhookWire.signature(body, at: seconds, secret: Array(configuration.secret.exposed.utf8)))
        request.body = .bytes(ByteBuffer(bytes: body))
        let (status, answer) = try await exchange(request)
        switch status {
        case 204: return .nothing
        case 200:
            do {
                return try WebhookWire.answer(answer)
            } catch {
                throw WebhookFault("the webhook's answer is not as agreed: \(error)")
            }
        default: throw WebhookFault("the webhook answered with status \(status)")
        }
    }

    private func exchange(_ request: HTTPClientRequest) async throws -> (status: Int, body: [UInt8]) {
        do {
            let response = try await ready().execute(request, timeout: TimeAmount(configuration.timeout))
            let buffer = try await response.body.collect(upTo: configuration.answerByteCountMax)
            try Task.checkCancellation()
            return (Int(response.status.code), Array(buffer.readableBytesView))
        } catch is NIOTooManyBytesError {
            throw WebhookFault("the webhook answered more than \(configuration.answerByteCountMax) bytes")
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            throw WebhookFault("the webhook did not answer within \(configuration.timeout)")
        } catch let error as CancellationError {
            throw error
        } catch {
            throw WebhookFault("the webhook cannot be reached: \(error)")
        }
    }

    private func ready() -> HTTPClient {
        client.withLock { client in
            if let client { return client }
            var settings = HTTPClient.Configuration()
            settings.redirectConfiguration = .disallow
            settings.httpVersion = .http1Only
            settings.timeout.connect = TimeAmount(configuration.timeout)
            settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.connectionCountMax
            settings.connectionPool.retryConnectionEstablishment = false
            if let caFile = configuration.caFile {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .file(caFile)
                settings.tlsConfiguration = tls
            }
            let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
            client = made
            return made
        }
    }

    public func stop() async {
        let used = client.withLock { client in
            defer { client = nil }
            return client
        }
        try? await used?.shutdown()
    }
}

/// Why a webhook gave no answer that counts.
struct WebhookFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

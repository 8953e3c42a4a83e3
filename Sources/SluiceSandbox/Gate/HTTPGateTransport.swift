import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Asks the gate over HTTP: `POST {url}/v1/launches?answer=body`.
struct HTTPGateTransport: Sendable {
    let gate: SandboxConfiguration.Gate
    let client: HTTPClient

    func ask(_ question: GateQuestion) async -> GateAnswer {
        let base = gate.url.hasSuffix("/") ? String(gate.url.dropLast()) : gate.url
        let wait = question.longPollSeconds.map { "&wait=\($0)s" } ?? ""
        var request = HTTPClientRequest(url: "\(base)/v1/launches?answer=body\(wait)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        switch gate.credentials {
        case .none: break
        case .bearer(let token): request.headers.add(name: "Authorization", value: "Bearer \(token)")
        case .basic(let user, let password):
            let pair = Data("\(user):\(password)".utf8).base64EncodedString()
            request.headers.add(name: "Authorization", value: "Basic \(pair)")
        }
        do {
            request.body = .bytes(try SandboxCodec.encode(LooseValue.object(question.members)))
            let timeout = TimeAmount.milliseconds(
                gate.answerTimeoutMilliseconds + Int64(question.longPollSeconds ?? 0) * 1000)
            let response = try await client.execute(request, timeout: timeout)
            let body = try await response.body.collect(upTo: SandboxLimits.gateAnswerBytesMax)
            return GateAnswer(status: Int(response.status.code), body: Array(body.readableBytesView))
        } catch {
            return .trouble("no answer")
        }
    }

    /// A client that does not follow redirects: a login page is no answer.
    static func makeClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        // The gate step has its own pauses; the client's grow to a minute while the gate is away.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

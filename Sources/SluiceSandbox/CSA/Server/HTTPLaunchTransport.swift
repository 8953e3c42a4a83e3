import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Starts OO's flows over HTTP: `POST {oo}/rest/v1/executions` or `{oo}/rest/latest/executions`, by the dialect.
struct HTTPLaunchTransport: Sendable {
    let account: CSAConfiguration.Account
    let timeoutMilliseconds: Int64
    let client: HTTPClient

    func send(_ launch: CSALaunch) async -> CSALaunch.Answer {
        // Nobody to ask is a refusal, so that an order says so instead of waiting.
        guard !launch.ooURL.isEmpty else { return .refused(status: 0) }
        let base = launch.ooURL.hasSuffix("/") ? String(launch.ooURL.dropLast()) : launch.ooURL
        let root = launch.dialect == .v1 ? "/rest/v1" : "/rest/latest"
        var request = HTTPClientRequest(url: "\(base)\(root)/executions")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        let pair = Data("\(account.user):\(account.password)".utf8).base64EncodedString()
        request.headers.add(name: "Authorization", value: "Basic \(pair)")
        do {
            request.body = .bytes(try SandboxCodec.encode(launch.members))
            let response = try await client.execute(request, timeout: .milliseconds(timeoutMilliseconds))
            let body = try await response.body.collect(upTo: CSALimits.launchAnswerBytesMax)
            return launch.answer(status: Int(response.status.code), body: Array(body.readableBytesView))
        } catch {
            return .unanswered
        }
    }
}

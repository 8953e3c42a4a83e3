internal import AsyncHTTPClient
internal import NIOHTTP1
internal import SluicePorts

/// An answer as it came, for `sluice doctor`: what a status means is the question there.
public struct CentralProbeAnswer: Sendable {
    public var status: Int
    public var body: [UInt8]
    public var isHTML: Bool
    /// The header `Date`, by which Central's clock is told.
    public var date: String?
    /// The token that a session would have to echo; nil when the answer carried none.
    public var csrfToken: String?
    /// `name=value` of each cookie that it set.
    public var cookies: [String]

    init(_ answer: CentralAnswer) {
        status = answer.status
        body = answer.body
        isHTML = answer.isHTML
        date = answer.headers.first(name: "date")
        csrfToken = answer.headers.first(name: CSRFPass.tokenName)
        cookies = answer.headers["set-cookie"].compactMap { $0.split(separator: ";").first.map(String.init) }
    }
}

extension RESTCentralClient {
    /// - Parameters:
    ///   - path: Below `/rest`, such as `/v2/executions`; ids in it are sent as they are.
    ///   - body: JSON. A read is tried again on trouble, everything else is sent once.
    ///   - cookies: Sent as they are: we keep none of our own.
    /// - Throws: `CentralError` when there is no answer.
    public func probe(
        _ method: String, _ path: String, body: [UInt8]? = nil, cookies: [String] = []
    ) async throws -> CentralProbeAnswer {
        let cookie = cookies.isEmpty ? [] : [("Cookie", cookies.joined(separator: "; "))]
        if method == "GET" {
            return CentralProbeAnswer(try await get(path, bytesMax: configuration.maxListBytes, headers: cookie))
        }
        var request = request(path)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in cookie { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body)
        }
        let result = await CentralTransport(client: changeClient).exchange(
            request, bytesMax: configuration.maxListBytes, within: configuration.totalTimeout)
        switch result {
        case .success(let answer): return CentralProbeAnswer(answer)
        case .failure(.cancelled): throw CancellationError()
        case .failure(let trouble):
            throw CentralError(
                .unreachable, "\(call(method, path)) \(trouble.sentence); whether it took effect is not known")
        }
    }
}

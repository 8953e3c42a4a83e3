internal import AsyncHTTPClient
internal import NIOHTTP1
internal import SluiceJSON
public import SluiceModel
internal import SluicePorts

/// Central's own schedules (oo-central-api.md section 5).
extension RESTCentralClient {
    /// `/latest/all-schedules` shows everybody's; an older Central has only `/schedules`, which may show one's own.
    public func schedules() async throws -> [CentralSchedule] {
        var path = "/latest/all-schedules"
        var answer = try await get(path, bytesMax: configuration.maxListBytes)
        if answer.status == 404 {
            path = "/\(configuration.dialect.rawValue)/schedules"
            answer = try await get(path, bytesMax: configuration.maxListBytes)
        }
        let call = call("GET", path)
        try RESTCentralClient.check(answer, call)
        var limits = JSONLimits()
        limits.byteCountMax = configuration.maxListBytes
        return try ScheduleCodec.schedules(answer.body, limits: limits, call: call)
    }

    public func setEnabled(_ id: ScheduleID, _ isEnabled: Bool) async throws {
        let tail = "/schedules/\(RESTCentralClient.escape(id.text))/enabled"
        var path = "/latest\(tail)"
        var answer = try await put(isEnabled, path)
        if answer.status == 404, configuration.dialect != .latest {
            path = "/\(configuration.dialect.rawValue)\(tail)"
            answer = try await put(isEnabled, path)
        }
        let call = call("PUT", path)
        if answer.status == 404 {
            throw CentralError(.missing, "\(call) answered \(answer.statusText): there is no such schedule")
        }
        try RESTCentralClient.check(answer, call)
    }

    /// The literal `true` or `false`, as JSON; what Central answers is not known, and nothing is read from it.
    private func put(_ isEnabled: Bool, _ path: String) async throws -> CentralAnswer {
        let answer = try await put(isEnabled, path, nil)
        // 403 with a token: Central wants it echoed, and has changed nothing.
        guard answer.status == 403, answer.headers.contains(name: CSRFPass.tokenName),
            let csrfPass = await fetchCSRFPass()
        else { return answer }
        return try await put(isEnabled, path, csrfPass)
    }

    private func put(_ isEnabled: Bool, _ path: String, _ csrfPass: CSRFPass?) async throws -> CentralAnswer {
        var request = request(path)
        request.method = .PUT
        request.headers.add(name: "Content-Type", value: "application/json")
        csrfPass?.add(to: &request.headers)
        request.body = .bytes(Array((isEnabled ? "true" : "false").utf8))
        let result = await CentralTransport(client: changeClient).exchange(
            request, bytesMax: configuration.maxResponseBytes, within: configuration.totalTimeout)
        switch result {
        case .success(let answer): return answer
        case .failure(.cancelled): throw CancellationError()
        case .failure(let trouble):
            throw CentralError(
                .unreachable, "\(call("PUT", path)) \(trouble.sentence); whether it took effect is not known")
        }
    }
}

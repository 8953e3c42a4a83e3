internal import NIOHTTP1
internal import SluiceJSON
public import SluiceModel
internal import SluicePorts

extension RESTCentralClient {
    /// - Precondition: 1 to `CentralLimits.idsPerCallMax` ids.
    public func summaries(of ids: [ExecutionID]) async throws -> [ExecutionSummary] {
        precondition((1...CentralLimits.idsPerCallMax).contains(ids.count), "\(ids.count) ids in one call")
        if let summaries = try await summariesIfKnown(ids) { return summaries }
        // One id that Central does not know may make it refuse them all: then each is asked for by itself.
        var found: [ExecutionSummary] = []
        if ids.count > 1 {
            for id in ids { found += try await summariesIfKnown([id]) ?? [] }
        }
        if found.count < ids.count {
            // A wrong address answers 404 as well, and that must not pass for "was never started".
            _ = try await version()
        }
        return found
    }

    /// nil when Central answers 404.
    private func summariesIfKnown(_ ids: [ExecutionID]) async throws -> [ExecutionSummary]? {
        let path = "\(executionsPath)/\(ids.map { RESTCentralClient.escape($0.text) }.joined(separator: ","))/summary"
        let call = call("GET", ids.count == 1 ? path : "\(executionsPath)/{\(ids.count) ids}/summary")
        let answer = try await get(path, bytesMax: configuration.maxResponseBytes)
        if answer.status == 404 { return nil }
        try RESTCentralClient.check(answer, call)
        let asked = Set(ids)
        return try decode(answer, call).filter { asked.contains($0.id) }
    }

    /// The flow variables of its execution log (oo-central-api.md 4.6).
    public func variables(of id: ExecutionID) async throws -> [LaunchInput] {
        let path = "\(executionsPath)/\(RESTCentralClient.escape(id.text))/execution-log"
        let answer = try await get(path, bytesMax: configuration.maxResponseBytes)
        let call = call("GET", path)
        if answer.status == 404 { throw CentralError(.missing, "\(call) answered \(answer.statusText)") }
        try RESTCentralClient.check(answer, call)
        var limits = JSONLimits()
        limits.byteCountMax = configuration.maxResponseBytes
        let log = try AnswerJSON.read(answer.body, limits: limits, call: call)
        guard let variables = log["flowVars"]?.array else {
            throw CentralError(.unreadable, "\(call) answered a log without flowVars")
        }
        return variables.compactMap { variable in
            guard let name = variable["name"]?.string, let value = variable["value"]?.string else { return nil }
            return LaunchInput(name: name, value: .clear(value))
        }
    }

    /// A bare integer (oo-central-api.md 4.6).
    public func stepCount(of id: ExecutionID) async throws -> Int {
        let path = "\(executionsPath)/\(RESTCentralClient.escape(id.text))/steps/count"
        let answer = try await get(path, bytesMax: configuration.maxResponseBytes)
        let call = call("GET", path)
        if answer.status == 404 { throw CentralError(.missing, "\(call) answered \(answer.statusText)") }
        try RESTCentralClient.check(answer, call)
        let value = try AnswerJSON.read(answer.body, limits: JSONLimits(), call: call)
        let count =
            switch value {
            case .number(let number): number.int64
            case .string(let text): Int64(text)
            default: nil as Int64?
            }
        guard let count, count >= 0, let whole = Int(exactly: count) else {
            throw CentralError(.unreadable, "\(call) answered no count of steps")
        }
        return whole
    }

    /// - Throws: `CentralError` unless it is a 2xx that is not HTML.
    static func check(_ answer: CentralAnswer, _ call: String) throws {
        let said = "\(call) answered \(answer.statusText)"
        switch answer.status {
        case 200..<300:
            guard answer.isHTML else { return }
            throw CentralError(
                .unreadable, "\(call) answered HTML, not JSON: is this the right address, or a login page?")
        case 300..<400:
            let isLogin = answer.headers.first(name: "location")?.lowercased().contains("login") == true
            throw isLogin
                ? CentralError(.unauthorized, "\(said) and pointed to a login page; check central.username")
                : CentralError(.unreadable, "\(said) and pointed elsewhere; check central.url")
        case 401, 407: throw CentralError(.unauthorized, "\(said); check central.username and its password")
        case 403: throw CentralError(.unauthorized, "\(said); the account may lack a right")
        default: throw CentralError(.status, said)
        }
    }

    /// Percent-encodes all but digits, letters, `-`, `.` and `_`.
    static func escape(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { path, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                path.unicodeScalars.append(Unicode.Scalar(byte))
            default: path += "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
            }
        }
    }
}

internal import NIOHTTP1
internal import SluiceJSON
internal import SluiceModel

/// Writes an order and reads Central's answer to it, in either dialect (oo-central-api.md section 3).
enum StartCodec {
    /// - Returns: nil when an input is still sealed: whoever ordered forgot to open it.
    static func body(_ order: LaunchOrder, _ dialect: CentralConfiguration.Dialect) -> [UInt8]? {
        var inputs = JSONObject()
        for input in order.inputs {
            switch input.value {
            case .clear(let text): inputs[input.name] = .string(text)
            case .secret(let secret): inputs[input.name] = .string(secret.exposed)
            case .sealed: return nil
            }
        }
        var body = JSONObject()
        body[dialect == .v1 ? "uuid" : "flowUuid"] = .string(order.flow.text)
        body["runName"] = .string(order.runName)
        body.set("logLevel", ifPresent: order.logLevel.map { .string($0) })
        // v1 has no such field (section 2).
        if dialect != .v1 { body.set("inputPromptUseBlank", ifPresent: order.inputPromptUseBlank.map { .bool($0) }) }
        body["inputs"] = .object(inputs)
        return body.bytes()
    }

    /// What an answer tells of the start. Only what proves that nothing runs is a refusal.
    /// - Parameter call: `POST /oo/rest/v2/executions`, the beginning of each cause.
    static func outcome(of answer: CentralAnswer, call: String) -> LaunchOutcome {
        let said = "\(call) answered \(answer.statusText)"
        switch answer.status {
        case 200..<300: return accepted(answer, said)
        case 301, 302, 303, 307, 308:
            // Central sends callers without a session to its login form and executes nothing (section 1).
            let target = answer.headers.first(name: "location")?.lowercased() ?? ""
            guard target.contains("login") else {
                return .unknown(cause: "\(said) and pointed elsewhere; check central.url")
            }
            return .refusedForNow(cause: "\(said) and pointed to a login page; check central.username and its password")
        case 401: return .refusedForNow(cause: "\(said); check central.username and its password")
        case 403: return .refusedForNow(cause: "\(said); the account may lack the right to start flows")
        case 407, 429: return .refusedForNow(cause: said)
        case 404 where answer.isHTML:
            // A server whose application is not there (yet) says so with a page; Central's own answers are JSON.
            return .refusedForNow(cause: "\(said) with HTML: Central is not (yet) at this address; check central.url")
        case 404: return .refused(cause: "\(said): no such flow, or central.url is not Central")
        // 406 is not among them: Spring answers it after the work was done.
        case 400, 405, 409, 410, 411, 413, 414, 415, 422, 431: return .refused(cause: said)
        default: return .unknown(cause: "\(said), which does not tell whether it started")
        }
    }

    private static func accepted(_ answer: CentralAnswer, _ said: String) -> LaunchOutcome {
        if answer.isHTML {
            return .unknown(cause: "\(said) with HTML, not JSON: is this the right address, or a login page?")
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.read(answer.body)
        } catch {
            return .unknown(cause: "\(said), but not with JSON (\(error.code) at byte \(error.offset))")
        }
        guard let object = value.object else {
            guard let id = executionID(value) else { return .unknown(cause: "\(said), but with no execution id") }
            // A bare number may be cut anywhere and still be a number.
            guard answer.isFramed else {
                return .unknown(cause: "\(said), but without a length, so its execution id may be cut")
            }
            return .started(id)
        }
        let id = object["executionId"].flatMap(executionID)
        if let code = object["errorCode"]?.string, code != "NO_ERROR" {
            let shown = String(code.prefix(60))
            guard let id else { return .refused(cause: "\(said) with errorCode \(shown)") }
            return .unknown(cause: "\(said) with errorCode \(shown) and yet with execution id \(id)")
        }
        guard let id else { return .unknown(cause: "\(said), but with no execution id") }
        return .started(id)
    }

    /// An id: 1 to 30 digits, as number or as text.
    static func executionID(_ value: JSONValue) -> ExecutionID? {
        let text: String
        switch value {
        case .number(let number): text = number.text
        case .string(let string): text = string
        default: return nil
        }
        let isID = (1...30).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isID && text != "0" ? ExecutionID(text) : nil
    }
}

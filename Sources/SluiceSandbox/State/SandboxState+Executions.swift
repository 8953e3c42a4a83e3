extension SandboxState {
    /// `POST /executions` in the dialect of its address (section 3 of the reference).
    mutating func startReply(
        _ request: SandboxRequest, _ root: CentralRoot, faults: FaultTable.Effects, at now: EpochMilliseconds
    ) -> SandboxReply {
        let dialect: SandboxSettings.Dialect =
            switch root.version {
            case "v1": .v1
            case nil: settings.unversionedDialect
            default: .v2
            }
        let order: StartOrder
        switch read(request.body, dialect) {
        case .failure(let complaint): return .error(400, complaint.text)
        case .success(let read): order = read
        }
        let id: Int64
        do {
            id = try start(order, faults: faults, at: now)
        } catch {
            switch error {
            case .unknownFlow: return .error(404, "no such flow")
            case .missingInputs(let names): return .error(400, "missing inputs: \(names.joined(separator: ", "))")
            case .undeclaredInputs(let names): return .error(400, "undeclared inputs: \(names.joined(separator: ", "))")
            case .full(let what): return .error(500, "the sandbox is full of \(what): POST /control/reset")
            }
        }
        switch dialect {
        // The bare number has no line end: clients take the raw text as the id.
        case .v2: return .json(201, .integer(id))
        case .v1:
            return .json(
                201,
                [
                    "feedUrl": .text("\(request.origin)\(root.root)/executions/\(id)/steps"),
                    "executionId": .text(String(id)), "errorCode": "NO_ERROR",
                ])
        }
    }

    private struct Complaint: Error { let text: String }

    private func read(_ body: [UInt8], _ dialect: SandboxSettings.Dialect) -> Result<StartOrder, Complaint> {
        func complain(_ text: String) -> Result<StartOrder, Complaint> { .failure(Complaint(text: text)) }
        guard case .object(let members) = try? SandboxCodec.decode(LooseValue.self, from: body) else {
            return complain("the body is no JSON object")
        }
        let key = dialect == .v1 ? "uuid" : "flowUuid"
        guard let flowID = members[key]?.asText else { return complain("member '\(key)' is missing or no text") }
        var order = StartOrder(flowID: flowID)
        for (name, path) in [("runName", \StartOrder.runName), ("logLevel", \StartOrder.logLevel)] {
            switch members[name] ?? .null {
            case .null: break
            case .text(let text): order[keyPath: path] = text
            default: return complain("member '\(name)' is no text")
            }
        }
        switch members["inputPromptUseBlank"] ?? .null {
        case .null: break
        case .bool(let value): order.usesBlanks = value
        // One client sends the text.
        case .text("true"): order.usesBlanks = true
        case .text("false"): order.usesBlanks = false
        default: return complain("member 'inputPromptUseBlank' is no truth value")
        }
        switch members["inputs"] ?? .null {
        case .null: break
        case .object(let inputs):
            guard inputs.count <= SandboxLimits.inputCountMax else { return complain("too many inputs") }
            for (name, value) in inputs {
                switch value {
                case .text(let text): order.inputs[name] = text
                case .null: break
                case .integer(let value) where settings.takesNonTextInputs: order.inputs[name] = String(value)
                case .number(let value) where settings.takesNonTextInputs: order.inputs[name] = String(value)
                case .bool(let value) where settings.takesNonTextInputs: order.inputs[name] = String(value)
                default: return complain("input '\(name)' is no text")
                }
            }
        default: return complain("member 'inputs' is no object")
        }
        return .success(order)
    }

    /// `GET /executions?pageSize=&pageNum=`; what they are when absent is UNKNOWN, so the vendor content's defaults.
    func listReply(_ request: SandboxRequest, at now: EpochMilliseconds) -> SandboxReply {
        let size = Int(request.query["pageSize"] ?? "200")
        let number = Int(request.query["pageNum"] ?? "1")
        guard let size, (0...SandboxLimits.pageSizeMax).contains(size) else {
            return .error(400, "pageSize must be 0 to \(SandboxLimits.pageSizeMax)")
        }
        guard let number, (1...SandboxLimits.executionCountMax).contains(number) else {
            return .error(400, "pageNum must be 1 to \(SandboxLimits.executionCountMax)")
        }
        return .json(200, .list(page(size: size, number: number, at: now).map(summary)))
    }

    /// `GET /executions/{id}/summary` and `{id1},{id2}/summary`: an array either way.
    func summaryReply(_ ids: String, at now: EpochMilliseconds) -> SandboxReply {
        let texts = ids.split(separator: ",", omittingEmptySubsequences: false)
        guard texts.count <= SandboxLimits.summaryIDCountMax else { return .error(400, "too many ids") }
        let found = texts.map { Int64($0).flatMap { visible($0, at: now) } }
        let isOneMissing = found.contains { $0 == nil }
        if isOneMissing, texts.count == 1 || !settings.leavesOutUnknownIDs { return Self.noExecution }
        return .json(200, .list(found.compactMap { $0.map(summary) }))
    }

    /// `PUT /executions/{id}/status`: the codes are UNKNOWN, hence settings; the engine's result word is the body.
    mutating func actionReply(_ id: String, _ request: SandboxRequest, at now: EpochMilliseconds) -> SandboxReply {
        let word = (try? SandboxCodec.decode(LooseValue.self, from: request.body))?["action"]?.asText ?? ""
        let spelt = settings.understandsLowerCaseActions ? word.uppercased() : word
        guard let action = ExecutionAction(rawValue: spelt) else {
            return .error(400, "action must be PAUSE, RESUME or CANCEL")
        }
        let result = Int64(id).map { act(action, on: $0, at: now) } ?? .notFound
        let code: Int =
            switch result {
            case .success: settings.actionTakenCode
            case .notFound: 404
            default: settings.actionRefusedCode
            }
        return .json(code, .text(result.rawValue))
    }
}

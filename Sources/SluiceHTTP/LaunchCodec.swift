import SluiceJSON
import SluiceModel

/// Reads the body of `POST /v1/launches` (interfaces.md). Strict: an unknown field or a wrong type is named.
enum LaunchCodec {
    struct Decoded {
        var request: LaunchRequest
        var sensitiveInputs: Set<String>
    }

    /// Inputs of one launch at most.
    static let inputCountMax = 1000

    static func decode(_ reader: JSONObjectReader) throws(JSONFieldError) -> Decoded {
        var body = reader
        let flow: FlowID = try body.identifier("flow")
        let source = try body.word("source", LaunchSource.self)
        var request = LaunchRequest(flow: flow, source: source)
        request.launcher = try body.optionalWord("launcher", Launcher.self) ?? .sluice
        request.askID = try body.optionalIdentifier("askId")
        request.pass = try body.optionalString("pass").flatMap { $0.isEmpty ? nil : Secret($0) }
        request.ticket = try body.optionalParsed("ticket", expected: "a ticket such as h_01KB…") { Ticket($0) }
        request.runID = try body.optionalIdentifier("runId")
        request.parentRunID = try body.optionalIdentifier("parentRunId")
        request.csaInstanceID = try body.optionalIdentifier("csaInstanceId")
        request.csaProcessID = try body.optionalIdentifier("csaProcessId")
        request.flowPath = try body.optionalString("flowPath")
        request.tenant = try body.optionalIdentifier("tenant")
        request.inputs = try inputs(&body)
        request.start = try start(&body)
        request.scheduleID = try body.optionalIdentifier("scheduleId")
        request.nominalTime = try body.optionalTime("nominalTime")
        request.orderingKey = try body.optionalIdentifier("orderingKey")
        request.coalesceKey = try body.optionalIdentifier("coalesceKey")
        if let level = try body.optionalInt("priority", in: Priority.range) {
            request.priority = Priority(level) ?? .ordinary
        }
        request.notBefore = try body.optionalTime("notBefore")
        request.expiresAt = try body.optionalTime("expiresAt")
        request.idempotencyKey = try body.optionalIdentifier("idempotencyKey")
        request.requestedBy = try body.optionalString("requestedBy")
        request.onBehalfOf = try body.optionalString("onBehalfOf")
        request.reportsEnd = try body.optionalBool("reportsEnd") ?? false
        request.callbackURL = try body.optionalParsed(
            "callbackUrl", expected: "an https URL with a host, without user, password and fragment"
        ) { CallbackURL($0) }
        let sensitive = Set(try body.optionalStrings("sensitiveInputs") ?? [])
        try body.finish()
        if request.pass != nil || request.ticket != nil, request.askID == nil, request.runID == nil {
            throw body.invalid(
                "askId", "is needed beside a pass or ticket (or runId): it tells a repeat from somebody else")
        }
        if let notBefore = request.notBefore, let expiresAt = request.expiresAt, expiresAt <= notBefore {
            throw body.invalid("expiresAt", "\(expiresAt) is not after notBefore, \(notBefore)")
        }
        for index in request.inputs.indices where sensitive.contains(request.inputs[index].name) {
            if case .clear(let text) = request.inputs[index].value {
                request.inputs[index].value = .secret(Secret(text))
            }
        }
        return Decoded(request: request, sensitiveInputs: sensitive)
    }

    private static func inputs(_ body: inout JSONObjectReader) throws(JSONFieldError) -> [LaunchInput] {
        let pairs = try body.stringMap("inputs")
        guard pairs.count <= inputCountMax else {
            throw body.invalid("inputs", "has \(pairs.count) members, more than \(inputCountMax)")
        }
        for pair in pairs where !isInputName(pair.name) {
            throw JSONFieldError(
                code: .invalid, pointer: "\(body.pointer(to: "inputs"))/\(JSONPointer.escape(pair.name))",
                message: "an input's name has 1 to \(IdentifierLimits.byteCountMax) bytes without control characters")
        }
        return pairs.map { LaunchInput(name: $0.name, value: .clear($0.value)) }
    }

    private static func isInputName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= IdentifierLimits.byteCountMax
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    private static func start(_ body: inout JSONObjectReader) throws(JSONFieldError) -> StartOptions {
        guard var start = try body.optionalObject("start") else { return StartOptions() }
        let options = StartOptions(
            runName: try start.optionalString("runName"), logLevel: try start.optionalString("logLevel"),
            inputPromptUseBlank: try start.optionalBool("inputPromptUseBlank"))
        try start.finish()
        return options
    }
}

extension JSONObjectReader {
    mutating func identifier<ID: TextIdentifier>(_ name: String) throws(JSONFieldError) -> ID {
        try parsed(name, expected: "1 to \(IdentifierLimits.byteCountMax) bytes without control characters") {
            ID(checking: $0)
        }
    }

    mutating func optionalIdentifier<ID: TextIdentifier>(_ name: String) throws(JSONFieldError) -> ID? {
        try optionalParsed(name, expected: "1 to \(IdentifierLimits.byteCountMax) bytes without control characters") {
            ID(checking: $0)
        }
    }

    mutating func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, _: Word.Type
    ) throws(JSONFieldError) -> Word where Word.RawValue == String {
        try parsed(name, expected: "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))") {
            Word(rawValue: $0)
        }
    }

    mutating func optionalWord<Word: RawRepresentable & CaseIterable>(
        _ name: String, _: Word.Type
    ) throws(JSONFieldError) -> Word? where Word.RawValue == String {
        try optionalParsed(name, expected: "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))") {
            Word(rawValue: $0)
        }
    }

    mutating func time(_ name: String) throws(JSONFieldError) -> Timestamp {
        try parsed(name, expected: "an RFC 3339 time such as 2026-12-01T22:00:00Z") { Timestamp(rfc3339: $0) }
    }

    mutating func optionalTime(_ name: String) throws(JSONFieldError) -> Timestamp? {
        try optionalParsed(name, expected: "an RFC 3339 time such as 2026-12-01T22:00:00Z") { Timestamp(rfc3339: $0) }
    }
}

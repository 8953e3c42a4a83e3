internal import SluiceJSON
internal import SluiceModel
internal import SluicePorts

/// Reads execution summaries (oo-central-api.md 4.1): strict about ids, lenient about everything else.
enum SummaryCodec {
    /// - Throws: `CentralError` `.unreadable` unless it is an array of objects with ids, or one such object.
    static func summaries(_ body: [UInt8], limits: JSONLimits, call: String) throws -> [ExecutionSummary] {
        let value = try AnswerJSON.read(body, limits: limits, call: call)
        let elements: [JSONValue]
        switch value {
        case .array(let array): elements = array
        case .object: elements = [value]
        default: throw CentralError(.unreadable, "\(call) answered \(value.kind), not a list of executions")
        }
        // An element that is skipped could be the one that is looked for, so none is.
        return try elements.enumerated().map { index, element in
            guard let object = element.object, let id = object["executionId"].flatMap(StartCodec.executionID) else {
                throw CentralError(.unreadable, "\(call) answered a list whose element \(index) has no execution id")
            }
            return summary(id, object)
        }
    }

    private static func summary(_ id: ExecutionID, _ object: JSONObject) -> ExecutionSummary {
        var summary = ExecutionSummary(id: id, status: ExecutionStatus(word: object["status"]?.string ?? ""))
        summary.flow = object["flowUuid"]?.string.map { FlowID($0) }
        summary.flowPath = object["flowPath"]?.string
        summary.name = object["executionName"]?.string
        summary.startedAt = object["startTime"].flatMap(time)
        summary.endedAt = object["endTime"].flatMap(time)
        summary.resultType = object["resultStatusType"]?.string
        summary.resultName = object["resultStatusName"]?.string
        summary.pauseReason = object["pauseReason"]?.string
        summary.triggeredBy = object["triggeredBy"]?.string
        summary.triggeringSource = object["triggeringSource"]?.string
        return summary
    }

    /// Milliseconds, as number or text, or an RFC 3339 time; nil for what lies beyond the years 1 to 9999, which
    /// no clock of Central shows.
    static func time(_ value: JSONValue) -> Timestamp? {
        let time: Timestamp?
        switch value {
        case .number(let number):
            let milliseconds = number.int64 ?? number.double.flatMap { Int64(exactly: $0.rounded()) }
            time = milliseconds.map { Timestamp(milliseconds: $0) }
        case .string(let text): time = Int64(text).map { Timestamp(milliseconds: $0) } ?? Timestamp(rfc3339: text)
        default: time = nil
        }
        return time.flatMap { Timestamp.calendarYears.contains($0) ? $0 : nil }
    }
}

public import SluiceJSON
public import SluiceModel

/// Reads histories as lines of JSON, format 1 (docs/operations.md, "Was it right?").
public enum HistoryReader {
    /// Longest line, in bytes.
    public static let lineByteCountMax = 64 * 1024
    /// Most lines of one history.
    public static let lineCountMax = 50_000_000

    /// Reads one line; nil for an empty one.
    /// - Throws: `JSONError` or `JSONFieldError`, which say what is wrong with it.
    public static func read(_ line: some Collection<UInt8>) throws -> HistoryRecord? {
        guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) else { return nil }
        var limits = JSONLimits()
        limits.byteCountMax = lineByteCountMax
        limits.stringByteCountMax = lineByteCountMax
        let value = try JSONReader.read(line, limits: limits)
        return try record(JSONObjectReader(value))
    }

    private static func record(_ reader: JSONObjectReader) throws(JSONFieldError) -> HistoryRecord {
        var reader = reader
        let kind = try reader.string("kind")
        let record: HistoryRecord
        switch kind {
        case "asked": record = .asked(try asked(&reader))
        case "answered": record = .answered(try answered(&reader))
        case "closing", "closed", "opening":
            record = .gate(
                GateOrderRecord(
                    step: GateOrderRecord.Step(rawValue: kind) ?? .closing, time: try time(&reader, "t")))
        case "execution": record = .execution(try execution(&reader))
        case "event": record = .event(try event(&reader))
        case "hold": record = .hold(try hold(&reader))
        case "end": record = .end(isComplete: try reader.optionalBool("complete") ?? false)
        default:
            throw reader.invalid(
                "kind", "expected asked, answered, closing, closed, opening, execution, event, hold or end")
        }
        // What a newer version says besides changes none of these.
        return record
    }

    /// Microseconds since 1970 that can be added to: some 36,000 years either way.
    private static let times = -(1 << 60)...(1 << 60)

    private static func time(_ reader: inout JSONObjectReader, _ name: String) throws(JSONFieldError) -> Int64 {
        Int64(try reader.int(name, in: times))
    }

    private static func ticket(_ reader: inout JSONObjectReader, _ name: String) throws(JSONFieldError) -> Ticket? {
        try reader.optionalParsed(name, expected: "a ticket such as h_01KB…") { Ticket($0) }
    }

    private static func asked(_ reader: inout JSONObjectReader) throws(JSONFieldError) -> AskedRecord {
        var record = AskedRecord(ask: try reader.string("ask"), time: try time(&reader, "t"))
        record.principal = try reader.optionalString("principal")
        record.flow = try reader.optionalString("flow").map { FlowID($0) }
        record.idempotencyKey = try reader.optionalString("idempotencyKey").map { IdempotencyKey($0) }
        record.hasGrounds = try reader.optionalBool("grounds") ?? false
        return record
    }

    private static func answered(_ reader: inout JSONObjectReader) throws(JSONFieldError) -> AnsweredRecord {
        AnsweredRecord(
            ask: try reader.string("ask"), time: try time(&reader, "t"),
            decision: try reader.optionalString("decision"), code: try reader.optionalString("code"),
            ticket: try ticket(&reader, "ticket"))
    }

    private static func execution(_ reader: inout JSONObjectReader) throws(JSONFieldError) -> ExecutionRecord {
        var record = ExecutionRecord(
            id: ExecutionID(try reader.string("id")), startedAt: try time(&reader, "startedAt"))
        record.flow = try reader.optionalString("flow").map { FlowID($0) }
        record.runName = try reader.optionalString("runName")
        record.endedAt = try reader.optionalInt("endedAt", in: times).map { Int64($0) }
        record.hasWorked = try reader.optionalBool("worked")
        record.resultName = try reader.optionalString("resultName")
        record.ticket = try ticket(&reader, "ticket")
        return record
    }

    private static func event(_ reader: inout JSONObjectReader) throws(JSONFieldError) -> HoldEvent {
        HoldEvent(
            sequence: Int64(try reader.int("sequence")),
            at: Timestamp(milliseconds: try time(&reader, "t") / 1000),
            kind: try reader.string("event"), ticket: try ticket(&reader, "ticket"),
            from: try reader.optionalParsed("from", expected: "a hold's state") { HoldState(rawValue: $0) },
            to: try reader.optionalParsed("to", expected: "a hold's state") { HoldState(rawValue: $0) },
            by: Principal(try reader.optionalString("by") ?? ""), cause: try reader.optionalString("cause") ?? "")
    }

    private static func hold(_ reader: inout JSONObjectReader) throws(JSONFieldError) -> HoldRecord {
        var record = HoldRecord(
            ticket: try reader.parsed("ticket", expected: "a ticket such as h_01KB…") { Ticket($0) },
            state: try reader.parsed("state", expected: "a hold's state") { HoldState(rawValue: $0) },
            arrival: Int64(try reader.int("arrival")))
        record.orderingKey = try reader.optionalString("orderingKey").map { OrderingKey($0) }
        record.representative = try ticket(&reader, "representative")
        record.result = try reader.optionalParsed("result", expected: "a launch's result") {
            LaunchResult(rawValue: $0)
        }
        record.asOf = try reader.optionalInt("asOf").map { Int64($0) }
        return record
    }
}

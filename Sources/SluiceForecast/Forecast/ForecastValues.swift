import SluiceJSON
import SluiceModel

extension JSONValue {
    /// RFC 3339.
    static func time(_ time: Timestamp) -> JSONValue { .string(time.rfc3339) }

    /// A span by its ends, the second not part of it.
    static func span(_ span: Range<Timestamp>) -> JSONValue {
        .object(["from": .time(span.lowerBound), "to": .time(span.upperBound)])
    }

    /// A number with one digit after the point.
    static func tenths(_ value: Double) -> JSONValue {
        .number(JSONNumber((value * 10).rounded() / 10) ?? JSONNumber(0))
    }
}

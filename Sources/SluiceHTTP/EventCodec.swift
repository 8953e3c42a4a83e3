import SluiceJSON
import SluiceModel

/// Writes lines of the event table as JSON, in the one shape of `/v1/audit` and `/v1/events`.
enum EventCodec {
    static func object(_ event: HoldEvent) -> JSONObject {
        JSONObject([
            ("sequence", .number(JSONNumber(event.sequence))), ("at", .time(event.at)), ("kind", .string(event.kind)),
            ("ticket", .text(event.ticket)), ("from", .text(event.from?.rawValue)), ("to", .text(event.to?.rawValue)),
            ("by", .string(event.by.text)), ("cause", .string(event.cause)),
        ])
    }
}

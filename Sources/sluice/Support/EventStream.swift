import AsyncHTTPClient
import NIOCore
import SluiceJSON
import SluiceModel

/// One event of a server's stream.
struct ServerEvent: Sendable {
    var id: Int64?
    var name: String
    var object: JSONObject?
}

extension APIClient {
    /// Longest a server may be silent: it gives a sign of life every 15 s.
    static let silenceMax: TimeAmount = .seconds(60)
    /// Longest event taken, in bytes.
    static let eventBytesMax = 1 << 20

    /// Follows the server's events until the connection ends or the taker has enough.
    /// - Parameters:
    ///   - after: The id of the last event that was seen; nil: only what comes from now on.
    ///   - take: Is given one event after the other; returns whether to go on.
    /// - Throws: `CommandFailure`: 69 when the connection broke, else what the server said.
    func follow(
        _ ticket: Ticket?, after: Int64?, _ take: (ServerEvent) -> Bool
    ) async throws(CommandFailure) {
        let request = APIRequest(
            "GET", ["events"], query: [("ticket", ticket?.description), ("after", after.map { String($0) })])
        var reader = ServerEventReader()
        let body = try await open(request, doing: "follow the events")
        do {
            for try await chunk in body {
                for event in reader.read(chunk.readableBytesView) where !take(event) { return }
                guard reader.byteCount <= Self.eventBytesMax else { break }
            }
        } catch {
            throw CommandFailure(.notReachable, APITrouble(error, at: address).message)
        }
        guard reader.byteCount <= Self.eventBytesMax else {
            throw CommandFailure(.failed, "\(address) sent an event of more than \(Self.eventBytesMax) bytes")
        }
    }
}

/// Reads events off a stream of bytes (WHATWG HTML, "Server-sent events").
struct ServerEventReader {
    private var bytes: [UInt8] = []
    private var event = ServerEvent(name: "message")
    private var data = ""

    /// What is kept until an event is whole.
    var byteCount: Int { bytes.count + data.utf8.count }

    /// - Returns: The events that these bytes complete.
    mutating func read(_ more: some Collection<UInt8>) -> [ServerEvent] {
        bytes += more
        var events: [ServerEvent] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            if let event = take(String(decoding: rest[..<end], as: UTF8.self)) { events.append(event) }
            rest = rest[(end + 1)...]
        }
        bytes = Array(rest)
        return events
    }

    /// Takes one line; an empty one ends an event.
    private mutating func take(_ line: String) -> ServerEvent? {
        guard !line.isEmpty else {
            defer {
                event = ServerEvent(name: "message")
                data = ""
            }
            event.object = (try? JSONReader.read(data))?.object
            return data.isEmpty ? nil : event
        }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        switch parts[0] {
        case "id": event.id = Int64(value)
        case "event": event.name = value
        case "data": data += value
        default: break
        }
        return nil
    }
}

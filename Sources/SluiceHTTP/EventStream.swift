import Hummingbird
import Logging
import NIOCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// One follower of the events: reads them from the store in pages and writes them as they come.
///
/// What it keeps in memory is one page. A client that takes nothing for `WatchedWriting.durationMax` is cut: its
/// connection is closed inside the body, so that it knows it was not the end; it comes back with `Last-Event-ID`.
struct EventStream: Sendable {
    let engine: Engine
    let ticket: Ticket?
    let subscription: HoldWatchers.Subscription
    let channel: any Channel
    let logger: Logger

    /// How long to wait for what.
    enum EventLimits {
        /// Between two looks without news: other replicas' changes are found by then.
        static let pollInterval: Duration = .seconds(1)
        /// Between two signs of life; well under every proxy's patience.
        static let heartbeatInterval: Duration = .seconds(15)
        /// Events of one read.
        static let pageSize = 200
        /// After this a follower is told to come back: one that reads nothing looks like one to whom nothing happens.
        static let durationMax: Duration = .seconds(3600)
        /// When a client should come back, in milliseconds.
        static let retryMilliseconds = 3000
    }

    private enum Wake { case changed, time, stopping }

    @concurrent
    func run(after start: Int64, to writer: inout any ResponseBodyWriter) async throws {
        var after = start
        var lastWrite = engine.clocks.now().monotonic
        let end = lastWrite.advanced(by: EventLimits.durationMax)
        try await write(": the events of Sluice\nretry: \(EventLimits.retryMilliseconds)\n\n", to: &writer)
        while true {
            // A follower whose connection is gone waits for nothing: without this it would read without a pause.
            try Task.checkCancellation()
            // A store that cannot be read only makes it later.
            let read = try? await engine.store.events(of: ticket, after: after, limit: EventLimits.pageSize)
            let events = read ?? []
            if let last = events.last {
                try await write(events.map(Self.text).joined(), to: &writer)
                after = last.sequence
                lastWrite = engine.clocks.now().monotonic
                if events.count == EventLimits.pageSize { continue }
            }
            let beat = lastWrite.advanced(by: EventLimits.heartbeatInterval)
            if engine.clocks.now().monotonic >= beat {
                try await write(": still here\n\n", to: &writer)
                lastWrite = engine.clocks.now().monotonic
            }
            if engine.clocks.now().monotonic >= end {
                // With an id, so that whoever has seen nothing yet misses nothing either.
                try await write("id: \(after)\nevent: end\ndata: {\"reason\":\"renew\"}\n\n", to: &writer)
                return try await writer.finish(nil)
            }
            if await wait() == .stopping {
                try await write("event: end\ndata: {\"reason\":\"shutdown\"}\n\n", to: &writer)
                return try await writer.finish(nil)
            }
        }
    }

    private func wait() async -> Wake {
        let until = engine.clocks.now().monotonic.advanced(by: EventLimits.pollInterval)
        return await withTaskGroup(of: Wake.self) { group in
            group.addTask { [subscription] in
                for await _ in subscription.changes { return .changed }
                return .time
            }
            group.addTask { [engine] in
                try? await engine.clocks.sleep(until: until)
                return .time
            }
            group.addTask { [engine] in
                await engine.watchers.waitForShutdown()
                // Ends, too, when this wait is over.
                return Task.isCancelled ? .time : .stopping
            }
            let first = await group.next() ?? .time
            group.cancelAll()
            return first
        }
    }

    @concurrent
    private func write(_ text: String, to writer: inout any ResponseBodyWriter) async throws {
        try await WatchedWriting(clocks: engine.clocks, channel: channel, logger: logger)
            .write(ByteBuffer(string: text), to: &writer)
    }

    /// One event in the format's words.
    static func text(_ event: HoldEvent) -> String {
        let object = JSONValue.object(EventCodec.object(event))
        return "id: \(event.sequence)\nevent: \(topic(event))\ndata: \(object.write())\n\n"
    }

    /// What an event is about: `hold`, `gate`, `phase`, `drain`, `release`, `window` or `note`.
    static func topic(_ event: HoldEvent) -> String {
        if event.ticket != nil { return "hold" }
        if event.kind.hasPrefix("maintenance-") { return "phase" }
        let topics = ["gate", "drain", "release", "window"]
        return topics.first { event.kind.hasPrefix($0) } ?? "note"
    }
}

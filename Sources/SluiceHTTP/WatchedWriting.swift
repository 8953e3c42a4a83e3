import Hummingbird
import Logging
import NIOCore
import SluiceModel
import SluicePorts

/// Writes a long answer, and cuts a client that takes nothing of it: its connection is closed within the body, so that
/// it knows it was not the end.
struct WatchedWriting: Sendable {
    let clocks: any Clocks
    let channel: any Channel
    let logger: Logger

    /// How long one write may take.
    static let durationMax: Duration = .seconds(30)

    @concurrent
    func write(_ buffer: ByteBuffer, to writer: inout any ResponseBodyWriter) async throws {
        try Task.checkCancellation()
        let deadline = clocks.now().monotonic.advanced(by: Self.durationMax)
        // why: a write that waits for a slow client can only be ended by closing its connection.
        let watch = Task { [clocks, channel, logger] in
            guard (try? await clocks.sleep(until: deadline)) != nil else { return }
            logger.notice(
                "a client took nothing for too long and was cut",
                metadata: ["seconds": "\(Self.durationMax.components.seconds)"])
            channel.close(mode: .all, promise: nil)
        }
        defer { watch.cancel() }
        try await writer.write(buffer)
    }
}

import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Hummingbird's HTTP/1 channel with `LaunchFastPath` right behind NIO's decoder.
struct GateChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let base: HTTP1Channel
    private let answers: FastAnswers
    private let limits: ConnectionLimits
    private let bodyByteCountMax: Int
    private let runsOnLoop: Bool

    /// - Parameters:
    ///   - base: Without an idle time of its own: it does not see what is answered before it.
    ///   - runsOnLoop: Whether connections are served on their event loops: `base` sends elsewhere what computes.
    init(base: HTTP1Channel, answers: FastAnswers, limits: ConnectionLimits, bodyByteCountMax: Int, runsOnLoop: Bool) {
        self.base = base
        self.answers = answers
        self.limits = limits
        self.bodyByteCountMax = bodyByteCountMax
        self.runsOnLoop = runsOnLoop
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let front = RawFront()
            try pipeline.addHandler(front, position: .first)
            let path = LaunchFastPath(
                answers: answers, front: front, limits: limits, bodyByteCountMax: bodyByteCountMax)
            try pipeline.addHandler(path, position: .after(decoder))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        guard runsOnLoop else { return await base.handle(value: value, logger: logger) }
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }
}

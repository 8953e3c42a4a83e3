import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SluiceCore
import SluiceEngine
import SluiceFacade
import SluiceModel
import SluicePorts

/// What the gate let through leaves once, and only while that counts.
extension Facade {
    /// How long a call may leave that the gate let through.
    struct Leave: Sendable {
        /// Until the gate's answer is too old: then it is not counted as in flight any more.
        let isInTime: @Sendable () -> Bool
        /// Until the gate closes.
        let isOpen: @Sendable () -> Bool

        var mayLeave: @Sendable () -> Bool { { isInTime() && isOpen() } }
    }

    /// The gate let it through and closed before it left.
    struct ClosedMeanwhile: Error {}

    /// - Parameter answer: The gate's; nil when it was not asked, since its pass says that it may.
    func leave(_ reason: ProceedReason, _ answer: Answer?, _ began: Moment) -> Leave {
        let (clocks, gatekeeper) = (engine.clocks, engine.gatekeeper)
        let deadline = began.monotonic.advanced(by: engine.configuration.gate.validFor)
        // What only the open gate let through does not leave once it is closed.
        let epoch = reason == .open ? answer?.epoch : nil
        return Leave(
            isInTime: { clocks.now().monotonic < deadline },
            isOpen: { epoch.map { gatekeeper.snapshot().record.closedEpoch <= $0 } ?? true })
    }

    /// Sends a call that was let through.
    /// - Parameter lost: What its caller is told when it was sent and is not answered.
    /// - Throws: `ClosedMeanwhile` when nothing was sent, because the gate closed; else a problem.
    func sendOnce(
        _ request: HTTPClientRequest, _ bytes: ByteBuffer, _ leave: Leave, byteCountMax: Int, _ dialect: StartDialect,
        ifLost lost: String
    ) async throws -> Upstream.Answer {
        var request = request
        // Its answer is read here.
        request.headers.remove(name: "Accept-Encoding")
        let leaving = DecidedBody(bytes, ifStill: leave.mayLeave)
        if bytes.readableBytes > 0 {
            request.body = .stream(leaving, length: .known(Int64(bytes.readableBytes)))
        } else {
            // Its head is all of it.
            guard leaving.leave() else { throw leave.isOpen() ? late(dialect) as any Error : ClosedMeanwhile() }
        }
        do {
            let answer = try await upstream.exchange(request, byteCountMax: byteCountMax, isDecided: true)
            _ = leaving.close()
            return answer
        } catch {
            guard leaving.close() else {
                guard leave.isOpen() else { throw ClosedMeanwhile() }
                throw leave.isInTime()
                    ? Upstream.problem(error, retryAfterSeconds: configuration.retryAfterSeconds) : late(dialect)
            }
            var problem = Upstream.problem(error, retryAfterSeconds: configuration.retryAfterSeconds)
            problem.retryAfterSeconds = nil
            problem.detail += "; \(lost)"
            throw problem
        }
    }
}

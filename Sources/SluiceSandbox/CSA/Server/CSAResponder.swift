import Hummingbird
import NIOCore
import ServiceLifecycle

/// From Hummingbird's request to CSA's state and back, with the waits and dropped connections between.
struct CSAResponder: Sendable {
    let core: CSACore

    func respond(to request: Request, channel: any Channel) async throws -> Response {
        let asked: SandboxRequest
        switch try await SandboxRequest.read(request) {
        case .failure(let refusal): return Response(refusal.reply, server: nil)
        case .success(let read): asked = read
        }
        let outcome = await core.answer(asked)
        if outcome.answerAt > core.clock.now {
            // A stop of the server ends the wait: the effect stands, only the answer comes early.
            await cancelWhenGracefulShutdown { try? await core.clock.sleep(until: outcome.answerAt) }
        }
        if outcome.isDropped {
            try? await channel.close()
            // Nobody can read this any more.
            return Response(status: .internalServerError)
        }
        return Response(outcome.reply, server: nil)
    }
}

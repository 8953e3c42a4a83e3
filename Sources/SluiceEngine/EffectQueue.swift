import Synchronization

/// Hands a machine's effects to one long-lived service, in step order, which starts each as a child task.
///
/// Appending never blocks and never waits; what is in it is bounded by what its machine has under way.
final class EffectQueue<Effect: Sendable>: Sendable {
    private let stream: AsyncStream<Effect>
    private let continuation: AsyncStream<Effect>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func append(_ effects: some Sequence<Effect>) {
        for effect in effects { continuation.yield(effect) }
    }

    /// Ends `run` once what is in the queue was performed.
    func finish() { continuation.finish() }

    /// Performs effects until `finish`, then waits for those under way.
    func run(_ perform: @escaping @Sendable (Effect) async -> Void) async {
        await withDiscardingTaskGroup { group in
            for await effect in stream {
                group.addTask { await perform(effect) }
            }
        }
    }
}

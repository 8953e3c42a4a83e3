import ServiceLifecycle

/// Writes a stand-in's state to its file whenever it has changed, so that `kill -9` loses nothing that was answered.
///
/// What somebody waits for is written at once, and all that came meanwhile with it; other changes within
/// `SandboxLimits.saveIntervalMilliseconds`. Stopped last, it writes once more.
struct StateKeeper<Content: Encodable & Sendable>: Service {
    let file: StateFile
    let saves: StateSaves
    /// The state as it is, and its number.
    let take: @Sendable () -> (content: Content, revision: UInt64)

    func run() async throws {
        defer { saves.close() }
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            await cancelWhenGracefulShutdown {
                await saves.changed.wait()
                await pause()
            }
            try save()
        }
        try save()
    }

    private func save() throws {
        let (content, revision) = take()
        guard revision > saves.written else { return }
        try file.save(content)
        saves.settle(revision)
    }

    /// Until somebody waits, or long enough.
    private func pause() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: .milliseconds(SandboxLimits.saveIntervalMilliseconds)) }
            group.addTask { await saves.hurry.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}

public import SluiceCore
public import SluiceForecast
public import SluiceModel
import SluicePorts
import Synchronization

// What a drain says to whoever asks or listens.
extension DrainWatch {
    /// Where the drain is; nil when none is watched. Cheap: nothing is looked at or sorted for it.
    public func report() -> DrainReport? {
        let now = clocks.now()
        return state.withLock { state in
            guard let drain = state.drain else { return nil }
            let systems = drain.order.systems.sorted { $0.rawValue < $1.rawValue }
            return DrainReport(
                order: drain.order, begunAt: drain.begunAt, at: now.wall,
                systems: systems.compactMap { drain.states[$0]?.status(at: now) }, eta: drain.eta,
                blockers: systems.flatMap { system in
                    // What a look has just found to be gone is not shown, though nobody has sorted them anew yet.
                    (drain.blockers[system] ?? []).filter { blocker in
                        drain.states[system]?.entry(blocker.item.id).map { $0.waiver == nil } ?? false
                    }.map { $0.refreshed(at: now.wall) }
                }, calibration: state.calibration, policy: configuration.policy)
        }
    }

    /// Everything that a system's drain knows, by name: what it waits for, what was waived, and what it does not wait
    /// for.
    public func entries(_ system: DrainSystem, after: DrainItemID? = nil, limit: Int) -> [DrainEntry] {
        let entries = state.withLock { $0.drain?.states[system]?.entries } ?? []
        return Array(entries.lazy.filter { entry in after.map { $0 < entry.item.id } ?? true }.prefix(max(0, limit)))
    }

    /// How good past estimates were.
    public var calibration: DrainCalibration { state.withLock { $0.calibration } }

    /// News from now on, for as long as anybody reads them; empty when `DrainWatchLimits.listenerCountMax` listen. Of
    /// one who is slow the oldest are lost.
    public func news() -> AsyncStream<DrainNews> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: DrainNews.self, bufferingPolicy: .bufferingNewest(DrainWatchLimits.changeCountMax))
        let number = state.withLock { state -> Int? in
            guard state.listeners.count < DrainWatchLimits.listenerCountMax else { return nil }
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    static func news(
        _ changes: [DrainChange], _ drain: Drain, _ system: DrainSystem, at now: Timestamp
    ) -> [DrainNews] {
        let left = drain.states[system]?.left ?? 0
        return changes.map { DrainNews(order: drain.order.id, system: system, at: now, change: $0, left: left) }
    }

    func tell(_ news: [DrainNews]) {
        guard !news.isEmpty else { return }
        let listeners = state.withLock { state in state.listeners.keys.sorted().compactMap { state.listeners[$0] } }
        for listener in listeners { for one in news { listener.yield(one) } }
    }
}

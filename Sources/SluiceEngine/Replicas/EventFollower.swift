import Logging
public import ServiceLifecycle
import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Tells this replica's waiters, and its release while it leads, what other replicas committed, and has it know the
/// content packs that they loaded.
///
/// Reads the event table while anybody waits here, or this replica leads. Only latency: whoever is told reads the
/// store.
public final class EventFollower: Service {
    private let store: any Store
    private let clocks: any Clocks
    private let watchers: HoldWatchers
    private let isLeading: @Sendable () -> Bool
    private let releaser: Link<Releaser>
    private let packs: PackShelf
    private let logger: Logger
    private let last = Mutex<Int64>(0)

    init(
        store: any Store, clocks: any Clocks, watchers: HoldWatchers, releaser: Link<Releaser>,
        packs: PackShelf, logger: Logger, isLeading: @escaping @Sendable () -> Bool
    ) {
        self.store = store
        self.clocks = clocks
        self.watchers = watchers
        self.releaser = releaser
        self.packs = packs
        self.logger = logger
        self.isLeading = isLeading
    }

    public func run() async throws {
        try? await cancelWhenGracefulShutdown { [self] in
            var isFollowing = false
            var packsDueAt = clocks.now().monotonic
            while !Task.isCancelled {
                if clocks.now().monotonic >= packsDueAt {
                    do {
                        try await packs.refresh()
                    } catch {
                        logger.debug("content packs cannot be read", metadata: ["error": "\(error)"])
                    }
                    packsDueAt = clocks.now().monotonic.advanced(by: EngineLimits.packRefreshInterval)
                }
                let isNeeded = watchers.count > 0 || isLeading()
                if isNeeded {
                    do {
                        if !isFollowing { try await begin() }
                        isFollowing = true
                        try await follow()
                    } catch let error as StoreError {
                        logger.debug("events cannot be followed", metadata: ["error": "\(error)"])
                    }
                } else {
                    isFollowing = false
                }
                try await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.followInterval))
            }
        }
    }

    /// Has everybody look once: what happened before is not read.
    private func begin() async throws {
        let newest = try await store.newestEvent()
        last.withLock { $0 = newest }
        watchers.allChanged()
        releaser.value?.handle(.stirred)
    }

    private func follow() async throws {
        while true {
            let events = try await store.events(
                of: nil, after: last.withLock { $0 }, limit: EngineLimits.followedEventCountMax)
            guard let newest = events.last?.sequence else { return }
            last.withLock { $0 = newest }
            watchers.changed(events.compactMap(\.ticket))
            if isLeading() { await tell(events) }
            if events.count < EngineLimits.followedEventCountMax { return }
        }
    }

    /// The release follows what it moved itself; of what others moved it is told here.
    private func tell(_ events: [HoldEvent]) async {
        guard let releaser = releaser.value else { return }
        var isStirring = false
        for event in events where event.by != .sluice {
            guard let ticket = event.ticket, let to = event.to else { continue }
            switch to {
            case .launching, .running:
                guard let hold = try? await store.hold(ticket) else { continue }
                if hold.request.launcher == .caller {
                    releaser.handle(.taken(hold))
                } else if hold.state == .running {
                    releaser.handle(.redeemed(ticket, attempt: hold.attempt, hold.executionID))
                }
            case .ended, .superseded, .discarded:
                guard let hold = try? await store.hold(ticket) else { continue }
                releaser.handle(.reloaded(ticket, hold))
            case .held, .released, .awaitingOperator, .coalesced, .expired: isStirring = true
            }
        }
        if isStirring { releaser.handle(.stirred) }
    }
}

public import Logging
public import ServiceLifecycle
public import SluiceModel
public import SluicePorts

/// Delivers what the store has queued for those who want to be called back: each at least once, or given up on record.
///
/// Each try is made by one process only: by whoever leads, where there are several. A crash between a delivery and its
/// record repeats it; the receiver knows a repeat by its id.
public struct CallbackDeliverer: Service {
    private let store: any Store
    private let sender: any CallbackSender
    private let clocks: any Clocks
    private let random: any RandomSource
    private let fence: @Sendable () -> Fence?
    private let logger: Logger

    /// - Parameter fence: What it writes with now; nil while another process does this.
    public init(
        store: any Store, sender: any CallbackSender, clocks: any Clocks, random: any RandomSource,
        fence: @escaping @Sendable () -> Fence?, logger: Logger
    ) {
        self.store = store
        self.sender = sender
        self.clocks = clocks
        self.random = random
        self.fence = fence
        self.logger = logger
    }

    public func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let count = await deliverDue()
                // A full page: more may be due already.
                guard count < EngineLimits.callbackPageSize else { continue }
                try await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.callbackInterval))
            }
        }
    }

    /// Tries what is due now, some at the same time.
    /// - Returns: How many were settled.
    @discardableResult
    public func deliverDue() async -> Int {
        guard fence() != nil,
            let due = try? await store.dueCallbacks(
                at: clocks.now().wall, limit: EngineLimits.callbackPageSize)
        else { return 0 }
        return await withTaskGroup(of: Bool.self) { group in
            var rest = due[...]
            var count = 0
            func next() {
                if let callback = rest.popFirst() { group.addTask { await deliver(callback) } }
            }
            for _ in 0..<EngineLimits.callbackParallelCountMax { next() }
            while let isSettled = await group.next() {
                if isSettled { count += 1 }
                next()
            }
            return count
        }
    }

    /// - Returns: Whether what became of it is on record.
    private func deliver(_ callback: Callback) async -> Bool {
        // Its hold is there as long as it is pending.
        guard let hold = try? await store.hold(callback.ticket), !Task.isCancelled else { return false }
        let outcome = await sender.send(callback, of: hold)
        // At a stop nothing is recorded: it is tried again at the start.
        guard !Task.isCancelled else { return false }
        let now = clocks.now().wall
        let tries = callback.attempt + 1
        var settlement = CallbackSettlement(
            ticket: callback.ticket, number: callback.number, attempt: callback.attempt, outcome: .delivered, at: now,
            cause: "delivered")
        switch outcome {
        case .delivered: break
        case .again(let cause) where tries < CallbackLimits.attemptCountMax:
            let pause = CallbackLimits.pause(afterTries: tries, chance: random.next())
            settlement.outcome = .again(now.advanced(by: pause))
            settlement.cause = cause
        case .again(let cause):
            settlement.outcome = .failed
            settlement.cause = "its callback (\(callback.kind.rawValue)) was given up after \(tries) tries: \(cause)"
        case .refused(let cause):
            settlement.outcome = .failed
            settlement.cause = "its callback (\(callback.kind.rawValue)) was given up: \(cause)"
        }
        if settlement.outcome != .delivered {
            logger.warning(
                "a callback was not delivered",
                metadata: ["ticket": "\(callback.ticket)", "tries": "\(tries)", "cause": "\(settlement.cause)"])
        }
        do {
            // Delivered, and no longer ours to say so: whoever is now delivers it again.
            guard let fence = fence() else { return false }
            try await store.commit([.settleCallback(settlement)], fence: fence)
            return true
        } catch {
            logger.error("what became of a callback could not be written", metadata: ["error": "\(error)"])
            return false
        }
    }
}

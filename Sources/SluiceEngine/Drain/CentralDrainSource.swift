import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Looks at Central's executions for a drain: what was known to run by its ids, then the newest pages; the whole list
/// at fixed points.
///
/// What was known is read first, and the newest pages last: an execution that ends by starting another is never missed
/// with both. An execution leaves what is known only by Central's word that it ended, or when Central does not know it
/// any more in `DrainWatchLimits.missCountMax` looks.
final class CentralDrainSource: DrainSource {
    struct Memory: Sendable {
        var scopes: [Scope] = []
        /// What runs, by id.
        var known: [ExecutionID: ExecutionSummary] = [:]
        /// In how many looks in a row Central did not know it.
        var misses: [ExecutionID: Int] = [:]
        /// Of a gated flow, and not there at the first look.
        var isNew: Set<ExecutionID> = []
        /// The latest beginning that any page showed, by Central's clock; nil: nothing was read yet.
        var newest: Timestamp?
        /// What the newest pages showed, of about the time of `newest`: whatever else they show later is new.
        var recent: Set<ExecutionID> = []
        var hasLooked = false
        /// Whether the whole list has to be read, whatever is asked for.
        var needsFull = true
        var hasSeenOthers = false
        var holds = GateHoldReader()
        /// Whether CSA started it, as far as that was asked for; of what is not in here anybody may have.
        var isOfCSA: [ExecutionID: Bool] = [:]
        /// How often each was asked for, of those that are not known.
        var originTries: [ExecutionID: Int] = [:]
        /// When each was last asked for its steps.
        var steppedAt: [ExecutionID: MonotonicTime] = [:]
    }

    let system = DrainSystem.central
    private let state = Mutex(Memory())
    let central: any CentralClient
    let store: any Store
    let packs: PackShelf
    let clocks: any Clocks
    let pause: CentralPause
    let configuration: DrainConfiguration
    let pageSize: Int

    init(
        central: any CentralClient, store: any Store, packs: PackShelf, clocks: any Clocks, pause: CentralPause,
        configuration: DrainConfiguration, pageSize: Int
    ) {
        self.central = central
        self.store = store
        self.packs = packs
        self.clocks = clocks
        self.pause = pause
        self.configuration = configuration
        self.pageSize = pageSize
    }

    func reset(for scopes: [Scope]) {
        state.withLock { memory in
            memory = Memory()
            memory.scopes = scopes
        }
    }

    func anew() -> (any DrainSource)? {
        CentralDrainSource(
            central: central, store: store, packs: packs, clocks: clocks, pause: pause, configuration: configuration,
            pageSize: pageSize)
    }

    /// - Throws: `CentralError`; what is known stays as it was.
    func look(_ depth: DrainDepth) async throws -> DrainSight {
        var look = Look(memory: state.withLock { $0 }, isFull: depth == .full)
        let isFull = look.isFull || look.memory.needsFull
        look.isFull = isFull
        try await pause.read(for: .release) {
            if isFull { try await sweep(&look) }
            try await follow(&look)
            try await readNewest(&look)
            // What is new goes unnoticed beyond so many pages: then nothing but the whole list tells.
            if look.isOutrun, !isFull {
                look.isFull = true
                try await sweep(&look)
                try await follow(&look)
                try await readNewest(&look)
            }
        }
        await learnOrigins(&look)
        let holds = await readHolds(&look)
        var sight = sight(of: &look, holds: holds)
        sight.items = await countSteps(sight.items, &look)
        let memory = look.memory
        state.withLock { $0 = memory }
        return sight
    }

    /// One look under way.
    struct Look: Sendable {
        var memory: Memory
        var isFull: Bool
        /// More was new than the pages that are read for it.
        var isOutrun = false
        var gaps: [String] = []
        var notes: [String] = []
        /// What Central said of executions in this look, newest word last.
        var seen: [ExecutionID: ExecutionSummary] = [:]
        /// What began since the look before and has ended.
        var passed: [ExecutionSummary] = []
        /// What was known and Central does not know any more.
        var vanished: [ExecutionSummary] = []

        mutating func take(_ summary: ExecutionSummary) {
            seen[summary.id] = summary
            if !summary.status.isTerminal, memory.known[summary.id] == nil { memory.known[summary.id] = summary }
        }
    }

    // MARK: Reading

    /// Reads the whole list until two readings agree: what the second shows and the first did not must have begun
    /// since.
    private func sweep(_ look: inout Look) async throws {
        var before: Sweep?
        look.memory.needsFull = true
        for _ in 0..<DrainWatchLimits.sweepCountMax {
            let sweep = try await sweepOnce(&look)
            if sweep.isCut {
                look.gaps.append(
                    "Central lists more than \(DrainWatchLimits.sweepPageCountMax * pageSize) executions, and not all "
                        + "were read: set central.listPageSize higher or drain.oldestDays, or purge them in Central")
                return
            }
            if let before, sweep.missed(by: before).isEmpty {
                let kept = sweep.newest.map { $0.advanced(by: .zero - margin) }
                look.memory.recent = Set(sweep.listed.filter { $0.isAfter(kept) }.map(\.id))
                return look.memory.needsFull = false
            }
            before = sweep
        }
        look.gaps.append(
            "Central's list moved in each of \(DrainWatchLimits.sweepCountMax) readings: no two of them agree")
    }

    private func sweepOnce(_ look: inout Look) async throws -> Sweep {
        var sweep = Sweep()
        let oldest = configuration.oldestDays.map {
            clocks.now().wall.advanced(by: .seconds(-Int64($0) * 86_400))
        }
        for page in 1...DrainWatchLimits.sweepPageCountMax {
            let listed = try await central.executions(page: page, pageSize: pageSize)
            for summary in listed {
                note(owner: summary.triggeredBy, &look)
                sweep.list(summary, margin: margin)
                if !summary.status.isTerminal {
                    sweep.running[summary.id] = summary
                    noteNew(summary, &look)
                    look.take(summary)
                } else if look.memory.known[summary.id] != nil {
                    look.take(summary)
                }
            }
            if page == 1 { sweep.newest = listed.compactMap(\.startedAt).max() }
            if listed.count < pageSize { return sweep }
            if let oldest, let last = listed.last?.startedAt, last < oldest { return sweep }
            if Task.isCancelled { throw CancellationError() }
        }
        sweep.isCut = true
        return sweep
    }

    /// By how much later than it began an execution may be listed.
    private var margin: Duration { max(configuration.listingLag, .seconds(60)) }

    /// Remembers what began since the look before: it may still be at its gate step.
    private func noteNew(_ summary: ExecutionSummary, _ look: inout Look) {
        guard look.memory.hasLooked, look.memory.known[summary.id] == nil,
            !look.memory.recent.contains(summary.id)
        else { return }
        let floor = look.memory.newest.map { $0.advanced(by: .zero - margin) }
        guard floor.map({ floor in summary.startedAt.map { $0 >= floor } ?? false }) ?? true else { return }
        look.memory.isNew.insert(summary.id)
    }

    private func note(owner: String?, _ look: inout Look) {
        guard !look.memory.hasSeenOthers, let owner, let account = configuration.account else { return }
        // A domain may stand before it (oo-central-api.md 4.1).
        let name = owner.split(separator: "\\").last.map(String.init) ?? owner
        if name.lowercased() != account.lowercased() { look.memory.hasSeenOthers = true }
    }

    /// Asks for all that is known to run, by its ids.
    private func follow(_ look: inout Look) async throws {
        let ids = look.memory.known.keys.sorted()
        var start = 0
        while start < ids.count {
            let some = Array(ids[start..<min(start + CentralLimits.idsPerCallMax, ids.count)])
            start += some.count
            for summary in try await central.summaries(of: some) { look.take(summary) }
            for id in some where look.seen[id] == nil {
                let count = look.memory.misses[id, default: 0] + 1
                look.memory.misses[id] = count
                if count >= DrainWatchLimits.missCountMax, let summary = look.memory.known[id] {
                    look.vanished.append(summary)
                }
            }
        }
    }

    /// Reads the newest pages down to what the look before saw.
    private func readNewest(_ look: inout Look) async throws {
        let floor = look.memory.newest.map { $0.advanced(by: .zero - margin) }
        var listedIDs: [Sweep.Place] = []
        var (isWhole, isKnownAlone) = (false, false)
        for page in 1...DrainWatchLimits.newPageCountMax {
            let listed = try await central.executions(page: page, pageSize: pageSize)
            for summary in listed {
                note(owner: summary.triggeredBy, &look)
                listedIDs.append(Sweep.Place(id: summary.id, at: summary.startedAt))
                // Where nothing was listed before, everything is new.
                let isOld = floor.map { floor in summary.startedAt.map { $0 < floor } ?? false } ?? false
                let isKnown = look.memory.known[summary.id] != nil || look.memory.recent.contains(summary.id)
                if summary.status.isTerminal, look.memory.hasLooked, !isKnown, !isOld,
                    look.seen[summary.id] == nil
                {
                    look.passed.append(summary)
                }
                if !summary.status.isTerminal || look.memory.known[summary.id] != nil {
                    noteNew(summary, &look)
                    look.take(summary)
                }
            }
            let isAtFloor = floor.map { floor in listed.contains { ($0.startedAt ?? floor) < floor } }
            if listed.count < pageSize || isAtFloor ?? !look.memory.hasLooked {
                isWhole = true
                break
            }
            isKnownAlone = listed.allSatisfy { look.memory.recent.contains($0.id) }
        }
        // So many of one minute that the floor is further down, but the last of these pages has nothing new.
        let isBusy = !isWhole && isKnownAlone
        isWhole = isWhole || isBusy
        look.isOutrun = !isWhole
        if !isWhole, look.memory.hasLooked {
            look.gaps.append(
                "more than \(DrainWatchLimits.newPageCountMax * pageSize) executions began since the look before: what "
                    + "they were is not all known")
        }
        let newest = (listedIDs.compactMap(\.at) + [look.memory.newest].compactMap(\.self)).max()
        look.memory.newest = newest
        let kept = newest.map { $0.advanced(by: .zero - margin) }
        let recent = Set(listedIDs.filter { $0.isAfter(kept) }.map(\.id))
        // The whole list told of more than these pages do.
        look.memory.recent = look.isFull || isBusy ? look.memory.recent.union(recent) : recent
    }

    private func readHolds(_ look: inout Look) async -> [ExecutionID: GateHold] {
        let running = look.memory.known.keys.sorted()
        do {
            return try await look.memory.holds.read(store, of: running, isAnew: look.isFull)
        } catch {
            look.notes.append("which executions are parked is not known, Sluice's store cannot be read: \(error)")
            return [:]
        }
    }
}

/// One reading of the whole list, newest first.
struct Sweep: Sendable {
    var running: [ExecutionID: ExecutionSummary] = [:]
    /// The latest beginning on its first page.
    var newest: Timestamp?
    var isCut = false
    /// Of the first page's time and up to a margin before it, in the order of the list.
    var listed: [Place] = []

    /// One execution by when it began; nil: Central does not say.
    struct Place: Sendable {
        var id: ExecutionID
        var at: Timestamp?

        func isAfter(_ floor: Timestamp?) -> Bool { floor.map { floor in at.map { $0 >= floor } ?? true } ?? true }
    }

    mutating func list(_ summary: ExecutionSummary, margin: Duration) {
        let place = Place(id: summary.id, at: summary.startedAt)
        let newest = max(newest ?? .zero, summary.startedAt ?? .zero)
        if place.isAfter(newest.advanced(by: .zero - margin)) { listed.append(place) }
    }

    /// What another reading just before should have shown, too. What has ended meanwhile is none of that.
    func missed(by before: Sweep) -> [ExecutionID] {
        running.values.filter { summary in
            guard before.running[summary.id] == nil else { return false }
            // Without a beginning it cannot be told from an old one.
            guard let start = summary.startedAt else { return true }
            return before.newest.map { start <= $0 } ?? false
        }.map(\.id).sorted()
    }
}

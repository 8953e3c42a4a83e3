public import SluiceModel

/// What the drain of one system is told.
public enum DrainEvent: Hashable, Sendable {
    /// A look has returned. - Parameter begunAt: When it began.
    case looked(DrainSight, begunAt: MonotonicTime)
    case lookFailed(String)
    case gate(DrainGate)
    case inFlight(DrainInFlight)
    /// An operator's word; it counts for things that are known, and before the first look for any.
    case waived(DrainWaiver)
    case unwaived(DrainItemID)
    /// Time passed.
    case ticked
}

/// Waits until nothing that was admitted is still running in one system, and says what it waits for.
///
/// It says that it is dry only when all of this is so at once: the gate is closed and every replica has acknowledged
/// it, the last looks were whole, fresh and found nothing that is not waived or exempt, nothing is in flight, that has
/// been so for the settle period and a number of looks, and a reading of the whole list after that found nothing
/// either. Whatever is not known counts against it.
public struct DrainState: Sendable {
    public let system: DrainSystem
    public let policy: DrainPolicy
    /// By id.
    public private(set) var entries: [DrainEntry] = []
    public private(set) var counts = DrainCounts()
    /// How many of them it waits for.
    public private(set) var left = 0
    var gate = DrainGate.unknown("it was not asked yet")
    var inFlight = DrainInFlight(trouble: "nobody was asked yet")
    var quiet: Quiet?
    var look: Look?
    var sweptAt: Moment?
    /// nil: the last look came back.
    var trouble: Trouble?
    /// By id; of things that are known, and before the first look of any.
    private var waivers: [DrainWaiver] = []
    private var wasDry = false

    struct Quiet: Sendable {
        var since: Moment
        var lookCount: Int
        /// The end of the last look that counted.
        var lookedAt: MonotonicTime
        /// Whether a whole reading that began after the settle period was quiet, too.
        var isConfirmed = false
    }

    struct Look: Sendable {
        var endedAt: Moment
        var gaps: [String]
        var notes: [String]
    }

    struct Trouble: Sendable {
        var cause: String
        var since: Timestamp
    }

    /// - Parameter waivers: Of before a restart.
    public init(system: DrainSystem, policy: DrainPolicy, waivers: [DrainWaiver] = []) {
        self.system = system
        self.policy = policy
        for waiver in waivers.prefix(DrainLimits.waiverCountMax) { keep(waiver) }
    }

    /// Takes one event and says what is news.
    public mutating func step(_ event: DrainEvent, at now: Moment) -> [DrainChange] {
        var changes: [DrainChange] = []
        let wasQuiet = quiet != nil
        switch event {
        case .looked(let sight, let begunAt): changes = looked(sight, begunAt: begunAt, at: now)
        case .lookFailed(let cause):
            let cause = DrainState.shortened(cause)
            if trouble == nil { changes.append(.unreadable(cause)) }
            trouble = Trouble(cause: cause, since: trouble?.since ?? now.wall)
            quiet = nil
        case .gate(let gate):
            self.gate = gate
            if !gate.isClosed { quiet = nil }
        case .inFlight(let flight):
            inFlight = flight
            if !flight.isZero { quiet = nil }
        case .waived(let waiver): if waive(waiver, at: now) { changes.append(.waived(waiver)) }
        case .unwaived(let id): unwaive(id, at: now)
        case .ticked: recount(at: now)
        }
        let obstacles = obstacles(at: now)
        if wasQuiet, quiet == nil, let obstacle = obstacles.first { changes.append(.disturbed(obstacle)) }
        if !wasQuiet, quiet != nil { changes.append(.quiet) }
        if wasDry != obstacles.isEmpty { changes.append(obstacles.first.map { .wet($0) } ?? .dry) }
        wasDry = obstacles.isEmpty
        return changes
    }

    /// Whether something is known here by this id that a waiver would be for.
    public func entry(_ id: DrainItemID) -> DrainEntry? { place(of: id).map { entries[$0] } }

    /// How thoroughly to look next.
    public func depth(at now: Moment) -> DrainDepth {
        guard let sweptAt, now.monotonic.since(sweptAt.monotonic) < policy.sweepInterval else { return .full }
        guard let quiet, !quiet.isConfirmed, isSettled(quiet, at: now.monotonic) else { return .changes }
        return .full
    }

    // MARK: Waivers

    private func place(of id: DrainItemID) -> Int? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].item.id < id { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].item.id == id ? low : nil
    }

    private mutating func waive(_ waiver: DrainWaiver, at now: Moment) -> Bool {
        guard waivers.count < DrainLimits.waiverCountMax || waivers.contains(where: { $0.id == waiver.id }) else {
            return false
        }
        if let place = place(of: waiver.id) {
            entries[place].waiver = waiver
            keep(waiver)
            count(at: now)
            return true
        }
        // Nothing of that name runs: there is nothing to be waived, unless nobody has looked yet.
        guard look == nil else { return false }
        keep(waiver)
        return true
    }

    private mutating func unwaive(_ id: DrainItemID, at now: Moment) {
        waivers.removeAll { $0.id == id }
        guard let place = place(of: id), entries[place].waiver != nil else { return }
        entries[place].waiver = nil
        count(at: now)
        let standing = entries[place].standing(at: now.monotonic)
        if entries[place].blocks(standing, parkedBlocks: policy.parkedBlocks) { quiet = nil }
    }

    private mutating func keep(_ waiver: DrainWaiver) {
        var (low, high) = (0, waivers.count)
        while low < high {
            let middle = (low + high) / 2
            if waivers[middle].id < waiver.id { low = middle + 1 } else { high = middle }
        }
        if low < waivers.count, waivers[low].id == waiver.id {
            waivers[low] = waiver
        } else {
            waivers.insert(waiver, at: low)
        }
    }

    // MARK: Looks

    private mutating func looked(
        _ sight: DrainSight, begunAt: MonotonicTime, at now: Moment
    ) -> [DrainChange] {
        precondition(sight.system == system, "a look at \(sight.system) for the drain of \(system)")
        trouble = nil
        if let look, begunAt.since(look.endedAt.monotonic) > policy.staleAfter { quiet = nil }
        let before = entries
        var gaps = sight.gaps
        if sight.items.count > DrainLimits.itemCountMax {
            gaps.append("\(sight.items.count) are running, more than the \(DrainLimits.itemCountMax) that are followed")
        }
        merge(sight.items, isWhole: gaps.isEmpty, at: now)
        let told = Array(gaps.map(DrainState.shortened).prefix(DrainLimits.noteCountMax))
        look = Look(
            endedAt: now, gaps: told,
            notes: Array(sight.notes.map(DrainState.shortened).prefix(DrainLimits.noteCountMax)))
        if sight.isFull { sweptAt = Moment(wall: now.wall, monotonic: begunAt) }
        let passed = activity(sight, before: before)
        var changes = differences(from: before, at: now)
        changes += passed.map { .passed($0) }
        if changes.count > DrainLimits.changeCountMax {
            let rest = changes.count - DrainLimits.changeCountMax
            changes = Array(changes.prefix(DrainLimits.changeCountMax)) + [.more(rest)]
        }
        settle(isFull: sight.isFull, isDisturbed: !passed.isEmpty, begunAt: begunAt, at: now)
        return changes
    }

    /// What a look shows is all there is: whatever it does not show is gone.
    private mutating func merge(_ items: [DrainItem], isWhole: Bool, at now: Moment) {
        var merged: [DrainEntry] = []
        merged.reserveCapacity(items.count)
        var (old, waived) = (0, 0)
        for item in items.filter({ $0.standing != .ended }).sorted(by: { $0.id < $1.id })
            .prefix(DrainLimits.itemCountMax) where item.id != merged.last?.item.id
        {
            var entry = DrainEntry(item: item, firstSeenAt: now)
            while old < entries.count, entries[old].item.id < item.id { old += 1 }
            if old < entries.count, entries[old].item.id == item.id {
                let known = entries[old]
                entry.firstSeenAt = known.firstSeenAt
                entry.steppedAt = known.steppedAt
                if item.stepCount == nil { entry.item.stepCount = known.item.stepCount }
                if let count = item.stepCount, count != known.item.stepCount { entry.steppedAt = now }
            } else if item.stepCount != nil {
                entry.steppedAt = now
            }
            while waived < waivers.count, waivers[waived].id < item.id { waived += 1 }
            if waived < waivers.count, waivers[waived].id == item.id { entry.waiver = waivers[waived] }
            merged.append(entry)
        }
        entries = merged
        // One that ended needs no waiver any more, and no id is given out twice; but a look with gaps proves no end.
        if isWhole { waivers = waivers.filter { place(of: $0.id) != nil } }
        count(at: now)
    }

    /// Counts anew: also when time passed, as an execution stays only so long at its gate step.
    mutating func count(at now: Moment) {
        counts = DrainCounts()
        left = 0
        for entry in entries {
            counts.add(entry, at: now.monotonic)
            let standing = entry.standing(at: now.monotonic)
            if entry.blocks(standing, parkedBlocks: policy.parkedBlocks) { left += 1 }
        }
    }

    /// An execution stays only so long at its gate step: then it counts as running.
    private mutating func recount(at now: Moment) {
        guard counts.atGate + counts.heldAtGate > 0 else { return }
        count(at: now)
        if left != counts.atGate { quiet = nil }
    }

    /// What began since the look before and has ended already, its gate step apart, and whatever was last seen at its
    /// gate step and did not end there.
    private func activity(_ sight: DrainSight, before: [DrainEntry]) -> [DrainEnd] {
        let known = before.filter { $0.item.standing != .atGate || $0.waiver != nil }.map(\.item.id)
        var found = sight.ended.filter { !$0.isIdle && !DrainState.contains(known, $0.id) }
        // Gone without a word of how: it may have gone on.
        let ended = sight.ended.map(\.id).sorted()
        for entry in before where entry.item.standing == .atGate && entry.waiver == nil && !entry.item.isExempt {
            let id = entry.item.id
            guard place(of: id) == nil, !DrainState.contains(ended, id) else { continue }
            var end = DrainEnd(id, isIdle: false)
            end.flow = entry.item.flow
            end.title = entry.item.title
            end.startedAt = entry.item.startedAt
            found.append(end)
        }
        return found
    }

    /// - Parameter ids: In order.
    private static func contains(_ ids: [DrainItemID], _ id: DrainItemID) -> Bool {
        var (low, high) = (0, ids.count)
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low < ids.count && ids[low] == id
    }

    /// What stands elsewhere than before; both lists are in the order of their ids.
    private func differences(from before: [DrainEntry], at now: Moment) -> [DrainChange] {
        var changes: [DrainChange] = []
        var (old, new) = (0, 0)
        while old < before.count || new < entries.count {
            let isGone =
                new == entries.count
                || (old < before.count && before[old].item.id < entries[new].item.id)
            if isGone {
                changes.append(.gone(before[old].item))
                old += 1
            } else if old == before.count || entries[new].item.id < before[old].item.id {
                changes.append(.appeared(entries[new].item))
                new += 1
            } else {
                if before[old].item.standing != entries[new].item.standing {
                    changes.append(.moved(entries[new].item, from: before[old].item.standing))
                }
                old += 1
                new += 1
            }
        }
        return changes
    }

    static func shortened(_ text: String) -> String {
        text.count <= DrainLimits.noteCharacterCountMax
            ? text : String(text.prefix(DrainLimits.noteCharacterCountMax)) + "…"
    }
}

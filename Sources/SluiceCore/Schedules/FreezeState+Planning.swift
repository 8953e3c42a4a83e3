public import SluiceModel

/// Choosing the next thing to do.
extension FreezeState {
    mutating func advance(at now: Moment) -> [FreezeEffect] {
        guard case .idle = work else { return [] }
        let mayTry = now.monotonic >= pause.until
        guard isRecovered else {
            guard mayTry else { return [] }
            work = .recovering
            return [.recover]
        }
        // A wish needs the journal alone: it does not wait for Central.
        if !requests.isEmpty { return begin(requests.removeFirst(), at: now) }
        guard mayTry, order != nil else { return [] }
        if !outgoing.isEmpty {
            let batch = Array(outgoing.prefix(FreezeLimits.batchCountMax))
            outgoing.removeFirst(batch.count)
            return commit(Commit(moves: batch))
        }
        if !switches.isEmpty {
            let id = switches.removeFirst()
            guard let entry = entries[id] else { return advance(at: now) }
            work = .switching(id)
            return [.switchSchedule(id, isEnabled: entry.state == .reverting)]
        }
        if !settlements.isEmpty {
            let settlement = settlements.removeFirst()
            work = .settling(settlement)
            return [.settle(settlement)]
        }
        if mustJudge, let sights {
            mustJudge = false
            judge(sights, at: now)
            let hasPlans = !outgoing.isEmpty || !switches.isEmpty || !settlements.isEmpty
            if hasPlans { return advance(at: now) }
            succeeded(brokenStep, at: now)
            return revertOrFinish(at: now)
        }
        return revertOrFinish(at: now)
    }

    private mutating func revertOrFinish(at now: Moment) -> [FreezeEffect] {
        if sights == nil {
            guard now.monotonic >= lookAt else { return [] }
            work = .listing(since: now.wall)
            return [.list]
        }
        if let id = reverts.first {
            // What is due to be looked at may be another's turn.
            guard now.monotonic >= max(nextRevertAt, switchAt), now.monotonic < lookAt else { return look(at: now) }
            nextRevertAt = now.monotonic.advanced(by: policy.thawInterval)
            reverts = []
            guard var entry = entries[id] else { return [] }
            entry.attempt += 1
            // Each is sent only after a listing showed the one before it without effect.
            entry.revertedAt = now.wall
            if entry.gapFrom == nil, !entry.isRestore, let sight = sights?[entry.object] {
                // Thawed before its freeze was read back: it is seen to be disabled now.
                entry.doneAt = now.wall
                entry.gapFrom = max(entry.at, sight.lastFire ?? entry.at)
            }
            entry.cause = "it is being enabled again"
            return commit(Commit(moves: [Move(entry: entry, replacing: .reverting)]))
        }
        if let effects = finish(at: now) { return effects }
        return look(at: now)
    }

    private mutating func look(at now: Moment) -> [FreezeEffect] {
        guard now.monotonic >= lookAt else { return [] }
        // A look of the watch begins anew to count what is new.
        passCount = 0
        work = .listing(since: now.wall)
        return [.list]
    }

    /// The order's next state, when everything that belongs to the present one is done.
    private mutating func finish(at now: Moment) -> [FreezeEffect]? {
        guard let order else { return nil }
        switch order.state {
        case .reverting where entries.list.isEmpty:
            let what = order.isRestore ? "as in the snapshot" : "thawed"
            let waivedCount = closed.list.count(where: \.isWaived)
            let rest = waivedCount == 0 ? "" : "; \(waivedCount) waived, and left as Central has it"
            let ended = order.moved(
                to: .reverted, at: now.wall, cause: "all of it is \(what), or somebody else's\(rest)")
            return commitOrder(ended, replacing: .reverting)
        case .intended where !entries.list.contains(where: { $0.state == .intended }):
            let isCut = passCount > FreezeLimits.passCountMax
            let frozen = order.moved(
                to: .done, at: now.wall,
                cause: isCut ? order.cause + Self.incomplete : order.cause)
            lookAt = now.monotonic.advanced(by: FreezeLimits.watchInterval)
            return commitOrder(frozen, replacing: .intended)
        default: return nil
        }
    }

    private mutating func commitOrder(_ order: JournalEntry, replacing state: JournalState) -> [FreezeEffect] {
        work = .committing(Commit(moves: [], order: order))
        return [.commit([.journal(order, replacing: state)])]
    }

    mutating func commit(_ commit: Commit) -> [FreezeEffect] {
        work = .committing(commit)
        return [.commit(commit.moves.map(\.change))]
    }

    /// The journal's word for Central.
    public static let system = "central"
    /// What is made of a schedule.
    public static let intended = "enabled=false"
    /// How the change of an entry ends that a person gave up on.
    static let waived = "; waived"
    /// What a restore makes of all, and how the entries of its schedules begin.
    static let restored = "as in a snapshot"
}

extension JournalEntry {
    /// A field of the before-image.
    public func field(_ name: String) -> String? { before.first { $0.name == name }?.value }

    /// Whether a snapshot is put back by it: nothing was frozen or closed, and no time was missed.
    public var isRestore: Bool { intended.hasPrefix(FreezeState.restored) }

    /// Whether a person gave up on it: it is not switched any more.
    public var isWaived: Bool { intended.hasSuffix(FreezeState.waived) }

    /// This entry given up on.
    func waived(by principal: Principal, reason: String) -> JournalEntry {
        var entry = self
        entry.intended += FreezeState.waived
        entry.by = principal
        entry.cause = "waived by \(principal): \(reason)"
        return entry
    }

    /// This entry without what only Central's schedule itself is compared with.
    var slim: JournalEntry {
        var entry = self
        entry.record = nil
        entry.before = before.filter { $0.name == "flow" || $0.name == "flowPath" }
        return entry
    }

    /// Whether a switch is to be sent, or was and is not read back.
    var awaitsSwitch: Bool { attempt > 0 && (state == .intended || state == .reverting && gapTo == nil) }

    /// This entry with its reverting intended and not yet sent.
    func reverting(at now: Timestamp, by principal: Principal, cause: String) -> JournalEntry {
        var entry = moved(to: .reverting, at: now, cause: cause)
        entry.attempt = 0
        entry.by = principal
        return entry
    }
}

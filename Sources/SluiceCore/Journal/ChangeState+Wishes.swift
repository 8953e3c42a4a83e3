import SluiceModel

/// Carrying out what people and the maintenance order.
extension ChangeState {
    /// Whether the changes are on their way back, or were put back.
    public var isReturning: Bool { table.records.contains(where: \.isReturning) }

    /// Begins waiting wishes, until one must wait for the disk or for what is on its way.
    mutating func begin(at now: Moment, _ effects: inout [ChangeEffect]) {
        isTurning = false
        while isRecovered, pendingRef == nil, let request = requests.first {
            if request.maintenance != owner {
                if let owner, table.records.contains(where: \.entry.isUnsettled) {
                    requests.removeFirst()
                    effects.append(.answer(request.ref, .taken(by: owner)))
                } else {
                    // Its own entries are read first: it may have been here before.
                    guard isQuiet, outgoing.isEmpty else { return }
                    owner = request.maintenance
                    isRecovered = false
                }
                continue
            }
            let answer: ChangeAnswer?
            switch request.order {
            case .plan(let changes): answer = beginPlan(changes, request, at: now)
            case .restore(let changes): answer = beginPlan(changes, request, isRestore: true, at: now)
            case .revert:
                let mustTurn = table.records.contains { $0.entry.isUnsettled && !$0.isReturning }
                isTurning = mustTurn
                guard !mustTurn || isQuiet && outgoing.isEmpty else { return }
                isTurning = false
                answer = mustTurn ? beginRevert(request, at: now) : isReturning ? .accepted : .nothingToDo
            case .decide(let id, let kind):
                if let place = table.places[id], table.records[place].isUnderWay { return }
                answer = beginDecision(id, kind, request, at: now)
            case .resume(let system): answer = resume(system, at: now)
            }
            requests.removeFirst()
            if let answer { effects.append(.answer(request.ref, answer)) }
        }
    }

    /// Moves that carry out a wish; its answer follows when the last of them is on disk.
    private mutating func order(_ moves: [Move], _ request: ChangeRequest) {
        var moves = moves
        for place in moves.indices {
            moves[place].request = request.ref
            moves[place].isLast = place == moves.count - 1
        }
        outgoing += moves
        pendingRef = request.ref
    }

    private mutating func beginPlan(
        _ changes: [PlannedChange], _ request: ChangeRequest, isRestore: Bool = false, at now: Moment
    ) -> ChangeAnswer? {
        if let fault = fault(of: changes) { return .invalid(fault) }
        guard !isReturning else { return .returning }
        let fresh = changes.filter { change in
            guard let place = table.place(of: change.system, change.object) else { return true }
            // What was so already, or was not there, may be otherwise now; what an operator kept stays.
            let state = table.records[place].entry.state
            return state == .reverted || state == .gone
        }
        guard !fresh.isEmpty else { return .accepted }
        if isRestore {
            // What a system failed with before is none of its failures now.
            for place in lanes.indices { lanes[place].forgive(at: now.monotonic) }
        }
        // A step is on disk before what follows it; within one the plan's order is kept.
        let steps = fresh.enumerated().sorted { ($0.element.step, $0.offset) < ($1.element.step, $1.offset) }
        order(
            steps.map { _, change in
                var entry = JournalEntry(
                    change, of: request.maintenance, at: now.wall, by: request.by, cause: request.reason)
                if isRestore { entry.intended = "\(FreezeState.restored): \(entry.intended)" }
                return Move(entry: entry, replacing: nil)
            }, request)
        return nil
    }

    /// Why a plan cannot be carried out.
    private func fault(of changes: [PlannedChange]) -> String? {
        guard changes.count <= ChangeLimits.planCountMax else {
            return "it has \(changes.count) changes, more than \(ChangeLimits.planCountMax)"
        }
        var objects: Set<ChangeTable.Object> = []
        for change in changes {
            let name = "\(change.system) \(change.object)"
            guard lane(of: change.system) != nil else { return "\(name): no system \(change.system) is configured" }
            guard IdentifierLimits.allows(change.object) else { return "\(name): that is no id of an object" }
            guard objects.insert(.init(system: change.system, object: change.object)).inserted else {
                return "\(name) is in it twice"
            }
            guard (1...JournalField.countMax).contains(change.wanted.count) else {
                return "\(name): it changes \(change.wanted.count) fields, must be 1 to \(JournalField.countMax)"
            }
            guard Set(change.wanted.map(\.name)).count == change.wanted.count else {
                return "\(name): it changes a field twice"
            }
            if let secret = change.wanted.first(where: \.isSensitive) {
                return "\(name): \(secret.name) is secret, so it could not be put back"
            }
        }
        return nil
    }

    /// Nothing is on its way.
    private mutating func beginRevert(_ request: ChangeRequest, at now: Moment) -> ChangeAnswer? {
        for place in lanes.indices { lanes[place].clear() }
        let moves = table.records.filter { $0.entry.isUnsettled && !$0.isReturning }.map { record in
            var entry = record.entry
            entry.by = request.by
            entry.found = []
            let isUntouched = !record.wasSent && entry.attempt == 0
            entry = entry.moved(
                to: isUntouched ? .reverted : .reverting, at: now.wall,
                cause: isUntouched ? "it was never changed: \(request.reason)" : request.reason)
            entry.attempt = 0
            entry.returnOrderedAt = now.wall
            return Move(entry: entry, replacing: record.entry.state)
        }
        for place in table.records.indices {
            let isFresh = table.records[place].isAnswered && table.records[place].entry.state == .applied
            table.records[place].forgetTries()
            table.records[place].isUnread = isFresh
        }
        // What is put back first is on disk first.
        order(
            moves.enumerated().sorted {
                ($0.element.entry.returnStep, $0.offset) < ($1.element.entry.returnStep, $1.offset)
            }.map(\.element), request)
        return nil
    }

    private mutating func resume(_ system: String, at now: Moment) -> ChangeAnswer {
        guard let lane = lane(of: system) else { return .nothingToDo }
        lanes[lane].haltedCause = nil
        lanes[lane].pause.hurry(at: now.monotonic)
        return .accepted
    }

    private mutating func beginDecision(
        _ id: JournalID, _ kind: JournalDecision.Kind, _ request: ChangeRequest, at now: Moment
    ) -> ChangeAnswer? {
        guard let place = table.places[id] else { return .notAsked }
        let record = table.records[place]
        let isLost = kind == .putBack && record.entry.isLost
        guard record.isAsking || kind == .keep && record.isUnmade || isLost else { return .notAsked }
        var entry = record.entry
        // What went before the way back was ordered has to come back with the rest.
        if isLost, isReturning { entry.returnOrderedAt = entry.returnOrderedAt ?? now.wall }
        let clashing = Set(entry.found.map(\.name))
        let names = entry.wanted.map(\.name).filter { clashing.isEmpty || clashing.contains($0) }
        let decision = JournalDecision(
            kind, fields: names, by: request.by, at: now.wall, reason: request.reason)
        entry.by = request.by
        entry.decision = decision
        let isOver = kind == .keep && names.count == entry.wanted.count
        let word = kind == .keep ? "kept as it is" : isLost ? "to be looked for once more" : "to be overwritten"
        let cause = "\(word), decided by \(request.by): \(request.reason)"
        if isOver {
            entry = entry.moved(to: .conflict, at: now.wall, cause: cause)
        } else {
            entry.decide(kind, names)
            entry = entry.moved(
                to: entry.returnOrderedAt == nil ? .intended : .reverting, at: now.wall, cause: cause)
        }
        let note = AuditNote(
            kind: "journal-decided", at: now.wall, by: request.by,
            text: "\(entry.system) \(entry.object) (\(entry.title)): \(names.joined(separator: ", ")) \(cause)")
        unqueue(place)
        order([Move(entry: entry, replacing: record.entry.state, note: note)], request)
        return nil
    }

    /// It is no longer in its system's lines.
    private mutating func unqueue(_ place: Int) {
        table.records[place].forgetTries()
        guard let lane = table.records[place].lane else { return }
        lanes[lane].ready.removeAll { $0 == place }
        lanes[lane].delayed.removeAll { $0 == place }
        lanes[lane].drop(place)
    }
}

extension JournalEntry {
    /// What a decision makes of a conflict: fields that are kept are none of ours any more; what is to be overwritten
    /// stays on record as the operator saw it, for whatever comes after that is asked about again.
    fileprivate mutating func decide(_ kind: JournalDecision.Kind, _ names: [String]) {
        attempt = min(attempt, returnOrderedAt == nil ? 1 : 0)
        // Whoever goes on over a damaged before-image takes it as it is.
        if checksum != nil { checksum = Self.checksum(of: before, record) }
        guard kind == .keep else { return }
        let kept = Set(names)
        wanted.removeAll { kept.contains($0.name) }
        after.removeAll { kept.contains($0.name) }
        found = []
    }
}
